"""What a detector learnt, as a part of a model file beside what its autoencoder learnt; and from there again."""

from __future__ import annotations

from typing import Any

import numpy as np

from autoencode.evaluation import AnomalyScore, ColumnRanks
from autoencode.evaluation.anomaly_score import place_points
from autoencode.model.arguments import Arguments, check_values
from autoencode.model.detector import NORMAL, PREFIX, DetectorPair, DetectorSettings, FittedDetector
from autoencode.model.fitted import Fitted
from autoencode.model.grouped_detector import GroupedDetector
from autoencode.model.restoration import require_field, restore_parameters, take_field, take_tensor


def describe_detector(detector: FittedDetector, autoencoder: Any) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the tensors and the rest of a detector, but for what its autoencoder learnt.

    Parameters
    ----------
    detector
        What was learnt.
    autoencoder
        What it was told to fit, as JSON can hold it.
    """
    content = detector.list_settings() | {
        "autoencoder": autoencoder,
        "fitted_at": detector.fitted_at,
    }
    return detector.list_tensors(), content


def restore_detector(fitted: Fitted, tensors: dict[str, np.ndarray], content: dict[str, Any]) -> FittedDetector:
    """Return what a file says of a detector, beside what its autoencoder learnt.

    Raises
    ------
    ModelFileError
        If a part is missing, of the wrong kind or shape, or does not fit the others.
    """
    # Written before there was more than one answer.
    content = {"calibrates_last": False, "calibrated_on": NORMAL, "fitted_at": ""} | content
    own = {name.removeprefix(PREFIX): array for name, array in tensors.items() if name.startswith(PREFIX)}
    count, width = len(own["reference"]), len(fitted.scaling.offset)
    require_field(count >= 2, "reference", "of at least 2 samples")
    rows, rebuilt = (take_tensor(own, name, (count, width), dtype=np.float32) for name in ("rows", "rebuilt"))
    for name, array in (("rows", rows), ("rebuilt", rebuilt)):
        require_field(bool(np.isfinite(array).all()), name, "finite")
    typical, left_out = (_take_flags(own, name, count) for name in ("typical", "left_out"))
    marked = take_field({"marked": 0} | content, "marked", int, least=0)
    require_field(marked <= count, "marked", "at most as many as references")
    require_field(int(typical[: count - marked].sum()) >= 2, "typical", "true of at least 2 samples")
    scene = None if "scene" not in own else _take_indices(own, "scene", len(own["scene"]), count)
    require_field(scene is None or len(scene) >= 2, "scene", "of at least 2 samples")
    ranks = _restore_ranks(own, width)
    scores = take_tensor(own, "calibration_scores", (len(own["calibration_scores"]),))
    require_field(len(scores) > 0 and bool(np.isfinite(scores).all()), "calibration_scores", "finite, at least 1")
    return FittedDetector(
        fitted=fitted,
        score=AnomalyScore(
            ranks,
            place_points(rows.astype(np.float64), rebuilt.astype(np.float64), ranks),
            typical,
            scene,
            left_out,
            _take_weights(own, "weights", count),
            marked,
        ),
        calibration_scores=scores,
        calibration_weights=_take_weights(own, "calibration_weights", len(scores)),
        trained_on=_take_indices(own, "trained_on", len(own["trained_on"]), 2**62),
        reference=_take_indices(own, "reference", count, 2**62),
        settings=_restore_settings(content),
        calibrated_on=take_field(content, "calibrated_on", str),
        fitted_at=take_field(content, "fitted_at", str),
    )


def describe_groups(detector: GroupedDetector) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the tensors and the rest of what a detector knows of groups."""
    return detector.list_tensors(), {"column": detector.column, "names": list(detector.names)}


def restore_groups(
    base: FittedDetector | DetectorPair, tensors: dict[str, np.ndarray], content: dict[str, Any]
) -> GroupedDetector:
    """Return what a file says of a detector's groups, beside the detector."""
    names = take_field(content, "names", list)
    require_field(all(type(name) is str for name in names) and len(set(names)) == len(names) > 0, "names", "words")
    labels = tuple(
        _take_indices(tensors, f"groups.{place}", len(part.calibration_scores), len(names))
        for place, part in enumerate(base.parts)
    )
    return GroupedDetector(base=base, column=take_field(content, "column", str), names=tuple(names), labels=labels)


def _restore_settings(content: dict[str, Any]) -> DetectorSettings:
    told, ranks = content["autoencoder"], content["ranks"]
    if isinstance(told, dict):
        told = Arguments(**restore_parameters(told))
        check_values(told)
    require_field(told is None or isinstance(told, str | Arguments), "autoencoder", "a name, arguments or null")
    require_field(ranks == "auto" or type(ranks) is bool, "ranks", "auto, true or false")
    shares = {name: take_field(content, name, float) for name in ("false_alarm_rate", "calibration_fraction")}
    for name, share in shares.items():
        require_field(0 < share < 1, name, "between 0 and 1")
    seed = take_field(content, "seed", int, least=0)
    require_field(seed < 2**32, "seed", "below 2**32")
    return DetectorSettings(
        autoencoder=told,
        kind=take_field(content, "kind", str),
        contaminated=take_field(content, "contaminated", bool),
        ranks=ranks,
        calibrates_last=take_field(content, "calibrates_last", bool),
        seed=seed,
        **shares,
    )


def _restore_ranks(own: dict[str, np.ndarray], width: int) -> ColumnRanks | None:
    if "rank_columns" not in own:
        return None
    count = len(own["rank_columns"])
    columns = _take_indices(own, "rank_columns", count, width)
    sizes = _take_indices(own, "rank_sizes", count, len(own["rank_knots"]) + 1)
    ends, total = np.cumsum(sizes)[:-1], int(sizes.sum())
    require_field(bool((sizes > 0).all()), "rank_sizes", "above 0")
    knots, values = (np.split(take_tensor(own, name, (total,)), ends) for name in ("rank_knots", "rank_values"))
    if not count:
        return ColumnRanks(columns, (), ())
    require_field(all(bool((np.diff(part) >= 0).all()) for part in knots), "rank_knots", "in order")
    return ColumnRanks(columns, tuple(knots), tuple(values))


def _take_flags(own: dict[str, np.ndarray], name: str, count: int) -> np.ndarray:
    flags = take_tensor(own, name, (count,), dtype=np.uint8)
    require_field(bool((flags <= 1).all()), name, "of zeros and ones")
    return flags.astype(bool)


def _take_weights(own: dict[str, np.ndarray], name: str, count: int) -> np.ndarray | None:
    """Return how much each counts; none are in the file where all count the same, or of earlier versions."""
    if name not in own:
        return None
    weights = take_tensor(own, name, (count,))
    require_field(bool((np.isfinite(weights) & (weights > 0)).all()), name, "finite and above 0")
    return weights


def _take_indices(own: dict[str, np.ndarray], name: str, count: int, below: int) -> np.ndarray:
    indices = take_tensor(own, name, (count,), dtype=np.int64)
    require_field(bool(((indices >= 0) & (indices < below)).all()), name, f"from 0 to {below - 1:,}")
    return indices
