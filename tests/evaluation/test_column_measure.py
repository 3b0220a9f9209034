"""The measure of mixed tables among the others."""

from __future__ import annotations

import numpy as np

from autoencode.evaluation import Evidence, column_losses, column_measure, decide, diagnose, errors, find_measure
from autoencode.types import FeatureGroup

GROUPS = (
    FeatureGroup("age", "numeric", 0, 1),
    FeatureGroup("age", "flag", 1, 2),
    FeatureGroup("deck", "category", 2, 5),
)


def make_features(rows: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    categories = np.eye(3)[rng.integers(0, 3, rows)]
    shares = rng.dirichlet(np.ones(3), rows)
    truth = np.column_stack([rng.normal(size=rows), rng.random(rows) > 0.5, categories])
    return truth.astype(np.float32), np.column_stack([rng.normal(size=rows), rng.random(rows), shares]).astype(
        np.float32
    )


def test_probabilities_are_measured_as_training_does() -> None:
    truth, rebuilt = make_features()
    losses, measure = column_losses(truth, rebuilt, GROUPS), column_measure(GROUPS)
    np.testing.assert_allclose(errors(truth, rebuilt, measure=measure), losses.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(errors(truth, rebuilt, measure=measure, per="feature"), losses.mean(axis=0), rtol=1e-5)


def test_what_is_no_distribution_gains_nothing_by_it() -> None:
    truth, rebuilt = make_features()
    measure = column_measure(GROUPS)
    everything = np.ones_like(truth)
    np.testing.assert_allclose(errors(truth, everything, measure=measure, per="feature")[1], np.log(3), rtol=1e-6)
    halved = rebuilt * np.array([1, 1, 0.5, 0.5, 0.5], np.float32)
    expected = errors(truth, rebuilt, measure=measure)
    np.testing.assert_allclose(errors(truth, halved, measure=measure), expected, rtol=1e-4)


def test_the_arrays_are_left_alone() -> None:
    truth, rebuilt = make_features()
    before = rebuilt.copy()
    errors(truth, rebuilt, measure=column_measure(GROUPS))
    np.testing.assert_array_equal(rebuilt, before)


def test_a_measure_may_stand_where_a_name_does() -> None:
    measure = column_measure(GROUPS)
    assert find_measure(measure) is measure
    assert (measure.name, measure.title, measure.misleading) == ("column_loss", "mean column loss", False)
    (finding,) = diagnose(Evidence(error=2.0, mean_sample_error=1.0, measure=measure))
    assert "mean column loss" in finding.text
    values = np.random.default_rng(0).random(50)
    verdict = decide({"a": values, "b": values + 1}, measure=measure)
    assert (verdict.measure, verdict.better) == ("column_loss", "a")
    assert "mean column loss" in verdict.text
