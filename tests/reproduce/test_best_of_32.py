from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.reproduce import BestOf32, Plan, train_best_of_32
from autoencode.reproduce.best_of_32 import TARGET


@contextmanager
def no_progress(_title: str) -> Iterator[Callable[[Any], None]]:
    yield lambda _record: None


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> BestOf32:
    folder = tmp_path_factory.mktemp("best")
    return train_best_of_32(folder, images=ae.data.load("digits"), plan=Plan(image_epochs=2), progress=no_progress)


def test_it_leaves_run_report_and_result(small: BestOf32) -> None:
    result = json.loads((small.path / "result.json").read_text())
    assert result["target"] == TARGET
    assert result["reached"] is (result["test_cross_entropy"] <= TARGET)
    assert small.report.stat().st_size > 100_000
    model = ae.load(small.path / "digits")
    assert model.code_size_ == 32
    error = model.errors("digits:test", measure="binary_cross_entropy").mean()
    assert error == pytest.approx(result["test_cross_entropy"])


def test_the_shell_says_whether_the_target_is_reached(
    small: BestOf32, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import autoencode.reproduce

    monkeypatch.setattr(autoencode.reproduce, "train_best_of_32", lambda *_arguments, **_options: small)
    assert main(["reproduce", "best-of-32"]) == 0
    out = capsys.readouterr().out
    assert "64-512-256-32-256-512-64" in out
    assert f"target {TARGET}: NOT reached" in out
    assert main(["reproduce", "best-of-32", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reached"] is False
