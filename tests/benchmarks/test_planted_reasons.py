from __future__ import annotations

import os

import numpy as np
import pytest
from goals import judge_goals
from planted_cells import KINDS, plant_cells
from reasons_page import render_reasons

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
    counts = dict.fromkeys(("ours", "two named", "either", "TreeSHAP", "residual"), 10) | {"planted": 30, "flagged": 20}
    measured = {"mpg": {"ten times": {**counts, "ours": 18}}, "cardio": {"two swapped": counts}}
    section = render_reasons(measured)
    assert "| `mpg` † | 30 | 20 | 90.0% | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    assert "| two swapped | 30 | 20 | 50.0% | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    assert "| **all** | 60 | 40 | 70.0% | 50.0% | 50.0% | 50.0% | 50.0% |" in section
    what = "first reasons of flagged rows that are the planted cell"
    assert [(one.measured, one.reached) for one in judge_goals({"reasons": measured}) if one.what == what] == [
        ("70.0%", False)
    ]
