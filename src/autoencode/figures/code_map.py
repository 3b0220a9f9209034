"""The code map: each sample at the place of its code, coloured by its class or by its error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_count, check_finite, check_vector
from autoencode.figures.labels import axes_size, draw_heading, fit_text, heading_height, name_axes, text_width
from autoencode.figures.palette import BODY_SIZE, EDGE, MODEL_COLOURS, SMALL_SIZE, new_figure, place_axes, style
from autoencode.figures.point_colours import (
    OTHERS_COLOUR,
    error_colours,
    error_limits,
    error_ramp,
    label_colours,
)

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["CodeMap", "compute_code_map", "draw_code_map", "draw_code_map_on"]

_LARGEST = 1e150
"""Of a coordinate: beyond it, what draws computes lengths that are infinite."""


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
    places = check_finite("points", points)
    if places.ndim != 2 or places.shape[1] != 2:
        raise InvalidInputError(f"points: expected the axes (samples, 2), got an array of shape {places.shape}")
    if np.abs(places).max() > _LARGEST:
        raise InvalidInputError(
            f"points: expected numbers up to {_LARGEST:g}, got {np.abs(places).max():g}; look for a model that diverged"
        )
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


def _part_boxes(
    centres: Float[np.ndarray, "boxes 2"], sizes: Float[np.ndarray, "boxes 2"]
) -> Float[np.ndarray, "boxes 2"]:
    """Return the centres of boxes, moved until none overlaps another: each pair along the way that is the shorter."""
    centres = centres.copy()
    for _ in range(200):
        moved = False
        for one in range(len(centres)):
            for other in range(one):
                apart = centres[one] - centres[other]
                overlap = (sizes[one] + sizes[other]) / 2 - np.abs(apart)
                if np.all(overlap > 0.01):
                    axis = int(np.argmin(overlap))
                    step = (overlap[axis] + 0.01) / 2 * (1 if apart[axis] >= 0 else -1)
                    centres[one, axis] += step
                    centres[other, axis] -= step
                    moved = True
        if not moved:
            break
    return centres


def _draw_names(axes: matplotlib.axes.Axes, picture: CodeMap) -> None:
    """Write the names of the classes over their points, none over another."""
    names = [fit_text(name, BODY_SIZE, 90.0, bold=True) for name in picture.classes]
    wide, tall = axes_size(axes)
    to_axes = axes.transData + axes.transAxes.inverted()
    centres = to_axes.transform(picture.class_middles) * (wide, tall)
    sizes = np.array([(text_width(name, BODY_SIZE, bold=True) + 10, BODY_SIZE * 1.2 + 8) for name in names])
    for name, place, colour in zip(names, _part_boxes(centres, sizes), picture.class_colours, strict=True):
        across, up = place / (wide, tall)
        axes.text(
            float(across),
            float(up),
            name,
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=BODY_SIZE,
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": colour, "boxstyle": "round,pad=0.25", "alpha": 0.9, "lw": 1.6},
            zorder=5,
        )


def _draw_error_bar(axes: matplotlib.axes.Axes, limits: tuple[float, float]) -> None:
    """Draw the scale of the errors' colours to the right of the axes."""
    wide = axes_size(axes)[0]
    bar = axes.inset_axes((1 + 14 / wide, 0.0, 9 / wide, 1.0))
    bar.imshow(np.linspace(0, 1, 256)[:, None], cmap=error_ramp(), origin="lower", aspect="auto", extent=(0, 1, 0, 1))
    bar.set(xticks=[], yticks=[0, 1], yticklabels=[f"≤ {limits[0]:.3g}", f"≥ {limits[1]:.3g}"])
    if limits[0] == limits[1]:
        bar.set(yticks=[0], yticklabels=[f"{limits[0]:.3g}"])
    bar.yaxis.tick_right()
    bar.tick_params(length=0, labelsize=SMALL_SIZE)
    bar.grid(visible=False)
    for spine in bar.spines.values():
        spine.set(visible=True, color=EDGE, linewidth=0.6)


def draw_code_map_on(axes: matplotlib.axes.Axes, picture: CodeMap) -> None:
    """Draw a code map, without its heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes; where the colours are those of errors, with about 1.1 inches of free room to the right.
    picture
        What to draw.
    """
    size, alpha = picture.dot
    axes.scatter(
        *picture.points.T,
        s=size**2,
        c=list(picture.colours),
        alpha=alpha,
        linewidths=0,
        rasterized=len(picture.points) > 2000,
        zorder=2,
    )
    axes.margins(0.03)
    axes.autoscale_view()
    name_axes(axes, *picture.axis_names)
    if picture.label_colours is not None:
        _draw_names(axes, picture)
    elif picture.error_limits is not None:
        _draw_error_bar(axes, picture.error_limits)


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
    with style():
        figure = new_figure(10.0, 7.0)
        bar = picture.label_colours is None and picture.error_limits is not None
        axes = place_axes(figure, 1.05, 0.65, 7.75 if bar else 8.65, 6.35 - heading_height(title, subtitle))
        draw_code_map_on(axes, picture)
        draw_heading(axes, title, subtitle)
    return figure
