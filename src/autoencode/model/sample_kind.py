"""What an array of samples holds, pictures or sequences of steps: told, or found by its shape."""

from __future__ import annotations

from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.samples import Opened
from autoencode.notice import warn_user
from autoencode.sizes import is_sequence


def find_kind(asked: str | None, opened: Opened, sample_shape: tuple[int, ...]) -> str | None:
    """Return "picture", "sequence", or None where a sample has one axis, or a row of a table.

    Parameters
    ----------
    asked
        The constructor's argument: one of the two, or "auto".
    opened
        The samples; images that were read from files, and named sets, are pictures.
    sample_shape
        Of one sample.

    Raises
    ------
    InvalidInputError
        If samples of that shape cannot be what is asked for.
    """
    axes = len(sample_shape)
    if asked not in ("auto", None) and (axes < 2 or (asked == "sequence" and axes > 2)):
        expected = (
            "(n, steps, channels)" if asked == "sequence" else "(n, rows, columns) or (n, rows, columns, colours)"
        )
        raise InvalidInputError(
            f"kind {asked!r} is for arrays of shape {expected}, but a sample of {opened.argument} has the shape "
            f"{sample_shape}; leave it out, or reshape the samples."
        )
    if axes < 2:
        return None
    if asked not in ("auto", None):
        return asked
    is_known = opened.reading is not None and opened.reading.kind in ("images", "named")
    return "sequence" if is_sequence(sample_shape) and not is_known else "picture"


def warn_of_guess(sample_shape: tuple[int, ...]) -> None:
    """Say that samples are taken for sequences, where they could be pictures and nobody said what they are."""
    steps, channels = sample_shape
    warn_user(
        f"samples of {steps:,} × {channels} are taken for sequences of {steps:,} steps with "
        f"{channels} number{'s' * (channels > 1)} each, not for pictures; kind 'sequence' settles it, kind "
        "'picture' makes them pictures.",
        DiagnosisWarning,
        cause="kind",
    )
