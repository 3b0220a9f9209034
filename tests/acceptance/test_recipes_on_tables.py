"""Every recipe that takes tables trains on real ones without an option; the other two refuse them with one line."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.parts.recipes import RECIPES

MIXED = ("titanic", "penguins", "mpg", "diamonds")
NUMERIC = ("cardio", "glass", "shuttle", "yeast")
"""Of heavy tails: the farthest value of shuttle is 52 standard deviations out."""
REFUSED = {"convolutional": "takes images", "sequence": "takes sequences"}
ROWS = 1_500

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")]


@pytest.fixture(scope="module", params=[*MIXED, *NUMERIC, "noise"])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of at most so many rows, as a CSV file."""
    folder, name = os.environ.get("AUTOENCODE_DATA"), request.param
    file = tmp_path_factory.mktemp("tables") / f"{name}.csv"
    if name == "noise":
        samples = np.random.default_rng(0).normal(size=(400, 8))
    elif not folder:
        pytest.skip("AUTOENCODE_DATA does not name a folder with tables/ and adbench/ in it")
    elif name in MIXED:
        lines = (Path(folder) / "tables" / f"{name}.csv").read_text().splitlines(keepends=True)
        file.write_text("".join(lines[: ROWS + 1]))
        return file
    else:
        samples = np.load(Path(folder) / "adbench" / f"{name}.npz")["X"][:ROWS]
    header = ",".join(f"c{place}" for place in range(samples.shape[1]))
    np.savetxt(file, samples, delimiter=",", header=header, comments="", fmt="%.17g")
    return file


@pytest.mark.parametrize("recipe", RECIPES)
def test_by_command(
    table: Path, recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code = main(["train", str(table), "--recipe", recipe, "--epochs", "2", "--seed", "0"])
    said = capsys.readouterr().err
    if recipe in REFUSED:
        assert code == 2
        assert REFUSED[recipe] in said
        assert said.count("error: ") == 1
        assert said.splitlines()[-1].startswith("error: ")
    else:
        assert code == 0, said


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("recipe", ["vae", "beta-vae", "iwae"])
def test_variational_ones_by_seed(table: Path, recipe: str, seed: int) -> None:
    model = ae.Autoencoder(recipe=recipe, epochs=2, validation_fraction=0.2, random_state=seed).fit(table)
    assert np.isfinite(model.errors(table)).all()
