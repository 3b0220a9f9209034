from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from autoencode.charts import png_bytes
from autoencode.exceptions import InvalidInputError
from autoencode.reproduce.signed_histogram import compute_signed_histogram, draw_signed_histogram

RNG = np.random.default_rng(0)
FIRST, SECOND, MEAN = RNG.normal(0, 1.6, (3, 2000))


def test_counts_and_moments_are_those_of_numpy():
    picture = compute_signed_histogram(FIRST, SECOND, MEAN)
    np.testing.assert_array_equal(picture.edges, np.linspace(-20, 20, 50))
    for sums, given in ((picture.first, FIRST), (picture.second, SECOND), (picture.mean_sample, MEAN)):
        assert (sums.mean, sums.deviation) == (given.mean(), given.std())
        np.testing.assert_array_equal(sums.counts, np.histogram(given, np.linspace(-20, 20, 50))[0])
        np.testing.assert_array_equal(sums.zoom_counts, np.histogram(given, picture.zoom_edges)[0])


def test_the_fitted_bins_hold_nearly_all_of_the_data():
    picture = compute_signed_histogram(FIRST, SECOND)
    assert picture.first.zoom_counts.sum() >= 0.995 * len(FIRST)
    assert np.ptp(picture.zoom_edges) < 15


def test_the_figure_has_the_panels_of_the_blog_and_says_what_lies_outside(texts_of):
    first = FIRST.copy()
    first[:3] = 50
    figure = draw_signed_histogram(compute_signed_histogram(first, SECOND, MEAN))
    assert isinstance(figure, Figure)
    assert len(figure.axes) == 6
    texts = texts_of(figure)
    for text in ("1 hidden layer", "2 hidden layers", "overlapped", "3 outside", "mean sample", "Σ(x − x̂)", "samples"):
        assert text in texts
    assert f"std {SECOND.std():.3f}" in texts


def test_panels_of_a_column_share_their_axes():
    axes = draw_signed_histogram(compute_signed_histogram(FIRST, SECOND)).axes
    for column in (axes[0::2], axes[1::2]):
        assert len({panel.get_xlim() + panel.get_ylim() for panel in column}) == 1


@pytest.mark.parametrize("sums", [[*FIRST], [0.0], [3.0, 3.0], [1e12, 1e12 + 1], [-1e-20, 1e-20]], ids=len)
def test_nothing_is_cut_off(sums, cut_off):
    picture = compute_signed_histogram(np.array(sums), np.array(sums), np.array(sums))
    assert cut_off(png_bytes(draw_signed_histogram(picture), dpi=40.0), 1) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": np.ones(0)},
        {"first": np.array([np.nan, 1.0])},
        {"first": np.ones(3)},
        {"second": np.ones((2, 1))},
        {"mean_sample": np.ones(3)},
        {"names": ("one",)},
        {"bins": np.ones(3)},
        {"bins": np.ones(1)},
        {"bins": np.array([0.0, np.inf])},
        {"zoom_bins": 0},
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments):
    with pytest.raises(InvalidInputError):
        compute_signed_histogram(**{"first": np.ones(2), "second": np.ones(2), **arguments})
