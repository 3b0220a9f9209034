"""The code-size curve: the held-out error against the code size, beside PCA and the mean sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from autoencode.evaluation import CodeSizeCurve
from autoencode.exceptions import InvalidInputError
from autoencode.figures.checks import check_number
from autoencode.figures.labels import MarginLabel, draw_heading, draw_margin_labels, heading_height, name_axes
from autoencode.figures.palette import (
    INK,
    MARKERS,
    MODEL_COLOURS,
    MODEL_TEXT_COLOURS,
    MUTED,
    SMALL_SIZE,
    new_figure,
    place_axes,
    style,
)

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["CodeSizeCurves", "compute_code_size_curves", "draw_code_size_curves", "draw_code_size_curves_on"]


class CodeSizeCurves(NamedTuple):
    """What the figure shows.

    Attributes
    ----------
    curves
        One for each kind of network.
    pca_sizes, pca
        The code sizes of all of them, rising, and the error of PCA with as many components.
    mean_sample
        The error of the mean sample.
    error_name
        The vertical axis's name.
    """

    curves: tuple[CodeSizeCurve, ...]
    pca_sizes: Int[np.ndarray, " sizes"]
    pca: Float[np.ndarray, " sizes"]
    mean_sample: float
    error_name: str


def compute_code_size_curves(
    curves: Sequence[CodeSizeCurve], mean_sample: float, *, error_name: str = "error"
) -> CodeSizeCurves:
    """Return what the figure shows.

    Parameters
    ----------
    curves
        As `evaluation.compute_code_size_curve` gives them, of the same samples.
    mean_sample
        The error of the mean sample.
    error_name
        The name of the measure, with its units.

    Raises
    ------
    InvalidInputError
        If there are no curves, or more than there are colours.

    Examples
    --------
    >>> from autoencode.evaluation import compute_code_size_curve
    >>> errors = [np.array([0.4, 0.5]), np.array([0.1, 0.2])]
    >>> curve = compute_code_size_curve("linear", ["1", "2"], [1, 2], errors, errors, [np.array([0.45])] * 2)
    >>> compute_code_size_curves([curve], 0.9).pca.round(2).tolist()
    [0.45, 0.15]
    """
    if not 1 <= len(curves) <= len(MODEL_COLOURS):
        raise InvalidInputError(f"curves: expected 1 to {len(MODEL_COLOURS)}, got {len(curves)}")
    pca = {int(size): error for curve in curves for size, error in zip(curve.code_sizes, curve.pca, strict=True)}
    sizes = np.array(sorted(pca))
    mean_sample = check_number("mean_sample", mean_sample)
    return CodeSizeCurves(
        tuple(curves), sizes, np.array([pca[size] for size in sizes.tolist()]), mean_sample, error_name
    )


def draw_code_size_curves_on(axes: matplotlib.axes.Axes, shown: CodeSizeCurves) -> None:
    """Draw the curves, without their heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, with about 2.1 inches of free room to the right for the labels.
    shown
        What to draw.
    """
    everything = [shown.pca, *(curve.errors for curve in shown.curves), np.array([shown.mean_sample])]
    # A perfect reconstruction has no place on a logarithmic axis.
    logarithmic = min(values.min() for values in everything) > 0
    axes.set_xscale("log", base=2)
    axes.set_yscale("log" if logarithmic else "linear")
    axes.axhline(shown.mean_sample, color=MUTED, linewidth=1.1, linestyle=(0, (1, 2)), zorder=1.5)
    axes.plot(shown.pca_sizes, shown.pca, color=MUTED, linewidth=1.4, linestyle=(0, (5, 3)), zorder=2)
    for curve, colour, marker in zip(shown.curves, MODEL_COLOURS, MARKERS, strict=False):
        axes.plot(curve.code_sizes, curve.errors, color=colour, linewidth=2.2, marker=marker, markersize=6, zorder=4)
        _draw_restarts(axes, curve, colour)
        _draw_knee(axes, curve, colour)
    sizes = shown.pca_sizes.tolist()
    axes.set_xticks(sizes, _name_sizes(sizes))
    axes.minorticks_off()
    axes.set_xlim(sizes[0] / 1.12, sizes[-1] * 1.12)
    if logarithmic:
        _place_ticks(axes)
    name_axes(axes, "code size", shown.error_name)
    labels = [
        MarginLabel(float(curve.errors[-1]), f"{curve.name} {curve.errors[-1]:.3g}", colour, bold=True)
        for curve, colour in zip(shown.curves, MODEL_TEXT_COLOURS, strict=False)
    ]
    labels.append(MarginLabel(float(shown.pca[-1]), f"PCA {shown.pca[-1]:.3g}", MUTED))
    labels.append(MarginLabel(shown.mean_sample, f"mean sample {shown.mean_sample:.3g}", MUTED))
    draw_margin_labels(axes, labels)


def _name_sizes(sizes: Sequence[int]) -> list[str]:
    """Return the sizes as texts, empty where one stands too near to the one before.

    Examples
    --------
    >>> _name_sizes([1, 16, 17, 32])
    ['1', '16', '', '32']
    """
    apart, last, names = 0.06 * np.log(sizes[-1] / sizes[0]), -np.inf, []
    for size in sizes:
        near = np.log(size) - last < apart
        last = last if near else np.log(size)
        names.append("" if near else f"{size:,}")
    return names


def _draw_restarts(axes: matplotlib.axes.Axes, curve: CodeSizeCurve, colour: str) -> None:
    """Draw the other restarts as faint dots."""
    if curve.restarts.shape[1] > 1:
        across = np.repeat(curve.code_sizes, curve.restarts.shape[1])
        axes.plot(across, curve.restarts.ravel(), ".", color=colour, alpha=0.4, markersize=5, zorder=3)


def _draw_knee(axes: matplotlib.axes.Axes, curve: CodeSizeCurve, colour: str) -> None:
    if curve.knee is None:
        return
    error = float(curve.errors[curve.code_sizes == curve.knee][0])
    axes.plot(curve.knee, error, "o", markersize=15, markerfacecolor="none", markeredgecolor=colour, zorder=5)
    axes.annotate(
        f"knee: {curve.knee}",
        (curve.knee, error),
        (10, 9),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=INK,
    )


def _place_ticks(axes: matplotlib.axes.Axes) -> None:
    """Name 1, 2 and 5 of each power of ten, as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator

    axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def draw_code_size_curves(
    shown: CodeSizeCurves, *, title: str = "Error against code size", subtitle: str = ""
) -> matplotlib.figure.Figure:
    """Draw the error against the code size, both logarithmic: networks bold, PCA dashed, the mean sample dotted.

    Parameters
    ----------
    shown
        What to draw.
    title, subtitle
        The heading.

    Returns
    -------
    A figure of ten by five inches.

    Examples
    --------
    >>> from autoencode.evaluation import compute_code_size_curve
    >>> errors = [np.array([0.4, 0.5]), np.array([0.1, 0.2])]
    >>> curve = compute_code_size_curve("linear", ["1", "2"], [1, 2], errors, errors, [np.array([0.45])] * 2)
    >>> draw_code_size_curves(compute_code_size_curves([curve], 0.9)).get_size_inches().tolist()
    [10.0, 5.0]
    """
    with style():
        figure = new_figure(10.0, 5.0)
        axes = place_axes(figure, 1.05, 0.65, 6.75, 4.35 - heading_height(title, subtitle))
        draw_code_size_curves_on(axes, shown)
        draw_heading(axes, title, subtitle)
    return figure
