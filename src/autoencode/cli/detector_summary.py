"""What a detector's file holds, in words and numbers: its threshold, its columns, and which samples are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoencode.cli.output import print_json, print_table, print_text, shorten_fingerprint
from autoencode.cli.results import describe_columns, print_columns
from autoencode.evaluation.wording import say_percent
from autoencode.model.grouped_detector import GroupedDetector

if TYPE_CHECKING:
    from autoencode.model.grouped_detector import Detector

MOST_COLUMNS = 20


def summarise_detector(detector: Detector, *, as_json: bool) -> None:
    """Print what a detector's file holds."""
    about = describe_detector(detector)
    if as_json:
        print_json(about)
        return
    rows = [
        ("networks", about["title"]),
        ("fitted", f"{about['fitted_at']}, to {about['trained_on']:,} samples"),
        ("calibrated", f"on {about['calibration_samples']:,} {about['calibrated_on']}"),
        ("false alarms", f"{say_percent(about['false_alarm_rate'])} of normal samples"),
        ("threshold", _say_threshold(about["threshold"])),
        ("samples inside", f"{about['samples_inside']:,} rows, of which {about['calibration_inside']:,} calibrated"),
        ("seed", str(about["seed"])),
        ("fingerprint", shorten_fingerprint(about["fingerprint"])),
    ]
    print_table(("", ""), rows)
    print()
    for sentence in about["meaning"]:
        print_text(sentence)
    if about["groups"]:
        print()
        head = ("group", "calibration", "needed", "threshold")
        cells = [
            (group["name"], f"{group['calibration']:,}", f"{group['needed']:,}", _say_threshold(group["threshold"]))
            for group in about["groups"]
        ]
        print_table(head, cells[:MOST_COLUMNS], right=(1, 2, 3))
    if detector.fitted.table_encoder is not None:
        print()
        print_columns(detector.fitted.table_encoder)
    elif about["columns"]:
        print()
        cells = [(row["column"], f"{row['least']:.6g}", f"{row['most']:.6g}") for row in about["columns"]]
        print_table(("column", "least", "most"), cells[:MOST_COLUMNS], right=(1, 2))
        if len(cells) > MOST_COLUMNS:
            print_text(f"… and {len(cells) - MOST_COLUMNS:,} more columns; --json lists all")


def describe_detector(detector: Detector) -> dict[str, Any]:
    """Return what a detector's file holds, as JSON has it."""
    fitted, threshold = detector.fitted, detector.threshold
    return {
        "kind": "detector",
        "title": " and ".join(part.fitted.summary().title for part in detector.parts),
        "detectors": len(detector.parts),
        "restarts": len(fitted.restarts),
        "fingerprint": detector.fingerprint,
        "fitted_at": detector.fitted_at,
        "trained_on": len(detector.trained_on),
        "calibrated_on": detector.calibrated_on,
        "calibration_samples": len(detector.calibration_scores),
        "false_alarm_rate": detector.settings.false_alarm_rate,
        "threshold": threshold if threshold < float("inf") else None,
        "samples_inside": sum(len(set(part.reference.tolist())) for part in detector.parts),
        "calibration_inside": sum(int(part.score.left_out.sum()) for part in detector.parts),
        "seed": detector.settings.seed,
        "by": detector.column if isinstance(detector, GroupedDetector) else None,
        "groups": _describe_groups(detector),
        "meaning": _explain_threshold(detector),
        "columns": _describe_columns(detector),
        "sample_shape": list(fitted.format.sample_shape),
        "range": list(fitted.train_range),
        "diagnosis": [finding.text for part in detector.parts for finding in part.fitted.diagnosis],
    }


def _say_threshold(threshold: float | None) -> str:
    return "none, too few calibration samples" if threshold is None else f"{threshold:.6g}"


def _describe_groups(detector: Detector) -> list[dict[str, Any]]:
    """Return each group's threshold, and how many calibration samples it has and needs."""
    if not isinstance(detector, GroupedDetector):
        return []
    return [
        {
            "name": name,
            "calibration": len(judge.calibration_scores),
            "needed": detector.needed * len(judge.parts),
            "threshold": judge.threshold if judge.threshold < float("inf") else None,
        }
        for name, judge in zip(detector.judge_names, detector.judges, strict=True)
    ]


def _explain_threshold(detector: Detector) -> list[str]:
    """Return what the threshold means, and how a score is found again from the file."""
    rate = say_percent(detector.settings.false_alarm_rate)
    if len(detector.parts) > 1:
        return [
            f"A sample is flagged where its score is above the threshold: then its p-value is at most {rate}. The "
            "score is −ln of the p-value, and this is the mean of two: each half of the samples was judged by networks "
            "fitted to the other. What calibrated them is not known to be normal.",
            "A p-value of one half is (1 + how many of its calibration scores are at least as high) / (1 + how many "
            "there are).",
        ]
    return [
        f"A sample is flagged where its score is above the threshold: then its p-value is at most {rate}, and of new "
        "normal samples that share is flagged.",
        "The score is evidence, −ln of a share, added up: how far the sample is from the normal samples inside, by "
        "size and by rank, beside how far these are from each other. docs/explanation/anomaly-score.md has the "
        "formula; the file has rows, reconstructions and calibration scores as tensors that begin with `detector.`.",
    ]


def _describe_columns(detector: Detector) -> list[dict[str, Any]]:
    """Return how each column is read; of arrays with names, between which numbers the samples of training lie."""
    fitted = detector.fitted
    if fitted.table_encoder is not None:
        head, *rows = describe_columns(fitted.table_encoder)
        return [dict(zip(head, row, strict=True)) for row in rows]
    names, ends = fitted.format.columns.names, fitted.feature_ends
    if names is None or ends is None:
        return []
    return [
        {"column": str(name), "least": float(least), "most": float(most)}
        for name, least, most in zip(names, *ends, strict=True)
    ]
