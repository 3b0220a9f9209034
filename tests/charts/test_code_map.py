from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autoencode.charts import compute_code_map, draw_code_map, error_colours, label_colours

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
