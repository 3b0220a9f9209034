from __future__ import annotations

import os

import numpy as np
import pytest
from goals import judge_goals
from planted_cells import KINDS, plant_cells
from reasons import METHODS
from reasons_page import NAMED, REPAIRED, render_reasons
from repairs import find_recovered, find_right

from autoencode.estimators import Reason, Repair, RepairedCell

needs_data = pytest.mark.skipif(not os.environ.get("AUTOENCODE_DATA"), reason="needs AUTOENCODE_DATA")
pytestmark = pytest.mark.slow


@needs_data
@pytest.mark.parametrize(("name", "kinds"), [("penguins", 4), ("cardio", 3)])
def test_a_planted_row_differs_in_the_planted_cells_alone(name: str, kinds: int) -> None:
    planted = plant_cells(name, 1)
    assert len(dict.fromkeys(planted.kinds)) == kinds <= len(KINDS)
    changed = np.array(
        [
            [new != old and new == new for new, old in zip(cells, planted.truth[column], strict=True)]
            for column, cells in planted.planted.items()
        ]
    ).T
    told = np.array([[column in places for column in planted.planted] for places in planted.places])
    np.testing.assert_array_equal(changed, told)


@needs_data
def test_a_seed_plants_the_same_again() -> None:
    first, again, other = (plant_cells("penguins", seed) for seed in (1, 1, 2))
    assert first.places == again.places != other.places


def test_the_section_and_the_goal_have_what_was_measured() -> None:
    counts = dict.fromkeys((*METHODS, *NAMED, *REPAIRED, "KNN, told"), 10) | {"planted": 30, "flagged": 20}
    measured = {"mpg": {"ten times": {**counts, "ours": 18}}, "cardio": {"two swapped": counts}}
    section = render_reasons(measured)
    assert "| `mpg` † | 30 | 20 | 90.0% | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    assert "| two swapped | 30 | 20 | 50.0% | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    assert "| **all** | 60 | 40 | 70.0% | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    assert "| `cardio` † | 30 | 20 | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    what = "first reasons of flagged rows that are the planted cell"
    assert [(one.measured, one.reached) for one in judge_goals({"reasons": measured}) if one.what == what] == [
        ("70.0%", False)
    ]


@needs_data
def test_only_what_stood_there_is_recovered() -> None:
    planted = plant_cells("penguins", 1)
    places = {kind: planted.kinds.index(kind) for kind in KINDS}
    right, off, word, swapped = (places[kind] for kind in KINDS)

    def put_back(row: int, more: float = 0.0) -> Repair:
        cells = [(column, planted.truth[column][row]) for column in planted.places[row]]
        return Repair(row, tuple(RepairedCell(column, None, cell + more if more else cell) for column, cell in cells))

    elsewhere = Repair(swapped, (RepairedCell("sex", "MALE", "FEMALE"),))
    repairs = [put_back(right), put_back(off, 9.0), put_back(word), elsewhere]
    reasons = [[Reason(column, 0.0, 0.0, 4.0, 1.0, 1.0) for column in places] for places in planted.places]
    assert np.flatnonzero(find_right(planted, repairs)).tolist() == sorted([right, off, word])
    assert np.flatnonzero(find_recovered(planted, repairs, reasons)).tolist() == sorted([right, word])
