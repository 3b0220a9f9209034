"""What a training's end needs is there before it begins."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
import pytest

from autoencode import Autoencoder
from autoencode.training import EpochRecord

Make = Callable[..., Autoencoder]


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
@pytest.mark.parametrize(("samples", "restarts"), [(60, 2), (12_000, 1)])
def test_who_ends_a_training_waits_for_no_compiler(
    make: Make, samples: int, restarts: int, caplog: pytest.LogCaptureFixture
) -> None:
    compiled: dict[str, list[str]] = {}

    def list_compiled() -> list[str]:
        found = [record.getMessage() for record in caplog.records if "XLA compilation" in record.getMessage()]
        caplog.clear()
        return [message for message in found if "_map_chunks" in message]

    def note_first(_record: EpochRecord) -> None:
        compiled["before"] = list_compiled()

    table = np.random.default_rng(0).random((samples, 11))
    model = make(bottleneck="top_k(k=2)", restarts=restarts, epochs=1, validation_fraction=0.6, callbacks=[note_first])
    with jax.log_compiles():
        model.fit(table)
    assert len(compiled["before"]) == 2, "what the layers give, and the codes"
    assert list_compiled() == []
