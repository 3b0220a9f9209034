from __future__ import annotations

import numpy as np
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.figures import compute_value_tiles, draw_value_tiles, png_bytes


def test_numbers_are_filled_from_the_least_to_the_largest():
    tiles = compute_value_tiles(
        {"a": [10.0, 20.0, 15.0], "b": ["x", None, "y"], "c": [True, False, True], "d": [3] * 3}
    )
    np.testing.assert_array_equal(tiles.levels[:, 0], [0, 1, 0.5])
    assert np.isnan(tiles.levels[:, 1:3]).all()
    np.testing.assert_array_equal(tiles.levels[:, 3], 0.5)
    assert tiles.cells[1] == ("20", "missing", "False", "3")


def test_numbers_of_any_size_have_a_level():
    tiles = compute_value_tiles({"a": [-1e308, 1e308, np.nan, np.inf], "b": [1e-320, 0.0, None, 2e-320]})
    np.testing.assert_array_equal(tiles.levels[:, 0], [0, 1, np.nan, np.nan])
    np.testing.assert_array_equal(tiles.levels[:, 1], [0.5, 0, np.nan, 1])


def test_what_is_left_out_is_said(texts_of):
    tiles = compute_value_tiles({f"column {number}": np.arange(50.0) for number in range(12)})
    assert tiles.levels.shape == (40, 10)
    assert tiles.note == "the first 10 of 12 columns and the first 40 of 50 rows"
    assert tiles.note in texts_of(draw_value_tiles(tiles))


@pytest.mark.parametrize("columns", [1, 4, 10])
def test_nothing_is_cut_off(columns, cut_off):
    tiles = compute_value_tiles({f"a long name of column {number}": ["word " * 9, 2.5] for number in range(columns)})
    png, again = (png_bytes(draw_value_tiles(tiles), dpi=60.0) for _ in range(2))
    assert png == again
    assert cut_off(png) == []


def test_hostile_names_show_as_they_are(hostile_name, texts_of):
    figure = draw_value_tiles(compute_value_tiles({hostile_name: [hostile_name]}), title=hostile_name)
    assert hostile_name[:2].replace("数字", r"\u") in texts_of(figure)


@pytest.mark.parametrize("columns", [{}, {"a": []}, {"a": [1.0], "b": [1.0, 2.0]}], ids=["none", "empty", "uneven"])
def test_what_is_no_table_is_refused(columns):
    with pytest.raises(InvalidInputError, match="columns"):
        compute_value_tiles(columns)
