"""The histogram of one model's errors: how many samples are rebuilt how well, with the tail in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Heading, Panel, fit_place
from autoencode.charts.checks import check_bounded, check_vector
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS, MUTED
from autoencode.evaluation import common_bins, count_outside
from autoencode.evaluation.wording import say_count
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


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
    measure_title, unit
        What is measured, in words, and what one unit of it is; empty where there is none.
    """

    edges: Float[np.ndarray, " edges"]
    counts: Int[np.ndarray, " bins"]
    below: int
    above: int
    least: float
    most: float
    measure_title: str
    unit: str

    @property
    def error_name(self) -> str:
        """The horizontal axis's name: the measure, and its unit."""
        return f"{self.measure_title} ({self.unit})" if self.unit else self.measure_title

    @property
    def spans(self) -> Float[np.ndarray, "2 bins"]:
        """Where each bar begins and ends: the first and the last reach over all that they hold."""
        spans = np.stack([self.edges[:-1], self.edges[1:]])
        spans[0, 0], spans[1, -1] = min(spans[0, 0], self.least), max(spans[1, -1], self.most)
        return spans

    @property
    def note(self) -> str:
        """What the first and the last bar hold beside what lies in them, in words."""
        return say_tails(self.below, self.least, self.above, self.most)

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: a bar a bin.

        A page finds in it "bins", with the bars of all samples, and those of the chosen ones, none at first. There a
        first or last bar that holds a tail runs out of the plot, which shows its end when it is made smaller.
        """
        heading, width = Heading(title, subtitle), self.edges[1] - self.edges[0]
        low, high, highest = float(self.edges[0]), float(self.edges[-1]), int(self.counts.max())
        ends = ((self.below, 0, f"≤ {self.edges[1]:.3g}"), (self.above, -1, f"≥ {self.edges[-2]:.3g}"))
        texts = [
            marks.Text(
                text,
                (self.edges[place], self.counts[place]),
                colour=MUTED,
                offset=(0, 4),
                anchor="bottom_right" if place else "bottom_left",
                only="paper",
            )
            for held, place, text in ends
            if held
        ]
        panel = Panel(
            place=fit_place(heading, height=4.0),
            heading=heading,
            across=Axis(
                name=self.error_name,
                page_name=self.measure_title,  # the unit stands below it
                limits=(low - width, high + width),
                page_limits=(low, high),
                ticks=8,
            ),
            up=Axis(name="samples", limits=(0, 1.08 * highest), page_limits=(0, 1.05 * highest), is_whole=True),
            marks=[*self._bars(), *texts],
            name="sample_histogram",
            pixels=220,
            tools="brush",
        )
        return Chart((10.0, 4.0), [panel])

    def _bars(self) -> list[marks.Bars]:
        left, right = self.spans
        data = marks.Data(
            "bins", {"left": left, "right": right, "count": self.counts, "chosen": np.zeros_like(self.counts)}
        )
        error = ("error", f"@left{marks.NUMBER} to @right{marks.NUMBER}")
        hover = marks.Hover([error, ("samples", "@count"), ("chosen", "@chosen")], mode="vline")
        blue, vermilion = MODEL_COLOURS[:2]
        return [
            marks.Bars(data, "count", blue, outline=1.4, edges=self.edges, only="paper"),
            # Blue for all, vermilion over it for the chosen ones, who are never more.
            marks.Bars(data, "count", blue, alpha=0.95, name="all", hover=hover, only="page"),
            marks.Bars(data, "chosen", vermilion, alpha=1.0, name="chosen", only="page"),
        ]


def say_tails(below: int, least: float, above: int, most: float) -> str:
    """Return in words what the first and the last bar hold of the samples beyond their outer edges.

    Examples
    --------
    >>> say_tails(0, -1.0, 2, 99.0)
    'the last bar also holds 2 samples up to 99'
    """
    tails = (("first", below, f"down to {least:.4g}"), ("last", above, f"up to {most:.4g}"))
    return "; ".join(f"the {bar} bar also holds {say_count(held, 'sample')} {to}" for bar, held, to in tails if held)


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
    values = check_bounded("errors", check_vector("errors", errors))
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
        measure_title=str(measure_title),
        unit=str(unit),
    )


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
    return paint_matplotlib(picture.chart(title, subtitle))
