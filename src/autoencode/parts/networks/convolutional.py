"""Convolutional encoder-decoder pairs, plain and residual."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Float, PyTree

from autoencode.exceptions import InvalidInputError
from autoencode.parts.networks.activation import Activation, find_activation
from autoencode.parts.networks.convolution import Convolution, ResidualBlock
from autoencode.parts.networks.dense import Affine
from autoencode.parts.networks.form import Frame, NetworkForm
from autoencode.types import LayerShape

Blocks = tuple[tuple[ResidualBlock, ...], ...]
BatchFunction = Callable[[Any, Float[Array, "batch inputs"]], PyTree]


def _take_one(function: BatchFunction) -> Callable[[Any, Float[Array, " inputs"]], PyTree]:
    """Return a function of a network and one sample that under `jax.vmap` is the given one, of a network and a batch.

    What it gives has the batch as its first axis.
    """

    def of_one(network: Any, values: Float[Array, " inputs"]) -> PyTree:
        return jax.tree.map(lambda given: given[0], function(network, values[None]))

    def of_batch(axis_size: int, in_batched: list[Any], network: Any, values: Any) -> tuple[PyTree, PyTree]:
        network_batched, values_batched = (any(jax.tree.leaves(batched)) for batched in in_batched)
        if values_batched and not network_batched:
            given = function(network, values)
        elif network_batched:  # several networks at once
            axes = jax.tree.map(lambda batched: 0 if batched else None, tuple(in_batched))
            given = jax.vmap(of_one, axes, axis_size=axis_size)(network, values)
        else:  # neither, as where only what `jax.jvp` carries along is a batch
            given = of_one(network, values)
        return given, jax.tree.map(lambda _: values_batched or network_batched, given)

    batched = custom_vmap(of_one)
    batched.def_vmap(of_batch)
    return batched


def _map_affine(layer: Affine, values: Float[Array, "inputs batch"]) -> Float[Array, "outputs batch"]:
    return jnp.asarray(layer.kernel).T @ values + layer.bias[:, None]


def _size_channels(values: Float[Array, "channels height width batch"]) -> Float[Array, "batch channels"]:
    """Return one number for each channel: the root mean square over its places."""
    return jnp.sqrt(jnp.mean(jnp.square(values), axis=(1, 2))).T


def _finish(
    network: ConvolutionalNetwork,
    values: Float[Array, "channels height width batch"],
    blocks: tuple[ResidualBlock, ...],
) -> Float[Array, "channels height width batch"]:
    """Return what a stage's residual blocks and its activation make of its linear map."""
    activation = find_activation(network.activation)
    for block in blocks:
        values = block.apply(values, activation)
    return activation(values)


def _encode_maps(network: ConvolutionalNetwork, samples: Float[Array, "batch features"]) -> list[Array]:
    """Return what each stage of the encoder gives, and last the encoded samples; the batch is the last axis."""
    values = samples.reshape(-1, *network.sample_shape).transpose(3, 1, 2, 0)
    maps = []
    for convolution, blocks in zip(network.encoder, network.encoder_blocks, strict=True):
        values = _finish(network, convolution.reduce(values), blocks)
        maps.append(values)
    encoded = _map_affine(network.narrow, values.reshape(-1, values.shape[-1]))
    return [*maps, find_activation(network.code_activation)(encoded)]


def _decode_maps(network: ConvolutionalNetwork, codes: Float[Array, "batch code"]) -> list[Array]:
    """Return what each hidden stage of the decoder gives; the batch is the last axis."""
    sizes = network.sizes[::-1]
    values = _map_affine(network.widen, codes.T).reshape(-1, *sizes[0], len(codes))
    maps = [_finish(network, values, network.decoder_blocks[0])]
    for size, convolution, blocks in zip(sizes[1:-1], network.decoder[:-1], network.decoder_blocks[1:], strict=True):
        maps.append(_finish(network, convolution.enlarge(maps[-1], *size), blocks))
    return maps


@_take_one
def _encode(network: ConvolutionalNetwork, samples: Float[Array, "batch features"]) -> Float[Array, "batch code"]:
    return _encode_maps(network, samples)[-1].T


@_take_one
def _decode_linear(network: ConvolutionalNetwork, codes: Float[Array, "batch code"]) -> Float[Array, "batch features"]:
    values = network.decoder[-1].enlarge(_decode_maps(network, codes)[-1], *network.sizes[0])
    return values.transpose(3, 1, 2, 0).reshape(len(codes), -1)


@_take_one
def _encoder_activations(network: ConvolutionalNetwork, samples: Float[Array, "batch features"]) -> list[Array]:
    *maps, encoded = _encode_maps(network, samples)
    return [*map(_size_channels, maps), encoded.T]


@_take_one
def _decoder_activations(network: ConvolutionalNetwork, codes: Float[Array, "batch code"]) -> list[Array]:
    return [codes, *map(_size_channels, _decode_maps(network, codes))]


