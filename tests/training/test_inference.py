from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from autoencode.parts.networks import DenseBlueprint, DenseNetwork
from autoencode.training import create_networks, select_restart
from autoencode.training.inference import (
    CHUNK_ROWS,
    _count_chunk_rows,
    decode_row,
    encode_row,
    map_restarts,
    map_rows,
    reconstruct_row,
    trace_row,
)

FEATURES, CODE_SIZE, RESTARTS = 37, 5, 3


pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture(scope="module")
def networks() -> DenseNetwork:
    blueprint = DenseBlueprint(FEATURES, CODE_SIZE, hidden=(11,), output_activation="sigmoid")
    skeleton = create_networks(blueprint, 0, RESTARTS)
    generator = np.random.default_rng(1)
    return jax.tree.map(lambda leaf: jnp.asarray(generator.uniform(-0.3, 0.3, leaf.shape), jnp.float32), skeleton)


@pytest.fixture(scope="module")
def network(networks: DenseNetwork) -> DenseNetwork:
    return select_restart(networks, 1)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2 * CHUNK_ROWS + 3, FEATURES)).astype(np.float32)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 515])
def test_row_alone_and_in_a_batch_agree_to_the_bit(network: DenseNetwork, rows: np.ndarray, size: int) -> None:
    whole = map_rows(encode_row, network, rows)
    part = map_rows(encode_row, network, rows[:size])
    assert part.shape == (size, CODE_SIZE)
    np.testing.assert_array_equal(part, whole[:size])
    for row in {0, size // 2, size - 1}:
        np.testing.assert_array_equal(map_rows(encode_row, network, rows[row : row + 1])[0], whole[row])


@pytest.mark.parametrize("size", [255, 256, 257])
def test_order_of_rows_changes_no_bit(network: DenseNetwork, rows: np.ndarray, size: int) -> None:
    order = np.random.default_rng(size).permutation(size)
    whole = map_rows(reconstruct_row, network, rows[:size])
    np.testing.assert_array_equal(map_rows(reconstruct_row, network, rows[order]), whole[order])


def test_blogs_image_network_alone_and_in_a_batch_agree_to_the_bit() -> None:
    network = DenseBlueprint(784, 32).draw(np.random.default_rng(0))
    images = np.random.default_rng(0).uniform(0, 1, (300, 784)).astype(np.float32)
    whole = map_rows(reconstruct_row, network, images)
    for row in (0, 129, 255, 256, 299):
        np.testing.assert_array_equal(map_rows(reconstruct_row, network, images[row : row + 1])[0], whole[row])


def test_wide_rows_alone_and_in_a_batch_agree_to_the_bit() -> None:
    network = DenseBlueprint(300_000, 2, hidden=()).draw(np.random.default_rng(0))
    rows = np.random.default_rng(0).normal(size=(9, 300_000)).astype(np.float32)
    whole = map_rows(encode_row, network, rows)
    for row in (0, 7, 8):
        np.testing.assert_array_equal(map_rows(encode_row, network, rows[row : row + 1])[0], whole[row])


def test_a_chunk_of_large_images_has_few_rows() -> None:
    for inputs, expected in ((16_384, 256), (16_385, 128), (2**21, 2), (2**23, 1)):
        assert _count_chunk_rows(None, inputs) == expected


def test_agrees_with_the_network_row_by_row(network: DenseNetwork, rows: np.ndarray) -> None:
    few, encode, reconstruct = rows[:3], eqx.filter_jit(encode_row), eqx.filter_jit(reconstruct_row)
    codes = map_rows(encode_row, network, few)
    reconstructions = map_rows(reconstruct_row, network, few)
    np.testing.assert_allclose(codes, [encode(network, jnp.asarray(row)) for row in few], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        reconstructions, [reconstruct(network, jnp.asarray(row)) for row in few], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(map_rows(decode_row, network, codes), reconstructions, rtol=1e-5, atol=1e-6)


def test_result_is_in_host_memory(network: DenseNetwork, rows: np.ndarray) -> None:
    assert isinstance(map_rows(encode_row, network, rows[:2]), np.ndarray)


def test_trace_names_every_layer(network: DenseNetwork, rows: np.ndarray) -> None:
    layers = map_rows(trace_row, network, rows[:300])
    assert [layer.shape for layer in layers] == [
        *((300, layer.units) for layer in network.layer_shapes()),
        (300, FEATURES),
    ]
    np.testing.assert_allclose(layers[1], map_rows(encode_row, network, rows[:300]), rtol=1e-5, atol=1e-6)
    reconstruction = 1 / (1 + np.exp(-layers[-2].astype(np.float64)))
    np.testing.assert_allclose(reconstruction, layers[-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(reconstruction, map_rows(reconstruct_row, network, rows[:300]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [1, 255, 256, 257])
def test_every_restart_is_mapped(networks: DenseNetwork, rows: np.ndarray, size: int) -> None:
    together = map_restarts(reconstruct_row, networks, rows[:size])
    assert together.shape == (RESTARTS, size, FEATURES)
    for k in range(RESTARTS):
        alone = map_rows(reconstruct_row, select_restart(networks, k), rows[:size])
        np.testing.assert_allclose(together[k], alone, rtol=1e-5, atol=1e-6)


def test_restarts_row_alone_and_in_a_batch_agree_to_the_bit(networks: DenseNetwork, rows: np.ndarray) -> None:
    whole = map_restarts(encode_row, networks, rows)
    order = np.random.default_rng(0).permutation(len(rows))
    np.testing.assert_array_equal(map_restarts(encode_row, networks, rows[order]), whole[:, order])
    for row in (0, 255, 256, len(rows) - 1):
        np.testing.assert_array_equal(map_restarts(encode_row, networks, rows[row : row + 1])[:, 0], whole[:, row])
