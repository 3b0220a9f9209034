from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.colors import to_rgb

from autoencode.charts.point_colours import (
    CLASS_COLOURS,
    OTHERS_COLOUR,
    error_colours,
    error_limits,
    error_ramp,
    label_colours,
)
from autoencode.exceptions import InvalidInputError

# Of G. Machado et al. (2009), "A physiologically-based model for simulation of color vision deficiency", severity 1.
SIGHT = {
    "all cones": np.eye(3),
    "no long cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no middle": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no short": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]


def linear(colour: str) -> np.ndarray:
    parts = np.array(to_rgb(colour))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def cielab(light: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(TO_XYZ @ light / (0.95047, 1.0, 1.08883))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(colour: str, other: str) -> float:
    bright, dark = sorted((float(TO_XYZ[1] @ linear(one)) for one in (colour, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
def test_every_two_class_colours_differ_for_every_eye(sight):
    places = [cielab(np.clip(np.array(SIGHT[sight]) @ linear(colour), 1e-6, 1)) for colour in CLASS_COLOURS]
    assert len(places) == 10
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(places, 2)) > 16


def test_every_colour_is_seen_on_white_and_on_a_dark_page():
    ramp = [error_colours(np.array([0.0, share, 1.0]))[1] for share in np.linspace(0, 1, 9)]
    for colour in (*CLASS_COLOURS, OTHERS_COLOUR, *ramp):
        assert contrast(colour, "#FFFFFF") > 1.5, colour
        assert contrast(colour, "#14191E") > 2.0, colour


@given(labels=st.lists(st.text(max_size=3), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_up_to_ten_classes_have_a_colour_of_their_own_and_of_more_the_nine_most_frequent(labels):
    colours = label_colours(labels)
    assert set(colours) == set(labels)
    own = {name: colour for name, colour in colours.items() if colour != OTHERS_COLOUR}
    assert len(set(own.values())) == len(own) == (len(colours) if len(colours) <= 10 else 9)
    grey = [labels.count(name) for name in set(colours) - set(own)]
    assert max(grey, default=0) <= min(labels.count(name) for name in own)


def test_classes_are_sorted_numbers_first_and_their_order_in_the_data_changes_nothing():
    labels = ["10", "9", "nan", "-1", "b", "a", "1e999"]
    assert list(label_colours(labels)) == ["-1", "9", "10", "1e999", "a", "b", "nan"]
    assert label_colours(labels) == label_colours(labels[::-1])
    assert label_colours([]) == {}


@given(errors=arrays.arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e300, 1e300)))
@settings(max_examples=60, deadline=None)
def test_a_larger_error_is_never_lighter(errors):
    low, high = error_limits(errors)
    assert errors.min() <= low <= high <= errors.max()
    colours = error_colours(errors)
    light = np.array([cielab(linear(colour))[0] for colour in colours])[np.argsort(errors)]
    assert np.all(np.diff(light) <= 1e-9)


def test_equal_errors_have_one_colour_and_the_limits_the_ends_of_the_ramp():
    assert len(set(error_colours(np.full(5, 3.0)))) == 1
    assert error_colours(np.arange(101.0))[::100] == ("#8fc1ea", "#a93400")
    assert error_ramp().N == 256
    with pytest.raises(InvalidInputError, match="errors"):
        error_colours(np.array([np.nan]))
