"""What a model file keeps of how the codes of the training samples lie, written and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autoencode.evaluation.code_summary import MOST_DIRECTIONS, ROWS, CodeSummary
from autoencode.exceptions import ModelFileError

UNITS, DIRECTIONS = "code_units", "code_directions"
"""What the tensors of a model file are called; a restart without a summary has zeros there."""


def store_summaries(summaries: Sequence[CodeSummary | None]) -> dict[str, np.ndarray]:
    """Return the tensors of a model file that hold the summaries; what else there is, `describe_summaries` gives."""
    known = [summary for summary in summaries if summary is not None]
    if not known:
        return {}
    rows, directions = np.zeros_like(known[0].to_rows()), np.zeros_like(known[0].directions)
    return {
        UNITS: np.stack([rows if summary is None else summary.to_rows() for summary in summaries]),
        DIRECTIONS: np.stack([directions if summary is None else summary.directions for summary in summaries]),
    }


def describe_summaries(summaries: Sequence[CodeSummary | None]) -> list[dict[str, Any] | None]:
    """Return what is no tensor of the summaries, as plain values."""
    return [None if summary is None else summary.to_dict() for summary in summaries]


def restore_summaries(
    contents: Any, tensors: Mapping[str, np.ndarray], restarts: int, code_size: int
) -> tuple[CodeSummary | None, ...]:
    """Return the summaries that a model file holds.

    Parameters
    ----------
    contents
        What `describe_summaries` gave; empty for a file of an earlier version, which has no summary.
    tensors
        Those of the file.
    restarts, code_size
        Of the model.

    Raises
    ------
    ModelFileError
        If a part is missing, of the wrong kind or shape, or not finite.
    """
    if contents in ([], [None] * restarts):
        return tuple(contents)
    _require(isinstance(contents, list) and len(contents) == restarts, "code_summaries", f"a list of {restarts}")
    rows, directions = tensors[UNITS], tensors[DIRECTIONS]
    count = min(code_size, MOST_DIRECTIONS)
    for name, array, dtype, shape in (
        (UNITS, rows, np.float64, (restarts, len(ROWS) + 2, code_size)),
        (DIRECTIONS, directions, np.float32, (restarts, count, code_size)),
    ):
        fits = array.dtype == dtype and array.shape == shape and bool(np.isfinite(array).all())
        _require(fits, name, f"finite, {np.dtype(dtype).name} and of shape {shape}")
    return tuple(
        None if content is None else CodeSummary.restore(_check_content(content, code_size), *parts)
        for content, *parts in zip(contents, rows, directions, strict=True)
    )


def _check_content(content: Any, code_size: int) -> dict[str, Any]:
    """Check what a file says of one summary beside its tensors."""
    counts, units = content["entry_counts"], content["correlated_units"]
    are_counts = counts is None or (isinstance(counts, list) and all(_is_count(count, 2**62) for count in counts))
    _require(are_counts and counts != [], "entry_counts", "None or a list of whole numbers")
    are_units = units is None or (
        isinstance(units, list) and len(units) == 2 and all(_is_count(unit, code_size) for unit in units)
    )
    _require(are_units, "correlated_units", "None or two units")
    _require(_is_count(content["samples"], 2**62) and content["samples"] > 0, "samples", "a whole number ≥ 1")
    for name, most in (("effective_code_size", code_size), ("largest_correlation", 1)):
        value = content[name]
        _require(type(value) in (int, float) and abs(value) <= most * (1 + 1e-6), name, f"a number up to {most}")
    return content


def _is_count(value: Any, below: int) -> bool:
    return type(value) is int and 0 <= value < below


def _require(ok: bool, name: str, expected: str) -> None:
    if not ok:
        raise ModelFileError(f"{name!r} must be {expected}")
