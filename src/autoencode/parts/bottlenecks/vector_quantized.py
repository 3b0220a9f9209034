"""Codes made of entries of a codebook."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray

from autoencode.parts.bottlenecks.bottleneck import Bottleneck, Drawn, MovingStatistics, require

LEAST_USE = 0.05
"""An entry that is used less often than this share of an even use is put where a sample lies."""


class Codebook(MovingStatistics):
    """The entries, each the moving mean of what was rounded to it.

    Attributes
    ----------
    entries
        The vectors.
    uses
        How often each was used in a batch, a moving mean.
    """

    entries: Float[Array | np.ndarray, "entries numbers"]
    uses: Float[Array | np.ndarray, " entries"]


class VectorQuantized(Bottleneck):
    r"""Replaces each group of a code's numbers by the nearest entry of a codebook that all groups share.

    .. math::
        z_g = c_{k}, \; k = \arg\min_i \lVert e_g - c_i \rVert^2, \qquad
        \text{penalty} = \gamma \sum_g \lVert e_g - \operatorname{sg}(z_g) \rVert^2

    Gradients pass the replacement unchanged. The entries follow the batches by exponential moving means; one that is
    hardly used is put at what the encoder gave for a random sample of the batch, rather one that is far from its entry.

    Attributes
    ----------
    entries
        Vectors in the codebook, ≥ 2. A code then holds (numbers of groups)·log₂(entries) bits.
    numbers
        Numbers in a group, ≥ 1; the code size is a multiple of it.
    decay
        How much of the moving means a batch leaves, 0 … 1; a larger one moves entries more slowly.
    commitment
        The weight γ, ≥ 0; a larger one keeps the encoder nearer to the entries.

    References
    ----------
    A. van den Oord, O. Vinyals and K. Kavukcuoglu, "Neural discrete representation learning", 2017, eq. 3 and appendix
    A.1. P. Dhariwal et al., "Jukebox", 2020, section 3 (random restarts of entries).
    """

    entries: int = eqx.field(static=True, default=64)
    numbers: int = eqx.field(static=True, default=4)
    decay: float | int = eqx.field(static=True, default=0.97)
    commitment: float | int = eqx.field(static=True, default=0.25)
    codebook: Codebook | None = eqx.field(default=None, metadata={"setting": False})

    def __check_init__(self) -> None:
        require(isinstance(self.entries, int) and self.entries >= 2, "entries", "a whole number ≥ 2", self.entries)
        require(isinstance(self.numbers, int) and self.numbers >= 1, "numbers", "a whole number ≥ 1", self.numbers)
        require(isinstance(self.decay, int | float) and 0 <= self.decay < 1, "decay", "0 … 1", self.decay)
        gamma = self.commitment
        require(isinstance(gamma, int | float) and 0 <= gamma < float("inf"), "commitment", "≥ 0", gamma)

    def fit_code_size(self, code_size: int) -> int:
        """Return the code size, made whole groups."""
        return -(-code_size // self.numbers) * self.numbers

    def prepare(self, code_size: int, generator: np.random.Generator) -> VectorQuantized:
        """Return the bottleneck with entries drawn at random, which the first batch will replace."""
        super().prepare(code_size, generator)
        drawn = generator.normal(0, 1, (self.entries, self.numbers)).astype(np.float32, copy=False)
        return eqx.tree_at(
            lambda bottleneck: bottleneck.codebook,
            self,
            Codebook(drawn, np.zeros(self.entries, np.float32)),
            is_leaf=lambda node: node is None,
        )

    def entries_of(self, code: Float[Array, " code"]) -> Int[Array, " groups"]:
        """Return the number of the nearest entry for each group, from 0."""
        assert self.codebook is not None, "it was prepared"
        book = jnp.asarray(self.codebook.entries)
        # |e - c|² without |e|², which is the same for all entries.
        distances = jnp.sum(jnp.square(book), axis=1) - 2 * code.reshape(-1, self.numbers) @ book.T
        return jnp.argmin(distances, axis=1)

    def code(self, encoded: Float[Array, " encoded"]) -> Float[Array, " code"]:
        """Return the nearest entries."""
        return self.project(encoded)

    def project(self, code: Float[Array, " code"]) -> Float[Array, " code"]:
        """Return the nearest entries."""
        assert self.codebook is not None, "it was prepared"
        return jnp.asarray(self.codebook.entries)[self.entries_of(code)].reshape(-1)

    def draw(
        self,
        encoded: Float[Array, "batch encoded"],
        keys: Key[Array, " batch"],
        weights: Float[Array, " batch"],
        progress: Float[Array, ""],
    ) -> Drawn:
        """Return the entries of each sample, what the encoder's distance from them costs, and the moved codebook."""
        del progress
        fixed = jax.lax.stop_gradient(encoded)
        places = jax.vmap(self.entries_of)(fixed)
        assert self.codebook is not None, "it was prepared"
        rounded = jnp.asarray(self.codebook.entries)[places].reshape(encoded.shape)
        penalties = self.commitment * jnp.sum(jnp.square(encoded - rounded), axis=1)
        moved = self._move(fixed.reshape(-1, self.numbers), places.reshape(-1), keys[0], weights)
        return Drawn(encoded + jax.lax.stop_gradient(rounded - encoded), penalties, moved)

    def _move(
        self,
        vectors: Float[Array, "vectors numbers"],
        places: Int[Array, " vectors"],
        key: PRNGKeyArray,
        weights: Float[Array, " batch"],
    ) -> VectorQuantized:
        """Return the bottleneck with its entries moved towards the vectors that were rounded to them."""
        assert self.codebook is not None, "it was prepared"
        old = jax.tree.map(jnp.asarray, self.codebook)
        shares = jnp.repeat(weights, len(vectors) // len(weights))
        chosen = jax.nn.one_hot(places, self.entries) * shares[:, None]
        counts = jnp.sum(chosen, axis=0)
        uses = self.decay * old.uses + (1 - self.decay) * counts
        sums = self.decay * old.uses[:, None] * old.entries + (1 - self.decay) * chosen.T @ vectors
        entries = jnp.where(uses[:, None] > 0, sums / jnp.maximum(uses, 1e-12)[:, None], old.entries)
        even = jnp.sum(counts) / self.entries
        idle = uses < LEAST_USE * even
        # Rather what lies far from its entry, as k-means++ begins.
        apart = shares * (jnp.sum(jnp.square(vectors - old.entries[places]), axis=1) + 1e-12)
        picked = jax.random.choice(key, len(vectors), (self.entries,), p=apart / jnp.sum(apart))
        codebook = Codebook(jnp.where(idle[:, None], vectors[picked], entries), jnp.where(idle, even, uses))
        return eqx.tree_at(lambda bottleneck: bottleneck.codebook, self, codebook)

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        """Add what finds the nearest entries; see `Bottleneck.add_nodes`."""
        assert self.codebook is not None, "a fitted network has its codebook"
        entries = np.asarray(self.codebook.entries)
        book = graph.add_constant(entries, "codebook.entries")
        groups = graph.add_constant(np.array([-1, self.numbers], np.int64), "code.groups")
        vectors = graph.add("Reshape", encoded, groups, name="code.vectors")
        twice = graph.add_constant(2 * entries.T, "codebook.twice")
        squares = graph.add_constant(np.sum(np.square(entries), axis=1), "codebook.squares")
        products = graph.add("MatMul", vectors, twice, name="code.products")
        distances = graph.add("Sub", squares, products, name="code.distances")
        nearest = graph.add("ArgMin", distances, axis=1, keepdims=0, name="code.nearest")
        rows = graph.add_constant(np.array([-1, code_size], np.int64), "code.rows")
        return graph.add("Reshape", graph.add("Gather", book, nearest, axis=0, name="code.entries"), rows, name="code")
