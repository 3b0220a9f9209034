"""The code map: each sample at the place of its code, coloured by its class or by its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Heading, Panel, fit_place
from autoencode.charts.checks import check_bounded, check_count, check_vector
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS
from autoencode.charts.point_colours import OTHERS_COLOUR, error_colours, error_limits, error_ramp, label_colours
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True, eq=False)
class CodeMap:
    """What a code map shows.

    Attributes
    ----------
    points
        Of each sample, its place across and up.
    axis_names
        Of the two axes.
    classes
        The classes that have a colour of their own, sorted; empty where there are no labels.
    class_colours
        Of each of these.
    class_middles
        Of each of these, the median of its points.
    other_classes
        How many classes share the grey.
    label_colours, error_colours
        Of each sample, its colour by its class and by its error, as ``#RRGGBB``; None where there are no such numbers.
    error_limits
        The errors that have the first and the last colour, or None.
    error_name
        What the colours of the errors mean.
    """

    points: Float[np.ndarray, "samples 2"]
    axis_names: tuple[str, str]
    classes: tuple[str, ...]
    class_colours: tuple[str, ...]
    class_middles: Float[np.ndarray, "classes 2"]
    other_classes: int
    label_colours: tuple[str, ...] | None
    error_colours: tuple[str, ...] | None
    error_limits: tuple[float, float] | None
    error_name: str

    @property
    def colours(self) -> tuple[str, ...]:
        """Of each sample: by its class where there are labels, else by its error, else one for all."""
        return self.label_colours or self.error_colours or (MODEL_COLOURS[0],) * len(self.points)

    @property
    def dot(self) -> tuple[float, float]:
        """The diameter of a dot in points, and how much it covers: many samples get small, thin ones."""
        share = min(float(np.log10(len(self.points))) / 4, 1.0)
        return 8.0 - 5.0 * share, 0.9 - 0.2 * share

    @property
    def note(self) -> str:
        """What the colours are, in words."""
        if self.label_colours is None:
            return "" if self.error_colours is None else f"colour: {self.error_name}; the darker, the larger"
        rest = f"; grey: {self.other_classes} other classes" if self.other_classes else ""
        return f"colour: class, its name at the median of its samples{rest}"

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: a dot a sample, the names of the classes over their dots.

        A page finds in it "points", with a colour each, "names", the classes at their medians, and "chosen", the ring
        of one sample, empty at first. Whatever moves or recolours the points must move the names.
        """
        heading, (size, alpha) = Heading(title, subtitle), self.dot
        points = self.points.T.astype(np.float32 if np.abs(self.points).max() < 1e38 else np.float64)
        data = marks.Data("points", dict(zip("xy", points, strict=True)))
        drawn: list[marks.Mark] = [marks.Dots(data, "x", "y", self.colours, size=size, alpha=alpha, is_selected=True)]
        if self.classes:
            middles = marks.Data("names", dict(zip("xy", self.class_middles.T, strict=True)))
            drawn.append(marks.Tags(middles, "x", "y", self.classes, self.class_colours))
        has_scale = self.label_colours is None and self.error_limits is not None
        if has_scale:
            drawn.append(marks.Scale(error_ramp(), self._name_ends()))
        across, up = self.axis_names
        panel = Panel(
            place=fit_place(heading, height=7.0, right=1.2 if has_scale else 0.3),
            heading=heading,
            across=Axis(name=across, ticks=9),
            up=Axis(name=up, ticks=9),
            marks=drawn,
            name="code_map",
            pixels=440,
            tools="select",
        )
        return Chart((10.0, 7.0), [panel])

    def _name_ends(self) -> list[str]:
        low, high = self.error_limits or (0.0, 0.0)
        return [f"≤ {low:.3g}", f"≥ {high:.3g}"] if low != high else [f"{low:.3g}"]


def compute_code_map(
    points: Float[np.ndarray, "samples 2"],
    *,
    labels: Sequence[str] | None = None,
    errors: Float[np.ndarray, " samples"] | None = None,
    axis_names: tuple[str, str] = ("unit 0", "unit 1"),
    error_name: str = "error of a sample",
) -> CodeMap:
    """Return what a code map shows.

    Parameters
    ----------
    points
        Two numbers a sample: two units of its code, or another map of it to the plane.
    labels
        The class of each sample, if there are any. The nine most frequent of more than ten have a colour each.
    errors
        The error of each sample, if it is known.
    axis_names
        The names of the two numbers.
    error_name
        The name of the error: its measure, reduction and units.

    Returns
    -------
    The numbers of the figure.

    Raises
    ------
    InvalidInputError
        If the points are not finite, are larger than 1e150 or have other axes, or the counts differ.

    Examples
    --------
    >>> picture = compute_code_map(np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 0.0]]), labels=["a", "b", "a"])
    >>> picture.classes, picture.class_middles.tolist(), picture.label_colours
    (('a', 'b'), [[2.0, 0.5], [2.0, 3.0]], ('#0072B2', '#D55E00', '#0072B2'))
    """
    places = check_bounded("points", points)
    if places.ndim != 2 or places.shape[1] != 2:
        raise InvalidInputError(f"points: expected the axes (samples, 2), got an array of shape {places.shape}")
    by_class: dict[str, str] = {}
    if labels is not None:
        check_count("labels", labels, len(places), "samples")
        labels = tuple(map(str, labels))
        by_class = label_colours(labels)
    if errors is not None:
        errors = check_vector("errors", errors)
        check_count("errors", errors, len(places), "samples")
    own = [name for name, colour in by_class.items() if colour != OTHERS_COLOUR]
    middles = [np.median(places[_find_samples(labels or (), name)], axis=0) for name in own]
    return CodeMap(
        points=places,
        axis_names=(str(axis_names[0]), str(axis_names[1])),
        classes=tuple(own),
        class_colours=tuple(by_class[name] for name in own),
        class_middles=np.array(middles).reshape(-1, 2),
        other_classes=len(by_class) - len(own),
        label_colours=None if labels is None else tuple(by_class[label] for label in labels),
        error_colours=None if errors is None else error_colours(errors),
        error_limits=None if errors is None else error_limits(errors),
        error_name=str(error_name),
    )


def _find_samples(labels: tuple[str, ...], name: str) -> Int[np.ndarray, " samples"]:
    return np.flatnonzero([label == name for label in labels])


def draw_code_map(
    picture: CodeMap, *, title: str = "The code of every sample", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw a code map: a dot a sample, the names of the classes over their dots.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says what the colours are.

    Returns
    -------
    A figure of ten by seven inches.

    Examples
    --------
    >>> draw_code_map(compute_code_map(np.array([[0.0, 1.0], [2.0, 3.0]]))).get_size_inches().tolist()
    [10.0, 7.0]
    """
    subtitle = picture.note if subtitle is None else subtitle
    return paint_matplotlib(picture.chart(title, subtitle))
