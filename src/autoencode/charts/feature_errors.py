"""Errors by feature: a heat map of the pixels of images, bars of the columns of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.chart import BOTTOM, Axis, Chart, Heading, Panel, Rows
from autoencode.charts.checks import check_count, check_vector
from autoencode.charts.page_plot import cut_text
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS, MODEL_TEXT_COLOURS, MUTED
from autoencode.evaluation import ColumnError
from autoencode.evaluation.wording import say_count, say_number
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

HEAT_COLOURS = "cividis"
"""The colour map of the pixels: seen alike by all eyes, and in grey."""

MOST_BARS = 20
"""Of columns: the worst are drawn, and the others counted."""

_WIDEST = 3.0  # the share at which the axis of the bars ends, where one is larger
_BAR_STEP = 0.27  # from bar to bar, in inches


@dataclass(frozen=True, eq=False)
class FeatureHeatMap:
    """What the heat map of the pixels shows.

    Attributes
    ----------
    errors
        The root mean squared error of each pixel, of images in colour over its colours as well.
    limit
        The error that has the last colour; above 0. The first colour is 0.
    error_name
        What is shown, with its unit.
    """

    errors: Float[np.ndarray, "height width"]
    limit: float
    error_name: str

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: a heat map with the scale of its colours, as high as the images' proportions ask for."""
        heading, (rows, columns) = Heading(title, subtitle), self.errors.shape
        wide = min(4.6, 5.0 * columns / rows)
        tall = min(5.0, wide * rows / columns)
        # Images that are a line of pixels get a bar that can be seen.
        wide, tall = max(wide, 0.4), max(tall, 0.4)
        pixels = self.errors.astype(np.float32 if self.limit < 1e38 else np.float64)
        hover = marks.Hover([("row", "$y{0}"), ("column", "$x{0}"), ("error", f"@error{marks.NUMBER}")])
        heat = marks.Heat(marks.Data("pixels", {"error": [pixels]}), "error", self.limit, HEAT_COLOURS, hover=hover)
        panel = Panel(
            place=(0.3, 0.25, wide, tall),
            heading=heading,
            across=Axis(page_name=self.error_name, limits=(0, columns), is_bare=True),
            up=Axis(limits=(rows, 0), is_bare=True),
            marks=[heat],
            name="feature_errors",
            pixels=300,
            tools="none",
        )
        return Chart((7.0, tall + 0.3 + heading.height), [panel])


def compute_feature_heat_map(
    errors: Float[np.ndarray, " features"],
    sample_shape: Sequence[int],
    *,
    error_name: str = "root mean squared error of a pixel",
) -> FeatureHeatMap:
    r"""Return what the heat map of the pixels shows.

    .. math:: e_{ij} = \sqrt{\frac{1}{C} \sum_c e_{ijc}^2}

    Parameters
    ----------
    errors
        The root mean squared error :math:`e_{ijc}` of each feature; not negative.
    sample_shape
        ``(height, width)`` of grey images, ``(height, width, 3)`` of images in colour.
    error_name
        What is shown, with its unit.

    Returns
    -------
    The numbers of the figure.

    Raises
    ------
    InvalidInputError
        If the errors are negative, not finite or larger than 1e150, or do not fit ``sample_shape``.

    Examples
    --------
    >>> compute_feature_heat_map(np.array([0.5, 0.1]), (1, 2)).errors.tolist()
    [[0.5, 0.1]]
    """
    shape = tuple(int(size) for size in sample_shape)
    if not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))) or min(shape) < 1:
        raise InvalidInputError(f"sample_shape: expected (height, width) or (height, width, 3), got {shape}")
    values = check_vector("errors", errors)
    check_count("errors", values, math.prod(shape), f"features of samples of shape {shape}")
    if values.min() < 0 or values.max() > 1e150:
        raise InvalidInputError(
            f"errors: expected numbers from 0 to 1e150, got {values.min():g} to {values.max():g}; "
            "pass the root mean squared error of each feature"
        )
    pixels = np.sqrt(np.mean(np.square(values.reshape(*shape[:2], -1)), axis=2))
    return FeatureHeatMap(pixels, float(pixels.max()) or 1.0, str(error_name))