class ConvolutionalNetwork(eqx.Module):
    """An encoder of convolutions, each halving the image, and its mirror image as decoder; one sample in, one out.

    It is made by a `ConvolutionalBlueprint`. Batches are made by `jax.vmap`, and computed as a batch: see
    `networks.convolution`.

    Attributes
    ----------
    encoder, decoder
        The convolutions, from the sample inwards and from the code outwards.
    encoder_blocks, decoder_blocks
        The residual blocks of each hidden stage: one in a residual network, else none.
    narrow, widen
        The affine maps from the last image to the code, and back. An image is flat in the order channel, row, column.
    sample_shape
        Rows, columns and channels of a sample.
    activation, code_activation, output_activation
        Activation of the hidden stages, of the code, and of the reconstruction; names or functions.

    Notes
    -----
    `jax.grad` and `jax.vjp` go around a `jax.vmap` of the methods, as a loss's does, not inside of it; `jax.jvp` goes
    in either place.
    """

    encoder: tuple[Convolution, ...]
    encoder_blocks: Blocks
    narrow: Affine
    widen: Affine
    decoder: tuple[Convolution, ...]
    decoder_blocks: Blocks
    sample_shape: tuple[int, int, int] = eqx.field(static=True)
    activation: str | Activation = eqx.field(static=True)
    code_activation: str | Activation = eqx.field(static=True)
    output_activation: str | Activation = eqx.field(static=True)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Rows and columns of the sample and of what each encoder stage gives."""
        return _halve(self.sample_shape[:2], len(self.encoder))

    def encode(self, sample: Float[Array, " features"]) -> Float[Array, " code"]:
        """Return the code of one sample."""
        return _encode(self, sample)

    def decode(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the reconstruction that one code stands for."""
        return find_activation(self.output_activation)(self.decode_linear(code))

    def decode_linear(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the decoder's output before its activation (the logits, where that is the sigmoid)."""
        return _decode_linear(self, code)

    def __call__(self, sample: Float[Array, " features"]) -> Float[Array, " features"]:
        """Return the reconstruction of one sample."""
        return self.decode(self.encode(sample))

    def encoder_activations(self, sample: Float[Array, " features"]) -> list[Float[Array, " units"]]:
        """Return the root mean square of each channel that an encoder stage gives for one sample, and last the code."""
        return _encoder_activations(self, sample)

    def decoder_activations(self, code: Float[Array, " code"]) -> list[Float[Array, " units"]]:
        """Return the code and the root mean square of each channel that a hidden decoder stage gives for it."""
        return _decoder_activations(self, code)

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer, in order; the units of an image are its channels."""

        def count(*parts: Any) -> int:
            return sum(leaf.size for leaf in jax.tree.leaves(parts))

        channels = [convolution.bias.shape[-1] for convolution in self.encoder]
        shapes = [
            LayerShape(f"encoder_{i + 1}", units, count(self.encoder[i], self.encoder_blocks[i]))
            for i, units in enumerate(channels)
        ]
        shapes.append(LayerShape("code", self.narrow.bias.shape[-1], count(self.narrow)))
        hidden = zip(reversed(channels), (self.widen, *self.decoder), self.decoder_blocks, strict=False)
        shapes += [
            LayerShape(f"decoder_{i + 1}", units, count(layer, blocks))
            for i, (units, layer, blocks) in enumerate(hidden)
        ]
        return [*shapes, LayerShape("reconstruction", math.prod(self.sample_shape), count(self.decoder[-1]))]


def _halve(size: tuple[int, ...], times: int) -> list[tuple[int, int]]:
    """Return rows and columns, and what is left of them after each halving, rounded up."""
    return [(-(-size[0] // 2**i), -(-size[1] // 2**i)) for i in range(times + 1)]


@dataclass(frozen=True)
class ConvolutionalBlueprint:
    """Everything that makes a `ConvolutionalNetwork` but its weights.

    Each stage of the encoder is a convolution of 3 × 3 at every second place, then the residual block where there is
    one, then the activation; an affine map gives the code. The decoder is its mirror: an affine map, and stages that
    double the image and convolve it, cut to the size that the encoder had there.

    Attributes
    ----------
    sample_shape
        Rows and columns of a sample, and where it has a third axis its channels; each ≥ 1. Samples come flat, in C
        order.
    code_size
        Number of units of the code.
    channels
        Channels that each stage of the encoder gives, from the sample inwards; the decoder has them in reverse. More
        stages see further, more channels see more.
    residual
        Whether each hidden stage has a residual block.
    encoded_size
        How many numbers the encoder gives, None for `code_size`; the decoder takes `code_size`.
    activation, code_activation, output_activation
        Activation of the hidden stages, of the code, and of the reconstruction; names or functions.

    Raises
    ------
    InvalidInputError
        If a size is not a whole number ≥ 1, or there are no channels.

    References
    ----------
    J. Masci, U. Meier, D. Cireşan and J. Schmidhuber, "Stacked convolutional auto-encoders for hierarchical feature
    extraction", 2011. Here the encoder's steps of two places stand for its pooling.

    Examples
    --------
    >>> network = ConvolutionalBlueprint((28, 28), 32).draw(np.random.default_rng(0))
    >>> [f"{layer.name} {layer.units}" for layer in network.layer_shapes()]
    ['encoder_1 16', 'encoder_2 32', 'code 32', 'decoder_1 32', 'decoder_2 16', 'reconstruction 784']
    """

    sample_shape: tuple[int, ...]
    code_size: int
    channels: tuple[int, ...] = (16, 32)
    residual: bool = False
    encoded_size: int | None = None
    activation: str | Activation = "relu"
    code_activation: str | Activation = "identity"
    output_activation: str | Activation = "identity"

    def __post_init__(self) -> None:
        def check(name: str, values: Any, lengths: Iterable[int], expected: str) -> None:
            whole = isinstance(values, tuple) and all(isinstance(value, int) and value >= 1 for value in values)
            if not whole or len(values) not in lengths:
                raise InvalidInputError(
                    f"{name} must be {expected}, whole numbers of at least 1, got {getattr(self, name)!r}."
                )

        check("sample_shape", self.sample_shape, (2, 3), "(rows, columns) or (rows, columns, channels)")
        check("channels", self.channels, range(1, 31), "a tuple of 1 to 30 stages")
        check("code_size", (self.code_size,), (1,), "units")
        check("encoded_size", (self._encoded,), (1,), "None or units")

    @property
    def features(self) -> int:
        """How many numbers a flat sample has."""
        return math.prod(self.sample_shape)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns and channels of a sample."""
        rows, columns, *channels = self.sample_shape
        return rows, columns, (channels or [1])[0]

    @property
    def multiplications(self) -> int:
        """Multiplications of one sample's way through encoder and decoder."""
        places = [math.prod(size) for size in _halve(self.shape, len(self.channels))[1:]]
        inputs = (self.shape[-1], *self.channels[:-1])
        # Nine places on the way in; on the way back the 4 × 4 places of the double that one place reaches.
        total = sum((9 + 16) * a * b * count for a, b, count in zip(inputs, self.channels, places, strict=True))
        if self.residual:
            total += sum(2 * 2 * 9 * b**2 * count for b, count in zip(self.channels, places, strict=True))
        return total + self._middle * (self._encoded + self.code_size)

    @property
    def _encoded(self) -> int:
        return self.code_size if self.encoded_size is None else self.encoded_size

    @property
    def _middle(self) -> int:
        """How many numbers the encoder's last image has."""
        return self.channels[-1] * math.prod(_halve(self.shape, len(self.channels))[-1])

    def draw(self, generator: np.random.Generator) -> ConvolutionalNetwork:
        """Return a network with random weights; see `Convolution.draw`, `ResidualBlock.draw` and `Affine.draw`."""
        widths = (self.shape[-1], *self.channels)

        def draw_blocks(channels: tuple[int, ...]) -> Blocks:
            return tuple((ResidualBlock.draw(width, generator),) if self.residual else () for width in channels)

        def draw_convolutions(widths: tuple[int, ...]) -> tuple[Convolution, ...]:
            return tuple(Convolution.draw(*pair, generator) for pair in pairwise(widths))

        return ConvolutionalNetwork(
            encoder=draw_convolutions(widths),
            encoder_blocks=draw_blocks(self.channels),
            narrow=Affine.draw(self._middle, self._encoded, generator),
            widen=Affine.draw(self.code_size, self._middle, generator),
            decoder=draw_convolutions(widths[::-1]),
            decoder_blocks=draw_blocks(self.channels[::-1]),
            sample_shape=self.shape,
            activation=self.activation,
            code_activation=self.code_activation,
            output_activation=self.output_activation,
        )


def _make_convolutional(frame: Frame, residual: bool) -> ConvolutionalBlueprint:
    if len(frame.sample_shape) not in (2, 3) or math.prod(frame.sample_shape) != frame.features:
        raise InvalidInputError(
            "network: a convolutional one takes images, of shape (n, rows, columns) or (n, rows, columns, channels), "
            f"but a sample here has the shape {frame.sample_shape}; reshape them, or use network='dense'."
        )
    if not frame.hidden:
        raise InvalidInputError(
            "hidden: a convolutional network has at least one stage; give its channels, as in (16, 32)."
        )
    return ConvolutionalBlueprint(
        frame.sample_shape,
        frame.code_size,
        frame.hidden,
        residual,
        frame.encoded_size,
        frame.activation,
        frame.code_activation,
        frame.output_activation,
    )


CONVOLUTIONAL = NetworkForm(partial(_make_convolutional, residual=False), (16, 32))
RESIDUAL = NetworkForm(partial(_make_convolutional, residual=True), (16, 32))
