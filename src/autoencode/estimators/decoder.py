"""The decoder of a fitted network in plain numbers, so that any program can decode with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autoencode.model.fitted import Fitted
from autoencode.networks import ACTIVATIONS, ColumnActivation, DenseNetwork
from autoencode.report.study import Decoder, DecoderLayer
from autoencode.training import BottleneckedNetwork

__all__ = ["read_decoder"]


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
        model.table_encoder.groups_ if last == "by_column" and model.table_encoder is not None else (),
    )


def _name_activation(activation: Any) -> str | None:
    """Return the name of an activation that was given by name or as a function; None for one of the user's own."""
    if isinstance(activation, ColumnActivation):
        return "by_column"
    return next((name for name, known in ACTIVATIONS.items() if activation == name or activation is known), None)
