from __future__ import annotations

import os

import numpy as np
import pytest
from filling import BY_WEIGHT, IMPUTERS, measure, remove_cells, render
from planted_cells import read_normal

pytestmark = pytest.mark.slow
needs_data = pytest.mark.skipif(not os.environ.get("AUTOENCODE_DATA"), reason="needs AUTOENCODE_DATA")


@needs_data
@pytest.mark.parametrize("share", [0.1, 0.3, None])
def test_known_cells_are_removed_and_no_others_change(share: float | None) -> None:
    columns = read_normal("mpg")
    damaged, removed = remove_cells(columns, 1, share)
    for name, gone in removed.items():
        missing = np.array([cell is None or cell != cell for cell in damaged[name]])
        before = np.array([cell is None or cell != cell for cell in columns[name]])
        np.testing.assert_array_equal(missing, before | gone)
        assert not (before & gone).any()
        assert (damaged[name][~missing] == columns[name][~missing]).all()
        if share is not None:
            assert gone.mean() == pytest.approx(share, abs=0.07)
    if share is None:
        assert {name for name, gone in removed.items() if gone.any()} == {"mpg", "horsepower", "origin"}
        assert (columns["weight"][removed["mpg"]] > np.median(columns["weight"])).all()


@needs_data
@pytest.mark.parametrize("name", IMPUTERS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_imputers_fill_missing_cells_alone(name: str) -> None:
    columns = read_normal("mpg")
    damaged, removed = remove_cells(columns, 1, 0.1)
    filled = IMPUTERS[name](damaged)
    errors = measure(columns, filled, removed)
    for column, cells in damaged.items():
        known = np.array([cell is not None and cell == cell for cell in cells])
        np.testing.assert_array_equal(filled[column][known], cells[known])
        assert all(cell is not None and cell == cell for cell in filled[column])
        assert 0 <= errors[column] < 1.5
    assert set(measure(columns, columns, removed).values()) == {0.0}


def test_the_best_is_bold_and_the_warning_is_counted() -> None:
    columns = {BY_WEIGHT: {"a": np.array([1.0, 2.0]), "b": np.array(["x", "y"], object)}}
    found = {"autoencode": [{"a": 0.5, "b": 0.1}], "by defaults": [{"a": 0.9, "b": 0.3}], "KNN": [{"a": 0.7, "b": 0.0}]}
    page = render({BY_WEIGHT: found}, np.array([[0, 0, 1, 4], [2, 3, 3, 4]]), columns)
    assert f"| {BY_WEIGHT}, numbers | **0.500** | 0.900 | 0.700 |" in page
    assert "| b | 0.100 | 0.300 | **0.000** |" in page
    assert "autoencode fills 1 worse than the simplest; the warning names 0 of these, and 0 others." in page
    assert "by defaults fills 3 worse than the simplest; the warning names 2 of these, and 1 others." in page
