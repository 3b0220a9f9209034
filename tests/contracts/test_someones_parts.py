"""Parts that another package brings by entry points are parts like ours, but for a page's script and our names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode import registry
from autoencode.cli.main import main
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.parts.bottlenecks import BOTTLENECKS
from autoencode.parts.bottlenecks.plain import Plain
from autoencode.report.activation_script import write_activations

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

HERE = Path(__file__).parent
SAMPLES = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)


def install(folder: Path, *, name: str = "someones_parts") -> Path:
    """Lay a package out as an installer does: its module, and a folder that tells of it."""
    shutil.copy(HERE / "someones_parts.py", folder / f"{name}.py")
    source = (HERE / "someones_parts.py").read_text()
    entries = source.partition('ENTRY_POINTS = """\n')[2].partition('"""')[0].replace("someones_parts", name)
    told = folder / f"{name}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(entries)
    return folder


@pytest.fixture
def someone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(install(folder))
    registry._find_installed.cache_clear()
    yield folder
    registry._find_installed.cache_clear()
    sys.modules.pop("someones_parts", None)


def fit(**given: object) -> ae.Autoencoder:
    return ae.Autoencoder(2, epochs=1, batch_size=16, random_state=0, **given).fit(SAMPLES)


PARTS = [
    {"bottleneck": "clipped(limit=0.5)"},
    {"corruption": "uniform_noise", "terms": ["ridge(weight=0.5)"], "loss": "log_cosh"},
    {"activation": "hard_tanh", "output_activation": "hard_tanh"},
    {"recipe": "cut"},
    {"network": "thin"},
]


@pytest.mark.usefixtures("someone")
@pytest.mark.parametrize("given", PARTS, ids=lambda given: next(iter(given)))
def test_a_model_with_them_trains_and_comes_back_from_its_file(given: dict[str, object], tmp_path: Path) -> None:
    model = fit(**given)
    loaded = ae.load(model.save(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(loaded.transform(SAMPLES), model.transform(SAMPLES))
    np.testing.assert_array_equal(loaded.reconstruct(SAMPLES), model.reconstruct(SAMPLES))
    measure = given.get("loss", "squared_error")
    np.testing.assert_array_equal(loaded.errors(SAMPLES, measure=measure), model.errors(SAMPLES, measure=measure))
    assert max(model.export_onnx(tmp_path / "onnx").differences.values()) < 1e-5


@pytest.mark.parametrize("given", PARTS, ids=lambda given: next(iter(given)))
def test_where_the_package_is_not_a_file_says_so(
    given: dict[str, object], someone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = fit(**given).save(tmp_path / "model.safetensors")
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place != str(someone)])
    registry._find_installed.cache_clear()
    with pytest.raises(ModelFileError, match=r"is not here; install the package that brings it\.$"):
        ae.load(path)


@pytest.mark.usefixtures("someone")
def test_the_shell_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("samples.npy", SAMPLES)
    words = ["--bottleneck", "clipped(limit=0.5)", "--loss", "log_cosh", "--activation", "hard_tanh"]
    assert main(["train", "samples.npy", "--run", "mine", "--layers", "3-2", "--epochs", "1", *words]) == 0
    assert main(["summary", "mine"]) == 0
    assert main(["errors", "mine", "samples.npy", "--measure", "log_cosh"]) == 0
    assert main(["train", "samples.npy", "--run", "cut", "--layers", "2", "--epochs", "1", "--recipe", "cut"]) == 0
    assert main(["recipes", "cut"]) == 0
    assert "clipped(limit=2.0)" in capsys.readouterr().out
    assert main(["train", "samples.npy", "--run", "no", "--loss", "log_cos"]) == 2
    assert "did you mean 'log_cosh'?" in capsys.readouterr().err


@pytest.mark.usefixtures("someone")
def test_our_names_stay_ours_and_a_page_runs_our_script_alone() -> None:
    assert BOTTLENECKS["plain"] is Plain
    assert list(BOTTLENECKS).count("plain") == 1
    assert "hard_tanh" in registry.ACTIVATIONS
    assert "alert" not in write_activations()
    model = fit(activation="hard_tanh", hidden=(3,))
    from autoencode.estimators.model_study import study

    assert study(model, SAMPLES).decoder is None


@pytest.mark.usefixtures("someone")
def test_what_cannot_be_imported_is_named() -> None:
    with pytest.raises(InvalidInputError, match="bottleneck 'broken' of another package, someones_parts:NotThere"):
        fit(bottleneck="broken")


def test_a_name_of_two_packages_is_refused(someone: Path) -> None:
    install(someone, name="anothers_parts")
    registry._find_installed.cache_clear()
    with pytest.raises(InvalidInputError, match="'clipped' is brought by two packages"):
        fit(bottleneck="clipped")


def test_a_file_names_no_module(someone: Path, tmp_path: Path) -> None:
    for text in ("someones_parts:Clipped", "someones_parts.Clipped", "os.system(cmd='true')"):
        with pytest.raises(InvalidInputError):
            fit(bottleneck=text)


def test_they_obey_the_laws(someone: Path) -> None:
    names = ("clipped", "uniform_noise", "ridge", "log_cosh", "hard_tanh")
    contracts = ("bottlenecks", "corruptions", "terms", "losses", "activations")
    files = [str(HERE / f"test_{contract}.py") for contract in contracts]
    words = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-m", "not slow", "-k", " or ".join(names)]
    path = os.pathsep.join([str(someone), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*words, *files],
        env={**os.environ, "PYTHONPATH": path},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    held = [line for line in done.stdout.splitlines() if "PASSED" in line]
    assert [name for name in names if not any(name in line for line in held)] == []
