from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import pytest

from autoencode import Autoencoder
from autoencode.export import export_onnx
from autoencode.parts.networks import ConvolutionalBlueprint

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Convert = Callable[..., tuple[Autoencoder, np.ndarray]]


@pytest.fixture(scope="module")
def convert(make: Callable[..., Autoencoder]) -> Convert:
    """Return what gives a fitted model whose network is a convolutional one with random numbers, and its samples."""

    def create(shape: tuple[int, ...], **options: Any) -> tuple[Autoencoder, np.ndarray]:
        generator = np.random.default_rng(0)
        samples = generator.normal(size=(20, *shape)).astype(np.float32)
        network = ConvolutionalBlueprint(shape, 2, **options).draw(generator)
        model = copy(make(epochs=1).fit(samples))
        networks = jax.tree.map(
            lambda leaf: jnp.asarray(generator.normal(0, 0.3, (1, *leaf.shape)), jnp.float32), network
        )
        model.fitted_ = replace(model.fitted_, own_networks=networks)
        return model, samples

    return create


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((1, 1), {}),
        ((5, 7), {"activation": "silu", "output_activation": "sigmoid"}),
        ((6, 4, 3), {"channels": (3, 4, 5), "residual": True}),
    ],
    ids=["1x1", "5x7", "6x4x3-residual"],
)
def test_files_give_the_numbers_of_the_network(
    convert: Convert, tmp_path: Path, shape: tuple[int, ...], options: dict[str, Any]
) -> None:
    model, samples = convert(shape, **options)
    export = export_onnx(model, tmp_path, samples=samples)
    assert max(export.differences.values()) < 2e-6


def test_nodes_are_called_as_the_layers(convert: Convert, tmp_path: Path) -> None:
    model, samples = convert((6, 5))
    export = export_onnx(model, tmp_path, samples=samples)
    names = {node.name.removeprefix("/").split(".")[0] for node in onnx.load(export.reconstruct).graph.node}
    assert {layer.name for layer in model.network_.layer_shapes()} <= names


def test_every_number_of_the_network_is_in_the_digest(convert: Convert, tmp_path: Path) -> None:
    model, samples = convert((3, 2), channels=(2,), residual=True)
    leaves, structure = jax.tree.flatten(model.network_)
    digests = set()
    for changed in range(-1, len(leaves)):
        numbers = [leaf + 1e-3 * (i == changed) for i, leaf in enumerate(leaves)]
        other = copy(model)
        networks = jax.tree.unflatten(structure, [leaf[None] for leaf in numbers])
        other.fitted_ = replace(other.fitted_, own_networks=networks)
        entries = onnx.load(export_onnx(other, tmp_path, samples=samples).decoder).metadata_props
        digests.add({entry.key: entry.value for entry in entries}["weights_sha256"])
    assert len(digests) == len(leaves) + 1
