from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autoencode.exceptions import InvalidInputError
from autoencode.figures import compute_code_map, draw_code_map, error_colours, label_colours, png_bytes
from autoencode.figures.code_map import draw_code_map_on
from autoencode.figures.palette import new_figure, place_axes, style

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(300, 2))
LABELS = [str(number % 10) for number in range(300)]


@given(
    points=arrays.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-1e6, 1e6)),
    classes=st.integers(1, 14),
)
@settings(max_examples=40, deadline=None)
def test_each_sample_has_the_colour_of_its_class_and_each_class_the_median_of_its_samples(points, classes):
    labels = [f"class {number % classes}" for number in range(len(points))]
    picture = compute_code_map(points, labels=labels)
    colours = label_colours(labels)
    assert picture.label_colours == tuple(colours[label] for label in labels)
    assert len(picture.classes) + picture.other_classes == len(colours)
    for name, middle in zip(picture.classes, picture.class_middles, strict=True):
        inside = points[[label == name for label in labels]]
        np.testing.assert_array_equal(middle, np.median(inside, axis=0))


def test_colours_are_those_of_labels_else_of_errors_else_one():
    errors = RNG.random(300)
    both = compute_code_map(POINTS, labels=LABELS, errors=errors)
    assert both.colours == both.label_colours
    assert both.error_colours == error_colours(errors)
    assert compute_code_map(POINTS, errors=errors).colours == both.error_colours
    assert len(set(compute_code_map(POINTS).colours)) == 1


def test_the_order_of_samples_changes_no_class():
    order = RNG.permutation(300)
    one = compute_code_map(POINTS, labels=LABELS)
    other = compute_code_map(POINTS[order], labels=[LABELS[place] for place in order])
    np.testing.assert_array_equal(one.class_middles, other.class_middles)
    assert one.class_colours == other.class_colours


def test_the_figure_names_axes_and_classes_none_over_another():
    picture = compute_code_map(POINTS * 1e-3, labels=[f"class {label}" for label in LABELS], axis_names=("u", "v"))
    figure = draw_code_map(picture)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("u", "v")
    names = [text for text in axes.texts if text.get_text().startswith("class")]
    assert sorted(text.get_text() for text in names) == sorted(picture.classes)
    boxes = [text.get_window_extent() for text in names]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_the_scale_of_errors_says_which_errors_its_ends_are(texts_of):
    texts = texts_of(draw_code_map(compute_code_map(POINTS, errors=np.linspace(0, 100, 300), error_name="loss")))
    assert "≤ 2" in texts
    assert "≥ 98" in texts
    assert "loss" in texts
    assert "0.25" in texts_of(draw_code_map(compute_code_map(POINTS, errors=np.full(300, 0.25))))


def test_too_many_classes_are_said_to_be_grey(texts_of):
    picture = compute_code_map(POINTS, labels=[str(number) for number in range(300)])
    assert (len(picture.classes), picture.other_classes) == (9, 291)
    assert "291 other classes" in texts_of(draw_code_map(picture))


@pytest.mark.parametrize("points", [[[0.0, 0.0]], [[1.0, 2.0]] * 5, [[1e150, -1e150], [0.0, 1e-300]]])
def test_odd_points_can_be_drawn(points):
    labels = [str(number) for number in range(len(points))]
    png_bytes(draw_code_map(compute_code_map(np.array(points), labels=labels)), dpi=40.0)


def test_the_picture_is_the_same_each_time_and_nothing_is_cut_off(cut_off):
    picture = compute_code_map(POINTS, labels=LABELS)
    png, again = (png_bytes(draw_code_map(picture)) for _ in range(2))
    assert png == again
    assert cut_off(png) == []
    assert cut_off(png_bytes(draw_code_map(compute_code_map(POINTS, errors=POINTS[:, 0] * 1e-7)))) == []


def test_hostile_names_show_as_they_are(hostile_name, texts_of, cut_off):
    picture = compute_code_map(POINTS, labels=[hostile_name] * 300, axis_names=(hostile_name, hostile_name))
    figure = draw_code_map(picture, title=hostile_name, subtitle=hostile_name)
    shown = hostile_name.replace("\n", r"\n") if hostile_name.isascii() else r"\u6570\u5b57"
    assert texts_of(figure).count(shown[:5]) >= 5
    assert cut_off(png_bytes(figure, dpi=75.0)) == []


def test_it_is_drawn_inside_a_larger_figure():
    with style():
        axes = place_axes(new_figure(5.0, 4.0), 1.0, 1.0, 3.0, 2.0)
        draw_code_map_on(axes, compute_code_map(POINTS))
    assert len(axes.collections[0].get_offsets()) == 300


@pytest.mark.parametrize(
    "arguments",
    [
        {"points": np.ones((0, 2))},
        {"points": np.ones((3, 3))},
        {"points": np.ones(2)},
        {"points": np.full((3, 2), np.nan)},
        {"points": np.full((3, 2), 1e200)},
        {"labels": ["a"]},
        {"errors": np.ones(2)},
        {"errors": np.array([1.0, 2.0, np.inf])},
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments):
    with pytest.raises(InvalidInputError):
        compute_code_map(**{"points": np.ones((3, 2)), **arguments})
