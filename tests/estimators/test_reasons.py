"""The order of reasons: without which cell a sample is most normal, how far others are off, nothing as expected."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.estimators.explanation import _order_by_distance
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


def test_the_planted_cell_comes_first() -> None:
    normal = make_machine()
    odd = normal.iloc[:20].copy()
    odd["vibration"] += 0.07  # little beside its spread over all rows, much beside that of rows that are alike
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)
    explained = detector.explain(odd)
    np.testing.assert_allclose(explained.contributions.sum(axis=1), explained.scores, rtol=1e-12)
    for reasons in explained.reasons:
        assert all(reason.column != "alone" for reason in reasons)
        for reason in reasons:
            assert reason.distance == pytest.approx(abs(reason.value - reason.expected) / reason.spread)
    # With the speed of the vibration, or the vibration of the speed, a row is normal: either may come first.
    assert all(reasons[0].column in ("vibration", "rpm") for reasons in explained.reasons)
    assert np.mean([reasons[0].column == "vibration" for reasons in explained.reasons]) > 0.5


def test_a_column_of_hardly_any_spread_is_no_first_reason() -> None:
    normal = make_machine().assign(counts=np.where(np.arange(400) % 40, 0.0, 1.0))
    odd = normal.iloc[1:9].copy()
    odd["temperature"] *= 1000
    odd["counts"] = 1.0  # rare, and infinitely far off among rows that have none
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)
    assert [reasons[0].column for reasons in detector.explain(odd).reasons] == ["temperature"] * len(odd)


def test_of_two_cells_that_contradict_each_other_either_is_named() -> None:
    random = np.random.default_rng(0)
    kind = random.choice(["a", "b", "c"], 400)
    normal = pd.DataFrame({"kind": kind, "name": np.char.add("the ", kind), "size": random.normal(size=400)})
    odd = normal.iloc[:20].assign(kind=np.where(kind[:20] == "a", "b", "a"))
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)
    assert (detector.predict(odd) == -1).all()
    for reasons in detector.explain(odd).reasons:
        assert {reason.column for reason in reasons[:2]} == {"kind", "name"}
        assert [reason.either for reason in reasons[:2]] == [False, True]
        assert str(reasons[1]).startswith(f"or {reasons[1].column} is 'the ") or reasons[1].column == "kind"
    assert not any(reason.either for reasons in detector.explain(normal).reasons for reason in reasons[:1])


def test_a_row_alone_has_the_same_reasons() -> None:
    normal = make_machine()
    odd = normal.iloc[:150].assign(vibration=lambda rows: rows["vibration"] + 0.07)
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)
    every = detector.explain(odd).reasons
    assert [detector.explain(odd.iloc[[row]]).reasons[0] for row in (0, 130)] == [every[0], every[130]]


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
    ordered = [reason.column for reason in _order_by_distance([*numbers, *words])]
    assert ordered == ["most", "some", "far", "near", "least"]
