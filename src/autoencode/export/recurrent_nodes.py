"""Recurrent networks as ONNX nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autoencode.export.activation_nodes import add_activation
from autoencode.export.graph import Graph
from autoencode.parts.networks import Affine, RecurrentNetwork
from autoencode.parts.networks.cell import FORGET_BIAS, Cell, LSTMCell


def add_encoder(graph: Graph, network: RecurrentNetwork, features: str) -> str:
    """Add the encoder's nodes; layers are called as in `RecurrentNetwork.layer_shapes`.

    Parameters
    ----------
    graph
        The graph that grows.
    network
        The fitted network.
    features
        The name of the scaled features, float32, shape (batch, features); no step may exist after one that does not.

    Returns
    -------
    str
        The name of the code, float32, shape (batch, code).

    Raises
    ------
    InvalidInputError
        If the activation of the code is a function of the user's own.
    """
    step_features = network.encoder[0].inward.kernel.shape[0]
    features = graph.add_row(features, network.steps * (step_features + 1), "sequence.batch")
    values, exists = graph.add_steps(features, network.steps, step_features, "sequence")
    axes = graph.add_constant(np.array([1, 2], np.int64), "sequence.axes")
    count = graph.add("ReduceSum", exists, axes, keepdims=0, name="sequence.count")
    lengths = graph.add_cast(count, np.int32, "sequence.lengths")
    values = graph.add("Transpose", values, perm=[1, 0, 2], name="sequence.by_time")
    *before, last = network.encoder
    for place, cell in enumerate(before, 1):
        values = _add_cell(graph, cell, values, f"encoder_{place}", lengths=lengths)
    # The outputs after the last step that exists: the operator's second output.
    final = _add_cell(graph, last, values, f"encoder_{len(network.encoder)}", lengths=lengths, output=1)
    linear = _add_affine(graph, network.to_code, final, "code.linear")
    return add_activation(graph, network.code_activation, graph.drop_row(linear, "code.rows"), "code")


def add_decoder(graph: Graph, network: RecurrentNetwork, code: str) -> str:
    """Add the decoder's nodes but for the activation of its output; see `add_encoder`.

    Returns
    -------
    str
        The name of the decoder's output before its activation, float32, shape (batch, features).
    """
    code = graph.add_row(code, network.to_state.kernel.shape[0], "decoder.code")
    given = _add_affine(graph, network.to_state, code, "decoder.states")
    # The first cell takes no inputs; the operator wants at least one, which is 0.
    batch = graph.add("Shape", code, start=0, end=1, name="decoder.batch")
    ends = [graph.add_constant(np.array([length], np.int64), "decoder.length") for length in (network.steps, 1)]
    shape = graph.add("Concat", ends[0], batch, ends[1], axis=0, name="decoder.shape")
    values = graph.add("Expand", graph.add_number(0.0, "decoder.nothing", np.float32), shape, name="decoder.inputs")
    start = 0
    for place, cell in enumerate(network.decoder, 1):
        name = f"decoder_{place}"
        stops = [start + cell.units * (state + 1) for state in range(cell.states)]
        output, *memory = (graph.add_columns(given, stop - cell.units, stop, f"{name}.given") for stop in stops)
        start = stops[-1]
        output = graph.add("Tanh", output, name=f"{name}.first")
        values = _add_cell(graph, cell, values, name, starts=(output, *memory))
    by_step = _add_affine(graph, network.to_step, values, "reconstruction.by_time")
    by_sample = graph.add("Transpose", by_step, perm=[1, 0, 2], name="reconstruction.steps")
    flat = graph.add("Flatten", by_sample, axis=1, name="reconstruction.rows")
    return graph.drop_row(flat, "reconstruction.linear")


def _add_affine(graph: Graph, affine: Affine, values: str, name: str) -> str:
    kernel = graph.add_constant(np.asarray(affine.kernel), f"{name}.kernel")
    bias = graph.add_constant(np.asarray(affine.bias), f"{name}.bias")
    return graph.add("Add", graph.add("MatMul", values, kernel, name=f"{name}.product"), bias, name=name)


def _add_cell(
    graph: Graph, cell: Cell, values: str, name: str, *, lengths: str = "", starts: Sequence[str] = (), output: int = 0
) -> str:
    """Add a cell along all steps.

    Parameters
    ----------
    graph, cell
        The graph that grows, and the cell.
    values
        The name of the inputs, shape (steps, batch, inputs).
    name
        What the layer is called.
    lengths
        The name of the sequences' lengths; without it, all steps exist.
    starts
        Names of what the state starts from, shape (batch, units); without them, it is 0.
    output
        0: the outputs at every step, shape (steps, batch, units); 1: the last, shape (batch, units).
    """
    gates, bias, recurrent_bias = _read_biases(cell)
    kernel = np.asarray(cell.inward.kernel)
    kernel = kernel if len(kernel) else np.zeros((1, kernel.shape[1]), np.float32)
    weights = [
        graph.add_constant(array[None].astype(np.float32), f"{name}.{meaning}")
        for meaning, array in (
            ("kernel", kernel.T),
            ("recurrent", np.asarray(cell.recurrent).T),
            ("bias", np.concatenate([bias, recurrent_bias])),
        )
    ]
    operator = "LSTM" if gates == 4 else "GRU"
    settings: dict[str, Any] = {} if gates == 4 else {"linear_before_reset": 1}
    axis = graph.add_constant(np.array([0]), f"{name}.direction") if starts else ""
    states = [graph.add("Unsqueeze", start, axis, name=f"{name}.start") for start in starts]
    inputs = [values, *weights, lengths, *states]
    result = graph.add(operator, *inputs, name=f"{name}.all", hidden_size=cell.units, output=output, **settings)
    squeezed = graph.add_constant(np.array([1 - output], np.int64), f"{name}.squeezed")
    return graph.add("Squeeze", result, squeezed, name=name)


def _read_biases(cell: Cell) -> tuple[int, np.ndarray, np.ndarray]:
    """Return how many gates a cell has, and both of ONNX's biases of them: our gates are in its order."""
    bias = np.array(cell.inward.bias)
    recurrent = np.zeros_like(bias)
    if isinstance(cell, LSTMCell):
        bias[2 * cell.units : 3 * cell.units] += FORGET_BIAS
    else:
        recurrent[2 * cell.units :] = np.asarray(cell.recurrent_bias)
    return cell.gates, bias, recurrent
