"""What a network of your own needs to be."""

from __future__ import annotations

from abc import abstractmethod

import equinox as eqx
import jax
from jaxtyping import Array, Float

from autoencode.parts.networks.activation import OUTPUT_ACTIVATIONS, Activation, find_activation
from autoencode.types import LayerShape


class Network(eqx.Module):
    """An encoder and a decoder; one flat sample in, one flat sample out. Batches are made by `jax.vmap`.

    A network of your own is a subclass with two methods, `encode` and `decode_linear`.

    Attributes
    ----------
    features, code_size
        Numbers of a flat sample, and of a code.
    output_activation
        What turns the decoder's output into the reconstruction: "sigmoid" where the loss is binary cross-entropy.
    activation, code_activation
        Those of the hidden layers and of the code, as a diagnosis reads them.
    """

    features: int = eqx.field(static=True, kw_only=True)
    code_size: int = eqx.field(static=True, kw_only=True)
    output_activation: str | Activation = eqx.field(static=True, default="identity", kw_only=True)
    activation: str | Activation = eqx.field(static=True, default="identity", kw_only=True)
    code_activation: str | Activation = eqx.field(static=True, default="identity", kw_only=True)

    @abstractmethod
    def encode(self, sample: Float[Array, " features"]) -> Float[Array, " code"]:
        """Return the code of one sample, or what a bottleneck makes a code of."""

    @abstractmethod
    def decode_linear(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the decoder's output before its activation."""

    def decode(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the reconstruction that one code stands for."""
        return find_activation(self.output_activation, OUTPUT_ACTIVATIONS)(self.decode_linear(code))

    def encoder_activations(self, sample: Float[Array, " features"]) -> list[Float[Array, " units"]]:
        """Return what each layer of the encoder gives, the code last; here the code alone."""
        return [self.encode(sample)]

    def decoder_activations(self, code: Float[Array, " code"]) -> list[Float[Array, " units"]]:
        """Return the code and what each hidden layer of the decoder gives; here the code alone."""
        return [code]

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of code and reconstruction; the latter stands for all parameters."""
        parameters = sum(array.size for array in jax.tree.leaves(self) if eqx.is_inexact_array(array))
        return [LayerShape("code", self.code_size, 0), LayerShape("reconstruction", self.features, parameters)]
