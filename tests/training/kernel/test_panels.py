"""A layer in panels and back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies

from autoencode.training.kernel.panels import count_numbers, pack_layer, unpack_layer

sizes = strategies.integers(1, 70)


@given(sizes, sizes, strategies.integers(1, 3))
def test_there_and_back(inputs: int, outputs: int, restarts: int) -> None:
    generator = np.random.default_rng(0)
    kernel = generator.random((restarts, inputs, outputs), dtype=np.float32)
    bias = generator.random((restarts, outputs), dtype=np.float32)
    packed = pack_layer(kernel, bias)
    assert packed.shape == (restarts, count_numbers(inputs, outputs))
    assert packed.size % 16 == 0
    assert np.isclose(packed.sum(), kernel.sum() + bias.sum())
    again = unpack_layer(packed, inputs, outputs)
    assert (again[0].tobytes(), again[1].tobytes()) == (kernel.tobytes(), bias.tobytes())
