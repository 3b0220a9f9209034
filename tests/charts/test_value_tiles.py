from __future__ import annotations

import numpy as np

from autoencode.charts import compute_value_tiles, draw_value_tiles


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
