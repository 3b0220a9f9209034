"""The order of reasons: how far a cell is off in its own spread, and nothing that is as expected."""

from __future__ import annotations

import numpy as np
import pandas as pd

import autoencode as ae
from autoencode.estimators.explanation import _order
from autoencode.evaluation.explanation import Reason


def make_machine(count: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(0)
    load = random.normal(size=count)
    return pd.DataFrame(
        {
            "rpm": 3000 + 400 * load + random.normal(0, 40, count),
            "temperature": 60 + 8 * random.normal(size=count),
            "vibration": 0.5 + 0.05 * load + random.normal(0, 0.004, count),
            "alone": load > -9,
        }
    )


def test_a_number_that_is_furthest_off_in_its_own_spread_comes_first() -> None:
    normal = make_machine()
    odd = normal.iloc[:20].copy()
    odd["vibration"] += 0.07  # little beside its spread over all rows, much beside that of rows that are alike
    odd["temperature"] += 12
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)
    explained = detector.explain(odd)
    np.testing.assert_allclose(explained.contributions.sum(axis=1), explained.scores, rtol=1e-12)
    for reasons in explained.reasons:
        assert all(reason.column != "alone" for reason in reasons)
        off = [abs(reason.value - reason.expected) / reason.spread for reason in reasons]
        np.testing.assert_allclose([reason.distance for reason in reasons], off)
        assert off == sorted(off, reverse=True)
    first = [reasons[0].column for reasons in explained.reasons]
    assert np.mean([column in ("vibration", "rpm") for column in first]) > 0.8


def test_what_is_as_expected_is_no_reason() -> None:
    normal = make_machine()
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)
    for reasons in detector.explain(normal.iloc[:50], reasons=9).reasons:
        assert all(reason.value != reason.expected for reason in reasons)
        assert "alone" not in [reason.column for reason in reasons]


def test_cells_without_a_spread_stand_where_their_share_puts_them() -> None:
    def make(column: str, share: float, distance: float | None) -> Reason:
        return Reason(column, 1.0, 0.0, 0.1, share, distance)

    numbers = [make("near", 0.4, 1.3), make("far", 0.2, 16.0)]
    words = [make("most", 0.5, None), make("some", 0.3, None), make("least", 0.1, None)]
    ordered = [reason.column for reason in _order([*numbers, *words])]
    assert ordered == ["most", "some", "far", "near", "least"]
