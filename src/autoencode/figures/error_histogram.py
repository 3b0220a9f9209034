"""The histogram of errors: how far the reconstructions of several models are from their samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_vector
from autoencode.figures.labels import (
    axes_size,
    draw_heading,
    fit_text,
    heading_height,
    name_axes,
    plain_text,
    text_width,
)
from autoencode.figures.palette import (
    MODEL_COLOURS,
    MODEL_TEXT_COLOURS,
    MUTED,
    SMALL_SIZE,
    new_figure,
    place_axes,
    style,
    tick_locator,
    visible_span,
)
from autoencode.figures.reference_line import ReferenceLine, check_references
from autoencode.types import Errors

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["ErrorHistogram", "compute_error_histogram", "draw_error_histogram", "draw_error_histogram_on"]

_ROW = SMALL_SIZE * 1.75  # of a label over the bars, in points


@dataclass(frozen=True, eq=False)
class ErrorHistogram:
    """What the histogram of errors shows.

    Attributes
    ----------
    models
        The models' names.
    means
        Of each model, the mean of its errors.
    edges
        Of the bins, the same for all.
    counts
        Of each model, how many errors lie in each bin.
    beyond
        Of each model, how many errors lie right of the last bin.
    baselines
        The mean errors of the baselines.
    error_name
        The horizontal axis's name.
    """

    models: tuple[str, ...]
    means: tuple[float, ...]
    edges: Float[np.ndarray, " edges"]
    counts: Int[np.ndarray, "models bins"]
    beyond: tuple[int, ...]
    baselines: tuple[ReferenceLine, ...]
    error_name: str


def _fit_edges(errors: list[Errors], marks: list[float], bins: int) -> Float[np.ndarray, " edges"]:
    """Return edges from the lowest error to the 99.5 % quantile of the widest model, and over every mark."""
    low = min(*(float(error.min()) for error in errors), *marks)
    high = max(*(float(np.quantile(error, 0.995)) for error in errors), *marks)
    if 0 <= low < 0.15 * high:
        low = 0.0
    room = 0.04 * visible_span(low, high)
    # A hair of room at the left keeps an error that is the lowest in the first bin; none where that edge is 0.
    return np.linspace(low if low == 0.0 else low - room, high + room, bins + 1)


def compute_error_histogram(
    errors: Mapping[str, Errors],
    *,
    baselines: Sequence[ReferenceLine] = (),
    bins: int = 60,
    error_name: str = "mean squared error of a sample",
) -> ErrorHistogram:
    """Return the counts of several models' errors on common bins.

    Parameters
    ----------
    errors
        For each model's name, the error of every sample.
    baselines
        The mean errors of the mean sample and of PCA, in the same units.
    bins
        How many; at least 1. More shows finer detail and more noise.
    error_name
        The name of the error: its measure, reduction and units.

    Returns
    -------
    The numbers of the figure. The bins reach over every mean and baseline, and over 99.5 % of each model's errors.

    Raises
    ------
    InvalidInputError
        If there are no models or more than six, or their errors are empty or not finite.

    Examples
    --------
    >>> picture = compute_error_histogram({"vanilla": np.array([0.0, 0.5, 1.0])}, bins=2)
    >>> picture.counts.tolist(), picture.means
    ([[2, 1]], (0.5,))
    """
    if not 1 <= len(errors) <= len(MODEL_COLOURS):
        raise InvalidInputError(f"errors: expected 1 to {len(MODEL_COLOURS)} models, got {len(errors)}")
    if bins < 1:
        raise InvalidInputError(f"bins: expected at least 1, got {bins}")
    levels = check_references("baselines", baselines)
    vectors = [check_vector(f"errors[{name!r}]", error) for name, error in errors.items()]
    means = tuple(float(vector.mean()) for vector in vectors)
    edges = _fit_edges(vectors, [*means, *(level.value for level in levels)], int(bins))
    return ErrorHistogram(
        models=tuple(map(str, errors)),
        means=means,
        edges=edges,
        counts=np.stack([np.histogram(vector, edges)[0] for vector in vectors]),
        beyond=tuple(int(np.sum(vector > edges[-1])) for vector in vectors),
        baselines=levels,
        error_name=str(error_name),
    )


@dataclass(frozen=True)
class _Mark:
    """A line over the bars, and the name and the number that are written beside it."""

    value: float
    name: str
    number: str
    colour: str
    text_colour: str
    is_model: bool

    def width(self) -> float:
        """Return the width of the whole label, in points."""
        return text_width(plain_text(self.name) + self.number, SMALL_SIZE, bold=self.is_model)

    def text(self, room: float) -> str:
        """Return the label, its name cut so that the number is seen whole."""
        rest = room - text_width(self.number, SMALL_SIZE, bold=self.is_model)
        return fit_text(self.name, SMALL_SIZE, rest, bold=self.is_model) + self.number


def _draw_marks(axes: matplotlib.axes.Axes, picture: ErrorHistogram, highest: int) -> None:
    """Draw a line for each mean and baseline, each with its label in a row of its own above the bars.

    Labels run to the right of their lines, the leftmost highest, so that none crosses a line; those that would leave
    the axes run to the left, in the rows below.
    """
    marks = [
        _Mark(mean, name, f" {mean:.4g}", MODEL_COLOURS[model], MODEL_TEXT_COLOURS[model], True)
        for model, (name, mean) in enumerate(zip(picture.models, picture.means, strict=True))
    ]
    marks += [_Mark(line.value, line.label, f" {line.value:.4g}", MUTED, MUTED, False) for line in picture.baselines]
    low, high = float(picture.edges[0]), float(picture.edges[-1])
    wide, tall = axes_size(axes)
    rooms = {mark: (high - mark.value) / (high - low) * wide - 8 for mark in marks}
    left = sorted(
        (mark for mark in marks if rooms[mark] >= min(mark.width(), wide / 2 - 8)), key=lambda mark: mark.value
    )
    right = sorted((mark for mark in marks if mark not in left), key=lambda mark: -mark.value)
    # The bars end below the rows of labels, but keep at least a third of the height.
    share = max(1 - (len(marks) * _ROW + 6) / tall, 1 / 3)
    axes.set(xlim=(low, high), ylim=(0, highest / share))
    for row, mark in enumerate([*left, *right]):
        top = (1 - row * (1 - share) / len(marks)) * highest / share
        dashes = "-" if mark.is_model else "--"
        axes.plot([mark.value] * 2, [0, top], color=mark.colour, linestyle=dashes, linewidth=1.5, zorder=4)
        aside = 1 if row < len(left) else -1
        axes.annotate(
            mark.text(rooms[mark] if aside > 0 else wide - rooms[mark] - 16),
            xy=(mark.value, top),
            xytext=(5 * aside, 0),
            textcoords="offset points",
            ha="left" if aside > 0 else "right",
            va="top",
            fontsize=SMALL_SIZE,
            fontweight="bold" if mark.is_model else "normal",
            color=mark.text_colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85},
            zorder=5,
        )


def draw_error_histogram_on(axes: matplotlib.axes.Axes, picture: ErrorHistogram) -> None:
    """Draw the histogram, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes.
    picture
        What to draw.
    """
    alpha = {1: 0.3, 2: 0.25, 3: 0.15}.get(len(picture.models), 0.0)
    for counts, colour in zip(picture.counts, MODEL_COLOURS, strict=False):
        axes.stairs(counts, picture.edges, fill=True, color=colour, alpha=alpha, zorder=2)
        axes.stairs(counts, picture.edges, color=colour, linewidth=1.4, zorder=3)
    _draw_marks(axes, picture, max(int(picture.counts.max()), 1))
    name_axes(axes, picture.error_name, "samples")
    axes.yaxis.set_major_locator(tick_locator(5, integer=True))
    axes.xaxis.set_major_locator(tick_locator(8 if axes_size(axes)[0] > 400 else 5))


def draw_error_histogram(
    picture: ErrorHistogram, *, title: str = "Errors, sample by sample", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw the histogram of several models' errors, with their means and those of the baselines.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it explains the lines, and says how many errors lie right of the axes.

    Returns
    -------
    A figure of ten by five inches.

    Examples
    --------
    >>> picture = compute_error_histogram({"vanilla": np.array([0.0, 0.5, 1.0])})
    >>> draw_error_histogram(picture).get_size_inches().tolist()
    [10.0, 5.0]
    """
    if subtitle is None:
        subtitle = "smaller is better; the lines are means: solid, of the models; dashed, of the baselines"
        beyond = sum(picture.beyond)
        subtitle += f"; {beyond} errors lie further right" if beyond else ""
    with style():
        figure = new_figure(10.0, 5.0)
        axes = place_axes(figure, 1.05, 0.65, 8.65, 4.35 - heading_height(title, subtitle))
        draw_error_histogram_on(axes, picture)
        draw_heading(axes, title, subtitle)
    return figure
