"""A recorded fit that was cut off goes on, with the bits of one that was not."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoencode import Autoencoder, EpochRecord
from autoencode.estimators import fit_recorded
from autoencode.exceptions import InvalidInputError, ModelFileError, RunWarning
from autoencode.model import checkpoint as model_checkpoint
from autoencode.runs import RunFolder, claim_folder
from autoencode.runs.checkpoint import CHECKPOINTS
from autoencode.runs.claim import RUN_FILES

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

SAMPLES = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
EPOCHS = 6


def make(**changed: Any) -> Autoencoder:
    settings = {"hidden": (6,), "epochs": EPOCHS, "restarts": 2, "random_state": 3, "validation_fraction": 0.2}
    return Autoencoder(3, **{**settings, "batch_size": 32, "patience": 5} | changed)


def stop_after(epoch: int) -> Callable[[EpochRecord], None]:
    def stop(record: EpochRecord) -> None:
        if record.epoch == epoch:
            raise KeyboardInterrupt

    return stop


def cut_off(path: Path, epoch: int = 3, *, model: Autoencoder | None = None, every: float = 0) -> None:
    with pytest.raises(KeyboardInterrupt):
        fit_recorded(model or make(), SAMPLES, path, callbacks=(stop_after(epoch),), checkpoint_every=every)


def numbers(model: Autoencoder) -> dict[str, bytes]:
    arrays = {name: array.tobytes() for name, array in model.fitted_.arrays.items()}
    return arrays | {"loss": model.history_.loss.tobytes(), "monitored": model.history_.monitored_loss.tobytes()}


def files(path: Path) -> set[str]:
    return {file.name for file in path.iterdir()}


@pytest.fixture(scope="module")
def whole() -> dict[str, bytes]:
    return numbers(make().fit(SAMPLES))


@pytest.mark.parametrize("every", [0, 3600])
def test_a_fit_that_was_cut_off_goes_on_with_the_same_bits(
    every: float, whole: dict[str, bytes], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    cut_off(run, every=every)
    assert RunFolder(run).status == "interrupted"
    assert RunFolder(run).can_resume
    seen: list[int] = []
    model = make()
    fit_recorded(model, SAMPLES, run, resume=True, callbacks=(lambda record: seen.append(record.epoch),))
    assert seen == [4, 5, 6]
    assert numbers(model) == whole
    assert [line["epoch"] for line in RunFolder(run).read_history()] == list(range(1, EPOCHS + 1))
    assert RunFolder(run).status == "finished"
    assert not files(run) & set(CHECKPOINTS)


def test_another_machine_is_said_and_goes_on(whole: dict[str, bytes], tmp_path: Path) -> None:
    run = tmp_path / "run"
    cut_off(run)
    config = json.loads((run / "config.json").read_text())
    config["threads"]["xla"] += 3
    config["versions"]["jax"], config["processor"] = "0.1", "Katmai"
    (run / "config.json").write_text(json.dumps(config))
    model = make()
    with pytest.warns(RunWarning, match=r"jax 0\.1, now .*threads of xla \d+, now \d+, processor Katmai, now"):
        fit_recorded(model, SAMPLES, run, resume=True)
    assert numbers(model) == whole


@pytest.mark.parametrize(
    "changed",
    [
        {"schedule": "plateau"},
        *(pytest.param(told, marks=pytest.mark.slow) for told in ({"engine": "xla"}, {"recipe": "vae"})),
    ],
)
def test_every_kind_goes_on_with_the_same_bits(changed: dict[str, Any], tmp_path: Path) -> None:
    cut_off(tmp_path / "run", model=make(**changed))
    model = make(**changed)
    fit_recorded(model, SAMPLES, tmp_path / "run", resume=True)
    assert numbers(model) == numbers(make(**changed).fit(SAMPLES))


def test_it_starts_where_there_is_nothing_and_reads_what_is_finished(whole: dict[str, bytes], tmp_path: Path) -> None:
    model = make()
    fit_recorded(model, SAMPLES, tmp_path / "run", resume=True)
    assert numbers(model) == whole
    written = (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns
    again = make(epochs=EPOCHS)
    fit_recorded(again, SAMPLES, tmp_path / "run", resume=True, callbacks=(stop_after(1),))
    assert numbers(again) == whole
    assert (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns == written
    assert files(tmp_path) == {"run"}


@pytest.mark.parametrize(
    ("changed", "samples", "words"),
    [
        ({"learning_rate": 0.5}, SAMPLES, r"begun with learning_rate=0\.\d+, and learning_rate=0\.5 is asked for"),
        ({"epochs": 9}, SAMPLES, "epochs=6, and epochs=9 is asked for now.*--from"),
        ({"random_state": 4}, SAMPLES, "seed=3, and seed=4"),
        ({}, SAMPLES[:200], "begun with other samples"),
    ],
)
@pytest.mark.parametrize("finished", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_other_samples_or_settings_are_refused_by_name(
    changed: dict[str, Any], samples: np.ndarray, words: str, finished: bool, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    if finished:
        fit_recorded(make(), SAMPLES, run)
    else:
        cut_off(run)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(InvalidInputError, match=words):
        fit_recorded(make(**changed), samples, run, resume=True)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    assert files(tmp_path) == {"run"}


def test_a_seed_of_chance_is_that_of_the_first_start(tmp_path: Path) -> None:
    cut_off(tmp_path / "run", model=make(random_state=None))
    seed = RunFolder(tmp_path / "run").read_config()["identity"]["seed"]
    model = make(random_state=None)
    fit_recorded(model, SAMPLES, tmp_path / "run", resume=True)
    assert numbers(model) == numbers(make(random_state=seed).fit(SAMPLES))


@pytest.mark.parametrize("torn", [slice(0, 500), slice(0, -1)])
def test_a_torn_checkpoint_is_refused_by_name_and_the_one_before_is_used(
    torn: slice, whole: dict[str, bytes], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    cut_off(run)
    last = run / CHECKPOINTS[0]
    last.write_bytes(last.read_bytes()[torn])
    model = make()
    with pytest.warns(RunWarning, match=r"checkpoint\.safetensors is a damaged.*checkpoint-earlier\.safetensors, is"):
        fit_recorded(model, SAMPLES, run, resume=True)
    assert numbers(model) == whole
    assert [line["epoch"] for line in RunFolder(run).read_history()] == list(range(1, EPOCHS + 1))


def test_checkpoints_of_other_trainings_are_refused(tmp_path: Path) -> None:
    cut_off(tmp_path / "run")
    cut_off(tmp_path / "other", model=make(random_state=9))
    for name in CHECKPOINTS:
        (tmp_path / "run" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    before = (tmp_path / "run" / "history.jsonl").read_bytes()
    with pytest.raises(ModelFileError, match=r"no checkpoint in .* can be used: .* is no checkpoint of this training"):
        fit_recorded(make(), SAMPLES, tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "history.jsonl").read_bytes() == before


def test_a_full_disk_costs_checkpoints_and_not_the_training(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_checkpoint, "write_checkpoint", refuse)
    model = make()
    with pytest.warns(RunWarning, match="no checkpoint can be written to .*No space left.*the training goes on"):
        fit_recorded(model, SAMPLES, tmp_path / "run", checkpoint_every=0)
    assert numbers(model) == whole


def test_a_replacement_that_was_cut_off_goes_on_and_the_earlier_run_never(
    whole: dict[str, bytes], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    fit_recorded(make(random_state=9), SAMPLES, run)
    earlier = (run / "model.safetensors").read_bytes()
    cut_off(run)
    assert files(tmp_path) == {"run", "run-2"}
    with claim_folder(run, replace=True, resume=True) as claim:
        assert claim.path.name == "run-2"
    assert (run / "model.safetensors").read_bytes() == earlier
    model = make()
    fit_recorded(model, SAMPLES, run, resume=True)
    assert files(tmp_path) == {"run"}
    assert numbers(model) == whole
    assert files(run) <= set(RUN_FILES)


def test_a_short_training_writes_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_checkpoint, "write_checkpoint", lambda *_: pytest.fail("it wrote one"))
    fit_recorded(make(), SAMPLES, tmp_path / "run")


def test_a_training_that_diverged_leaves_none(tmp_path: Path) -> None:
    model = make(learning_rate=1e30, patience=None, optimizer="sgd")
    with pytest.raises(ArithmeticError):
        fit_recorded(model, SAMPLES * 1e10, tmp_path / "run", checkpoint_every=0)
    assert not files(tmp_path / "run") & set(CHECKPOINTS)


def test_a_model_without_a_checkpoint_is_not_replaced_by_another_training(tmp_path: Path) -> None:
    run = tmp_path / "run"
    cut_off(run)
    for name in CHECKPOINTS:
        (run / name).unlink()
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(InvalidInputError, match="begun with seed=3, and seed=4"):
        fit_recorded(make(random_state=4), SAMPLES, run, resume=True)
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    fit_recorded(make(), SAMPLES, run, resume=True)
    assert RunFolder(run).status == "finished"


def test_a_good_checkpoint_never_gives_way_to_a_torn_one(tmp_path: Path) -> None:
    cut_off(tmp_path)
    good = (tmp_path / CHECKPOINTS[1]).read_bytes()
    (tmp_path / CHECKPOINTS[0]).write_bytes(b"torn")
    with pytest.warns(RunWarning, match="is used"), pytest.raises(KeyboardInterrupt):
        fit_recorded(make(), SAMPLES, tmp_path, resume=True, callbacks=(stop_after(3),), checkpoint_every=3600)
    assert good in {(tmp_path / name).read_bytes() for name in CHECKPOINTS if (tmp_path / name).exists()}
