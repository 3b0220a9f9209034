"""Paired differences: how much worse than the best model the others are on the same samples, and how surely."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from autoencode.charts import marks
from autoencode.charts.chart import BOTTOM, Axis, Chart, Heading, Panel, Rows
from autoencode.charts.page_plot import cut_text
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS, MUTED, visible_span
from autoencode.evaluation import Comparison, Interval
from autoencode.evaluation.wording import say_count, say_percent
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

_ROW = 0.42  # of one difference, in inches


@dataclass(frozen=True)
class PairedDifferences:
    """What the figure of the paired differences shows.

    Attributes
    ----------
    best
        The model that the others are compared with: the one with the lowest mean error.
    names
        Of the others, models and baselines, the closest first.
    intervals
        Of each of these, the mean of its errors minus the best model's, with its ends; above 0 is worse than the best.
    is_baseline
        Of each of these, whether it is the mean sample or PCA.
    error_name
        What is measured, in words.
    """

    best: str
    names: tuple[str, ...]
    intervals: tuple[Interval, ...]
    is_baseline: tuple[bool, ...]
    error_name: str

    @property
    def captions(self) -> tuple[str, ...]:
        """Of each difference, the number and its interval as text."""
        return tuple(_say_interval(interval) for interval in self.intervals)

    @property
    def axis_name(self) -> str:
        """The horizontal axis's name."""
        return f"{self.error_name}, minus the best model's"

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis: over all intervals and over 0, with some room."""
        low = min(0.0, *(interval.low for interval in self.intervals))
        high = max(0.0, *(interval.high for interval in self.intervals))
        room = 0.06 * visible_span(low, high)
        return low - room, high + room

    @property
    def note(self) -> str:
        """What the marks and the lines are, in words."""
        first = self.intervals[0]
        return (
            f"mean over {say_count(first.n, 'sample')}, with the {say_percent(first.confidence)} interval; "
            "hollow: no difference is shown; diamond: a baseline"
        )

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: a row for each model and baseline."""
        heading, count = Heading(title, subtitle), len(self.names)
        tall = _ROW * (count + 0.2)
        columns = {
            "difference": [interval.estimate for interval in self.intervals],
            "low": [interval.low for interval in self.intervals],
            "high": [interval.high for interval in self.intervals],
            "name": [cut_text(name, 200) for name in self.names],
            "numbers": list(self.captions),
        }
        intervals = marks.Intervals(
            marks.Data("differences", columns),
            "low",
            "difference",
            "high",
            [MUTED if is_baseline else MODEL_COLOURS[0] for is_baseline in self.is_baseline],
            ["D" if is_baseline else "o" for is_baseline in self.is_baseline],
            [interval.direction == 0 for interval in self.intervals],
            hover=marks.Hover([("", "@name"), ("difference", "@numbers")]),
        )
        panel = Panel(
            place=(2.15, BOTTOM, 4.7, tall),
            heading=heading,
            across=Axis(name=self.axis_name, limits=self.limits),
            up=Axis(limits=(count - 0.4, -0.6), page_limits=(count + 0.1, -0.1), is_bare=True),
            rows=Rows(self.names, self.captions, [MUTED] * count, lines=2),
            marks=[marks.Rule(0.0, is_under=True), intervals],
            name="paired_differences",
            pixels=62 * count + 8,
        )
        return Chart((10.0, 0.7 + tall + heading.height), [panel])


def _say_interval(interval: Interval) -> str:
    numbers = (interval.estimate, interval.low, interval.high)
    mean, low, high = (f"{number:+#.3g}".rstrip(".").replace("-", "−") if number else "0" for number in numbers)
    return f"{mean}  [{low}, {high}]"


def _find_interval(comparison: Comparison, name: str, best: str) -> Interval:
    """Return the interval of the errors of a row minus those of the best, whichever way round it was computed."""
    found = comparison.differences.get((name, best))
    if found is not None:
        return found
    other = comparison.differences.get((best, name))
    if other is None:
        raise InvalidInputError(f"comparison: it has no difference between {name!r} and {best!r}; compare them again")
    return replace(other, estimate=-other.estimate, low=-other.high, high=-other.low)


def compute_paired_differences(comparison: Comparison) -> PairedDifferences:
    """Return the mean difference of each model and baseline from the best model, with its interval.

    Parameters
    ----------
    comparison
        What `compare` found, of at least two rows.

    Returns
    -------
    The numbers of the figure. The best is a model, never a baseline, so a baseline that beats all is below 0.

    Raises
    ------
    InvalidInputError
        If there is no model, nothing to compare it with, or a difference that is missing or not finite.
    """
    models = [row for row in comparison.rows if not row.is_baseline]
    if not models or len(comparison.rows) < 2:
        raise InvalidInputError(
            f"comparison: expected a model and something to compare it with, got {len(comparison.rows)} rows"
        )
    best = min(models, key=lambda row: row.mean)
    others = [row for row in comparison.rows if row is not best]
    found = [(_find_interval(comparison, row.name, best.name), row) for row in others]
    for interval, row in found:
        if not np.isfinite([interval.estimate, interval.low, interval.high]).all():
            raise InvalidInputError(f"comparison: the difference of {row.name!r} is not finite; leave that model out")
    found.sort(key=lambda pair: pair[0].estimate)
    return PairedDifferences(
        best=str(best.name),
        names=tuple(str(row.name) for _, row in found),
        intervals=tuple(interval for interval, _ in found),
        is_baseline=tuple(row.is_baseline for _, row in found),
        error_name=str(comparison.title),
    )


def draw_paired_differences(
    picture: PairedDifferences, *, title: str | None = None, subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw a row for each model and baseline: its mean difference from the best model, with its interval.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading; by default it names the best model.
    subtitle
        The grey line under it; by default it explains the marks.

    Returns
    -------
    A figure ten inches wide, as high as its rows need.
    """
    if title is None:
        title = f"Against the best model, {picture.best}"
    subtitle = picture.note if subtitle is None else subtitle
    return paint_matplotlib(picture.chart(title, subtitle))
