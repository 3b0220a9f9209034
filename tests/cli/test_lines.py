"""An error about a row of a file names its line, whatever the verb."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from autoencode.cli.main import main

VERBS = (
    ("train", "bad.csv", "--epochs", "1"),
    ("errors", "good", "bad.csv"),
    ("errors", "good", "bad.csv", "--per", "column"),
    ("worst", "good", "bad.csv"),
    ("encode", "good", "bad.csv", "codes.csv"),
    ("reconstruct", "good", "bad.csv", "rebuilt.csv"),
    ("compare", "good", "other", "--on", "bad.csv"),
    ("report", "good", "--on", "bad.csv", "--out", "page.html"),
    ("detect", "bad.csv"),
    ("detect", "good.csv", "--against", "bad.csv", "--false-alarm-rate", "0.05"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good table, two models of it, and one whose row 77 is infinite, in line 80 as a cell has two."""
    place = tmp_path_factory.mktemp("lines")
    numbers = np.random.default_rng(0).normal(size=(120, 2)).round(3).tolist()
    rows = [f"{first},{second},{'ab'[row % 2]}" for row, (first, second) in enumerate(numbers)]
    (place / "good.csv").write_text("\n".join(["x,y,kind", *rows]) + "\n")
    rows[5] = '1.5,2.5,"a\nb"'
    rows[77] = "inf,0.5,a"
    (place / "bad.csv").write_text("\n".join(["x,y,kind", *rows]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for run in ("good", "other"):
            assert main(["train", "good.csv", "--epochs", "1", "--seed", "0", "--run", run]) == 0
    return place


@pytest.mark.parametrize("words", VERBS, ids=lambda words: "-".join(words[:3]))
def test_lines_are_named(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    capsys.readouterr()
    assert main(list(words)) == 2
    told = capsys.readouterr().err
    assert "row 77 (line 80)" in told, told
