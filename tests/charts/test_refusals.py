"""What cannot be drawn is refused, with an error that names the argument."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autoencode import charts
from autoencode.charts import ReferenceLine
from autoencode.evaluation import Comparison, Interval
from autoencode.exceptions import InvalidInputError
from examples import HARD, code_statistics, column_errors, compare, size_curve

TWO, FOUR, NAN, HUGE = np.ones(2), np.ones((2, 4)), np.full((2, 4), np.nan), 1e200
LIVE = np.ones(2, int)
SEVEN = {str(number): TWO for number in range(7)}
IMAGES = {"sample_shape": (2, 2)}
CURVE = size_curve([1, 2], [1, 0.5])


def differ(differences: dict[Any, Any]) -> Comparison:
    found = compare({"a": HARD, "b": HARD + 1.0}, {})
    return Comparison("squared_error", "error", "", found.rows, differences, {}, found.verdict)


# Of each figure, arguments that can be drawn, and changes of them that cannot.
REFUSED: list[tuple[Callable[..., Any], dict[str, Any], list[dict[str, Any]]]] = [
    (
        charts.compute_learning_curve,
        {"training": np.ones((2, 3))},
        [
            {"training": np.ones((0, 3))},
            {"training": np.ones((2, 0))},
            {"training": np.ones((2, 2, 2))},
            {"training": np.full((2, 3), np.nan)},
            {"held_out": np.ones((2, 4))},
            {"held_out": np.full((2, 3), np.inf)},
            {"kept": 2},
            {"kept": -1},
            {"references": [ReferenceLine(math.nan, "level")]},
            {"references": [(0.1, "level")]},
        ],
    ),
    (
        charts.compute_code_map,
        {"points": np.ones((3, 2))},
        [
            {"points": np.ones((0, 2))},
            {"points": np.ones((3, 3))},
            {"points": TWO},
            {"points": np.full((3, 2), np.nan)},
            {"points": np.full((3, 2), HUGE)},
            {"labels": ["a"]},
            {"errors": TWO},
            {"errors": np.array([1.0, 2.0, np.inf])},
        ],
    ),
    (
        charts.compute_code_size_curves,
        {"curves": [CURVE], "mean_sample": 1.0},
        [{"curves": []}, {"curves": [CURVE] * 7}, {"mean_sample": math.nan}],
    ),
    (charts.compute_codebook_use, {"statistics": code_statistics(2, 4)}, [{"statistics": code_statistics(2)}]),
    (
        charts.compute_error_histogram,
        {"errors": {"a": TWO}},
        [
            {"errors": {}},
            {"errors": SEVEN},
            {"errors": {"a": np.ones(0)}},
            {"errors": {"a": np.array([1.0, np.nan])}},
            {"errors": {"a": np.ones((2, 2))}},
            {"baselines": [ReferenceLine(math.inf, "b")]},
            {"bins": 0},
        ],
    ),
    (
        charts.compute_feature_heat_map,
        {"errors": np.ones(4), "sample_shape": (2, 2)},
        [
            {"sample_shape": (2, 3)},
            {"sample_shape": (4,)},
            {"sample_shape": (1, 2, 2)},
            {"errors": np.ones(0), "sample_shape": (0, 4)},
            {"errors": -np.ones(4)},
            {"errors": np.full(4, np.nan)},
            {"errors": np.full(4, HUGE)},
            {"errors": np.ones((2, 2))},
        ],
    ),
    (
        charts.compute_feature_bars,
        {"errors": column_errors(1.0), "baseline": column_errors(1.0)},
        [
            {"errors": [], "baseline": []},
            {"baseline": []},
            {"baseline": column_errors(9.0, 1.0)[1:]},
            {"errors": column_errors(-1.0)},
            {"errors": column_errors(math.nan)},
        ],
    ),
    (
        charts.compute_paired_differences,
        {"comparison": compare({"a": HARD, "b": HARD + 1.0}, {})},
        [
            {"comparison": compare({"a": HARD}, {})},
            {"comparison": compare({}, {"mean sample": HARD, "PCA": HARD})},
            {"comparison": differ({})},
            {"comparison": differ({("a", "b"): Interval(np.nan, 0.0, 0.0, 0.95, 200, 1.0)})},
        ],
    ),
    (
        charts.compute_restart_losses,
        {"losses": {"a": TWO}, "live_directions": {"a": LIVE}},
        [
            {"losses": {}, "live_directions": {}},
            {"losses": SEVEN, "live_directions": dict.fromkeys(SEVEN, LIVE)},
            {"live_directions": {"b": LIVE}},
            {"live_directions": {"a": np.ones(3, int)}},
            {"losses": {"a": np.ones(0)}, "live_directions": {"a": np.ones(0, int)}},
            {"losses": {"a": np.array([1.0, np.nan])}},
            {"live_directions": {"a": np.array([-1, 0])}},
            {"live_directions": {"a": np.array([0, 99])}},
            {"live_directions": {"a": np.array([0.5, 1.0])}},
            {"losses": {"a": np.ones((2, 1))}, "live_directions": {"a": np.ones((2, 1), int)}},
        ],
    ),
    (
        charts.compute_sample_histogram,
        {"errors": TWO, "measure_title": "error", "unit": ""},
        [
            {"errors": np.ones(0)},
            {"errors": np.array([1.0, np.nan])},
            {"errors": np.array([1.0, np.inf])},
            {"errors": np.array([HUGE])},
            {"errors": np.ones((2, 2))},
            {"bins": 0},
            {"bins": 10**9},
        ],
    ),
    (
        charts.compute_score_histogram,
        {"scores": TWO},
        [
            {"scores": np.ones(0)},
            {"scores": np.array([1.0, np.nan])},
            {"scores": np.array([1.0, np.inf])},
            {"scores": np.array([1.0, HUGE])},
            {"calibration": np.array([np.nan])},
            {"calibration": np.ones((2, 2))},
            {"labels": np.array([True])},
            {"threshold": math.nan},
            {"threshold": -math.inf},
            {"bins": 0},
            {"bins": 10**9},
        ],
    ),
    (
        charts.compute_reconstruction_strip,
        {"samples": FOUR, "reconstructions": FOUR, **IMAGES},
        [
            {"samples": np.ones((0, 4))},
            {"samples": np.ones((2, 5))},
            {"samples": np.ones(4)},
            {"samples": np.ones((3, 4))},
            {"samples": NAN},
            {"reconstructions": np.full((2, 4), np.inf)},
            {"sample_shape": (4,)},
            {"sample_shape": (2, 2, 4)},
            {"sample_shape": (0, 4)},
            {"captions": ["only one"]},
            {"difference_limit": 0.0},
            {"difference_limit": math.nan},
            {"value_range": (1.0, 1.0)},
            {"value_range": (0.0, math.nan)},
        ],
    ),
    (
        charts.compute_anomaly_strip,
        {
            **dict.fromkeys(("samples", "expected", "contributions", "nearest"), FOUR),
            "p_values": {"a": 0.1, "b": 0.2},
            **IMAGES,
        },
        [
            {"samples": np.ones((0, 4))},
            {"samples": np.ones((2, 5))},
            {"expected": np.ones((3, 4))},
            {"expected": NAN},
            {"contributions": -FOUR},
            {"contributions": np.ones(4)},
            {"nearest": np.ones((1, 4))},
            {"p_values": {"a": 0.1}},
            {"p_values": {"a": 0.1, "b": np.nan}},
            {"sample_shape": (4,)},
            {"value_range": (1.0, 1.0)},
        ],
    ),
    (
        charts.compute_sample_grid,
        {"samples": np.ones((12, 4)), **IMAGES},
        [
            {"samples": np.zeros((0, 4))},
            {"samples": np.zeros((401, 4))},
            {"samples": NAN},
            {"samples": np.zeros((2, 3))},
            {"sample_shape": (4,)},
            {"across": 0},
            {"captions": ["one"]},
            {"row_names": ["one"], "across": 4},
            {"value_range": (1, 1)},
        ],
    ),
    (
        charts.compute_traversal,
        {"reconstructions": np.zeros((1, 3, 4)), "units": [0], "values": np.zeros((1, 3)), **IMAGES},
        [{"reconstructions": np.zeros((2, 3, 4))}, {"values": np.zeros((1, 2))}, {"units": [0, 1]}],
    ),
    (
        charts.compute_value_tiles,
        {"columns": {"a": [1.0]}},
        [{"columns": {}}, {"columns": {"a": []}}, {"columns": {"a": [1.0], "b": [1.0, 2.0]}}],
    ),
]


@pytest.mark.parametrize(("compute", "usual", "changes"), REFUSED, ids=[row[0].__name__ for row in REFUSED])
def test_what_cannot_be_drawn_is_refused(compute, usual, changes):
    assert compute(**usual) is not None
    for change in changes:
        with pytest.raises(InvalidInputError) as caught:
            compute(**{**usual, **change})
        named = re.split(r"[:\[]", str(caught.value))[0]
        assert named in inspect.signature(compute).parameters, change
