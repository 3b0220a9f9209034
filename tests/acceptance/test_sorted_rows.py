"""A large table that is sorted trains like one that is shuffled: an epoch mixes blocks of all parts of it."""

from __future__ import annotations

import numpy as np
import pytest

from autoencode import Autoencoder

ROWS = 1_000_000


def make_table(seed: int) -> tuple[np.ndarray, np.random.Generator]:
    """Return twelve columns that follow from three numbers, sorted by the first column."""
    random = np.random.default_rng(seed)
    causes = random.normal(size=(ROWS, 3)).astype(np.float32)
    first, second = random.normal(size=(3, 24)).astype(np.float32), random.normal(size=(24, 12)).astype(np.float32)
    table = np.tanh(causes @ first) @ second
    return table[np.argsort(table[:, 0], kind="stable")], random


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")
def test_sorted_rows_train_like_shuffled_rows() -> None:
    errors = []
    for seed in range(3):  # one training alone is 10 % off another with another order
        table, random = make_table(seed)
        pair = []
        for samples in (table, table[random.permutation(ROWS)]):
            model = Autoencoder(4, hidden=(64,), epochs=4, schedule="cosine", random_state=seed).fit(samples)
            pair.append(model.errors(table).mean())
        errors.append(pair)
    ordered, shuffled = np.mean(errors, axis=0)
    assert ordered <= 1.1 * shuffled
    assert shuffled < 0.03
