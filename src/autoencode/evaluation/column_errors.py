"""Errors of a mixed table column by column: numbers, flags and categories, each by its own measure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int

from autoencode.evaluation.arrays import block_slices, check_pair
from autoencode.exceptions import InvalidInputError
from autoencode.parts.losses.binary_cross_entropy import CLIP_EPSILON
from autoencode.printable import quote
from autoencode.types import FeatureGroup, SampleMatrix


@dataclass(frozen=True)
class ColumnError:
    """How well one column of a table is rebuilt, over all samples.

    Attributes
    ----------
    column
        Its name.
    kind
        What it was read as: "numeric", "boolean", "category", "datetime", …
    error
        The error, ≥ 0, smaller is better.
    measure
        What is measured, in words.
    unit
        What one unit of the error is.
    """

    column: str
    kind: str
    error: float
    measure: str
    unit: str


def column_losses(
    samples: SampleMatrix, reconstructions: SampleMatrix, groups: tuple[FeatureGroup, ...]
) -> Float64[np.ndarray, "samples columns"]:
    r"""Return the loss of each column of each sample, as training of a mixed table counts it.

    .. math::
        e_c = \frac{1}{G_c} \sum_{g \in c} e_g, \qquad
        e_g = (x - \hat{x})^2, \quad -x \ln p - (1 - x) \ln (1 - p), \quad -\sum_k x_k \ln p_k

    for a number, a flag, and the categories of a column.

    Parameters
    ----------
    samples
        The features :math:`x` of the samples.
    reconstructions
        Their reconstructions :math:`\hat{x}` after the decoder's activation. Those of flags and categories are
        probabilities, clipped to [1e-7, 1 - 1e-7] as by `binary_cross_entropy`.
    groups
        What the features stand for, in their order.

    Returns
    -------
    array of shape (samples, columns), float64
        Not negative; nats, and squared units of scaled numbers. The columns are those of `groups`, in that order. Their
        mean over a row is the sample's loss.

    Raises
    ------
    InvalidInputError
        If the arrays differ in shape, are empty, hold a number that is not finite, or do not have the features of
        `groups`, or if a flag or a category leaves [0, 1].

    Examples
    --------
    >>> groups = (FeatureGroup("age", "numeric", 0, 1), FeatureGroup("deck", "category", 1, 3))
    >>> column_losses(np.array([[3.0, 1.0, 0.0]]), np.array([[1.0, 0.5, 0.5]]), groups).round(3)
    array([[4.   , 0.693]])
    """
    return measure_layout(samples, reconstructions, GroupLayout.of(groups))


@dataclass(frozen=True, eq=False)
class GroupLayout:
    """Where the groups of a table's features lie, as arrays: of a wide table they are made once.

    Attributes
    ----------
    groups
        What the features stand for, in their order.
    starts, widths
        The first feature of each group, and how many it has.
    kinds
        The kind of each feature's group.
    weights
        The share of each group in the loss of its column.
    order, firsts
        The groups ordered so that those of a column are beside each other, and the first of each column in that order.
    """

    groups: tuple[FeatureGroup, ...]
    starts: Int[np.ndarray, " groups"]
    widths: Int[np.ndarray, " groups"]
    kinds: np.ndarray
    weights: Float64[np.ndarray, " groups"]
    order: Int[np.ndarray, " groups"]
    firsts: Int[np.ndarray, " columns"]

    @classmethod
    def of(cls, groups: tuple[FeatureGroup, ...]) -> GroupLayout:
        """Return the layout of groups."""
        groups_of = Counter(group.column for group in groups)
        index_of = {column: index for index, column in enumerate(groups_of)}
        starts = np.array([group.start for group in groups], int)
        widths = np.array([group.stop for group in groups], int) - starts
        columns = np.array([index_of[group.column] for group in groups], int)
        order = np.argsort(columns, kind="stable")
        return cls(
            groups=groups,
            starts=starts,
            widths=widths,
            kinds=np.repeat([group.kind for group in groups], widths),
            weights=1 / np.array([groups_of[group.column] for group in groups]),
            order=order,
            firsts=np.flatnonzero(np.diff(columns[order], prepend=-1)),
        )


def measure_layout(
    samples: SampleMatrix, reconstructions: SampleMatrix, layout: GroupLayout
) -> Float64[np.ndarray, "samples columns"]:
    """Return what `column_losses` gives of the groups of a layout."""
    samples, reconstructions = check_pair(samples, reconstructions)
    features = len(layout.kinds)
    if samples.shape[1] != features:
        raise InvalidInputError(f"groups stand for {features} features, but the samples have {samples.shape[1]}.")
    numeric, flags = layout.kinds == "numeric", layout.kinds == "flag"
    losses = np.empty((len(samples), len(layout.firsts)))
    for rows in block_slices(*samples.shape):
        truth, rebuilt = samples[rows].astype(np.float64), reconstructions[rows].astype(np.float64)
        _refuse_beyond(truth, layout.groups, ~numeric)
        each = np.square(truth - rebuilt)
        probability = np.clip(rebuilt[:, ~numeric], CLIP_EPSILON, 1 - CLIP_EPSILON)
        each[:, ~numeric] = -truth[:, ~numeric] * np.log(probability)
        probability = np.clip(rebuilt[:, flags], CLIP_EPSILON, 1 - CLIP_EPSILON)
        each[:, flags] -= (1 - truth[:, flags]) * np.log1p(-probability)
        by_group = np.add.reduceat(each, layout.starts, axis=1) * layout.weights
        losses[rows] = np.add.reduceat(by_group[:, layout.order], layout.firsts, axis=1)
    return losses


def _refuse_beyond(
    truth: Float64[np.ndarray, "rows features"],
    groups: tuple[FeatureGroup, ...],
    shares: Bool[np.ndarray, " features"],
) -> None:
    """Refuse flags and categories beyond [0, 1]."""
    beyond = shares & ((truth.min(axis=0) < 0) | (truth.max(axis=0) > 1))
    if not beyond.any():
        return
    group = next(group for group in groups if beyond[group.start : group.stop].any())
    cells = truth[:, group.start : group.stop]
    raise InvalidInputError(
        f"the {group.kind} of column {quote(group.column)} must lie in [0, 1]; it reaches from {cells.min():g} to "
        f"{cells.max():g}. Pass features as the table encoder gives them."
    )
