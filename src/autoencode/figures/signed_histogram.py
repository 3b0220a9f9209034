"""The blog's histogram: each sample's errors summed with their signs, for two models, on shared bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_count, check_finite, check_vector
from autoencode.figures.labels import axes_size, draw_heading, fit_text, heading_height, text_width
from autoencode.figures.palette import (
    BODY_SIZE,
    INK,
    MODEL_COLOURS,
    MODEL_TEXT_COLOURS,
    SMALL_SIZE,
    new_figure,
    place_axes,
    style,
    tick_locator,
    visible_span,
)
from autoencode.types import Errors

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = [
    "SignedHistogram",
    "SignedSums",
    "compute_signed_histogram",
    "draw_signed_histogram",
    "draw_signed_histogram_on",
]

# Wide enough for a sum over 30 features; it is what the blog post uses.
_BLOG_BINS = np.linspace(-20, 20, 50)


@dataclass(frozen=True, eq=False)
class SignedSums:
    """One model's signed sums, counted.

    Attributes
    ----------
    name
        The model's name.
    mean, deviation
        Mean and standard deviation (dividing by the number of samples) of the sums.
    counts
        How many sums lie in each of the given bins.
    zoom_counts
        Likewise in each of the bins fitted to the data.
    samples
        How many sums there are; those outside of the bins are in neither count.
    """

    name: str
    mean: float
    deviation: float
    counts: Int[np.ndarray, " bins"]
    zoom_counts: Int[np.ndarray, " zoom_bins"]
    samples: int


@dataclass(frozen=True, eq=False)
class SignedHistogram:
    """What the signed histogram shows.

    Attributes
    ----------
    first, second
        The two models.
    mean_sample
        The mean sample as a reconstruction, or None.
    edges
        Of the given bins.
    zoom_edges
        Of the bins fitted to the data.
    """

    first: SignedSums
    second: SignedSums
    mean_sample: SignedSums | None
    edges: Float[np.ndarray, " edges"]
    zoom_edges: Float[np.ndarray, " zoom_edges"]


def _fit_edges(sums: list[Float[np.ndarray, " samples"]], count: int) -> Float[np.ndarray, " edges"]:
    """Return edges over the central 99.8 % of all the sums."""
    low, high = np.quantile(np.concatenate(sums), [0.001, 0.999])
    room = 0.08 * visible_span(float(low), float(high))
    return np.linspace(low - room, high + room, count + 1)


def _check_edges(bins: object) -> Float[np.ndarray, " edges"]:
    edges = check_finite("bins", bins)
    if edges.ndim != 1 or len(edges) < 2 or np.any(np.diff(edges) <= 0):
        raise InvalidInputError(f"bins: expected two or more edges, each above the one before, got {edges}")
    return edges


def compute_signed_histogram(
    first: Errors,
    second: Errors,
    mean_sample: Errors | None = None,
    *,
    names: Sequence[str] = ("1 hidden layer", "2 hidden layers"),
    bins: Float[np.ndarray, " edges"] = _BLOG_BINS,
    zoom_bins: int = 60,
) -> SignedHistogram:
    """Return the counts of the signed sums of two models, on given bins and on bins fitted to the data.

    The signed sum of a sample is Σ(x − x̂) over its features. Errors of opposite signs cancel in it, so it cannot
    rank models: the figure exists to be read beside one of unsigned errors.

    Parameters
    ----------
    first, second
        The signed sums of the same samples under the two models, in the samples' units.
    mean_sample
        Those of the mean sample given back for every sample, if wanted.
    names
        The two models' names.
    bins
        The edges of the bins, growing; by default those of the blog post.
    zoom_bins
        How many bins the second column has, over the central range of the data; at least 1.

    Returns
    -------
    The numbers of the figure.

    Raises
    ------
    InvalidInputError
        If the sums are empty, not finite or of different counts, or the bins cannot be used.

    Examples
    --------
    >>> picture = compute_signed_histogram(np.array([-1.0, 1.0]), np.array([0.0, 30.0]))
    >>> picture.first.deviation, int(picture.second.counts.sum()), picture.second.samples
    (1.0, 1, 2)
    """
    edges = _check_edges(bins)
    check_count("names", names, 2, "models")
    if zoom_bins < 1:
        raise InvalidInputError(f"zoom_bins: expected at least 1, got {zoom_bins}")
    given = [(str(names[0]), check_vector("first", first)), (str(names[1]), check_vector("second", second))]
    check_count("second", given[1][1], len(given[0][1]), "samples of first")
    if mean_sample is not None:
        given.append(("mean sample", check_vector("mean_sample", mean_sample)))
        check_count("mean_sample", given[2][1], len(given[0][1]), "samples of first")
    zoom = _fit_edges([sums for _, sums in given], int(zoom_bins))
    counted = [
        SignedSums(
            name=name,
            mean=float(sums.mean()),
            deviation=float(sums.std()),
            counts=np.histogram(sums, edges)[0],
            zoom_counts=np.histogram(sums, zoom)[0],
            samples=len(sums),
        )
        for name, sums in given
    ]
    return SignedHistogram(counted[0], counted[1], counted[2] if len(counted) > 2 else None, edges, zoom)


def _draw_steps(axes: matplotlib.axes.Axes, picture: SignedHistogram, models: tuple[int, ...], zoom: bool) -> None:
    edges = picture.zoom_edges if zoom else picture.edges
    for model in models:
        sums = (picture.first, picture.second)[model]
        counts, colour = sums.zoom_counts if zoom else sums.counts, MODEL_COLOURS[model]
        axes.stairs(counts, edges, fill=True, color=colour, alpha=0.30, zorder=2)
        axes.stairs(counts, edges, color=colour, linewidth=1.2, zorder=3, label=fit_text(sums.name, SMALL_SIZE, 90.0))
    if picture.mean_sample is not None:
        counts = picture.mean_sample.zoom_counts if zoom else picture.mean_sample.counts
        axes.stairs(counts, edges, color=INK, linewidth=1.1, linestyle=(0, (3, 2)), zorder=4, label="mean sample")
    highest = max(
        int((sums.zoom_counts if zoom else sums.counts).max())
        for sums in (picture.first, picture.second, picture.mean_sample)
        if sums is not None
    )
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.08 * max(highest, 1)))


def _write_numbers(axes: matplotlib.axes.Axes, picture: SignedHistogram, models: tuple[int, ...]) -> None:
    """Write mean and standard deviation into a panel, at the upper right, and what lies outside of its bins."""
    kinds = [((picture.first, picture.second)[model], MODEL_TEXT_COLOURS[model]) for model in models]
    if picture.mean_sample is not None and len(models) == 2:
        kinds.append((picture.mean_sample, INK))
    for line, (sums, colour) in enumerate(kinds):
        outside = sums.samples - int(sums.counts.sum())
        text = f"mean {sums.mean:+.3f}\nstd {sums.deviation:.3f}".replace("-", "−")
        if len(models) == 2:
            text = text.replace("\n", "   ")
        elif outside:
            text += f"\n{outside} outside"
        axes.annotate(
            text,
            xy=(1, 1),
            xycoords="axes fraction",
            xytext=(-4, -3 - line * SMALL_SIZE * 1.45),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=SMALL_SIZE,
            linespacing=1.45,
            color=colour,
        )


def draw_signed_histogram_on(rows: Sequence[Sequence[matplotlib.axes.Axes]], picture: SignedHistogram) -> None:
    """Draw the signed histogram on three rows of two axes.

    Parameters
    ----------
    rows
        Three pairs of empty axes: the given bins at the left, the fitted ones at the right.
    picture
        What to draw.
    """
    first, second = (picture.first.name, picture.second.name)
    for row, (title, models) in enumerate(((first, (0,)), (second, (1,)), ("overlapped", (0, 1)))):
        for zoom, axes in enumerate(rows[row]):
            _draw_steps(axes, picture, models, bool(zoom))
            after = ", enlarged" if zoom else ""
            room = axes_size(axes)[0] - text_width(after, BODY_SIZE, bold=True)
            axes.set_title(fit_text(title, BODY_SIZE, room, bold=True) + after, pad=5)
            axes.yaxis.set_major_locator(tick_locator(4, integer=True))
            axes.xaxis.set_major_locator(tick_locator(8))
            axes.tick_params(labelbottom=row == 2)
            if not zoom:
                axes.set_ylabel("samples")
                _write_numbers(axes, picture, models)
            if row == 2:
                axes.set_xlabel("signed sum of a sample’s errors, Σ(x − x̂)")
    handles, labels = rows[2][1].get_legend_handles_labels()
    rows[2][1].legend(handles, labels, loc="upper right", fontsize=SMALL_SIZE, labelspacing=0.35, borderaxespad=0.4)


def draw_signed_histogram(
    picture: SignedHistogram,
    *,
    title: str = "Signed sums of errors",
    subtitle: str = "errors of opposite signs cancel in a signed sum, so this picture cannot rank models",
) -> matplotlib.figure.Figure:
    """Draw the three panels of the blog post, and beside them the same with bins that fit the data.

    Parameters
    ----------
    picture
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure ten inches wide and about seven high.

    Examples
    --------
    >>> picture = compute_signed_histogram(np.array([-1.0, 1.0]), np.array([0.0, 0.5]))
    >>> len(draw_signed_histogram(picture).axes)
    6
    """
    with style():
        figure = new_figure(10.0, 6.1 + heading_height(title, subtitle))
        rows = [[place_axes(figure, left, bottom, 4.25, 1.42) for left in (0.85, 5.5)] for bottom in (4.42, 2.52, 0.62)]
        draw_signed_histogram_on(rows, picture)
        draw_heading(rows[0][0], title, subtitle, lift=20.0)
    return figure
