"""What the blog post "Fun with Autoencoders" (William Bidle, 2022) prints, and how ours is held against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BlogFigures:
    """The figures that the post prints."""

    mnist_train_shape: tuple[int, int] = (60_000, 784)
    mnist_test_shape: tuple[int, int] = (10_000, 784)
    mnist_loss: float = 0.0928
    mnist_validation_loss: float = 0.0916
    worst_signed: tuple[int, ...] = (8561, 9494, 665, 8570, 4547, 5153, 6057, 2669, 9377, 1995)
    table_train_shape: tuple[int, int] = (90_000, 30)
    table_test_shape: tuple[int, int] = (10_000, 30)
    vanilla_parameters: int = 152
    deep_parameters: int = 164
    vanilla_loss: float = 0.6817
    deep_loss: float = 0.6875
    vanilla_signed_mean: float = -0.0019508774
    vanilla_signed_std: float = 1.5660173
    deep_signed_mean: float = -0.019897424
    deep_signed_std: float = 1.5883126


BLOG = BlogFigures()

LOSS_TOLERANCE = 0.001
MEAN_TOLERANCE = 0.05
DEVIATION_TOLERANCE = 0.1


@dataclass(frozen=True)
class Row:
    """One figure of the post beside ours.

    Attributes
    ----------
    name
        What it is.
    blog, ours
        The two values.
    tolerance
        How far ours may be from the post's, whose seeds and table are unknown; 0 where it must be equal.
    reproduced
        Whether it is that near; None where the two cannot be compared.
    """

    name: str
    blog: Any
    ours: Any
    tolerance: float
    reproduced: bool | None


def compare_rows(entries: Sequence[tuple[str, Any, Any, float, bool]]) -> list[Row]:
    """Hold our figures against the post's.

    Parameters
    ----------
    entries
        (name, the post's value, ours, tolerance, whether the two can be compared).

    Returns
    -------
    list of Row
        One an entry.

    Examples
    --------
    >>> compare_rows([("loss", 0.0928, 0.0930, 0.001, True)])[0].reproduced
    True
    """
    rows = []
    for name, blog, ours, tolerance, comparable in entries:
        near = blog == ours if tolerance == 0 else abs(blog - ours) <= tolerance
        rows.append(Row(name, blog, ours, tolerance, bool(near) if comparable else None))
    return rows
