"""Recurrent encoder-decoder pairs, for sequences of which some may be shorter than others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.parts.networks.activation import Activation, find_activation
from autoencode.parts.networks.cell import CELLS, Cell, unroll
from autoencode.parts.networks.dense import Affine
from autoencode.parts.networks.form import Frame, NetworkForm
from autoencode.types import LayerShape


class RecurrentNetwork(eqx.Module):
    r"""An encoder that reads a sequence step by step, and a decoder that writes one from the code alone.

    A sample is flat: of each step its features, and then 1 where the step exists and 0 where the sequence is over. The
    encoder's cells read the steps that exist; the last output of the last cell is mapped to the code. The code is
    mapped to the states that the decoder's cells start from; from there they run by themselves, and what the last one
    puts out is mapped to the features of each step and to the logit of its existing. The decoder never sees what it
    wrote, nor what it should have written.

    It is made by a `RecurrentBlueprint`. Batches are made by `jax.vmap`.

    Attributes
    ----------
    encoder, decoder
        The cells, from the sample to the code and from the code to the reconstruction.
    to_code, to_state, to_step
        The affine maps between them: to the code, from it to the decoder's first states, and to what stands for one
        step. The decoder's first cell takes no inputs: the kernel of its map has no rows.
    steps
        Steps of a sample.
    activation
        That of the cells, "tanh": their outputs lie between -1 and 1.
    code_activation, output_activation
        Activation of the code and of the reconstruction; names or functions.

    References
    ----------
    N. Srivastava et al., "Unsupervised learning of video representations using LSTMs", 2015, section 2.1: the
    unconditional decoder, but for its order, which is here that of the sample. P. Malhotra et al., "LSTM-based
    encoder-decoder for multi-sensor anomaly detection", 2016, is the same with the decoder's own steps as inputs.
    """

    encoder: tuple[Cell, ...]
    to_code: Affine
    to_state: Affine
    decoder: tuple[Cell, ...]
    to_step: Affine
    steps: int = eqx.field(static=True)
    code_activation: str | Activation = eqx.field(static=True)
    output_activation: str | Activation = eqx.field(static=True)
    activation: str = eqx.field(static=True, default="tanh")

    def encode(self, sample: Float[Array, " features"]) -> Float[Array, " code"]:
        """Return the code of one sample."""
        return self.encoder_activations(sample)[-1]

    def decode(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the reconstruction that one code stands for."""
        return find_activation(self.output_activation)(self.decode_linear(code))

    def decode_linear(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the decoder's output before its activation: of each step, its features and the logit of existing."""
        return self._write(code)[0]

    def __call__(self, sample: Float[Array, " features"]) -> Float[Array, " features"]:
        """Return the reconstruction of one sample."""
        return self.decode(self.encode(sample))

    def encoder_activations(self, sample: Float[Array, " features"]) -> list[Float[Array, " units"]]:
        """Return what each cell of the encoder puts out at the last step, and the code."""
        steps = sample.reshape(self.steps, -1)
        starts = [jnp.zeros(cell.states * cell.units, sample.dtype) for cell in self.encoder]
        _, lasts = _run(self.encoder, starts, steps[:, :-1], steps[:, -1] > 0.5)
        code = self.to_code(lasts[-1])
        return [*lasts, find_activation(self.code_activation)(code)]

    def decoder_activations(self, code: Float[Array, " code"]) -> list[Float[Array, " units"]]:
        """Return the code and what each cell of the decoder puts out at the last step."""
        return [code, *self._write(code)[1]]

    def _write(self, code: Float[Array, " code"]) -> tuple[Float[Array, " features"], list[Float[Array, " units"]]]:
        ends = accumulate(cell.states * cell.units for cell in self.decoder)
        starts = jnp.split(self.to_state(code), [*ends][:-1])
        outputs, lasts = _run(self.decoder, starts, jnp.zeros((self.steps, 0), code.dtype), None)
        return _map_steps(self.to_step, outputs).reshape(-1), lasts

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer, in order; the names are those of the diagnosis."""

        def describe(name: str, units: int, *parts: eqx.Module) -> LayerShape:
            return LayerShape(name, units, sum(leaf.size for leaf in jax.tree.leaves(parts)))

        encoder = [describe(f"encoder_{i}", cell.units, cell) for i, cell in enumerate(self.encoder, 1)]
        first, *others = self.decoder
        decoder = [describe(f"decoder_{i}", cell.units, cell) for i, cell in enumerate(others, 2)]
        outputs = self.steps * self.to_step.bias.shape[-1]
        return [
            *encoder,
            describe("code", self.to_code.bias.shape[-1], self.to_code),
            describe("decoder_1", first.units, self.to_state, first),
            *decoder,
            describe("reconstruction", outputs, self.to_step),
        ]


def _map_steps(affine: Affine, values: Float[Array, "steps inputs"]) -> Float[Array, "steps outputs"]:
    """Return what an affine map makes of every step: one product for all of them."""
    return values @ affine.kernel + affine.bias


def _run(
    cells: Sequence[Cell],
    starts: Sequence[Float[Array, " _"]],
    values: Float[Array, "steps inputs"],
    exists: Bool[Array, " steps"] | None,
) -> tuple[Float[Array, "steps outputs"], list[Float[Array, " _"]]]:
    """Return the outputs of the last of several cells at every step, and the last output of each."""
    lasts = []
    for cell, start in zip(cells, starts, strict=True):
        values, last = unroll(cell, start, _map_steps(cell.inward, values), exists)
        lasts.append(last)
    return values, lasts


@dataclass(frozen=True)
class RecurrentBlueprint:
    """Everything that makes a `RecurrentNetwork` but its weights.

    Attributes
    ----------
    steps
        Steps of the longest sequence, ≥ 1; a flat sample has ``steps * (step_features + 1)`` numbers.
    step_features
        Features of one step, ≥ 1.
    code_size
        Number of units of the code.
    cell
        "lstm" or "gru", which has three quarters of the weights.
    hidden
        Units of the encoder's cells, from the sample inwards, at least one; the decoder has them in reverse.
    encoded_size
        How many numbers the encoder gives; None: the code's.
    activation
        That of the cells: "tanh", which their definition has.
    code_activation, output_activation
        Activation of the code and of the reconstruction; names or functions.

    Raises
    ------
    InvalidInputError
        If the cell is not known, there is no hidden layer, or the activation is another one.

    Examples
    --------
    >>> network = RecurrentBlueprint(50, 3, code_size=8).draw(np.random.default_rng(0))
    >>> [(layer.name, layer.units) for layer in network.layer_shapes()]
    [('encoder_1', 32), ('code', 8), ('decoder_1', 32), ('reconstruction', 200)]
    """

    steps: int
    step_features: int
    code_size: int
    cell: str = "lstm"
    hidden: tuple[int, ...] = (32,)
    encoded_size: int | None = None
    activation: str | Activation = "tanh"
    code_activation: str | Activation = "identity"
    output_activation: str | Activation = "identity"

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise InvalidInputError(
                f"cell must be one of {', '.join(CELLS)}, got {self.cell!r}{end_with_nearest(self.cell, CELLS)}"
            )
        if not self.hidden:
            raise InvalidInputError("hidden must name the units of at least one layer of cells, such as (32,); got ().")
        if self.activation != "tanh":
            raise InvalidInputError(
                f"activation must be 'tanh' for a recurrent network, whose cells are defined by it; got "
                f"{self.activation!r}."
            )

    @property
    def features(self) -> int:
        """Numbers of a flat sample."""
        return self.steps * (self.step_features + 1)

    @property
    def cell_shapes(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Inputs and units of each cell of the encoder, and of the decoder."""
        inwards, outwards = (self.step_features, *self.hidden), (0, *reversed(self.hidden))
        return list(pairwise(inwards)), list(pairwise(outwards))

    @property
    def multiplications(self) -> int:
        """Multiplications of one sample's way through the network."""
        encoder, decoder = self.cell_shapes
        a_step = sum(inputs * units + units**2 for inputs, units in encoder + decoder)
        to_step = self.hidden[0] * (self.step_features + 1)
        to_code = self.hidden[-1] * (self.encoded_size or self.code_size)
        to_state = self.code_size * CELLS[self.cell].states * sum(self.hidden)
        return self.steps * (CELLS[self.cell].gates * a_step + to_step) + to_code + to_state

    def draw(self, generator: np.random.Generator) -> RecurrentNetwork:
        """Return a network with random weights, drawn on the host: nothing is compiled for it."""
        cell, (encoder, decoder) = CELLS[self.cell], self.cell_shapes
        return RecurrentNetwork(
            tuple(cell.draw(inputs, units, generator) for inputs, units in encoder),
            Affine.draw(self.hidden[-1], self.encoded_size or self.code_size, generator),
            Affine.draw(self.code_size, cell.states * sum(self.hidden), generator),
            tuple(cell.draw(inputs, units, generator) for inputs, units in decoder),
            Affine.draw(self.hidden[0], self.step_features + 1, generator),
            self.steps,
            self.code_activation,
            self.output_activation,
        )


def _make_recurrent(frame: Frame, cell: str) -> RecurrentBlueprint:
    steps, step_features = frame.sample_shape
    return RecurrentBlueprint(
        steps,
        step_features,
        frame.code_size,
        cell,
        frame.hidden,
        frame.encoded_size,
        frame.activation,
        frame.code_activation,
        frame.output_activation,
    )


LSTM = NetworkForm(partial(_make_recurrent, cell="lstm"), (64,), "tanh", takes_sequences=True)
GRU = NetworkForm(partial(_make_recurrent, cell="gru"), (64,), "tanh", takes_sequences=True)
