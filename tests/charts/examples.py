"""Pictures of every figure, the usual ones and odd ones, by name: a new figure has its line here."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from autoencode import charts as ae
from autoencode.evaluation import (
    CodeStatistics,
    ColumnError,
    Comparison,
    ErrorSummary,
    compute_code_size_curve,
    decide,
    detection_quality,
    find_measure,
    paired_interval,
)

RNG = np.random.default_rng(0)
LOSSES = 0.09 + 0.2 * np.exp(-np.arange(30) / 3) + 0.001 * RNG.random((4, 1))
ERRORS = RNG.gamma(8, 0.001, 500)
POINTS = RNG.normal(size=(300, 2))
HARD = RNG.gamma(8, 0.001, 200)
LEVEL = [ae.ReferenceLine(0.02, "mean sample")]


def column_errors(*errors: float) -> list[ColumnError]:
    return [ColumnError(f"column {place}", "numeric", error, "how", "days") for place, error in enumerate(errors)]


def compare(errors: dict[str, Any], baselines: dict[str, Any]) -> Comparison:
    rows = [ErrorSummary.of(name, error) for name, error in errors.items()]
    rows += [ErrorSummary.of(name, error, is_baseline=True) for name, error in baselines.items()]
    differences = {(a.name, b.name): paired_interval(a.errors, b.errors) for a, b in combinations(rows, 2)}
    verdict = decide({"a": HARD, "b": HARD + 1.0}, measure=find_measure("squared_error"))
    return Comparison("squared_error", "mean squared error", "", tuple(rows), differences, {}, verdict)


def code_statistics(units: int, entries: int = 0) -> CodeStatistics:
    codes = np.random.default_rng(0).normal(size=(50, units)) * np.linspace(1, 3, units)
    codes[:, 0] = 0
    drawn = np.random.default_rng(1).integers(0, max(1, entries // 2), size=(50, 3)) if entries else None
    return CodeStatistics.of(codes, drawn, entries)


def size_curve(sizes: list[int], errors: list[float], name: str = "hidden 8", restarts: int = 1) -> Any:
    samples = [np.full(3, float(error)) for error in errors]
    spread = [np.linspace(error, 1.2 * error, restarts) for error in errors]
    return compute_code_size_curve(name, list(map(str, sizes)), sizes, samples, samples, spread)


def detect(anomalies: int, order: str) -> Any:
    labels = np.arange(10) < anomalies
    scores = {"right": labels * 1.0, "wrong": ~labels * 1.0, "tied": np.zeros(10)}[order]
    return ae.compute_detection_curve(detection_quality(labels, scores, scores > 0))


def sample_errors(errors: Any) -> Any:
    return ae.compute_sample_histogram(np.array(errors), measure_title="squared error", unit="days")


def scores(values: Any) -> Any:
    return ae.compute_score_histogram(values, calibration=values, threshold=0.0)


def alike(loss: float) -> Any:
    levels = [ae.ReferenceLine(loss, "level"), ae.ReferenceLine(loss, "the same level")]
    return ae.compute_restart_losses({"only": np.full(32, loss)}, {"only": np.full(32, 2)}, references=levels)


def strip(count: int, shape: tuple[int, ...]) -> Any:
    one, other = np.random.default_rng(2).random((2, count, math.prod(shape)))
    captions = ["caption"] * count
    return ae.compute_reconstruction_strip(one, other, sample_shape=shape, captions=captions, differences=True)


def abnormal(count: int, shape: tuple[int, ...]) -> Any:
    images = np.random.default_rng(2).random((4, count, math.prod(shape)))
    names = {f"row {row}": (row + 1) / 500 for row in range(count)}
    return ae.compute_anomaly_strip(*images, sample_shape=shape, p_values=names)


def grid(count: int, shape: tuple[int, ...]) -> Any:
    images = np.random.default_rng(1).random((count, *shape))
    return ae.compute_sample_grid(images, sample_shape=shape, captions=["some caption"] * count)


SHAPES = [(8, 8), (2, 32), (32, 2)]

# What is drawn for paper and for a page.
PLOTS: dict[str, Callable[[], Any]] = {
    "learning curve": lambda: ae.compute_learning_curve(LOSSES, LOSSES - 0.001, references=LEVEL),
    **{
        f"learning curve, {losses}": lambda losses=losses: ae.compute_learning_curve(np.array(losses))
        for losses in ([0.5], [0.5, 0.5, 0.5], [0.0] * 12, [1e30, 1e-30], [-1.0, -2.0])
    },
    "code map": lambda: ae.compute_code_map(POINTS, labels=[str(number % 10) for number in range(300)]),
    "code map, errors": lambda: ae.compute_code_map(POINTS, errors=POINTS[:, 0] * 1e-7),
    **{
        f"code map, {points}": lambda points=points: ae.compute_code_map(
            np.array(points), labels=list(map(str, range(len(points))))
        )
        for points in ([[0.0, 0.0]], [[1.0, 2.0]] * 5, [[1e150, -1e150], [0.0, 1e-300]])
    },
    "units": lambda: ae.compute_code_units(code_statistics(40)),
    **{f"units, {units}": lambda units=units: ae.compute_code_units(code_statistics(units)) for units in (1, 41, 600)},
    "entries": lambda: ae.compute_codebook_use(code_statistics(2, 16)),
    **{
        f"entries, {entries}": lambda entries=entries: ae.compute_codebook_use(code_statistics(2, entries))
        for entries in (2, 1024)
    },
    "detection curve": lambda: detect(5, "right"),
    **{
        f"detection curve, {anomalies} {order}": lambda anomalies=anomalies, order=order: detect(anomalies, order)
        for anomalies in (1, 9)
        for order in ("right", "wrong", "tied")
    },
    "error histogram": lambda: ae.compute_error_histogram({"a": ERRORS, "b": 1.3 * ERRORS}, baselines=LEVEL),
    **{
        f"error histogram, {errors}": lambda errors=errors: ae.compute_error_histogram({"a": np.array(errors)})
        for errors in ([0.0], [0.1, 0.1 + 1e-16], [1e20, 1e20], [-2.0, -1.0])
    },
    "heat map": lambda: ae.compute_feature_heat_map(ERRORS[:448], (28, 16)),
    **{
        f"heat map, {shape}, {scale:g}": lambda shape=shape, scale=scale: ae.compute_feature_heat_map(
            np.full(math.prod(shape), scale), shape
        )
        for shape, scale in (((1, 1), 0.0), ((1, 400), 1e-300), ((400, 1), 1e150), ((20, 30, 3), 1.0))
    },
    "feature bars": lambda: ae.compute_feature_bars(column_errors(0.5, 3.0, 1e9, 1e-9), column_errors(*[1.0] * 4)),
    "paired differences": lambda: ae.compute_paired_differences(
        compare({"a": HARD, "b": HARD + 0.004}, {"mean sample": HARD + 0.06, "PCA with 2 components": HARD - 0.001})
    ),
    **{
        f"paired differences, {scale:g}": lambda scale=scale: ae.compute_paired_differences(
            compare({"a": HARD * scale, "b": HARD * 2 * scale}, {})
        )
        for scale in (0.0, 1e-300, 1e100)
    },
    "restart losses": lambda: ae.compute_restart_losses(
        {"a": 0.69 - 0.006 * (np.arange(32) % 3), "b": 0.69 - 0.006 * (np.arange(32) // 12)},
        {"a": np.arange(32) % 3, "b": np.arange(32) // 12},
    ),
    **{
        f"restart losses, all {loss:g}": lambda loss=loss: alike(loss) for loss in (0.0, 0.68, -1e-12, 1e20)
    },
    "sample histogram": lambda: sample_errors([*ERRORS, 9.0]),
    **{
        f"sample histogram, {name}": lambda errors=errors: sample_errors(errors)
        for name, errors in {
            "one": [0.0],
            "near": [0.1, 0.1 + 1e-16],
            "huge": [1e150, 1e150],
            "negative": [-2.0, -1.0],
            "tail": [0.0] * 9 + [1e149],
            "wide": [-1e150, 1e150],
        }.items()
    },
    "score histogram": lambda: ae.compute_score_histogram(
        ERRORS + (np.arange(500) < 9), calibration=ERRORS, labels=np.arange(500) < 9, threshold=0.02
    ),
    **{
        f"score histogram, {name}": lambda values=values: scores(np.array(values))
        for name, values in {
            "one": [0.0],
            "equal": [1.0, 1.0],
            "wide": [-1e150, 1e150],
            "tail": [0.0] * 200 + [1e149],
        }.items()
    },
}  # fmt: skip

# What is drawn for paper only.
PICTURES: dict[str, Callable[[], Any]] = {
    "code size": lambda: ae.compute_code_size_curves(
        [size_curve([1, 2, 4, 8], [1, 0.1, 0.09, 0.08], restarts=3), size_curve([2, 8], [0.5, 0.0], "linear")], 2.0
    ),
    "code size, one": lambda: ae.compute_code_size_curves([size_curve([4], [0.5])], 1.0),
    "strip": lambda: strip(6, (8, 8)),
    "abnormal": lambda: abnormal(6, (8, 8)),
    "grid": lambda: grid(6, (8, 8)),
    **{
        f"{kind.__name__}, {count}, {shape}": lambda kind=kind, count=count, shape=shape: kind(count, shape)
        for kind, counts, shapes in (
            (strip, (1, 10), SHAPES), (abnormal, (1,), SHAPES), (grid, (1, 30), [*SHAPES, (4, 4, 3)]),
        )
        for count in counts
        for shape in shapes
    },
    "traversal": lambda: ae.compute_traversal(
        np.zeros((2, 3, 24)), sample_shape=(4, 6), units=[7, 0], values=np.arange(6.0).reshape(2, 3)
    ),
    "value tiles": lambda: ae.compute_value_tiles({"age": [20.0, 30.5, None], "name": ["ann", "bob", "word " * 9]}),
    **{
        f"value tiles, {columns}": lambda columns=columns: ae.compute_value_tiles(
            {f"a long name of column {number}": ["word " * 9, 2.5] for number in range(columns)}
        )
        for columns in (1, 10)
    },
}  # fmt: skip
