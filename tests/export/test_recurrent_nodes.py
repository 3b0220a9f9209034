from __future__ import annotations

import jax
import numpy as np
import pytest

from autoencode.export import recurrent_nodes
from autoencode.export.activation_nodes import add_activation
from autoencode.export.graph import Graph
from autoencode.parts.networks import RecurrentBlueprint, StepActivation

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

STEPS, FEATURES, CODE = 7, 2, 3
WIDTH = STEPS * (FEATURES + 1)


@pytest.mark.parametrize("varying", [True, False], ids=["varying", "full"])
@pytest.mark.parametrize(("cell", "hidden"), [("lstm", (5, 4)), ("gru", (5,))])
def test_onnx_runtime_gives_the_network_s_numbers(cell: str, hidden: tuple[int, ...], varying: bool) -> None:
    generator = np.random.default_rng(0)
    activation = StepActivation(STEPS, FEATURES, varying)
    blueprint = RecurrentBlueprint(STEPS, FEATURES, CODE, cell, hidden, output_activation=activation)
    network = jax.tree.map(
        lambda leaf: generator.normal(0, 0.7, leaf.shape).astype(np.float32), blueprint.draw(np.random.default_rng(0))
    )
    exists = np.arange(STEPS) < np.arange(1, STEPS + 1)[:, None]
    values = np.where(exists[..., None], generator.normal(size=(STEPS, STEPS, FEATURES)), 0)
    samples = np.concatenate([values, exists[..., None]], axis=2).reshape(STEPS, -1).astype(np.float32)

    graph = Graph("recurrent")
    graph.add_input("samples", np.float32, (WIDTH,), "")
    code = recurrent_nodes.add_encoder(graph, network, "samples")
    linear = recurrent_nodes.add_decoder(graph, network, code)
    graph.add_output(code, "code", np.float32, (CODE,), "")
    graph.add_output(add_activation(graph, activation, linear, "decoded"), "decoded", np.float32, (WIDTH,), "")
    content = graph.to_bytes("", {})
    onnx.checker.check_model(content, full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    expected = jax.jit(jax.vmap(lambda sample: (network.encode(sample), network(sample))))(samples)
    for count in (STEPS, 1, 0):
        codes, rebuilt = session.run(["code", "decoded"], {"samples": samples[:count]})
        np.testing.assert_allclose(codes, expected[0][:count], atol=2e-6)
        np.testing.assert_allclose(rebuilt, expected[1][:count], atol=2e-6)
