from __future__ import annotations

import numpy as np
import pytest

from autoencode.charts import (
    compute_sample_grid,
    compute_traversal,
    draw_sample_grid,
    draw_traversal,
)

IMAGES = np.random.default_rng(0).random((12, 4, 6))


def test_images_keep_their_values():
    grid = compute_sample_grid(IMAGES.reshape(12, 24), sample_shape=(4, 6, 1))
    np.testing.assert_array_equal(grid.images, IMAGES)
    clipped = compute_sample_grid([[-10.0, 0.0, 127.5, 300.0]], sample_shape=(2, 2), value_range=(0, 255))
    np.testing.assert_array_equal(clipped.images, [[[0, 0], [0.5, 1]]])


@pytest.mark.parametrize(
    ("count", "across", "rows"), [(1, 1, 1), (2, 2, 1), (7, 4, 2), (16, 8, 2), (24, 8, 3), (64, 16, 4), (400, 25, 16)]
)
def test_a_grid_is_about_twice_as_wide_as_high_and_full_if_it_can_be(count, across, rows):
    grid = compute_sample_grid(np.zeros((count, 9)), sample_shape=(3, 3))
    assert (grid.across, grid.rows) == (across, rows)


def test_the_figure_has_every_image_caption_and_name(texts_of):
    captions = [f"number {number}" for number in range(12)]
    grid = compute_sample_grid(
        IMAGES, sample_shape=(4, 6), across=4, captions=captions, row_names=["first", "second", "third"]
    )
    figure = draw_sample_grid(grid, title="The title", subtitle="the subtitle")
    assert len(figure.axes[0].images) == 12
    assert {image.get_clim() for image in figure.axes[0].images} == {(0, 1)}
    texts = texts_of(figure)
    for text in ("The title", "the subtitle", "number 11", "second"):
        assert text in texts


# ---------------------------------------------------------------------- traversal


def test_a_traversal_has_a_row_for_each_unit_and_names_its_values(texts_of):
    values = np.array([[-1.5, 0.0, 1.5], [100.0, 200.0, 300.0]])
    grid = compute_traversal(IMAGES[:6].reshape(2, 3, 24), sample_shape=(4, 6), units=[7, 0], values=values)
    assert (grid.across, grid.rows, grid.row_names) == (3, 2, ("unit 7", "unit 0"))
    np.testing.assert_array_equal(grid.images, IMAGES[:6])
    assert [line for (line,) in grid.captions] == ["−1.5", "0.0", "1.5", "100", "200", "300"]
    assert "unit 7" in texts_of(draw_traversal(grid))


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 0.0], ["0.00", "0.00"]),
        ([3.0], ["3.0"]),
        ([1e-9, 2e-9], ["1.0e−09", "2.0e−09"]),
        ([0.0, 1e9], ["0.0e+00", "1.0e+09"]),
    ],
    ids=["equal", "one", "tiny", "huge"],
)
def test_values_of_any_size_can_be_told_apart(values, texts):
    images = np.zeros((1, len(values), 24))
    grid = compute_traversal(images, sample_shape=(4, 6), units=[0], values=np.array([values]))
    assert [line for (line,) in grid.captions] == texts
