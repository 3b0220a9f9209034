"""The blog's histogram: each sample's errors summed with their signs, for two models, on shared bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Entry, Heading, Panel
from autoencode.charts.checks import check_count, check_finite, check_vector
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import INK, MODEL_COLOURS, MODEL_TEXT_COLOURS, SMALL_SIZE, visible_span
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors

if TYPE_CHECKING:
    import matplotlib.figure

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

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: each model and both, with the given bins at the left and the fitted ones at the right."""
        heading = Heading(title, subtitle, lift=20.0)
        rows = ((self.first.name, (0,)), (self.second.name, (1,)), ("overlapped", (0, 1)))
        panels = [
            replace(
                self._panel(models, is_enlarged, is_last=bottom < 1),
                place=(5.5 if is_enlarged else 0.85, bottom, 4.25, 1.42),
                title=f"{name}, enlarged" if is_enlarged else name,
            )
            for bottom, (name, models) in zip((4.42, 2.52, 0.62), rows, strict=True)
            for is_enlarged in (False, True)
        ]
        size = (10.0, 6.1 + Heading(title, subtitle).height)
        return Chart(size, [replace(panels[0], heading=heading), *panels[1:]])

    def _panel(self, models: tuple[int, ...], is_enlarged: bool, *, is_last: bool) -> Panel:
        edges = self.zoom_edges if is_enlarged else self.edges
        shown = [(self.first, self.second)[model] for model in models]
        every = [sums for sums in (self.first, self.second, self.mean_sample) if sums is not None]
        counts = {sums.name: sums.zoom_counts if is_enlarged else sums.counts for sums in every}
        data, limits = marks.Data("sums", counts), (float(edges[0]), float(edges[-1]))
        bars = [
            marks.Bars(data, sums.name, MODEL_COLOURS[model], outline=1.2, edges=edges, group=sums.name)
            for sums, model in zip(shown, models, strict=True)
        ]
        if self.mean_sample is not None:
            bars.append(
                marks.Bars(
                    data, "mean sample", INK, alpha=0.0, outline=1.1, dash=(3, 2), edges=edges, group="mean sample"
                )
            )
        sum_name = "signed sum of a sample’s errors, Σ(x − x̂)"
        highest = max(1, *(int(count.max()) for count in counts.values()))
        return Panel(
            place=(0.0, 0.0, 0.0, 0.0),
            across=Axis(name=sum_name if is_last else "", limits=limits, ticks=8, has_numbers=is_last),
            up=Axis(name="" if is_enlarged else "samples", limits=(0, 1.08 * highest), ticks=4, is_whole=True),
            marks=[*bars, *([] if is_enlarged else self._numbers(models))],
            legend=[Entry(bar.group, bar.group) for bar in bars if is_last and is_enlarged],
            paper_legend="inside" if is_last and is_enlarged else "none",
        )

    def _numbers(self, models: tuple[int, ...]) -> list[marks.Text]:
        """Return mean and standard deviation, at the upper right, and how many sums lie outside of the bins."""
        kinds = [((self.first, self.second)[model], MODEL_TEXT_COLOURS[model]) for model in models]
        if self.mean_sample is not None and len(models) == 2:
            kinds.append((self.mean_sample, INK))
        found = []
        for line, (sums, colour) in enumerate(kinds):
            text = f"mean {sums.mean:+.3f}\nstd {sums.deviation:.3f}".replace("-", "−")
            outside = sums.samples - int(sums.counts.sum())
            if len(models) == 2:
                text = text.replace("\n", "   ")
            elif outside:
                text += f"\n{outside} outside"
            found.append(
                marks.Text(
                    text,
                    (float(self.edges[-1]), None),
                    colour=colour,
                    anchor="top_right",
                    offset=(-4, -3 - line * SMALL_SIZE * 1.45),
                    spacing=1.45,
                )
            )
        return found


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
    return paint_matplotlib(picture.chart(title, subtitle))
