"""The decoder of a fitted network in plain numbers, so that any program can decode with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autoencode.model.fitted import Fitted
from autoencode.parts.activations import ColumnActivation, name_activation
from autoencode.parts.networks import DenseNetwork
from autoencode.report.activation_script import DECODER_ACTIVATIONS
from autoencode.report.study import Decoder, DecoderLayer
from autoencode.training import BottleneckedNetwork


def read_decoder(model: Fitted) -> Decoder | None:
    """Return the decoder of a fitted model in numbers; None where it is no dense network of named activations."""
    network = model.network
    if isinstance(network, BottleneckedNetwork):  # it decodes codes as its network does
        network = network.network
    if type(network) is not DenseNetwork:
        return None
    hidden, last = _name_activation(network.activation), _name_activation(network.output_activation)
    if last is None or (hidden is None and len(network.decoder) > 1):
        return None
    activations = [*[hidden or last] * (len(network.decoder) - 1), last]
    return Decoder(
        tuple(
            DecoderLayer(np.asarray(layer.kernel), np.asarray(layer.bias), activation)
            for layer, activation in zip(network.decoder, activations, strict=True)
        ),
        model.scaling.offset,
        model.scaling.scale,
        model.format.encoder.groups if model.format.encoder is not None else (),
    )


def _name_activation(activation: Any) -> str | None:
    """Return the name of an activation that a page may know; None for one of the user's own."""
    name = "by_column" if isinstance(activation, ColumnActivation) else name_activation(activation)
    return name if name in DECODER_ACTIVATIONS else None
