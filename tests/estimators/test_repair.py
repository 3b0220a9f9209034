"""Repairs: the planted cell, values that make the sample normal, and the fewest cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import autoencode as ae
from autoencode.estimators import Repair, RepairedCell
from autoencode.exceptions import InvalidInputError


def make_orders(count: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(0)
    product = random.choice(["brick", "lamp", "rug"], count)
    pieces = random.integers(1, 9, count)
    weight = pd.Series(product).map({"brick": 3.5, "lamp": 1.2, "rug": 6.0}).to_numpy()
    kilograms = (pieces * weight * random.uniform(0.98, 1.02, count)).round(2)
    return pd.DataFrame({"product": product, "pieces": pieces, "kilograms": kilograms, "code": product})


def fit(normal: pd.DataFrame) -> ae.AnomalyDetector:
    return ae.AnomalyDetector(contaminated=False, random_state=0).fit(normal)


def apply(table: pd.DataFrame, repair: Repair) -> pd.DataFrame:
    row = table.iloc[[repair.sample]].copy()
    for cell in repair.cells:
        assert row[cell.column].item() == cell.value
        row[cell.column] = pd.Series([cell.proposed], row.index).astype(row[cell.column].dtype)
    return row


def test_every_proposal_makes_its_sample_normal() -> None:
    normal = make_orders()
    detector = fit(normal)
    odd = normal.iloc[:60].copy()
    odd.loc[:29, "kilograms"] *= 10
    odd.loc[30:, "product"] = odd.loc[30:, "product"].map({"brick": "rug", "lamp": "brick", "rug": "lamp"})
    flagged = np.flatnonzero(detector.predict(odd) < 0)
    repairs = detector.repair(odd)
    assert [one.sample for one in repairs] == flagged.tolist()
    assert len(repairs) > 50
    for one in repairs:
        assert 1 <= len(one.cells) <= 3
        assert detector.predict(apply(odd, one)).item() == 1
    assert np.median([len(one.cells) for one in repairs]) == 1


def test_a_slipped_point_is_put_back() -> None:
    normal = make_orders()
    odd = normal.iloc[:30].assign(kilograms=lambda table: table["kilograms"] * 10)
    near = []
    for one in fit(normal).repair(odd):
        assert [cell.column for cell in one.cells] == ["kilograms"]
        near.append(one.cells[0].proposed == pytest.approx(normal["kilograms"][one.sample], rel=0.2))
    assert len(near) > 25
    assert np.mean(near) > 0.8


def test_whole_numbers_stay_whole_and_categories_stay_known() -> None:
    normal = make_orders()
    odd = normal.iloc[:40].assign(pieces=900, product=["brick", "sofa"] * 20)
    cells = [cell for one in fit(normal).repair(odd) for cell in one.cells]
    assert {cell.column for cell in cells} >= {"pieces", "product"}
    for cell in cells:
        if cell.column == "pieces":
            assert isinstance(cell.proposed, int)
            assert 1 <= cell.proposed < 9
        if cell.column == "product":
            assert cell.proposed in ("brick", "lamp", "rug")


def test_numbers_of_an_array_have_the_digits_that_tell() -> None:
    random = np.random.default_rng(0)
    pieces = random.integers(1, 30, 400)
    rows = np.stack([pieces, 1e6 + 3 * pieces + random.normal(size=400).round(1)], axis=1)
    odd = rows[:10] * [[100, 1]]
    detector = ae.AnomalyDetector(contaminated=False, random_state=0).fit(rows)
    proposed = [one.cells[0] for one in detector.repair(odd)]
    assert len(proposed) == 10
    for cell in proposed:
        assert cell.column == "x0"
        assert float(cell.proposed or 0.5).is_integer()


def test_nothing_is_said_of_what_is_not_flagged() -> None:
    normal = make_orders()
    detector = fit(normal)
    usual = normal[detector.predict(normal) == 1]
    assert detector.repair(usual) == ()


def test_what_no_three_cells_mend_says_so() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(400, 8))
    odd = rows[:3] + 40.0
    for one in ae.AnomalyDetector(contaminated=False, random_state=0).fit(rows).repair(odd):
        assert one.cells == ()
        assert str(one) == f"sample {one.sample}: no change of 3 cells or fewer makes it normal"


def test_rows_of_any_library_and_alone_have_the_same_repairs() -> None:
    normal = make_orders()
    detector = fit(normal)
    odd = normal.iloc[:10].assign(kilograms=lambda table: table["kilograms"] * 10)
    repairs = detector.repair(odd)
    assert detector.repair(pl.from_pandas(odd)) == repairs
    (alone,) = detector.repair(odd.iloc[[repairs[3].sample]])
    assert alone.cells == repairs[3].cells


def test_a_repair_in_words() -> None:
    cells = (RepairedCell("kilograms", 176.8, 17.7), RepairedCell("product", None, "rug"))
    assert str(Repair(3, cells)) == "sample 3: kilograms 176.8 → 17.70; product missing → 'rug'"


def test_pictures_are_refused() -> None:
    pictures = ae.data.load("digits").train[:200].reshape(-1, 8, 8)
    detector = ae.AnomalyDetector(contaminated=False, false_alarm_rate=0.1, random_state=0).fit(pictures)
    with pytest.raises(InvalidInputError, match="X holds pictures, of which no cells are repaired"):
        detector.repair(pictures)
