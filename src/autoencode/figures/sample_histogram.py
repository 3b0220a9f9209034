"""The histogram of one model's errors: how many samples are rebuilt how well, with the tail in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.evaluation import common_bins, count_outside
from autoencode.evaluation.wording import say_count
from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_vector
from autoencode.figures.labels import axes_size, draw_heading, heading_height, name_axes
from autoencode.figures.palette import MODEL_COLOURS, MUTED, SMALL_SIZE, new_figure, place_axes, style, tick_locator

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["SampleHistogram", "compute_sample_histogram", "draw_sample_histogram", "draw_sample_histogram_on"]

_LARGEST = 1e150
"""Of an error: beyond it, what draws computes lengths that are infinite."""


@dataclass(frozen=True, eq=False)
class SampleHistogram:
    """What the histogram of a model's errors shows.

    Attributes
    ----------
    edges
        Of the bins, ascending.
    counts
        How many errors lie in each bin; their sum is the number of samples.
    below, above
        How many of those in the first and in the last bin lie beyond its outer edge.
    least, most
        The lowest and the highest error.
    error_name
        The horizontal axis's name: the measure, and its unit.
    """

    edges: Float[np.ndarray, " edges"]
    counts: Int[np.ndarray, " bins"]
    below: int
    above: int
    least: float
    most: float
    error_name: str

    @property
    def spans(self) -> Float[np.ndarray, "2 bins"]:
        """Where each bar begins and ends: the first and the last reach over all that they hold."""
        spans = np.stack([self.edges[:-1], self.edges[1:]])
        spans[0, 0], spans[1, -1] = min(spans[0, 0], self.least), max(spans[1, -1], self.most)
        return spans

    @property
    def note(self) -> str:
        """What the first and the last bar hold beside what lies in them, in words."""
        notes = []
        if self.below:
            notes.append(f"the first bar also holds {say_count(self.below, 'sample')} down to {self.least:.4g}")
        if self.above:
            notes.append(f"the last bar also holds {say_count(self.above, 'sample')} up to {self.most:.4g}")
        return "; ".join(notes)


def compute_sample_histogram(
    errors: Float[np.ndarray, " samples"], *, measure_title: str, unit: str, bins: int = 60
) -> SampleHistogram:
    """Return the counts of one model's errors on bins that a heavy tail does not stretch.

    Parameters
    ----------
    errors
        The error of each sample; signed ones may be negative.
    measure_title
        What is measured, in words.
    unit
        What one unit of it is; empty where there is none.
    bins
        How many; 1 to 10,000. More shows finer detail and more noise.

    Returns
    -------
    The numbers of the figure. The bins reach three interquartile ranges beyond the quartiles; what lies further out is
    counted in the first and the last bin.

    Raises
    ------
    InvalidInputError
        If the errors are empty, not finite or larger than 1e150, or ``bins`` is out of range.

    Examples
    --------
    >>> errors = np.array([0.0, 1.0, 2.0, 3.0, 99.0])
    >>> picture = compute_sample_histogram(errors, measure_title="squared error", unit="", bins=3)
    >>> picture.edges.tolist(), picture.counts.tolist(), picture.note
    ([0.0, 3.0, 6.0, 9.0], [3, 1, 1], 'the last bar also holds 1 sample up to 99')
    """
    values = check_vector("errors", errors)
    if np.abs(values).max() > _LARGEST:
        raise InvalidInputError(
            f"errors: expected numbers up to {_LARGEST:g}, got {np.abs(values).max():g}; look for a model that diverged"
        )
    if not 1 <= bins <= 10_000:
        raise InvalidInputError(f"bins: expected 1 to 10,000, got {bins}")
    edges = common_bins([values], int(bins))
    below, above = count_outside(values, edges)
    return SampleHistogram(
        edges=edges,
        counts=np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0],
        below=below,
        above=above,
        least=float(values.min()),
        most=float(values.max()),
        error_name=f"{measure_title} ({unit})" if unit else str(measure_title),
    )


def draw_sample_histogram_on(axes: matplotlib.axes.Axes, picture: SampleHistogram) -> None:
    """Draw the histogram, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes.
    picture
        What to draw.
    """
    colour = MODEL_COLOURS[0]
    axes.stairs(picture.counts, picture.edges, fill=True, color=colour, alpha=0.3, zorder=2)
    axes.stairs(picture.counts, picture.edges, color=colour, linewidth=1.4, zorder=3)
    ends = ((picture.below, 0, f"≤ {picture.edges[1]:.3g}"), (picture.above, -1, f"≥ {picture.edges[-2]:.3g}"))
    width = picture.edges[1] - picture.edges[0]
    axes.set(xlim=(picture.edges[0] - width, picture.edges[-1] + width), ylim=(0, 1.08 * int(picture.counts.max())))
    for held, place, text in ends:
        if held:
            axes.annotate(
                text,
                xy=(picture.edges[place], picture.counts[place]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="right" if place else "left",
                fontsize=SMALL_SIZE,
                color=MUTED,
                zorder=4,
            )
    name_axes(axes, picture.error_name, "samples")
    axes.yaxis.set_major_locator(tick_locator(5, integer=True))
    axes.xaxis.set_major_locator(tick_locator(8 if axes_size(axes)[0] > 400 else 5))


def draw_sample_histogram(
    picture: SampleHistogram, *, title: str = "Errors, sample by sample", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw the histogram of one model's errors.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says how many samples there are, and how many lie beyond the bins.

    Returns
    -------
    A figure of ten by four inches.

    Examples
    --------
    >>> picture = compute_sample_histogram(np.array([0.0, 0.5]), measure_title="squared error", unit="")
    >>> draw_sample_histogram(picture).get_size_inches().tolist()
    [10.0, 4.0]
    """
    if subtitle is None:
        subtitle = "; ".join(filter(None, [say_count(int(picture.counts.sum()), "sample"), picture.note]))
    with style():
        figure = new_figure(10.0, 4.0)
        axes = place_axes(figure, 1.05, 0.65, 8.65, 3.35 - heading_height(title, subtitle))
        draw_sample_histogram_on(axes, picture)
        draw_heading(axes, title, subtitle)
    return figure
