from __future__ import annotations

import numpy as np

from autoencode.charts import compute_anomaly_strip, draw_anomaly_strip

RNG = np.random.default_rng(0)
SAMPLES, EXPECTED, CONTRIBUTIONS, NEAREST = RNG.random((4, 8, 64))
P_VALUES = {f"row {row}": (row + 1) / 500 for row in range(8)}


def compute(count=8, shape=(8, 8), **more):
    some = [array[:count] for array in (SAMPLES, EXPECTED, CONTRIBUTIONS, NEAREST)]
    names = dict(list(P_VALUES.items())[:count])
    return compute_anomaly_strip(*some, **{"sample_shape": shape, "p_values": names, **more})


def test_images_keep_their_values_and_contributions_are_shares_of_their_samples_largest():
    strip = compute()
    np.testing.assert_array_equal(strip.samples, SAMPLES.reshape(8, 8, 8))
    np.testing.assert_array_equal(strip.nearest, NEAREST.reshape(8, 8, 8))
    expected = (CONTRIBUTIONS / CONTRIBUTIONS.max(axis=1, keepdims=True)).reshape(8, 8, 8)
    np.testing.assert_allclose(strip.shares, expected)


def test_colours_add_up_and_a_sample_without_contributions_stays_dark():
    parts = RNG.random((2, 3, 4, 3))
    parts[1] = 0
    images = RNG.random((2, 36))
    strip = compute_anomaly_strip(images, images, parts, sample_shape=(3, 4, 3), p_values={"a": 0.1, "b": 1})
    sums = parts[0].sum(axis=2)
    np.testing.assert_allclose(strip.shares, [sums / sums.max(), np.zeros((3, 4))])
    assert strip.samples.shape == (2, 3, 4, 3)


def test_the_scale_of_the_samples_and_of_the_contributions_may_be_any():
    one = compute()
    other = compute_anomaly_strip(
        255 * SAMPLES, 255 * EXPECTED, 1e300 * CONTRIBUTIONS, sample_shape=(8, 8, 1), p_values=P_VALUES,
        value_range=(0, 255),
    )  # fmt: skip
    np.testing.assert_allclose(one.samples, other.samples)
    np.testing.assert_allclose(one.shares, other.shares)


def test_the_figure_names_its_rows_and_columns(texts_of):
    texts = texts_of(draw_anomaly_strip(compute(), title="Odd ones", subtitle="the lowest first"))
    named = ("Odd ones", "the lowest first", "sample", "expected", "contribution", "nearest", "row 7", "p = 0.016")
    for text in named:
        assert text in texts


def test_without_nearest_samples_there_is_no_row_of_them(texts_of):
    strip = compute_anomaly_strip(SAMPLES, EXPECTED, CONTRIBUTIONS, sample_shape=(8, 8), p_values=P_VALUES)
    assert len(strip.rows) == 3
    assert "nearest" not in texts_of(draw_anomaly_strip(strip))
