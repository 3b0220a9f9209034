"""Convolutional networks as ONNX nodes; images have the axes batch, channel, row, column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autoencode.export.activation_nodes import add_activation
from autoencode.export.graph import Graph
from autoencode.parts.networks import Affine, ConvolutionalNetwork
from autoencode.parts.networks.convolution import Convolution, ResidualBlock, spread_kernel


def _add_weights(graph: Graph, kernel: Any, bias: Any, name: str) -> tuple[str, str]:
    arrays = {"kernel": kernel, "bias": bias}
    kernel, bias = (graph.add_constant(np.asarray(array), f"{name}.{what}") for what, array in arrays.items())
    return kernel, bias


def _add_reshape(graph: Graph, values: str, shape: tuple[int, ...], name: str) -> str:
    return graph.add("Reshape", values, graph.add_constant(np.array([-1, *shape]), f"{name}.shape"), name=name)


def _add_affine(graph: Graph, layer: Affine, values: str, name: str) -> str:
    return graph.add("Gemm", values, *_add_weights(graph, layer.kernel, layer.bias, name), name=f"{name}.linear")


def _add_convolution(graph: Graph, layer: Convolution, values: str, name: str, stride: int = 1) -> str:
    weights = _add_weights(graph, np.transpose(layer.kernel, (3, 2, 0, 1)), layer.bias, name)
    return graph.add("Conv", values, *weights, name=f"{name}.linear", pads=[1] * 4, strides=[stride] * 2)


def _add_doubled(graph: Graph, layer: Convolution, values: str, name: str, cut: tuple[int, int]) -> str:
    """Add a convolution of doubled images as what each small place gives, but for the last rows and columns."""
    weights = _add_weights(graph, np.transpose(spread_kernel(layer.kernel), (3, 2, 0, 1)), layer.bias, name)
    pads = [1, 1, 1 + cut[0], 1 + cut[1]]
    return graph.add("ConvTranspose", values, *weights, name=f"{name}.linear", pads=pads, strides=[2, 2])


def _add_end(
    graph: Graph, network: ConvolutionalNetwork, blocks: Sequence[ResidualBlock], values: str, name: str
) -> str:
    """Add a stage's residual blocks and its activation."""
    for block in blocks:
        inner = add_activation(graph, network.activation, values, f"{name}.before")
        inner = _add_convolution(graph, block.first, inner, f"{name}.first")
        inner = add_activation(graph, network.activation, inner, f"{name}.between")
        inner = _add_convolution(graph, block.second, inner, f"{name}.second")
        values = graph.add("Add", values, inner, name=f"{name}.sum")
    return add_activation(graph, network.activation, values, name)


def add_encoder(graph: Graph, network: ConvolutionalNetwork, features: str) -> str:
    """Add the encoder's nodes; layers are called as in `ConvolutionalNetwork.layer_shapes`.

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
    values = _add_reshape(graph, features, network.sample_shape, "samples")
    values = graph.add("Transpose", values, name="images", perm=[0, 3, 1, 2])
    for i, (layer, blocks) in enumerate(zip(network.encoder, network.encoder_blocks, strict=True)):
        name = f"encoder_{i + 1}"
        values = _add_end(graph, network, blocks, _add_convolution(graph, layer, values, name, 2), name)
    flat = _add_reshape(graph, values, (network.narrow.kernel.shape[0],), "code.flat")
    return add_activation(graph, network.code_activation, _add_affine(graph, network.narrow, flat, "code"), "code")


def add_decoder(graph: Graph, network: ConvolutionalNetwork, code: str) -> str:
    """Add the decoder's nodes but for the activation of its output; see `add_encoder`.

    Returns
    -------
    str
        The name of the decoder's output before its activation, float32, shape (batch, features).
    """
    sizes = network.sizes[::-1]
    flat = _add_affine(graph, network.widen, code, "decoder_1")
    channels = network.widen.kernel.shape[1] // math.prod(sizes[0])
    values = _add_reshape(graph, flat, (channels, *sizes[0]), "decoder_1.image")
    for i, (layer, blocks) in enumerate(zip(network.decoder, network.decoder_blocks, strict=True)):
        values = _add_end(graph, network, blocks, values, f"decoder_{i + 1}")
        name = "reconstruction" if layer is network.decoder[-1] else f"decoder_{i + 2}"
        (small_rows, small_columns), (rows, columns) = sizes[i : i + 2]
        values = _add_doubled(graph, layer, values, name, (2 * small_rows - rows, 2 * small_columns - columns))
    values = graph.add("Transpose", values, name="places", perm=[0, 2, 3, 1])
    return _add_reshape(graph, values, (math.prod(network.sample_shape),), "decoded")