def draw_feature_heat_map(
    picture: FeatureHeatMap, *, title: str = "Where images are rebuilt badly", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw the heat map of the pixels with the scale of its colours.

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
    A figure seven inches wide, and as high as the images' proportions ask for, up to seven inches.

    Examples
    --------
    >>> draw_feature_heat_map(compute_feature_heat_map(np.ones(4), (2, 2))).get_size_inches()[0]
    np.float64(7.0)
    """
    subtitle = picture.error_name if subtitle is None else subtitle
    return paint_matplotlib(picture.chart(title, subtitle))


@dataclass(frozen=True)
class FeatureBars:
    """What the bars of the columns show, the worst first.

    Attributes
    ----------
    names
        Of the columns.
    shares
        Of each column, its error by that of the mean sample: 0 is perfect, 1 no better than the mean; infinite where
        the mean sample makes no error and the model does.
    captions
        Of each column, both errors in its unit, as text; where its bar is cut, the share as well.
    end
        Where the axis ends: a longer bar is cut there.
    left_out
        How many more columns there are, all better than the last one shown.
    unmeasured
        How many columns have no error, or none that could be held against the mean sample's.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    captions: tuple[str, ...]
    end: float
    left_out: int
    unmeasured: int

    @property
    def note(self) -> str:
        """What the bars are, and what is not shown, in words."""
        better = [f"{say_count(self.left_out, 'better column')}"] if self.left_out else []
        unmeasured = [f"{self.unmeasured:,} with nothing to measure"] if self.unmeasured else []
        left_out = ", ".join(better + unmeasured)
        return "100% is no better than the mean sample" + (f"; left out: {left_out}" if left_out else "")

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: a bar a column, in percent of the mean sample's error, the worst first."""
        heading, count = Heading(title, subtitle), len(self.names)
        tall, is_worse = _BAR_STEP * (count + 0.2), [share >= 1 for share in self.shares]
        data = marks.Data(
            "bars",
            {
                "end": [100 * min(share, self.end) for share in self.shares],
                "share": [100 * share for share in self.shares],
                "name": [cut_text(name, 200) for name in self.names],
                "errors": [cut_text(caption, 200) for caption in self.captions],
            },
        )
        bars = marks.RowBars(
            data,
            "end",
            [MODEL_COLOURS[worse] for worse in is_worse],
            [share > self.end for share in self.shares],
            hover=marks.Hover(
                [("column", "@name"), ("error", "@errors"), ("of the mean sample's", f"@share{marks.NUMBER}%")]
            ),
        )
        panel = Panel(
            place=(2.1, BOTTOM, 4.7, tall),
            heading=heading,
            across=Axis(name="error, mean sample = 100%", limits=(0, 100 * self.end), is_percent=True),
            up=Axis(limits=(count - 0.4, -0.6), page_limits=(count + 0.1, -0.1), is_bare=True),
            rows=Rows(self.names, self.captions, [MODEL_TEXT_COLOURS[1] if worse else MUTED for worse in is_worse]),
            marks=[bars, marks.Rule(100.0, is_under=True)],
            name="feature_errors",
            pixels=35 * count + 8,
            tools="none",
        )
        return Chart((10.0, 0.7 + tall + heading.height), [panel])


def _say_errors(error: ColumnError, baseline: float) -> str:
    if error.unit == "share":
        wrong, of_mean = (
            f"{100 * share:.1f}" if share >= 0.1 else f"{100 * share:.2g}" for share in (error.error, baseline)
        )
        return f"{wrong}% wrong (mean sample {of_mean}%)"
    unit = "" if error.unit == "units of the column" else f" {error.unit}"
    return f"{say_number(error.error, 3)}{unit} (mean sample {say_number(baseline, 3)})"


def compute_feature_bars(errors: Sequence[ColumnError], baseline: Sequence[ColumnError]) -> FeatureBars:
    """Return each column's error as a share of the mean sample's, the worst first.

    Parameters
    ----------
    errors
        Of the model: one a column, and one for the missing cells of a column that has such.
    baseline
        Those of the mean sample, in the same order.

    Returns
    -------
    The numbers of the figure, of at most 20 columns. Left out, and counted, are columns with an error that is NaN, and
    those that the mean sample and the model both rebuild without an error.

    Raises
    ------
    InvalidInputError
        If there are no columns, they differ, an error is negative, or no column can be measured.

    Examples
    --------
    >>> age = ColumnError("age", "numeric", 9.0, "root mean squared error", "years")
    >>> mean = ColumnError("age", "numeric", 12.0, "root mean squared error", "years")
    >>> bars = compute_feature_bars([age], [mean])
    >>> bars.shares, bars.captions
    ((0.75,), ('9.00 years (mean sample 12.0)',))
    """
    check_count("baseline", baseline, len(errors), "columns of errors")
    rows: list[tuple[float, str, str]] = []
    for error, mean in zip(errors, baseline, strict=True):
        if (error.column, error.kind) != (mean.column, mean.kind):
            raise InvalidInputError(
                f"baseline: expected the columns of errors, got {mean.column!r} in the place of {error.column!r}"
            )
        if error.error < 0 or mean.error < 0:
            raise InvalidInputError(f"errors: expected numbers from 0 up, got a negative one for {error.column!r}")
        if not (math.isfinite(error.error) and math.isfinite(mean.error)) or error.error == mean.error == 0:
            continue
        share = error.error / mean.error if mean.error else math.inf
        name = f"{error.column}: missing" if error.kind == "missing" else error.column
        rows.append((share, str(name), _say_errors(error, mean.error)))
    if not rows:
        raise InvalidInputError("errors: expected at least one column with an error to measure, got none")
    shown = sorted(rows, key=lambda row: -row[0])[:MOST_BARS]
    shares, names, captions = zip(*shown, strict=True)
    end = max(1.1, math.ceil(10 * shares[0]) / 10) if shares[0] <= _WIDEST else _WIDEST
    cut = [end < share < math.inf for share in shares]
    return FeatureBars(
        names=names,
        shares=shares,
        captions=tuple(
            f"{100 * share:,.4g}%: {caption}" if is_cut else caption
            for share, caption, is_cut in zip(shares, captions, cut, strict=True)
        ),
        end=end,
        left_out=len(rows) - len(shown),
        unmeasured=len(errors) - len(rows),
    )


def draw_feature_bars(
    bars: FeatureBars, *, title: str = "Errors, column by column", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw a bar a column: its error as a share of the mean sample's, the worst first.

    Parameters
    ----------
    bars
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says what 100% is, and what is not shown.

    Returns
    -------
    A figure ten inches wide, as high as its bars need.

    Examples
    --------
    >>> age = ColumnError("age", "numeric", 9.0, "root mean squared error", "years")
    >>> draw_feature_bars(compute_feature_bars([age], [age])).get_size_inches()[0]
    np.float64(10.0)
    """
    subtitle = bars.note if subtitle is None else subtitle
    return paint_matplotlib(bars.chart(title, subtitle))
