"""The measure of mixed tables: the mean over columns of what training minimises."""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float

from autoencode.evaluation.arrays import block_slices
from autoencode.evaluation.column_errors import GroupLayout, measure_layout
from autoencode.evaluation.errors import Measure
from autoencode.parts.losses.binary_cross_entropy import CLIP_EPSILON
from autoencode.types import FeatureGroup, SampleMatrix


def _measure_columns(
    samples: SampleMatrix, reconstructions: SampleMatrix, *, layout: GroupLayout
) -> Float[np.ndarray, "samples columns"]:
    """Return the losses of columns, a category's probabilities made to add up to 1.

    Those of a network do. Those of PCA do not where they leave [0, 1], and would look better than they are.
    """
    rebuilt = np.array(reconstructions, np.float64)
    shares = layout.kinds == "category"
    for rows in block_slices(*rebuilt.shape) if shares.any() else ():
        clipped = np.clip(rebuilt[rows], CLIP_EPSILON, 1)
        total = np.repeat(np.add.reduceat(clipped, layout.starts, axis=1), layout.widths, axis=1)
        np.divide(clipped, total, out=rebuilt[rows], where=shares)
    return measure_layout(samples, rebuilt, layout)


def column_measure(groups: tuple[FeatureGroup, ...]) -> Measure:
    """Return the measure of tables with these groups of features.

    Parameters
    ----------
    groups
        What the features stand for, in their order.

    Returns
    -------
    Measure
        Named "column_loss"; `errors` reduces it over columns, or over samples with ``per="feature"``.

    Examples
    --------
    >>> from autoencode.evaluation import errors
    >>> measure = column_measure((FeatureGroup("age", "numeric", 0, 1), FeatureGroup("deck", "category", 1, 3)))
    >>> errors(np.array([[3.0, 1.0, 0.0]]), np.array([[1.0, 0.5, 0.5]]), measure=measure).round(3)
    array([2.347])
    """
    return Measure(
        "column_loss",
        partial(_measure_columns, layout=GroupLayout.of(groups)),
        "mean",
        "squared units of scaled numbers, nats of other columns",
        "The mean over the columns of what training minimises: squared error of numbers, cross-entropy of the others.",
    )
