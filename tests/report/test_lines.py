"""Sequences as small pictures of lines."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from autoencode.report.lines import draw_lines, find_spans


def read(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L"), float)


def test_a_lane_a_number_and_time_from_left_to_right() -> None:
    steps = np.zeros((1, 40, 2))
    steps[0, 20:, 0] = 1.0
    picture = read(draw_lines(steps, find_spans(steps))[0])
    upper = picture[: len(picture) // 2]
    rows = [upper[:-2, part].sum(axis=1).argmin() for part in (slice(0, 70), slice(90, 160))]
    assert rows[0] > 20 > 8 > rows[1], "it goes up where the first number does"
    lower = picture[len(picture) // 2 :]
    assert abs(int(lower[:-2, :70].sum(axis=1).argmin()) - int(lower[:-2, 90:].sum(axis=1).argmin())) <= 1


@pytest.mark.parametrize("numbers", [1, 3, 16, 64])
def test_pictures_stay_small(numbers: int) -> None:
    steps = np.random.default_rng(0).normal(size=(2, 50, numbers))
    pictures = draw_lines(steps, find_spans(steps))
    assert len(pictures) == 2
    assert max(read(pictures[0]).shape) <= 240
    assert max(map(len, pictures)) < 20_000


def test_what_is_not_there_is_a_gap() -> None:
    steps = np.ones((1, 40, 1))
    steps[0, 20:] = np.nan
    spans = find_spans(steps)
    assert np.isfinite(spans).all()
    picture = read(draw_lines(steps, spans)[0])[:-2]
    assert picture[:, :75].min() < 200 < 250 < picture[:, 90:].min()
    assert np.isfinite(find_spans(np.full((1, 4, 2), np.nan))).all()
