"""Fully connected encoder-decoder pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.networks.activation import Activation, find_activation

__all__ = ["Affine", "DenseBlueprint", "DenseNetwork", "LayerShape"]


class LayerShape(NamedTuple):
    """What one layer gives, for a summary: its name, its number of units and of parameters."""

    name: str
    units: int
    parameters: int


class Affine(eqx.Module):
    r"""An affine map, :math:`y = x K + b`, with Keras's initial values.

    The kernel :math:`K` is drawn Glorot-uniform, from :math:`\pm\sqrt{6 / (n_\text{in} + n_\text{out})}`, and the bias
    is zero.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, eq. 16.
    """

    kernel: Float[Array, "inputs outputs"]
    bias: Float[Array, " outputs"]

    def __init__(self, inputs: int, outputs: int, *, key: PRNGKeyArray):
        self.kernel = jax.nn.initializers.glorot_uniform()(key, (inputs, outputs), jnp.float32)
        self.bias = jnp.zeros((outputs,), jnp.float32)

    def __call__(self, values: Float[Array, " inputs"]) -> Float[Array, " outputs"]:
        """Return the mapped values."""
        return values @ self.kernel + self.bias


class DenseNetwork(eqx.Module):
    """An encoder of dense layers and its mirror image as decoder; one sample in, one sample out.

    ``hidden=(128, 64), code_size=32`` on 784 features is 784-128-64-32-64-128-784. Batches are made by `jax.vmap`.

    Parameters
    ----------
    features
        Number of features of a sample.
    code_size
        Number of units of the code.
    hidden
        Units of the encoder's hidden layers, from the sample inwards; the decoder has them in reverse.
    activation, code_activation, output_activation
        Activation of the hidden layers, of the code, and of the reconstruction; names or functions.
    key
        JAX random key from which all kernels are drawn.
    """

    encoder: tuple[Affine, ...]
    decoder: tuple[Affine, ...]
    activation: str | Activation = eqx.field(static=True)
    code_activation: str | Activation = eqx.field(static=True)
    output_activation: str | Activation = eqx.field(static=True)

    def __init__(
        self,
        features: int,
        code_size: int,
        *,
        hidden: Sequence[int] = (),
        activation: str | Activation = "relu",
        code_activation: str | Activation = "identity",
        output_activation: str | Activation = "identity",
        key: PRNGKeyArray,
    ):
        widths = (features, *hidden, code_size, *reversed(hidden), features)
        keys = jax.random.split(key, len(widths) - 1)
        layers = tuple(Affine(a, b, key=k) for (a, b), k in zip(pairwise(widths), keys, strict=True))
        self.encoder, self.decoder = layers[: len(hidden) + 1], layers[len(hidden) + 1 :]
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation

    def encode(self, sample: Float[Array, " features"]) -> Float[Array, " code"]:
        """Return the code of one sample."""
        return self.encoder_activations(sample)[-1]

    def decode(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the reconstruction that one code stands for."""
        return find_activation(self.output_activation)(self.decode_linear(code))

    def decode_linear(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the decoder's output before its activation (the logits, where that is the sigmoid)."""
        return self.decoder[-1](self.decoder_activations(code)[-1])

    def __call__(self, sample: Float[Array, " features"]) -> Float[Array, " features"]:
        """Return the reconstruction of one sample."""
        return self.decode(self.encode(sample))

    def encoder_activations(self, sample: Float[Array, " features"]) -> list[Float[Array, " units"]]:
        """Return what each encoder layer gives for one sample, the code last."""
        hidden, code = find_activation(self.activation), find_activation(self.code_activation)
        values, activations = sample, []
        for layer in self.encoder[:-1]:
            values = hidden(layer(values))
            activations.append(values)
        return [*activations, code(self.encoder[-1](values))]

    def decoder_activations(self, code: Float[Array, " code"]) -> list[Float[Array, " units"]]:
        """Return the code and what each hidden decoder layer gives for it."""
        hidden = find_activation(self.activation)
        activations = [code]
        for layer in self.decoder[:-1]:
            activations.append(hidden(layer(activations[-1])))
        return activations

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer, in order; the names are those of the diagnosis."""
        names = [f"encoder_{i + 1}" for i in range(len(self.encoder) - 1)] + ["code"]
        names += [f"decoder_{i + 1}" for i in range(len(self.decoder) - 1)] + ["reconstruction"]
        return [
            LayerShape(name, layer.kernel.shape[-1], layer.kernel.size + layer.bias.size)
            for name, layer in zip(names, self.encoder + self.decoder, strict=True)
        ]


@dataclass(frozen=True)
class DenseBlueprint:
    """Everything that makes a `DenseNetwork` but its random key.

    Equal blueprints are equal and hash alike, so that the program that draws networks is compiled once for all of them.

    Attributes
    ----------
    features, code_size, hidden, activation, code_activation, output_activation
        See `DenseNetwork`.
    """

    features: int
    code_size: int
    hidden: tuple[int, ...]
    activation: str | Activation
    code_activation: str | Activation
    output_activation: str | Activation

    def __call__(self, key: PRNGKeyArray) -> DenseNetwork:
        """Return a network drawn from the key."""
        return DenseNetwork(
            self.features,
            self.code_size,
            hidden=self.hidden,
            activation=self.activation,
            code_activation=self.code_activation,
            output_activation=self.output_activation,
            key=key,
        )
