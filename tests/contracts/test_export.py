"""Every network and every activation has an ONNX form that gives its numbers."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from copy import copy
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import onnxruntime
import pytest

from autoencode import Autoencoder, networks
from autoencode.export import export_onnx
from autoencode.export.activation_nodes import add_activation
from autoencode.export.graph import Graph
from autoencode.export.onnx import NETWORK_NODES
from autoencode.parts.networks import ACTIVATIONS, OUTPUT_ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

SAMPLES = np.random.default_rng(0).normal(size=(40, 4))


def find_networks() -> set[type]:
    """Return every class of `networks` that encodes and decodes."""
    modules = [
        importlib.import_module(f"autoencode.parts.networks.{found.name}")
        for found in pkgutil.iter_modules(networks.__path__)
    ]
    classes = {value for module in modules for _, value in inspect.getmembers(module, inspect.isclass)}
    return {
        one
        for one in classes
        if issubclass(one, eqx.Module)
        and not inspect.isabstract(one)
        and hasattr(one, "encode")
        and hasattr(one, "decode")
    }


def test_every_network_has_nodes() -> None:
    assert find_networks()
    assert find_networks() == set(NETWORK_NODES)


@pytest.mark.parametrize("name", sorted(OUTPUT_ACTIVATIONS))
def test_activation_gives_the_numbers_of_jax(name: str) -> None:
    graph = Graph(name)
    graph.add_input("values", np.float32, (3,), "numbers")
    graph.add_output(add_activation(graph, name, "values", "activated"), "result", np.float32, (3,), "numbers")
    session = onnxruntime.InferenceSession(graph.to_bytes(name, {}), providers=["CPUExecutionProvider"])
    far = np.array([-1e30, -1e4, -100, -88, 88, 100, 1e4, 1e30, 0, -0.0])
    values = np.concatenate([np.linspace(-12, 12, 2000), far]).astype(np.float32).reshape(-1, 3)
    ours = np.asarray(jax.vmap(OUTPUT_ACTIVATIONS[name])(values))
    theirs = np.asarray(session.run(None, {"values": values})[0])
    assert np.isfinite(theirs).all()
    np.testing.assert_allclose(theirs, ours, rtol=2e-6, atol=2e-6)  # ONNX Runtime's Tanh is 3e-7 off


@pytest.fixture(scope="module")
def fitted() -> Autoencoder:
    return Autoencoder(2, hidden=(3,), epochs=1, batch_size=16, random_state=0).fit(SAMPLES)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_a_model_with_the_activation_everywhere_is_exported(fitted: Autoencoder, tmp_path: Path, name: str) -> None:
    model = copy(fitted)
    given = {"activation": name, "code_activation": name, "output_activation": name}
    model.fitted_ = dataclasses.replace(fitted.fitted_, own_networks=dataclasses.replace(fitted.networks_, **given))
    export = export_onnx(model, tmp_path, samples=SAMPLES)
    assert max(export.differences.values()) < 1e-6
