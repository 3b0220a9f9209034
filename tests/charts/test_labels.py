from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autoencode.charts.labels import (
    MarginLabel,
    draw_margin_labels,
    fit_text,
    plain_text,
    spread_positions,
    text_width,
    wrap_text,
)
from autoencode.charts.palette import new_figure, place_axes, style

NUMBERS = arrays.arrays(np.float64, st.integers(1, 8), elements=st.floats(-50, 50))


@given(text=st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_plain_text_is_one_printable_line(text):
    shown = plain_text(text)
    assert shown.isprintable() or shown == ""
    assert len(shown) <= 120
    assert plain_text(shown) == shown


def test_what_the_font_has_stays_and_what_it_lacks_is_escaped():
    assert plain_text(r"$x_1$ <b> \n é Σ x̂") == r"$x_1$ <b> \n é Σ x̂"
    assert plain_text("a\nb\t数\ud800") == r"a\nb\t\u6570\ud800"


@given(wanted=NUMBERS, height=st.floats(0.1, 5.0))
@settings(max_examples=50, deadline=None)
def test_spread_labels_do_not_overlap_and_stay_in_order_and_in_range(wanted, height):
    heights = np.full(len(wanted), height)
    centres = spread_positions(wanted, heights, -50.0, 50.0)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(centres[order]) >= height - 1e-9)
    assert np.all(np.abs(centres) <= 50 - height / 2 + 1e-9)


@given(wanted=NUMBERS)
@settings(max_examples=50, deadline=None)
def test_labels_that_are_apart_stay_where_they_want(wanted):
    apart = np.cumsum(np.abs(wanted) + 2)
    np.testing.assert_allclose(spread_positions(apart, np.full(len(apart), 2.0), -1e4, 1e4), apart)


def test_spreading_is_the_least_squares_answer():
    # Three labels at 0, 0, 1 of height 2: the mean of the wishes is kept, and so they lie at ‑5/3, 1/3, 7/3.
    centres = spread_positions(np.array([0.0, 0.0, 1.0]), np.full(3, 2.0), -99.0, 99.0)
    np.testing.assert_allclose(centres, [-5 / 3, 1 / 3, 7 / 3])
    assert spread_positions(np.zeros(0), np.zeros(0), 0.0, 1.0).shape == (0,)


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60), room=st.floats(20.0, 200.0))
@settings(max_examples=40, deadline=None)
def test_fitted_and_wrapped_texts_are_no_wider_than_their_room(text, room):
    assert text_width(fit_text(text, 10.0, room), 10.0) <= room
    lines = wrap_text(text, 10.0, room, lines=3).split("\n")
    assert len(lines) <= 3
    assert all(text_width(line, 10.0) <= room for line in lines)


def test_margin_labels_of_one_level_do_not_overlap():
    with style():
        figure = new_figure(6.0, 3.0)
        axes = place_axes(figure, 0.5, 0.5, 3.0, 2.0)
        draw_margin_labels(axes, [MarginLabel(0.5, f"label {number} " * number, "#000000") for number in range(1, 6)])
        figure.draw_without_rendering()
        boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert len(boxes) == 5
    assert all(lower.y1 <= upper.y0 for lower, upper in itertools.pairwise(boxes))
    assert all(box.x1 <= figure.bbox.x1 for box in boxes)
