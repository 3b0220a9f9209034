"""Networks applied to rows, in chunks of one compiled shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

__all__ = ["CHUNK_ROWS", "decode_row", "encode_row", "map_restarts", "map_rows", "reconstruct_row", "trace_row"]

CHUNK_ROWS = 256
"""Rows of a chunk. One shape for every call means one program, and the same bits for a row alone and in a batch."""

RowFunction = Callable[[Any, Float[Array, " inputs"]], PyTree]


def encode_row(network: Any, row: Float[Array, " features"]) -> Float[Array, " code"]:
    """Return the code of one row."""
    return network.encode(row)


def decode_row(network: Any, row: Float[Array, " code"]) -> Float[Array, " features"]:
    """Return the reconstruction of one code."""
    return network.decode(row)


def reconstruct_row(network: Any, row: Float[Array, " features"]) -> Float[Array, " features"]:
    """Return the reconstruction of one row."""
    return network.decode(network.encode(row))


def trace_row(network: Any, row: Float[Array, " features"]) -> list[Float[Array, " units"]]:
    """Return what every layer gives for one row, the decoder's output before its activation last."""
    encoder = network.encoder_activations(row)
    decoder = network.decoder_activations(encoder[-1])
    return [*encoder, *decoder[1:], network.decode_linear(encoder[-1])]


@eqx.filter_jit
def _map_chunk(function: RowFunction, network: Any, chunk: Float[Array, "rows inputs"]) -> PyTree:
    return jax.vmap(function, in_axes=(None, 0))(network, chunk)


@eqx.filter_jit
def _map_chunk_restarts(function: RowFunction, networks: Any, chunk: Float[Array, "rows inputs"]) -> PyTree:
    over_rows = jax.vmap(function, in_axes=(None, 0))
    return eqx.filter_vmap(over_rows, in_axes=(eqx.if_array(0), None))(networks, chunk)


def _padded_chunks(rows: Float[np.ndarray, "rows inputs"]):
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        if len(chunk) < CHUNK_ROWS:
            chunk = np.concatenate([chunk, np.zeros((CHUNK_ROWS - len(chunk), rows.shape[1]), rows.dtype)])
        yield jnp.asarray(chunk)


def map_rows(function: RowFunction, network: Any, rows: Float[np.ndarray, "rows inputs"]) -> PyTree:
    """Apply a function of one row to many, in padded chunks.

    Parameters
    ----------
    function
        ``(network, row) → array or list of arrays``; a function at module level, so that its program is compiled once.
    network
        One network.
    rows
        At least one row, scaled; float32.

    Returns
    -------
    array or list of arrays
        What the function gives for each row, on a leading axis; in host memory.
    """
    parts = [_map_chunk(function, network, chunk) for chunk in _padded_chunks(rows)]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[: len(rows)], *parts)


def map_restarts(function: RowFunction, networks: Any, rows: Float[np.ndarray, "rows inputs"]) -> PyTree:
    """Apply a function of one row to many, with each of K networks; see `map_rows`.

    Returns
    -------
    array or list of arrays
        What the function gives, shape (restarts, rows, …).
    """
    parts = [_map_chunk_restarts(function, networks, chunk) for chunk in _padded_chunks(rows)]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves, axis=1)[:, : len(rows)], *parts)
