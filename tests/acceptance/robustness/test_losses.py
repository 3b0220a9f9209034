"""No run and no model is lost, whatever happens to its training; a tenth of the harness."""

from __future__ import annotations

import pytest
from losses import KINDS, measure


@pytest.mark.slow
def test_nothing_is_lost() -> None:
    results = measure(20, seed=1)
    assert sum(found.count for found in results.values()) == 20
    assert {kind: found.losses for kind, found in results.items()} == {kind: [] for kind in KINDS}
