from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from floor import (
    LAST_LEVEL_CACHE,
    Rates,
    Work,
    adam_work,
    convolutions_work,
    detector_work,
    epoch_work,
    multiplications,
    parameter_count,
    training_flops,
    transform_work,
)
from hypothesis import given
from hypothesis import strategies as st
from problems import CONVOLUTIONS, DETECTOR, PROBLEMS, Problem, final_loss

pytestmark = pytest.mark.slow

RATES = Rates(matrix_flops=1e11, exps=1e9, cache_bytes=1e11, memory_bytes=1e10)


def test_counts_of_the_blog_network():
    mnist = PROBLEMS["mnist"]
    assert mnist.widths == (784, 32, 784)
    assert multiplications(mnist) == 2 * 784 * 32
    assert parameter_count(mnist) == 784 * 32 + 32 + 32 * 784 + 784
    assert training_flops(mnist) == 6 * 2 * 784 * 32 - 2 * 784 * 32
    work = epoch_work(mnist)
    assert work.flops == 60_000 * training_flops(mnist) + 10_000 * 2 * multiplications(mnist)
    assert work.exps == 70_000 * 784
    assert work.memory_bytes == 60_000 * 784 * 4
    # 235 updates in cache, and the held-out rows, which fit it too.
    assert work.cache_bytes == 235 * 8 * 4 * parameter_count(mnist) + 10_000 * 784 * 4


def test_training_flops_are_those_of_the_products_that_backpropagation_makes():
    problem = Problem("", "", 100, 30, 2, 10, hidden=(5,))
    rows, count = 7, 0
    for layer, (inputs, outputs) in enumerate(problem.layers):
        forward = weight_gradient = 2 * rows * inputs * outputs
        input_gradient = 0 if layer == 0 else 2 * rows * inputs * outputs
        count += forward + weight_gradient + input_gradient
    assert count == rows * training_flops(problem)


@given(samples=st.integers(1, 10_000), features=st.integers(1, 200), code=st.integers(1, 20), batch=st.integers(1, 500))
def test_work_grows_with_samples_and_restarts(samples, features, code, batch):
    problem = Problem("", "", samples, features, code, batch)
    more = replace(problem, samples=samples + batch)
    once = epoch_work(problem)
    assert epoch_work(more).flops > once.flops
    assert epoch_work(more).seconds(RATES) > once.seconds(RATES)
    sixteen = epoch_work(problem, restarts=16)
    assert sixteen.flops == 16 * once.flops
    # The restarts share the reading of the samples.
    read = 4 * samples * features
    assert sixteen.cache_bytes + sixteen.memory_bytes == 16 * (once.cache_bytes + once.memory_bytes) - 15 * read


def test_large_networks_are_updated_in_memory():
    assert adam_work(PROBLEMS["mnist"]).memory_bytes == 0
    huge = Problem("", "", 10, 4096, 1024, 10)
    assert 4 * 4 * parameter_count(huge) > LAST_LEVEL_CACHE
    assert adam_work(huge).cache_bytes == 0


def test_seconds_are_the_larger_of_arithmetic_and_traffic():
    assert Work(flops=1e11, exps=1e9, memory_bytes=1e10).seconds(RATES) == pytest.approx(2.0)
    assert Work(flops=1e11, cache_bytes=1e11, memory_bytes=4e10).seconds(RATES) == pytest.approx(5.0)


def test_rates_are_the_best_of_each():
    first = {"matrix_flops": 1.0, "exps": 9.0, "cache_bytes": 3.0, "memory_bytes": 1.0, "other": 5}
    second = {"matrix_flops": 2.0, "exps": 4.0, "cache_bytes": 2.0, "memory_bytes": 1.5}
    assert Rates.best_of([first, second]) == Rates(2.0, 9.0, 3.0, 1.5)


def test_detector_and_transform_count_every_row():
    one, two = detector_work([(64, 9)]), detector_work([(64, 9), (64, 9)])
    assert two == one * 2
    assert DETECTOR.problem("", 64, 9).widths == (9, 64, 32, 64, 9)
    assert len(DETECTOR.whole_batches(np.zeros((129, 3)))) == 128
    table = PROBLEMS["table-vanilla"]
    assert transform_work(table, 10).flops == 10 * 2 * multiplications(table)


def test_a_convolutional_step_counts_every_product():
    plain, residual = (convolutions_work(problem) for problem in CONVOLUTIONS.values())
    stages = (9 + 16) * (16 * 14 * 14 + 16 * 32 * 7 * 7) + 2 * 32 * 7 * 7 * 32
    assert plain == Work(flops=128 * (6 * stages - 2 * 9 * 16 * 14 * 14), exps=128 * 784)
    assert residual.flops - plain.flops == 128 * 6 * 4 * 9 * (16 * 16 * 14 * 14 + 32 * 32 * 7 * 7)


def test_final_loss_agrees_with_its_definition():
    generator = np.random.default_rng(0)
    weights = [
        (generator.normal(size=(6, 3)), generator.normal(size=3)),
        (generator.normal(size=(3, 6)), generator.normal(size=6)),
    ]
    samples = generator.random((20, 6))
    logits = np.maximum(samples @ weights[0][0] + weights[0][1], 0) @ weights[1][0] + weights[1][1]
    probability = 1 / (1 + np.exp(-logits))
    expected = -np.mean(samples * np.log(probability) + (1 - samples) * np.log(1 - probability))
    assert final_loss(weights, samples) == pytest.approx(expected, rel=1e-9)
    assert final_loss(weights, samples, squared=True) == pytest.approx(np.mean((logits - samples) ** 2), rel=1e-9)
