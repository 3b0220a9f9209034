"""Networks that differ in their code size alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.data.split import hold_out_rows
from autoencode.evaluation import errors
from autoencode.exceptions import InvalidInputError, TrainingDivergedError

OPTIONS: dict[str, Any] = {"epochs": 2, "batch_size": 16, "random_state": 3}
SAMPLES = np.random.default_rng(0).normal(size=(90, 2)) @ np.random.default_rng(1).normal(size=(2, 6))


@pytest.fixture(scope="module")
def found() -> Any:
    return ae.sweep(SAMPLES[:70], [3, 1], hidden=[(), (4,)], validation=SAMPLES[70:], restarts=2, **OPTIONS)


def test_a_curve_for_each_kind_of_hidden_layers(found: Any) -> None:
    assert [curve.name for curve in found.curves] == ["no hidden layer", "hidden 4"]
    assert [curve.code_sizes.tolist() for curve in found.curves] == [[1, 3], [1, 3]]
    assert list(found.models) == ["1", "3", "4-1", "4-3"]
    assert [curve.restarts.shape for curve in found.curves] == [(2, 2), (2, 2)]


def test_models_are_those_that_the_estimator_trains(found: Any) -> None:
    alone = ae.Autoencoder(3, hidden=(4,), restarts=2, **OPTIONS)
    with pytest.warns(ae.DiagnosisWarning):
        alone.fit(SAMPLES[:70], validation=SAMPLES[70:])
    np.testing.assert_array_equal(found.models["4-3"].transform(SAMPLES), alone.transform(SAMPLES))


def test_errors_are_those_of_compare(found: Any) -> None:
    comparison = ae.compare(found.models, SAMPLES[70:])
    for curve in found.curves:
        for network, error, pca, size in zip(curve.networks, curve.errors, curve.pca, curve.code_sizes, strict=True):
            assert error == pytest.approx(comparison[network].mean)
            assert pca == pytest.approx(
                comparison[f"PCA with {size} component{'s' if size > 1 else ''}"].mean, abs=1e-12
            )
    assert found.mean_sample == pytest.approx(comparison["mean sample"].mean)


def test_it_prints_as_a_table(found: Any) -> None:
    lines = str(found).splitlines()
    assert lines[0] == "mean squared error of 20 held-out samples; differences as 95 % intervals"
    assert [line.split()[0] for line in lines[1:7]] == ["layers", "1", "3", "4-1", "4-3", "mean"]
    assert all(len(line) <= 80 for line in lines[:7])
    assert lines[7].startswith("no hidden layer: no knee without a third code size; ")
    assert not any("pca" in line for line in lines[7:])  # what the diagnosis found stands in the table
    numbers = found.to_dict()
    assert numbers["curves"][1]["layers"] == ["4-1", "4-3"]
    assert numbers["curves"][0]["knee"] is None


def test_a_share_is_held_out_by_the_one_seed() -> None:
    found = ae.sweep(SAMPLES, [1, 2], hidden=(), measure="absolute_error", **OPTIONS)
    assert (found.samples, found.measure) == (9, "absolute_error")
    model = found.models["2"]
    held_out = SAMPLES[hold_out_rows(90, 0.1, 3)[1]]
    expected = errors(held_out, model.reconstruct(held_out), measure="absolute_error").mean()
    assert found.curves[0].errors[1] == pytest.approx(expected)


def test_mixed_tables_are_measured_by_their_columns() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": SAMPLES[:, 0], "b": np.where(SAMPLES[:, 1] > 0, "up", "down"), "c": SAMPLES[:, 2]})
    found = ae.sweep(table, [1, 2], hidden=(), validation_fraction=0.3, **OPTIONS)
    assert (found.measure, found.samples) == ("column_loss", 27)


@pytest.mark.parametrize(
    ("sizes", "options", "words"),
    [
        ([], {}, "code_sizes must be different whole numbers"),
        ([2, 2], {}, "code_sizes must be different whole numbers"),
        ("24", {}, "code_sizes must be different whole numbers"),
        ([2, 0], {}, "code_size must be"),
        (["auto"], {}, "code_sizes must be"),
        ([2], {"hidden": [(2,), (2,)]}, "hidden must be different kinds"),
        ([2], {"hidden": ["none"]}, "hidden must be 'auto'"),
        ([2], {"epochs": 0}, "epochs must be"),
        ([2], {"validation": SAMPLES[:1]}, "at least two samples"),
        ([2], {"validation_fraction": None}, "validation_fraction must be a share"),
        ([2], {"measure": "zz"}, "measure must be"),
        ([2], {"measure": "signed_sum"}, "cannot rank"),
    ],
)
def test_what_cannot_be_used_is_refused(sizes: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        ae.sweep(SAMPLES, sizes, **{**OPTIONS, "epochs": 1, **options})


def test_a_training_that_diverges_says_so() -> None:
    with pytest.raises(TrainingDivergedError):
        ae.sweep(SAMPLES * 1e25, [2], scaling="none", **OPTIONS)
