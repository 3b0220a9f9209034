"""A level that a figure compares with: a baseline, a published figure, a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autoencode.charts.checks import check_number
from autoencode.exceptions import InvalidInputError


@dataclass(frozen=True)
class ReferenceLine:
    """One level with its name.

    Attributes
    ----------
    value
        Where it lies, in the units of the axis it is drawn on; finite.
    label
        What is written beside it, as it is.

    Examples
    --------
    >>> ReferenceLine(0.0916, "blog, held-out").label
    'blog, held-out'
    """

    value: float
    label: str


def check_references(name: str, references: Sequence[ReferenceLine]) -> tuple[ReferenceLine, ...]:
    """Return the levels as a tuple, each with a finite value.

    Parameters
    ----------
    name
        What the caller called the argument; it opens the error message.
    references
        The levels; none is fine.

    Returns
    -------
    The same levels, in the same order, their values as floats.

    Raises
    ------
    InvalidInputError
        If one is no :class:`ReferenceLine`, or its value is not finite.

    Examples
    --------
    >>> check_references("references", [ReferenceLine(1, "one")])
    (ReferenceLine(value=1.0, label='one'),)
    """
    checked = []
    for place, reference in enumerate(references):
        if not isinstance(reference, ReferenceLine):
            raise InvalidInputError(f"{name}[{place}]: expected a ReferenceLine, got {type(reference).__name__}")
        checked.append(ReferenceLine(check_number(f"{name}[{place}].value", reference.value), str(reference.label)))
    return tuple(checked)
