"""The comparison of fitted models: its numbers, and that its words never contradict them."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from autoencode import Autoencoder, Comparison, compare
from autoencode.exceptions import InvalidInputError, SampleShapeError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


@pytest.fixture(scope="module")
def models(make: Make, table: np.ndarray) -> dict[str, Autoencoder]:
    return {
        "one": make(code_size=1, epochs=150, learning_rate=0.02, restarts=3).fit(table[:40]),
        "two": make(epochs=150, learning_rate=0.02, restarts=3).fit(table[:40]),
    }


@pytest.fixture(scope="module")
def comparison(models: dict[str, Autoencoder], table: np.ndarray) -> Comparison:
    return compare(models, table[40:])


def test_rows_are_the_errors_and_baselines_stand_beside(
    comparison: Comparison, models: dict[str, Autoencoder], table: np.ndarray
) -> None:
    names = [row.name for row in comparison.rows]
    assert names == ["one", "two", "mean sample", "PCA with 1 component", "PCA with 2 components"]
    for name, model in models.items():
        np.testing.assert_array_equal(comparison[name].errors, model.errors(table[40:]))
        assert comparison[name].mean == comparison[name].errors.mean()
    train = table[:40]
    by_hand = ((table[40:] - train.mean(axis=0)) ** 2).mean()
    assert comparison["mean sample"].mean == pytest.approx(by_hand, rel=1e-4)
    assert [row.name for row in comparison.baselines] == names[2:]
    with pytest.raises(KeyError):
        comparison["three"]


def test_the_better_is_the_one_with_the_lower_mean(comparison: Comparison) -> None:
    assert comparison.verdict.better == "two"
    assert comparison["two"].mean < comparison["one"].mean
    interval = comparison.differences["one", "two"]
    assert interval.estimate == pytest.approx(comparison["one"].mean - comparison["two"].mean)
    assert interval.low <= interval.estimate <= interval.high


def test_it_can_be_read_by_people_and_machines(comparison: Comparison) -> None:
    text, html, values = str(comparison), comparison._repr_html_(), comparison.to_dict()
    assert text.endswith(comparison.verdict.text)
    assert "squared error" in text.lower()
    assert "20 samples" in text
    assert html.count("<tr") == 6
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert [row["name"] for row in values["rows"]] == [row.name for row in comparison.rows]
    assert len(values["differences"]) == 10
    assert len(values["restarts"]["one"]["errors"]) == 3


def test_names_are_escaped_in_html(models: dict[str, Autoencoder], table: np.ndarray) -> None:
    assert "<script>" not in compare({"<script>": models["one"]}, table[40:])._repr_html_()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.integers(0, 59), min_size=2, max_size=40),
    measure=st.sampled_from(["squared_error", "absolute_error"]),
)
def test_the_verdict_never_contradicts_the_means(
    models: dict[str, Autoencoder], table: np.ndarray, rows: list[int], measure: str
) -> None:
    found = compare(models, table[rows], measure=measure)
    lowest = min(("one", "two"), key=lambda name: found[name].mean)
    assert found.verdict.better in (lowest, None)
    assert found.verdict.difference is not None
    assert found.verdict.difference >= 0


def test_the_order_of_the_models_changes_nothing_but_the_order(
    models: dict[str, Autoencoder], table: np.ndarray
) -> None:
    turned = compare(dict(reversed(models.items())), table[40:])
    straight = compare(models, table[40:])
    assert turned.verdict.better == straight.verdict.better
    assert turned.verdict.difference == straight.verdict.difference
    assert turned["one"].mean == straight["one"].mean


def test_a_model_against_itself_is_no_better(models: dict[str, Autoencoder], table: np.ndarray) -> None:
    found = compare({"this": models["two"], "that": models["two"]}, table[40:])
    assert found.verdict.better is None
    assert found.verdict.difference == 0


def test_one_model_alone_is_held_against_its_baselines(models: dict[str, Autoencoder], table: np.ndarray) -> None:
    found = compare({"two": models["two"]}, table[40:])
    assert [row.name for row in found.rows] == ["two", "mean sample", "PCA with 2 components"]
    assert "two" in found.verdict.text
    untrained = compare({"new": models["two"].keep_restart(0)}, table[40:])
    assert untrained["new"].mean > 0


def test_the_restart_that_is_kept_is_the_row(models: dict[str, Autoencoder], table: np.ndarray) -> None:
    for k in range(3):
        found = compare({"two": models["two"].keep_restart(k)}, table[40:])
        assert found["two"].mean == pytest.approx(found.restarts["two"].errors[k], rel=1e-6)


def test_models_with_different_scalings_are_compared_in_the_samples_units(make: Make, table: np.ndarray) -> None:
    scalings = ("none", "standard", "minmax", "global_minmax")
    models = {name: make(scaling=name, epochs=30, learning_rate=0.02).fit(table[:40]) for name in scalings}
    found = compare(models, table[40:])
    assert min(found.rows, key=lambda row: row.mean).name in [row.name for row in found.rows]
    for name, model in models.items():
        by_hand = ((table[40:] - model.reconstruct(table[40:])) ** 2).mean()
        assert found[name].mean == pytest.approx(by_hand, rel=1e-4)
    names = [row.name for row in found.rows]
    assert len(set(names)) == len(names)
    pca = {row.name: row.mean for row in found.baselines if row.name.startswith("PCA")}
    # PCA depends on the scaling it is fitted under, so each scaling has a PCA of its own.
    assert len(pca) == 4
    assert pca["PCA with 2 components"] < pca["PCA with 2 components (standard)"]


def test_cross_entropy_clips_pca_and_says_so(make: Make) -> None:
    samples = (np.random.default_rng(0).random((80, 5)) > 0.6).astype(np.float64)
    model = make(loss="binary_cross_entropy", epochs=50).fit(samples[:60])
    found = compare({"model": model}, samples[60:], measure="binary_cross_entropy")
    assert "clipped to [0, 1], the range of the training samples" in str(found)
    assert np.isfinite([row.mean for row in found.rows]).all()
    assert "clipped" not in str(compare({"model": model}, samples[60:]))


def test_what_cannot_be_compared_is_refused(make: Make, models: dict[str, Autoencoder], table: np.ndarray) -> None:
    samples = table[40:]
    with pytest.raises(InvalidInputError, match=r"signed_sum.*cancel"):
        compare(models, samples, measure="signed_sum")
    with pytest.raises(InvalidInputError, match="models must hold at least one"):
        compare({}, samples)
    with pytest.raises(InvalidInputError, match=r"models must be a dictionary.*list"):
        compare(list(models.values()), samples)  # pyright: ignore[reportArgumentType]
    with pytest.raises(NotFittedError):
        compare({"new": make()}, samples)
    with pytest.raises(SampleShapeError):
        compare(models, samples[:, :3])
    with pytest.raises(InvalidInputError, match="share a name"):
        compare({"mean sample": models["one"], "two": models["two"]}, samples)
    with pytest.raises(InvalidInputError, match="confidence"):
        compare(models, samples, confidence=1.5)
    with pytest.raises(InvalidInputError, match="binary_cross_entropy"):
        compare(models, samples, measure="binary_cross_entropy")
