"""Cells of recurrent networks: what becomes of a state at one step of a sequence, and along all of them."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from autoencode.parts.networks.dense import Affine

FORGET_BIAS = 1.0
"""What is added to the forget gate of an LSTM cell beside its bias: at first it remembers (Jozefowicz 2015)."""

State = tuple[Float[Array, " units"], ...]
"""A cell's state, what it shows of it (the output) first."""


def _draw_recurrent(gates: int, units: int, generator: np.random.Generator) -> Float[np.ndarray, "units gates"]:
    """Return a kernel of numbers with the variance that those of an orthogonal matrix have, 1 / units."""
    limit = np.sqrt(3 / units)
    return generator.uniform(-limit, limit, (units, gates * units)).astype(np.float32, copy=False)


def _draw_input(gates: int, inputs: int, units: int, generator: np.random.Generator) -> Affine:
    """Return the map to all gates, of which each is drawn as a layer of its own."""
    limit = np.sqrt(6 / (inputs + units))
    kernel = generator.uniform(-limit, limit, (inputs, gates * units)).astype(np.float32, copy=False)
    return Affine(kernel, np.zeros(gates * units, np.float32))


class LSTMCell(eqx.Module):
    r"""A cell of long short-term memory, without peepholes.

    .. math::
        i, o, f &= \sigma(x K_{iof} + h R_{iof} + b_{iof} + [0, 0, 1]), \quad g = \tanh(x K_g + h R_g + b_g) \\
        c' &= f \odot c + i \odot g, \quad h' = o \odot \tanh(c')

    Attributes
    ----------
    inward
        The map :math:`x K + b` from the inputs to the gates: input, output, forget, and the candidate.
    recurrent
        The kernel :math:`R`.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997; F. Gers et al., "Learning to forget", 2000, eq. 2.
    R. Jozefowicz et al., "An empirical exploration of recurrent network architectures", 2015: the forget gate's 1.
    """

    inward: Affine
    recurrent: Float[Array | np.ndarray, "units gates"]

    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2

    @classmethod
    def draw(cls, inputs: int, units: int, generator: np.random.Generator) -> LSTMCell:
        r"""Draw a cell: a Glorot-uniform input kernel, a recurrent one within :math:`\pm\sqrt{3/n}`, a bias of zeros.

        Notes
        -----
        Keras draws an orthogonal recurrent kernel. Drawn numbers are not worked on here, so this one only has its
        variance; that of PyTorch, a third of it, learnt more slowly.
        """
        return cls(_draw_input(4, inputs, units, generator), _draw_recurrent(4, units, generator))

    @property
    def units(self) -> int:
        """How many numbers the cell puts out."""
        return self.recurrent.shape[-2]

    def start(self, given: Float[Array, " state"]) -> State:
        """Return the state before the first step, made of numbers: an output, which lies within ±1, and a memory."""
        output, memory = jnp.split(given, 2)
        return jnp.tanh(output), memory

    def step(self, state: State, projected: Float[Array, " gates"]) -> State:
        """Return the state after a step, whose inputs were mapped to the gates."""
        output, memory = state
        input_, output_gate, forget, candidate = jnp.split(projected + output @ self.recurrent, 4)
        kept = jax.nn.sigmoid(forget + FORGET_BIAS) * memory
        memory = kept + jax.nn.sigmoid(input_) * jnp.tanh(candidate)
        return jax.nn.sigmoid(output_gate) * jnp.tanh(memory), memory


class GRUCell(eqx.Module):
    r"""A gated recurrent unit, whose reset gate works on the product with the state.

    .. math::
        z, r &= \sigma(x K_{zr} + h R_{zr} + b_{zr}) \\
        g &= \tanh(x K_g + b_g + r \odot (h R_g + b_h)), \quad h' = (1 - z) \odot g + z \odot h

    Attributes
    ----------
    inward
        The map :math:`x K + b` from the inputs to the gates: update, reset, and the candidate.
    recurrent
        The kernel :math:`R`.
    recurrent_bias
        The bias :math:`b_h`.

    Notes
    -----
    The paper resets the state before its product with :math:`R_g`, which would be a second product a step. cuDNN,
    PyTorch and Keras do as is done here.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation",
    2014, eq. 5-8.
    """

    inward: Affine
    recurrent: Float[Array | np.ndarray, "units gates"]
    recurrent_bias: Float[Array | np.ndarray, " units"]

    gates: ClassVar[int] = 3
    states: ClassVar[int] = 1

    @classmethod
    def draw(cls, inputs: int, units: int, generator: np.random.Generator) -> GRUCell:
        """Draw a cell, as `LSTMCell.draw` does."""
        inward, recurrent = _draw_input(3, inputs, units, generator), _draw_recurrent(3, units, generator)
        return cls(inward, recurrent, np.zeros(units, np.float32))

    @property
    def units(self) -> int:
        """How many numbers the cell puts out."""
        return self.recurrent.shape[-2]

    def start(self, given: Float[Array, " state"]) -> State:
        """Return the state before the first step, made of numbers: an output, which lies within ±1."""
        return (jnp.tanh(given),)

    def step(self, state: State, projected: Float[Array, " gates"]) -> State:
        """Return the state after a step, whose inputs were mapped to the gates."""
        (output,) = state
        update, reset, candidate = jnp.split(projected, 3)
        from_update, from_reset, from_candidate = jnp.split(output @ self.recurrent, 3)
        share = jax.nn.sigmoid(update + from_update)
        reset = jax.nn.sigmoid(reset + from_reset)
        candidate = jnp.tanh(candidate + reset * (from_candidate + self.recurrent_bias))
        return (candidate + share * (output - candidate),)


Cell: TypeAlias = LSTMCell | GRUCell

CELLS: dict[str, type[Cell]] = {"lstm": LSTMCell, "gru": GRUCell}
"""Every cell by its name."""


def unroll(
    cell: Cell,
    given: Float[Array, " state"],
    projected: Float[Array, "steps gates"],
    exists: Bool[Array, " steps"] | None = None,
) -> tuple[Float[Array, "steps units"], Float[Array, " units"]]:
    """Return a cell's outputs at every step of a sequence, and the last of them.

    Parameters
    ----------
    cell
        The cell.
    given
        What its state starts from.
    projected
        The inputs of each step, mapped to the gates: all at once, before the loop over the steps.
    exists
        Which steps there are; the others leave the state as it was. None: all.
    """

    def step(state: State, now: tuple[Array, Array | None]) -> tuple[State, Array]:
        after = cell.step(state, now[0])
        if now[1] is not None:
            after = tuple(jnp.where(now[1], new, old) for new, old in zip(after, state, strict=True))
        return after, after[0]

    last, outputs = jax.lax.scan(step, cell.start(given), (projected, exists))
    return outputs, last[0]
