from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoencode.cli import progress
from autoencode.cli.main import main


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long on a busy machine says no line of its own."""
    monkeypatch.setattr(progress, "SILENT_SECONDS", 1000.0)


def write_people(path: Path, rows: int = 120) -> Path:
    """Write a table with a number, a category, a truth value, missing cells and a cell that looks like a formula."""
    random = np.random.default_rng(0)
    lines = ["name,age,height,weight,group,member"]
    for row in range(rows):
        age, height = random.integers(18, 80), random.normal(170, 9)
        weight = "" if row % 10 == 0 else f"{height - 100 + random.normal():.1f}"
        group, member = "=a" if age < 40 else "b", str(row % 3 == 0).lower()
        lines.append(f"person {row},{age},{height:.1f},{weight},{group},{member}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `people.csv`, `numbers.csv`, `images/`, and a tiny run on each and on digits."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("trained")
    write_people(folder / "people.csv")
    random = np.random.default_rng(1)
    line = random.random((60, 1)) * np.arange(1, 5)
    np.savetxt(folder / "numbers.csv", line, delimiter=",", header="a,b,c,d", comments="")
    for index in range(12):
        place = folder / "images" / ("cats" if index % 2 else "dogs")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 255, (9, 12)).astype(np.uint8)).save(place / f"{index}.png")
    before = Path.cwd()
    os.chdir(folder)
    try:
        common = ["--epochs", "3", "--seed", "1"]
        assert main(["train", "digits", "--layers", "4", *common]) == 0
        assert main(["train", "people.csv", "--layers", "6-2", *common]) == 0
        assert main(["train", "numbers.csv", "--layers", "1", *common]) == 0
        assert main(["train", "images", "--layers", "3", "--size", "6x8", *common]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def here(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, in which the test runs."""
    folder = tmp_path / "here"
    shutil.copytree(trained, folder)
    for name in ("AUTOENCODE_DEBUG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUTOENCODE_OFFLINE", "1")
    monkeypatch.chdir(folder)
    return folder


def write_parcels(path: Path, rows: int, seed: int, wrong: tuple[int, ...] = ()) -> None:
    """Write a table of parcels, whose weight follows from their size, but for some wrong rows."""
    random = np.random.default_rng(seed)
    lines = ["parcel,size,weight,kind,score"]
    for row in range(rows):
        size = random.integers(1, 9)
        weight = 2.0 * size + 0.1 * random.normal()
        if row in wrong:
            weight *= 10
        kind = "=bulk" if size > 5 else "post"
        lines.append(f"P{row},{size},{weight:.2f},{kind},{row % 7}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with detectors: `parcels`, of rows judged among themselves, and `good`, against normal ones."""
    folder = tmp_path_factory.mktemp("score")
    write_parcels(folder / "parcels.csv", 240, 0, (40, 90))
    write_parcels(folder / "good.csv", 480, 1)
    write_parcels(folder / "new.csv", 30, 2, (7,))
    write_parcels(folder / "normal.csv", 120, 3)
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["detect", "parcels.csv", "--keep", "parcels", "--seed", "3"]) == 0
        assert main(["detect", "new.csv", "--against", "good.csv", "--keep", "good", "--seed", "3"]) == 0
        assert main(["train", "good.csv", "--layers", "4-2", "--epochs", "2", "--seed", "0", "--run", "model"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def place(kept_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, to work in."""
    shutil.copytree(kept_home, tmp_path / "work")
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def score(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """What `autoencode score` says in JSON."""

    def ask(*words: str) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["score", *words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return ask
