from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from autoencode.charts import compute_reconstruction_strip, draw_reconstruction_strip

RNG = np.random.default_rng(0)
SAMPLES, RECONSTRUCTIONS = RNG.random((2, 10, 64))


def test_grey_images_keep_their_values_and_their_signed_differences():
    strip = compute_reconstruction_strip(SAMPLES, RECONSTRUCTIONS, sample_shape=(8, 8), differences=True)
    np.testing.assert_array_equal(strip.originals, SAMPLES.reshape(10, 8, 8))
    np.testing.assert_array_equal(strip.reconstructions, RECONSTRUCTIONS.reshape(10, 8, 8))
    np.testing.assert_array_equal(strip.differences, (SAMPLES - RECONSTRUCTIONS).reshape(10, 8, 8))
    assert strip.difference_limit == np.abs(SAMPLES - RECONSTRUCTIONS).max()


def test_flat_and_shaped_samples_are_the_same():
    flat = compute_reconstruction_strip(SAMPLES, RECONSTRUCTIONS, sample_shape=(4, 16))
    shaped = compute_reconstruction_strip(SAMPLES.reshape(10, 4, 16), RECONSTRUCTIONS, sample_shape=(4, 16, 1))
    np.testing.assert_array_equal(flat.originals, shaped.originals)
    (pictures,) = flat.chart().panels[0].marks
    assert pictures.aspect == 0.25


def test_values_outside_of_the_range_look_like_its_ends_but_their_differences_stay():
    strip = compute_reconstruction_strip(
        np.array([[0.0, 255.0]]),
        np.array([[-51.0, 510.0]]),
        sample_shape=(1, 2),
        value_range=(0, 255),
        differences=True,
    )
    np.testing.assert_array_equal(strip.reconstructions, [[[0.0, 1.0]]])
    np.testing.assert_array_equal(strip.differences, [[[51.0, -255.0]]])


def test_the_difference_of_colours_is_their_mean():
    before, after = RNG.random((2, 3, 4, 5, 3))
    strip = compute_reconstruction_strip(before, after, sample_shape=(4, 5, 3), differences=True)
    np.testing.assert_allclose(strip.differences, (before - after).mean(axis=3))


def test_equal_pictures_have_white_differences():
    strip = compute_reconstruction_strip(SAMPLES, SAMPLES, sample_shape=(8, 8), differences=True)
    assert strip.difference_limit == 1
    assert not strip.differences.any()


def test_originals_and_reconstructions_share_a_scale_and_signs_are_symmetric():
    strip = compute_reconstruction_strip(SAMPLES[:2], RECONSTRUCTIONS[:2], sample_shape=(8, 8), differences=True)
    limits = [image.get_clim() for image in draw_reconstruction_strip(strip).axes[0].images[:6]]
    assert limits == [(0, 1)] * 4 + [(-1, 1)] * 2


def test_the_figure_names_its_rows_and_columns(texts_of):
    captions = [(f"#{number}", f"label {number}", f"{number / 100:.4f}") for number in range(10)]
    strip = compute_reconstruction_strip(
        SAMPLES, RECONSTRUCTIONS, sample_shape=(8, 8), captions=captions, differences=True
    )
    figure = draw_reconstruction_strip(strip, title="The worst", subtitle="largest first")
    assert isinstance(figure, Figure)
    texts = texts_of(figure)
    for text in ("The worst", "largest first", "original", "reconstruction", "difference", "#7", "label 9", "0.0300"):
        assert text in texts
