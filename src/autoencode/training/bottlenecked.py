"""A network with a bottleneck between its encoder and its decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from autoencode.parts.bottlenecks import Bottleneck
from autoencode.training.state import Blueprint
from autoencode.types import LayerShape


class BottleneckedNetwork(eqx.Module):
    """A network whose code is what a bottleneck makes of its encoder's output; one sample in, one sample out.

    Attributes
    ----------
    network
        Encoder and decoder.
    bottleneck
        What is between them.
    code_size
        Numbers of a code.
    """

    network: Any
    bottleneck: Bottleneck
    code_size: int = eqx.field(static=True)

    @property
    def activation(self) -> Any:
        """Activation of the hidden layers."""
        return self.network.activation

    @property
    def code_activation(self) -> Any:
        """Activation of the encoder's output."""
        return self.network.code_activation

    @property
    def output_activation(self) -> Any:
        """Activation of the reconstruction."""
        return self.network.output_activation

    def encode(self, sample: Float[Array, " features"]) -> Float[Array, " code"]:
        """Return the code of one sample, without chance."""
        return self.bottleneck.code(self.network.encode(sample))

    def decode(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the reconstruction that one code stands for."""
        return self.network.decode(code)

    def decode_linear(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the decoder's output before its activation."""
        return self.network.decode_linear(code)

    def project(self, code: Float[Array, " code"]) -> Float[Array, " code"]:
        """Return the nearest code that the bottleneck can give."""
        return self.bottleneck.project(code)

    def encoder_activations(self, sample: Float[Array, " features"]) -> list[Float[Array, " units"]]:
        """Return what each encoder layer gives for one sample, the code last."""
        *hidden, encoded = self.network.encoder_activations(sample)
        return [*hidden, self.bottleneck.code(encoded)]

    def decoder_activations(self, code: Float[Array, " code"]) -> list[Float[Array, " units"]]:
        """Return the code and what each hidden decoder layer gives for it."""
        return self.network.decoder_activations(code)

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer; a code has as many units as the decoder takes."""
        shapes = self.network.layer_shapes()
        return [shape._replace(units=self.code_size) if shape.name == "code" else shape for shape in shapes]


@dataclass(frozen=True)
class BottleneckedBlueprint:
    """Everything that makes a `BottleneckedNetwork` but its weights.

    Attributes
    ----------
    network
        Draws the network; its `encoded_size` is what the bottleneck asks for.
    code_size
        Numbers of a code.
    bottleneck
        As it was given, not yet prepared.
    """

    network: Blueprint
    code_size: int
    bottleneck: Bottleneck

    @property
    def multiplications(self) -> int:
        """Products of numbers that one sample takes on its way to its reconstruction."""
        return self.network.multiplications

    def draw(self, generator: np.random.Generator) -> BottleneckedNetwork:
        """Return a network with random weights."""
        bottleneck = self.bottleneck.prepare(self.code_size, generator)
        return BottleneckedNetwork(self.network.draw(generator), bottleneck, self.code_size)
