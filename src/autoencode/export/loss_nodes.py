"""The loss of mixed tables as ONNX nodes, per sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from autoencode.export.graph import Graph
from autoencode.losses.binary_cross_entropy import CLIP_EPSILON
from autoencode.types import FeatureGroup


def add_column_loss(graph: Graph, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
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


def _add_square(graph: Graph, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    del groups  # each feature is one
    difference = graph.add("Sub", truth, rebuilt, name="errors.difference")
    return graph.add("Mul", difference, difference, name="errors.square")


def _add_surprise(graph: Graph, truth: str, probability: str) -> str:
    """Add :math:`-x \\ln p`."""
    logarithm = graph.add("Log", probability, name="errors.logarithm")
    return graph.add("Neg", graph.add("Mul", truth, logarithm, name="errors.expected"), name="errors.surprise")


def _add_clipped(graph: Graph, probability: str) -> str:
    ends = (graph.add_number(end, "errors.end") for end in (CLIP_EPSILON, 1 - CLIP_EPSILON))
    return graph.add("Clip", probability, *ends, name="errors.probability")


def _add_category_entropy(graph: Graph, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    """Add :math:`\\ln \\sum_k p_k - \\sum_k x_k \\ln p_k`, one number a group; the truth adds up to 1."""
    widths = [group.stop - group.start for group in groups]
    members = graph.add_constant(np.repeat(np.eye(len(groups)), widths, axis=0), "errors.members")
    probability = _add_clipped(graph, rebuilt)
    total = graph.add("MatMul", probability, members, name="errors.probabilities")
    surprise = graph.add("MatMul", _add_surprise(graph, truth, probability), members, name="errors.surprises")
    return graph.add("Add", surprise, graph.add("Log", total, name="errors.log_total"), name="errors.entropy")


def _add_flag_entropy(graph: Graph, groups: Sequence[FeatureGroup], truth: str, rebuilt: str) -> str:
    del groups  # each feature is one
    one, probability = graph.add_number(1.0, "errors.one"), _add_clipped(graph, rebuilt)
    untruth = graph.add("Sub", one, truth, name="errors.untruth")
    against = _add_surprise(graph, untruth, graph.add("Sub", one, probability, name="errors.against"))
    return graph.add("Add", _add_surprise(graph, truth, probability), against, name="errors.entropy")
