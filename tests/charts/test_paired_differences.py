from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from autoencode.charts import compute_paired_differences, draw_paired_differences, png_bytes
from autoencode.evaluation import Comparison, ErrorSummary, Verdict, decide, find_measure, paired_interval

RNG = np.random.default_rng(0)
HARD = RNG.gamma(8, 0.001, 200)
ERRORS = {"deep": HARD + 0.004, "vanilla": HARD, "twin": HARD + RNG.normal(0, 0.001, 200)}
BASELINES = {"mean sample": HARD + 0.06, "PCA with 2 components": HARD - 0.001}


def verdict() -> Verdict:
    return decide({"a": HARD, "b": HARD + 1.0}, measure=find_measure("squared_error"))


def compare(errors=ERRORS, baselines=BASELINES) -> Comparison:
    rows = [ErrorSummary.of(name, error) for name, error in errors.items()]
    rows += [ErrorSummary.of(name, error, is_baseline=True) for name, error in baselines.items()]
    differences = {(a.name, b.name): paired_interval(a.errors, b.errors) for a, b in combinations(rows, 2)}
    return Comparison("squared_error", "mean squared error", "", tuple(rows), differences, {}, verdict())


def test_each_row_is_its_errors_minus_those_of_the_best_model():
    comparison = compare()
    picture = compute_paired_differences(comparison)
    assert picture.best == min(ERRORS, key=lambda name: ERRORS[name].mean())
    everyone = {**ERRORS, **BASELINES}
    assert {*picture.names, picture.best} == set(everyone)
    for name, interval, is_baseline in zip(picture.names, picture.intervals, picture.is_baseline, strict=True):
        assert interval.estimate == pytest.approx((everyone[name] - everyone[picture.best]).mean(), abs=1e-12)
        assert interval.low <= interval.estimate <= interval.high
        assert is_baseline == (name in BASELINES)
    assert list(picture.intervals) == sorted(picture.intervals, key=lambda interval: interval.estimate)
    low, high = picture.limits
    assert low < min(0, *(interval.low for interval in picture.intervals))
    assert high > max(0, *(interval.high for interval in picture.intervals))


def test_a_baseline_that_beats_every_model_is_below_zero():
    picture = compute_paired_differences(compare())
    assert picture.names[0] == "PCA with 2 components"
    assert picture.intervals[0].high < 0


def test_the_order_of_the_rows_changes_nothing():
    turned = compare(dict(reversed(ERRORS.items())), dict(reversed(BASELINES.items())))
    assert compute_paired_differences(turned) == compute_paired_differences(compare())


def test_the_figure_has_the_names_and_the_numbers(texts_of, cut_off):
    picture = compute_paired_differences(compare())
    figure = draw_paired_differences(picture)
    texts = texts_of(figure)
    for text in (picture.best, *picture.names, *picture.captions, "200 samples", "95%"):
        assert text in texts
    assert "−0.00100" in texts
    png, again = (png_bytes(draw_paired_differences(picture)) for _ in range(2))
    assert png == again
    assert cut_off(png) == []


def replace_differences(differences) -> Comparison:
    comparison = compare({"a": HARD, "b": HARD + 1.0}, {})
    return Comparison("squared_error", "error", "", comparison.rows, differences, {}, comparison.verdict)
