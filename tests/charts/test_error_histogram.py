from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.figure import Figure

from autoencode.charts import ReferenceLine, compute_error_histogram, draw_error_histogram

RNG = np.random.default_rng(0)
ERRORS = {"vanilla": RNG.gamma(8, 0.001, 2000), "deep": RNG.gamma(8, 0.0013, 2000)}
BASELINES = [ReferenceLine(0.0675, "mean sample"), ReferenceLine(0.0081, "PCA, 32 components")]


@given(
    errors=arrays.arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 1e6, allow_subnormal=False)),
    level=st.floats(0, 1e6, allow_subnormal=False),
    bins=st.integers(1, 80),
)
@settings(max_examples=60, deadline=None)
def test_no_error_is_lost_and_the_bins_reach_over_all_marks(errors, level, bins):
    picture = compute_error_histogram({"a": errors}, baselines=[ReferenceLine(level, "b")], bins=bins)
    assert picture.counts.sum() + picture.beyond[0] == len(errors)
    assert picture.edges[0] <= min(errors.mean(), level)
    assert picture.edges[-1] > max(errors.mean(), level)


def test_counts_and_means_are_those_of_numpy():
    picture = compute_error_histogram(ERRORS, baselines=BASELINES)
    for model, name in enumerate(picture.models):
        assert picture.means[model] == ERRORS[name].mean()
        np.testing.assert_array_equal(picture.counts[model], np.histogram(ERRORS[name], picture.edges)[0])


def test_the_figure_names_models_and_baselines_with_their_means(texts_of):
    figure = draw_error_histogram(compute_error_histogram(ERRORS, baselines=BASELINES, error_name="squared"))
    assert isinstance(figure, Figure)
    texts = texts_of(figure)
    for text in ("vanilla 0.00", "deep 0.01", "mean sample 0.0675", "PCA, 32 components 0.0081", "squared"):
        assert text in texts


@pytest.mark.parametrize("close", [0.0, 1e-5, 1e-3])
def test_labels_do_not_overlap_however_close_their_lines_are(close):
    baselines = [ReferenceLine(0.008 + close * number, f"baseline {number}") for number in range(4)]
    figure = draw_error_histogram(compute_error_histogram(ERRORS, baselines=baselines))
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts if "0." in text.get_text()]
    assert len(boxes) == 6
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    assert all(axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 + 2 for box in boxes)
