"""Networks applied to rows, in chunks of one compiled shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from autoencode.training.devices import use_xla
from autoencode.training.kernel import DenseLayers, find_layers
from autoencode.training.platform import find_platform
from autoencode.training.programs import keep_programs

CHUNK_ROWS = 256
"""Rows of a chunk at most. One shape for every call means one program, and the same bits for a row alone and in a
batch."""

CHUNK_NUMBERS = 2**22
"""Rows of a chunk times the widest layer at most: a chunk of large images has fewer rows, down to one."""

FEW_CHUNKS, MANY_CHUNKS = 16, 64

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


def project_row(network: Any, row: Float[Array, " code"]) -> Float[Array, " code"]:
    """Return the nearest code that the network's bottleneck could give."""
    return network.project(row)


def trace_row(network: Any, row: Float[Array, " features"]) -> list[Float[Array, " units"]]:
    """Return what every layer gives for one row: last the reconstruction, before it the same without its activation."""
    encoder = network.encoder_activations(row)
    decoder = network.decoder_activations(encoder[-1])
    return [*encoder, *decoder[1:], network.decode_linear(encoder[-1]), network.decode(encoder[-1])]


# What `DenseLayers` call the same.
_METHODS = {encode_row: "encode", decode_row: "decode", reconstruct_row: "reconstruct", trace_row: "trace"}


@eqx.filter_jit
def _map_chunks(
    function: RowFunction, networks: Any, chunks: Float[Array, "chunks rows inputs"], count: Any, restarts: bool
) -> PyTree:
    """Apply the function to the first `count` chunks; the loop's length is no part of the program."""

    def apply(chunk: Float[Array, "rows inputs"]) -> PyTree:
        over_rows = jax.vmap(function, in_axes=(None, 0))
        if restarts:
            return eqx.filter_vmap(over_rows, in_axes=(eqx.if_array(0), None))(networks, chunk)
        return over_rows(networks, chunk)

    def fill(index: Any, outputs: PyTree) -> PyTree:
        return jax.tree.map(lambda all_, one: all_.at[index].set(one), outputs, apply(chunks[index]))

    shapes = jax.eval_shape(apply, chunks[0])
    outputs = jax.tree.map(lambda shape: jnp.zeros((len(chunks), *shape.shape), shape.dtype), shapes)
    return jax.lax.fori_loop(0, count, fill, outputs)


def _count_chunk_rows(networks: Any, inputs: int) -> int:
    """Return how many rows a chunk has: a power of two that follows from the sizes of network and row alone."""
    widest = max(inputs, *(size for leaf in jax.tree.leaves(networks) for size in np.shape(leaf)), 1)
    return min(CHUNK_ROWS, 2 ** int(math.log2(max(1, CHUNK_NUMBERS // widest))))


def _find_block(networks: Any, rows: Float[np.ndarray, "rows inputs"]) -> tuple[int, int]:
    """Return how many chunks are sent at once, and how many rows a chunk has."""
    chunk_rows = _count_chunk_rows(networks, rows.shape[1])
    return 1 if chunk_rows < CHUNK_ROWS or len(rows) <= FEW_CHUNKS * CHUNK_ROWS else MANY_CHUNKS, chunk_rows


def _map_all(function: RowFunction, networks: Any, rows: Float[np.ndarray, "rows inputs"], *, restarts: bool):
    """Yield what the function gives for one block of chunks after the other, padding cut off."""
    keep_programs()
    at_once, chunk_rows = _find_block(networks, rows)
    for start in range(0, len(rows), at_once * chunk_rows):
        block = rows[start : start + at_once * chunk_rows]
        if len(block) < at_once * chunk_rows:
            padded = np.zeros((at_once * chunk_rows, rows.shape[1]), rows.dtype)
            padded[: len(block)] = block
        else:
            padded = block
        count = np.int32(-(-len(block) // chunk_rows))
        with use_xla():
            chunks = jax.device_put(padded.reshape(at_once, chunk_rows, -1))
            outputs = _map_chunks(function, networks, chunks, count, restarts)
        yield len(block), outputs


def _find_layers(
    function: RowFunction, networks: Any, rows: Float[np.ndarray, "rows inputs"], *, restarts: bool
) -> DenseLayers | None:
    """Return the layers that the kernel applies in place of XLA; None where it does not know one of them."""
    if function not in _METHODS or rows.dtype != np.float32 or find_platform() != "cpu":
        return None
    layers = find_layers(networks, restarts=restarts)
    return layers if layers is not None and layers.can_apply() else None


def _map_in_kernel(
    function: RowFunction, networks: Any, rows: Float[np.ndarray, "rows inputs"], *, restarts: bool
) -> PyTree | None:
    """Return what the function gives with each of K networks, or None where the kernel cannot say."""
    layers = _find_layers(function, networks, rows, restarts=restarts)
    return None if layers is None else getattr(layers, _METHODS[function])(rows)


def compile_map(
    function: RowFunction, networks: Any, rows: Float[np.ndarray, "rows inputs"], *, restarts: bool
) -> None:
    """Compile what `map_rows`, or `map_restarts`, will need for so many rows; nothing is computed.

    Parameters
    ----------
    function, networks, rows
        As for them.
    restarts
        Whether it is for `map_restarts`.
    """
    if _find_layers(function, networks, rows, restarts=restarts) is not None:
        return
    keep_programs()
    chunks = np.broadcast_to(rows.dtype.type(0), (*_find_block(networks, rows), rows.shape[1]))
    program: Any = _map_chunks  # which the types take for a plain function
    with use_xla():
        program.lower(function, networks, chunks, np.int32(0), restarts).compile()


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

    Notes
    -----
    Few rows are sent chunk by chunk, many in blocks of 64 chunks over which the program loops itself. Both multiply
    matrices of one shape, so a row has the same bits either way.
    """
    in_kernel = _map_in_kernel(function, network, rows, restarts=False)
    if in_kernel is not None:
        return jax.tree.map(lambda outputs: outputs[0], in_kernel)
    blocks = _map_all(function, network, rows, restarts=False)
    # (chunks, rows, …) → (rows, …), without the padding
    parts = [
        jax.tree.map(lambda out, end=end: np.asarray(out).reshape(-1, *out.shape[2:])[:end], outputs)
        for end, outputs in blocks
    ]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def map_restarts(function: RowFunction, networks: Any, rows: Float[np.ndarray, "rows inputs"]) -> PyTree:
    """Apply a function of one row to many, with each of K networks; see `map_rows`.

    Returns
    -------
    array or list of arrays
        What the function gives, shape (restarts, rows, …).
    """
    in_kernel = _map_in_kernel(function, networks, rows, restarts=True)
    if in_kernel is not None:
        return in_kernel
    blocks = _map_all(function, networks, rows, restarts=True)
    # (chunks, restarts, rows, …) → (restarts, rows, …), without the padding
    parts = [
        jax.tree.map(
            lambda out, end=end: np.moveaxis(np.asarray(out), 1, 0).reshape(out.shape[1], -1, *out.shape[3:])[:, :end],
            outputs,
        )
        for end, outputs in blocks
    ]
    return jax.tree.map(lambda *leaves: np.concatenate(leaves, axis=1), *parts)
