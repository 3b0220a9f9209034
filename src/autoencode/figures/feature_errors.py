"""Errors by feature: a heat map of the pixels of images, bars of the columns of tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.evaluation import ColumnError
from autoencode.evaluation.wording import say_count, say_number
from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_count, check_vector
from autoencode.figures.labels import axes_size, draw_heading, fit_text, heading_height, name_axes
from autoencode.figures.palette import (
    BODY_SIZE,
    EDGE,
    MODEL_COLOURS,
    MODEL_TEXT_COLOURS,
    MUTED,
    SMALL_SIZE,
    new_figure,
    place_axes,
    style,
    tick_locator,
)

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = [
    "HEAT_COLOURS",
    "MOST_BARS",
    "FeatureBars",
    "FeatureHeatMap",
    "compute_feature_bars",
    "compute_feature_heat_map",
    "draw_feature_bars",
    "draw_feature_bars_on",
    "draw_feature_heat_map",
    "draw_feature_heat_map_on",
]

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


def draw_feature_heat_map_on(axes: matplotlib.axes.Axes, picture: FeatureHeatMap) -> None:
    """Draw the heat map, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, of the proportions of the images, with about an inch of free room to the right for the scale.
    picture
        What to draw.
    """
    height, width = picture.errors.shape
    place = (0, width, height, 0)
    axes.imshow(picture.errors, cmap=HEAT_COLOURS, vmin=0, vmax=picture.limit, extent=place, aspect="auto")
    axes.set(xticks=[], yticks=[])
    across = axes_size(axes)[0]
    bar = axes.inset_axes((1 + 12 / across, 0.0, 10 / across, 1.0))
    ramp = np.linspace(0, 1, 256)[:, None]
    bar.imshow(ramp, cmap=HEAT_COLOURS, origin="lower", aspect="auto", extent=(0, 1, 0, picture.limit))
    bar.set(xticks=[])
    bar.yaxis.tick_right()
    bar.yaxis.set_major_locator(tick_locator(5))
    for box in (axes, bar):
        box.grid(visible=False)
        for spine in box.spines.values():
            spine.set(visible=True, color=EDGE, linewidth=0.6)


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
    rows, columns = picture.errors.shape
    wide = min(4.6, 5.0 * columns / rows)
    tall = min(5.0, wide * rows / columns)
    # Images that are a line of pixels get a bar that can be seen.
    wide, tall = max(wide, 0.4), max(tall, 0.4)
    with style():
        figure = new_figure(7.0, tall + 0.3 + heading_height(title, subtitle))
        axes = place_axes(figure, 0.3, 0.25, wide, tall)
        draw_feature_heat_map_on(axes, picture)
        draw_heading(axes, title, subtitle)
    return figure


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


def draw_feature_bars_on(axes: matplotlib.axes.Axes, bars: FeatureBars) -> None:
    """Draw the bars, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, with about two inches of free room to the left for names, and three to the right for the errors.
    bars
        What to draw.
    """
    wide = axes_size(axes)[0]
    for row, (share, name, caption) in enumerate(zip(bars.shares, bars.names, bars.captions, strict=True)):
        worse = share >= 1
        colour = MODEL_COLOURS[1 if worse else 0]
        axes.barh(row, min(share, bars.end), height=0.62, color=colour, alpha=0.85, zorder=2)
        if share > bars.end:
            axes.plot(bars.end - 6 / wide * bars.end, row, ">", color="white", markersize=5, zorder=3)
        for text, place, aside, ink in (
            (fit_text(name, BODY_SIZE, 130.0), 0.0, -8, None),
            (fit_text(caption, SMALL_SIZE, 215.0), bars.end, 8, MODEL_TEXT_COLOURS[1] if worse else MUTED),
        ):
            axes.annotate(
                text,
                xy=(place, row),
                xytext=(aside, 0),
                textcoords="offset points",
                ha="left" if aside > 0 else "right",
                va="center_baseline",
                fontsize=SMALL_SIZE if aside > 0 else BODY_SIZE,
                color=ink,
                annotation_clip=False,
            )
    axes.axvline(1.0, color=MUTED, linewidth=1.2, linestyle=(0, (5, 3)), zorder=3)
    axes.set(xlim=(0, bars.end), ylim=(len(bars.names) - 0.4, -0.6), yticks=[])
    axes.xaxis.set_major_locator(tick_locator(5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g}%")
    axes.grid(visible=False, axis="y")
    name_axes(axes, "error, mean sample = 100%", "")


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
    tall = _BAR_STEP * (len(bars.names) + 0.2)
    with style():
        figure = new_figure(10.0, 0.7 + tall + heading_height(title, subtitle))
        axes = place_axes(figure, 2.1, 0.65, 4.7, tall)
        draw_feature_bars_on(axes, bars)
        draw_heading(axes, title, subtitle)
    return figure
