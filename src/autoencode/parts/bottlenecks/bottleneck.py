"""What every bottleneck is: it makes codes of what an encoder gives."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from autoencode.exceptions import InvalidInputError
from autoencode.parts.text import require_setting

require = partial(require_setting, "bottleneck")
"""Check a setting: ``(whether it can be used, its name, what was expected, its value)``."""


class MovingStatistics(eqx.Module):
    """Arrays of a bottleneck that follow the batches by themselves; no gradient is taken of them."""


class Drawn(NamedTuple):
    """What a bottleneck makes of a batch in training.

    Attributes
    ----------
    codes
        One code a sample, or several draws of it.
    penalties
        What each costs, beside the error of its reconstruction: in nats, or squared units of the features; a sum, not
        a mean over features.
    bottleneck
        The bottleneck, its moving statistics brought up to this batch.
    """

    codes: Float[Array, "batch *draws code"]
    penalties: Float[Array, " batch *draws"]
    bottleneck: Bottleneck


class Bottleneck(eqx.Module):
    """The part between encoder and decoder; this one hands on what it is given.

    A bottleneck of your own is a subclass with static fields; it overrides what it does otherwise.
    """

    def width(self, code_size: int) -> int:
        """Return how many numbers the encoder must give for a code of that size."""
        return code_size

    def fit_code_size(self, code_size: int) -> int:
        """Return the least code size from the given one on that the bottleneck can have."""
        return code_size

    def prepare(self, code_size: int, generator: np.random.Generator) -> Bottleneck:
        """Return the bottleneck for codes of that size, with the arrays that it starts from.

        Raises
        ------
        InvalidInputError
            If it cannot have codes of that size.
        """
        del generator
        if self.fit_code_size(code_size) != code_size:
            raise InvalidInputError(
                f"code_size: {type(self).__name__} cannot have {code_size} numbers; "
                f"the next that it can have are {self.fit_code_size(code_size)}."
            )
        return self

    def code(self, encoded: Float[Array, " encoded"]) -> Float[Array, " code"]:
        """Return the code of one sample from what the encoder gives for it; without chance."""
        return encoded

    def project(self, code: Float[Array, " code"]) -> Float[Array, " code"]:
        """Return the nearest code that the bottleneck can give."""
        return code

    def draw(
        self,
        encoded: Float[Array, "batch encoded"],
        keys: Key[Array, " batch"],
        weights: Float[Array, " batch"],
        progress: Float[Array, ""],
    ) -> Drawn:
        """Return the codes of a batch in training.

        Parameters
        ----------
        encoded
            What the encoder gives for each sample.
        keys
            A key of randomness for each sample.
        weights
            How much each sample counts, by default 1; 0 for a row that only fills the batch.
        progress
            The share of the training that is over.
        """
        del keys, weights, progress
        return Drawn(jax.vmap(self.code)(encoded), jnp.zeros(len(encoded)), self)

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        """Add the ONNX nodes of `code`.

        Parameters
        ----------
        graph
            The graph that grows, an `export.graph.Graph`.
        encoded
            The name of what the encoder gives, float32, shape (batch, numbers).
        code_size
            Numbers of a code.

        Returns
        -------
        str
            The name of the code, float32, shape (batch, code).

        Raises
        ------
        InvalidInputError
            If the bottleneck has no such nodes.
        """
        del graph, encoded, code_size
        raise InvalidInputError(f"a {type(self).__name__} has no ONNX form: it has no add_nodes of its own.")
