"""Threads of the kernel: beside one another, beside those of Python, and interrupted."""

from __future__ import annotations

import _thread
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from autoencode.parts.networks import DenseBlueprint
from autoencode.parts.objectives import find_loss
from autoencode.training import (
    EpochRecord,
    Objective,
    TrainSettings,
    UpdateRule,
    create_networks,
    create_state,
    find_optimizer,
    train,
)
from autoencode.training.kernel import call

SAMPLES = np.random.default_rng(0).random((400, 30), dtype=np.float32)


def start(epochs: int) -> Any:
    chosen = TrainSettings(
        epochs, 200, Objective(find_loss("squared_error")), UpdateRule(find_optimizer("adam", 0.01)), seed=2
    )
    networks = create_networks(DenseBlueprint(30, 4), 1, 2)
    return train(create_state(networks, chosen.rule.optimizer, keep_best=True), SAMPLES, chosen, held_out=SAMPLES)


def to_bits(state: Any) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(state)]


def test_trainings_at_once_are_what_each_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "LEAST_WORK", 0)
    monkeypatch.setattr(call, "_count_processors", lambda: 3)
    alone = to_bits(list(start(5))[-1].state)
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda _: to_bits(list(start(5))[-1].state), range(6)))
    assert all(bits == alone for bits in together)


def test_an_interrupt_comes_through_and_leaves_the_last_record_as_it_was() -> None:
    caught = threading.Event()

    def interrupt() -> None:
        while not caught.wait(0.3):  # one that comes while Python cleans up is lost
            _thread.interrupt_main()

    seen: list[tuple[EpochRecord, list[bytes]]] = []

    def look_on() -> None:
        try:
            for record in start(10**6):
                seen[:] = [(record, to_bits(record.state))]
        finally:
            caught.set()

    # A shell that starts a job in the background has it ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        look_on()
    thread.join()
    signal.signal(signal.SIGINT, before)
    last, bits = seen[-1]
    assert to_bits(last.state) == bits == to_bits(list(start(last.epoch))[-1].state)


def test_nobody_who_looks_at_a_state_can_change_the_training() -> None:
    for record in start(2):
        for leaf in jax.tree.leaves((record.state.networks, record.state.optimizer_state[0].mu)):
            assert not leaf.flags.writeable


@pytest.mark.parametrize(
    ("files", "processors"),
    [
        ({"cpu.max": "150000 100000\n"}, 1),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "250000 100000\n"}, 2),
        ({"cpu.max": "max 100000\n"}, 64),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 64),
        ({"cpu.max": "rubbish"}, 64),
        ({}, 64),
    ],
)
def test_no_more_threads_than_a_container_has_processors(
    files: dict[str, str], processors: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(call, "CGROUP", tmp_path)
    monkeypatch.setattr(call.os, "sched_getaffinity", lambda _: range(64), raising=False)
    call._read_quota.cache_clear()
    assert call._count_processors() == processors
    call._read_quota.cache_clear()
