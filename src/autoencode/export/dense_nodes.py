"""Dense networks as ONNX nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autoencode.export.activation_nodes import add_activation
from autoencode.export.graph import Graph
from autoencode.parts.networks import Affine, DenseNetwork


def _add_layers(graph: Graph, layers: Sequence[Affine], activations: Sequence[Any], names: list[str], values: str):
    for layer, activation, name in zip(layers, activations, names, strict=True):
        kernel = graph.add_constant(np.asarray(layer.kernel), f"{name}.kernel")
        bias = graph.add_constant(np.asarray(layer.bias), f"{name}.bias")
        linear = graph.add("Gemm", values, kernel, bias, name=f"{name}.linear")
        values = add_activation(graph, activation, linear, name)
    return values


def add_encoder(graph: Graph, network: DenseNetwork, features: str) -> str:
    """Add the encoder's nodes; layers are called as in `DenseNetwork.layer_shapes`.

    Parameters
    ----------
    graph
        The graph that grows.
    network
        The fitted network.
    features
        The name of the scaled features, float32, shape (batch, features).

    Returns
    -------
    str
        The name of the code, float32, shape (batch, code).

    Raises
    ------
    InvalidInputError
        If an activation is a function of the user's own.
    """
    names = [shape.name for shape in network.layer_shapes()][: len(network.encoder)]
    hidden = [network.activation] * (len(names) - 1)
    return _add_layers(graph, network.encoder, [*hidden, network.code_activation], names, features)


def add_decoder(graph: Graph, network: DenseNetwork, code: str) -> str:
    """Add the decoder's nodes but for the activation of its output; see `add_encoder`.

    Returns
    -------
    str
        The name of the decoder's output before its activation, float32, shape (batch, features).
    """
    names = [shape.name for shape in network.layer_shapes()][len(network.encoder) :]
    hidden = [network.activation] * (len(names) - 1)
    return _add_layers(graph, network.decoder, [*hidden, "identity"], names, code)
