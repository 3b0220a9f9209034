"""What a detector learnt as ONNX nodes: samples in; score, p-value and what each column adds to the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autoencode.export.arithmetic import Arithmetic
from autoencode.export.graph import Graph
from autoencode.export.judge_nodes import GroupNodes, PooledNodes
from autoencode.export.onnx import add_decoder, add_encoder, find_nodes
from autoencode.export.score_nodes import add_score
from autoencode.export.table_nodes import TableNodes
from autoencode.model.detector import FittedDetector
from autoencode.model.fitted import Fitted
from autoencode.model.grouped_detector import Detector, GroupedDetector
from autoencode.model.odd_numbers import MOST_SCALED
from autoencode.training import select_restart

OUTPUTS = ("score", "p_value", "flagged", "contributions")


class Judgement(NamedTuple):
    """What a detector's findings are called, float64.

    Attributes
    ----------
    score, p_value
        Of each sample, shape (batch,).
    contributions
        What each column adds to the score, shape (batch, columns); of samples of several axes in their shape.
    threshold
        The score above which a sample is flagged, one number, or one of each sample, shape (batch,).
    """

    score: str
    p_value: str
    contributions: str
    threshold: str


def find_ends(detector: Detector) -> list[Any]:
    """Return what makes the inputs of each part of a detector; those of a pair read the same ones."""
    models = [part.fitted for part in detector.parts]
    if not models[0].format.is_mixed:
        return [find_nodes(model, "auto") for model in models]
    kept = detector.column if isinstance(detector, GroupedDetector) else None
    return [
        TableNodes(model, "auto", [other for other in models if other is not model], OUTPUTS, kept) for model in models
    ]


def add_detector(graph: Graph, detector: Detector, ends: Sequence[Any], judges: PooledNodes | GroupNodes) -> Judgement:
    """Add what a detector does; what each part of a pair does under a scope of its own.

    Parameters
    ----------
    graph
        The graph that grows.
    detector
        What was learnt.
    ends
        What `find_ends` gave.
    judges
        What `find_judges` gave.

    Raises
    ------
    InvalidInputError
        If it uses a part of the user's own.
    """
    is_pair, measured = len(detector.parts) > 1, []
    for place, (part, nodes) in enumerate(zip(detector.parts, ends, strict=True), 1):
        graph.scope = f"part_{place}/" if is_pair else ""
        measured.append(_add_part(graph, part, nodes))
    graph.scope = ""
    add = Arithmetic(graph)
    members = judges.add_members(add)
    p_values = [judges.add_p_value(add, place, score, members) for place, (score, _) in enumerate(measured)]
    threshold = judges.add_threshold(add, members)
    if not is_pair:
        ((score, contributions),) = measured
        return Judgement(score, p_values[0], contributions, threshold)
    both = add("Add", *p_values, name="p_values")
    score = add("Log", add("Div", 2.0, judges.add_least(add, both)), name="score")
    axes = np.arange(1, 1 + len(detector.fitted.format.sample_shape))
    added = add("Add", *(add("Div", part, add("Unsqueeze", of_part, axes)) for of_part, part in measured))
    half = add("Unsqueeze", add("Mul", score, 0.5), axes)
    contributions = add("Mul", added, half, name="contributions")
    return Judgement(score, add("Mul", both, 0.5, name="p_value"), contributions, threshold)


def _add_part(graph: Graph, detector: FittedDetector, nodes: Any) -> tuple[str, str]:
    """Add the score by one detector, and what each column adds to it."""
    add, fitted = Arithmetic(graph), detector.fitted
    # TopK is one of these before ONNX Runtime 1.32.
    features = graph.add_row(nodes.add_inputs(graph), fitted.format.width, "features.batch")
    rows, seen = _add_scaled(add, fitted, features)
    found = add_score(add, detector.score, rows, _add_mean_reconstruction(add, fitted, seen))
    score, added = (graph.drop_row(values, "batch") for values in found)
    return score, nodes.add_contributions(add, added)


def _add_scaled(add: Arithmetic, fitted: Fitted, features: str) -> tuple[str, str]:
    """Add scaled features as distances take them, and as networks see them; see `scale_samples`.

    What is missing is as far out as there is anything, where a table's rows have no place for it and where a model
    would refuse it: what cannot be judged is flagged.
    """
    nothing, most = np.float32(0), np.float32(MOST_SCALED)
    unknown = add("IsNaN", features)
    within = add("Clip", features, -most, most, name="within")
    rows = add("Where", unknown, most, within, name="scaled")
    if fitted.format.may_hold_odd_numbers:
        usual = add("LessOrEqual", add("Abs", features), most)  # which NaN is not
        return rows, add("Where", usual, features, nothing, name="seen")
    return rows, add("Where", unknown, nothing, within, name="seen")


def _add_mean_reconstruction(add: Arithmetic, fitted: Fitted, features: str) -> str:
    """Add the mean of the reconstructions by all usable restarts, in the order in which we add them."""
    rebuilt = []
    for place in fitted.usable:
        network = select_restart(fitted.networks, place)
        code = add_encoder(add.graph, network, features, fitted.settings.code_size)
        rebuilt.append(add_decoder(add.graph, network, code))
    mean = add("Div", add("Sum", *rebuilt), np.float32(len(rebuilt)), name="rebuilt.mean")
    known = add("Where", add("IsNaN", mean), np.float32(0), mean, name="rebuilt.known")
    return add("Clip", known, np.float32(-MOST_SCALED), np.float32(MOST_SCALED), name="rebuilt")
