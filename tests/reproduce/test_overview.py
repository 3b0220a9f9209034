from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from autoencode.charts import (
    ReferenceLine,
    compute_error_histogram,
    compute_reconstruction_strip,
    compute_restart_losses,
    png_bytes,
)
from autoencode.reproduce.overview import Overview, Panel, draw_overview

RNG = np.random.default_rng(0)


def make_overview(*, captions: bool = False, differences: bool = False) -> Overview:
    samples, reconstructions = RNG.random((2, 10, 784)) ** 8
    live = {"vanilla": np.repeat([2, 1], [14, 2]), "deep": np.repeat([2, 1, 0], [5, 8, 3])}
    return Overview(
        compute_reconstruction_strip(
            samples,
            reconstructions,
            sample_shape=(28, 28),
            captions=[("a", "b")] * 10 if captions else (),
            differences=differences,
        ),
        compute_restart_losses(
            {name: 0.693 - 0.0057 * counts for name, counts in live.items()},
            live,
            references=[ReferenceLine(0.6931, "ln 2, a constant reconstruction")],
        ),
        compute_error_histogram({name: RNG.gamma(8, 0.01, 500) for name in live}),
        Panel("Digits $1_2$", "a code of 32 numbers"),
    )


def test_the_overview_is_1600_by_900_and_small_enough_for_a_readme(texts_of, cut_off):
    figure = draw_overview(make_overview())
    png = png_bytes(figure)
    assert Image.open(io.BytesIO(png)).size == pytest.approx((1600, 900), abs=4)
    assert len(png) < 250_000
    assert cut_off(png) == []
    texts = texts_of(figure)
    for text in ("Digits $1_2$", "a code of 32 numbers", "14 of 16", "vanilla 0.0", "lottery"):
        assert text in texts


def test_captions_and_differences_find_room(cut_off):
    assert cut_off(png_bytes(draw_overview(make_overview(captions=True, differences=True)))) == []
