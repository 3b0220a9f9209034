"""What "auto" stands for by sizes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoencode.sizes import choose_pixels


@given(st.integers(1, 10**6), st.integers(1, 9_999), st.integers(1, 9_999))
def test_pixels_that_suit(count: int, height: int, width: int) -> None:
    rows, columns = choose_pixels(count, (height, width))
    pixels = min(64 * 64, max(16 * 16, count))
    if height * width <= max(32 * 32, pixels):
        assert (rows, columns) == (height, width)
    elif min(rows, columns) >= 8:
        assert rows * columns == pytest.approx(pixels, rel=0.15)
    assert (rows <= height, columns <= width) == (True, True)
    assert choose_pixels(count + 1, (height, width)) >= (rows, columns)
