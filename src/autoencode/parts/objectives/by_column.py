"""The loss of a mixed table: every column counts the same, whatever it holds and however many features it has.

For JAX and as ONNX nodes; `evaluation.column_measure` is its measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Float32, Int

from autoencode.parts.losses import Loss
from autoencode.parts.losses.binary_cross_entropy import CLIP_EPSILON
from autoencode.types import FeatureGroup


class _Layout(NamedTuple):
    """What the groups are to the loss, as constants: flags and columns of categories are its "choices"."""

    numeric: Bool[np.ndarray, " features"]
    flags: Float32[np.ndarray, " features"]
    weights: Float32[np.ndarray, " features"]
    # Which choice each feature belongs to, a number beyond the last for numbers; the features of each choice, the last
    # repeated, and which are not repeated; and what each choice weighs.
    choice_of: Int[np.ndarray, " features"]
    places: Int[np.ndarray, "widest choices"]
    inside: Float32[np.ndarray, "widest choices"]
    choice_weights: Float32[np.ndarray, " choices"]
    choice_flags: Float32[np.ndarray, " choices"]


@lru_cache(maxsize=256)
def _lay_out(groups: tuple[FeatureGroup, ...]) -> _Layout:
    groups_of = Counter(group.column for group in groups)
    choices = [group for group in groups if group.kind != "numeric"]
    features, widest = groups[-1].stop, max((group.stop - group.start for group in choices), default=1)
    kinds, weights = np.empty(features, object), np.empty(features)
    for group in groups:
        kinds[group.start : group.stop] = group.kind
        weights[group.start : group.stop] = 1 / (len(groups_of) * groups_of[group.column])
    choice_of, places = np.full(features, len(choices)), np.zeros((widest, len(choices)), int)
    inside = np.zeros((widest, len(choices)), np.float32)
    for choice, group in enumerate(choices):
        choice_of[group.start : group.stop] = choice
        places[:, choice] = np.minimum(group.start + np.arange(widest), group.stop - 1)
        inside[: group.stop - group.start, choice] = 1
    firsts = [group.start for group in choices]
    flags, weights = (kinds == "flag").astype(np.float32), weights.astype(np.float32)
    return _Layout(kinds == "numeric", flags, weights, choice_of, places, inside, weights[firsts], flags[firsts])


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _column_loss(groups, linear, sample):
    return _column_loss_forward(groups, linear, sample)[0]


def _column_loss_forward(groups, linear, sample):
    layout = _lay_out(groups)
    # A few passes over all columns at once, each as long as the features: a slice a column would take seconds to
    # compile, and a product with a matrix of features by choices grows with the square of the columns.

    def spread(values: Array) -> Array:
        """Return what each choice has, feature by feature; 0 for numbers."""
        return jnp.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, 1)])[..., layout.choice_of]

    # A flag is a choice between its own logit and 0.
    least = jnp.where(layout.choice_flags > 0, 0, -jnp.inf).astype(linear.dtype)
    highest = jnp.maximum(linear[..., layout.places].max(axis=-2), least)
    ceiling = spread(highest)
    below = linear - ceiling
    exponential = jnp.exp(jnp.where(layout.numeric, 0, below))
    total = (exponential[..., layout.places] * layout.inside).sum(axis=-2) + layout.choice_flags * jnp.exp(-highest)
    difference = linear - sample
    terms = jnp.where(layout.numeric, jnp.square(difference), layout.flags * (1 - sample) * ceiling - sample * below)
    multiply = partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)
    loss = multiply(terms, layout.weights) + multiply(jnp.log(total), layout.choice_weights)
    probability = exponential * spread(1 / total)
    by_linear = layout.weights * jnp.where(layout.numeric, 2 * difference, probability - sample)
    by_sample = layout.weights * jnp.where(layout.numeric, -2 * difference, -below - layout.flags * ceiling)
    return loss, (by_linear, by_sample)


def _column_loss_backward(groups, residuals, upstream):
    del groups
    by_linear, by_sample = residuals
    return by_linear * upstream[..., None], by_sample * upstream[..., None]


_column_loss.defvjp(_column_loss_forward, _column_loss_backward)


@dataclass(frozen=True)
class ColumnLoss:
    r"""The mean over a table's columns of the loss of each, from the decoder's linear output.

    .. math::
        \frac1C \sum_c \frac{1}{G_c} \sum_{g \in c} \ell_g, \qquad
        \ell_g = \begin{cases}
            (x - z)^2 & \text{a number} \\
            \max(z, 0) - x z + \log(1 + e^{-|z|}) & \text{a flag} \\
            \log \sum_k e^{z_k} - \sum_k x_k z_k & \text{categories}
        \end{cases}

    It is never infinite for finite outputs, and its gradient shares the exponentials. Two of equal groups are equal, so
    that they share a compiled program.

    Attributes
    ----------
    groups
        What the features stand for, in their order, without gaps.
    """

    groups: tuple[FeatureGroup, ...]

    def __call__(
        self, linear: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]
    ) -> Float[Array, "*batch"]:
        """Return the loss of each sample: nats, and squared units of scaled numbers; ≥ 0, smaller is better."""
        return _column_loss(self.groups, linear, sample)


@lru_cache(maxsize=256)
def column_loss(groups: tuple[FeatureGroup, ...]) -> Loss:
    """Return the loss of a mixed table, fused with its activation.

    Parameters
    ----------
    groups
        What the features stand for, in their order, without gaps; as `TableEncoder.groups_`.

    Returns
    -------
    Loss
        The same object for equal groups; a mean over the columns. Its `output_activation` is the word "by_column": the
        network's own is ``ColumnActivation(groups)`` of `autoencode.parts.networks`, which this folder does not know.

    Examples
    --------
    >>> groups = (FeatureGroup("age", "numeric", 0, 1), FeatureGroup("deck", "category", 1, 3))
    >>> loss = column_loss(groups)
    >>> value = loss.function(jnp.array([3.0, 0.0, 0.0]), jnp.array([1.0, 1.0, 0.0]))
    >>> round(value.item(), 4)  # (2² + ln 2) / 2
    2.3466
    """
    columns = len({group.column for group in groups})
    return Loss("column_loss", ColumnLoss(groups), "by_column", fused=True, parts=columns)


def add_column_loss(graph: Any, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    r"""Add the mean over columns of the mean over each column's groups.

    It is what `evaluation.column_losses` gives: of a number the squared error, of a flag
    :math:`-x \ln p - (1 - x) \ln (1 - p)`, of a category :math:`-\sum_k x_k \ln p_k`, of clipped probabilities.

    Parameters
    ----------
    graph
        The graph that grows.
    groups
        The groups of the encoder.
    truth, rebuilt
        Names of the features and of what the network gives, float64 of shape (batch, features).

    Returns
    -------
    str
        The name of the errors, float64 of shape (batch,).
    """
    shares = Counter(group.column for group in groups)
    parts = []
    for kind, terms in (("numeric", _add_square), ("flag", _add_flag_entropy), ("category", _add_category_entropy)):
        chosen = [group for group in groups if group.kind == kind]
        if not chosen:
            continue
        picked = graph.add_constant(
            np.concatenate([np.arange(group.start, group.stop) for group in chosen]), f"errors.{kind}.places"
        )
        true = graph.add("Gather", truth, picked, axis=1, name=f"errors.{kind}.truth")
        guessed = graph.add("Gather", rebuilt, picked, axis=1, name=f"errors.{kind}.rebuilt")
        weights = np.array([1 / len(shares) / shares[group.column] for group in chosen])
        losses = terms(graph, chosen, true, guessed)
        weighed = graph.add_constant(weights[:, None], f"errors.{kind}.weights")
        parts.append(graph.add("MatMul", losses, weighed, name=f"errors.{kind}.mean"))
    axis = graph.add_constant(np.array([1], np.int64), "errors.axis")
    return graph.add("Squeeze", graph.add("Sum", *parts, name="errors.total"), axis, name="errors.loss")


def _add_square(graph: Any, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    del groups  # each feature is one
    difference = graph.add("Sub", truth, rebuilt, name="errors.difference")
    return graph.add("Mul", difference, difference, name="errors.square")


def _add_surprise(graph: Any, truth: str, probability: str) -> str:
    """Add :math:`-x \\ln p`."""
    logarithm = graph.add("Log", probability, name="errors.logarithm")
    return graph.add("Neg", graph.add("Mul", truth, logarithm, name="errors.expected"), name="errors.surprise")


def _add_clipped(graph: Any, probability: str) -> str:
    ends = (graph.add_number(end, "errors.end") for end in (CLIP_EPSILON, 1 - CLIP_EPSILON))
    return graph.add("Clip", probability, *ends, name="errors.probability")


def _add_category_entropy(graph: Any, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    """Add :math:`\\ln \\sum_k p_k - \\sum_k x_k \\ln p_k`, one number a group; the truth adds up to 1."""
    widths = [group.stop - group.start for group in groups]
    members = graph.add_constant(np.repeat(np.eye(len(groups)), widths, axis=0), "errors.members")
    probability = _add_clipped(graph, rebuilt)
    total = graph.add("MatMul", probability, members, name="errors.probabilities")
    surprise = graph.add("MatMul", _add_surprise(graph, truth, probability), members, name="errors.surprises")
    return graph.add("Add", surprise, graph.add("Log", total, name="errors.log_total"), name="errors.entropy")


def _add_flag_entropy(graph: Any, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    del groups  # each feature is one
    one, probability = graph.add_number(1.0, "errors.one"), _add_clipped(graph, rebuilt)
    untruth = graph.add("Sub", one, truth, name="errors.untruth")
    against = _add_surprise(graph, untruth, graph.add("Sub", one, probability, name="errors.against"))
    return graph.add("Add", _add_surprise(graph, truth, probability), against, name="errors.entropy")
