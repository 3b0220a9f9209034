"""`partial_fit`: one pass a call, with the same networks and the same optimiser, over what the first call fixed."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.exceptions import InvalidInputError, RunWarning
from autoencode.runs import RunFolder

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(3, 2, size=(240, 5))
TABLE = pd.DataFrame({"a": ROWS[:, 0], "b": np.where(ROWS[:, 1] > 3, "up", "down"), "c": ROWS[:, 2]})


def make(**told: Any) -> ae.Autoencoder:
    return ae.Autoencoder(**{"code_size": 2, "hidden": (4,), "batch_size": 16, "random_state": 0} | told)


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (ROWS, {}),
        (ROWS, {"engine": "xla", "restarts": 3, "validation_fraction": 0.2}),
        pytest.param(ROWS, {"optimizer": "sgd", "weight_decay": 0.1, "clip_norm": 1.0}, marks=pytest.mark.slow),
        pytest.param(ROWS, {"bottleneck": "vector_quantized(entries=8, numbers=2)"}, marks=pytest.mark.slow),
        (TABLE, {"bottleneck": "gaussian(beta=0.1)"}),
    ],
    ids=lambda told: " ".join(map(str, told.values())) or "kernel" if isinstance(told, dict) else "",
)
def test_calls_on_the_same_samples_are_the_epochs_of_one_fit(samples: Any, told: dict[str, Any]) -> None:
    model = make(**told, epochs=40, patience=3)  # neither of which counts
    for epochs in (1, 2, 3):
        expected = make(**told, epochs=epochs).fit(samples).fitted_.fingerprint
        model = pickle.loads(pickle.dumps(model.partial_fit(samples)))
        assert (model.history_.epochs, model.fitted_.fingerprint) == (epochs, expected)
    warm = make(**told, epochs=1, warm_start=True).fit(samples).set_params(epochs=2).fit(samples)
    assert warm.fitted_.fingerprint == expected


def test_the_first_call_fixes_scaling_categories_and_columns() -> None:
    model = make().partial_fit(TABLE[:100])
    first = model.fitted_
    later = pd.DataFrame({"c": [50.0, 60.0, 70.0], "b": ["up", "sideways", "down"], "a": [1.0, 2.0, 3.0], "d": 1})
    model.partial_fit(later[["a", "b", "c"]])
    assert model.fitted_.format.encoder is first.format.encoder
    assert model.reconstruct(later[["a", "b", "c"]])["b"].isin(["up", "down", "other"]).all()
    assert model.baselines_[0].mean[0] != first.baselines[0].mean[0], "of the data given last"
    for wrong in (later[["a", "b"]], pd.DataFrame({"a": [1.0], "b": ["up"], "c": [np.nan]})):
        with pytest.raises(InvalidInputError, match="c"):
            model.partial_fit(wrong)
    assert model.history_.epochs == 2
    numbers = make(scaling="standard").partial_fit(ROWS[:100]).partial_fit(ROWS[100:] + 100)
    np.testing.assert_allclose(numbers.fitted_.scaling.offset, ROWS[:100].mean(axis=0))


def test_another_network_is_refused_and_another_optimiser_begins_anew() -> None:
    model = make().partial_fit(ROWS)
    with pytest.raises(InvalidInputError, match="partial_fit goes on with the fitted network, whose code_size is 2"):
        model.set_params(code_size=3).partial_fit(ROWS)
    again = pickle.loads(pickle.dumps(model.set_params(code_size=2, optimizer="sgd"))).partial_fit(ROWS)
    assert set(again.fitted_.optimizer) != set(model.fitted_.optimizer or {})


def test_weights_of_an_earlier_epoch_leave_their_optimiser_behind() -> None:
    assert make(epochs=2, patience=2).fit(ROWS).fitted_.optimizer is None
    assert make(epochs=2).fit(ROWS).fitted_.optimizer is not None


def test_a_plateau_keeps_the_share_of_the_rate_it_came_to() -> None:
    model = make(schedule="plateau", learning_rate=2.0, epochs=30).fit(ROWS)
    share = (model.fitted_.optimizer or {})["rate_shares"][0]
    assert share < 1
    assert (model.partial_fit(ROWS).fitted_.optimizer or {})["rate_shares"][0] == share
    constant = model.set_params(schedule="constant").partial_fit(ROWS)
    assert (constant.fitted_.optimizer or {})["rate_shares"][0] == 1


def test_a_run_goes_on_in_another_process_as_it_would_have(tmp_path: Path) -> None:
    run = ae.estimators.fit_recorded(make(epochs=2), ROWS, tmp_path / "run")
    expected = make(epochs=3).fit(ROWS).fitted_.fingerprint
    assert ae.load(run.path).partial_fit(ROWS).fitted_.fingerprint == expected
    assert ae.load(run.model).fitted_.optimizer is None


def test_a_disk_that_is_too_full_for_the_optimiser_costs_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: Any, folder: RunFolder) -> None:
        raise OSError(28, "No space left on device", str(folder.optimizer))

    monkeypatch.setattr("autoencode.estimators.recording.save_optimizer", fill)
    with pytest.warns(RunWarning, match=r"optimizer\.safetensors: No space left on device; a training"):
        run = ae.estimators.fit_recorded(make(epochs=1), ROWS, tmp_path / "run")
    assert run.status == "finished"
