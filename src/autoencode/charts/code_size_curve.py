"""The code-size curve: the held-out error against the code size, beside PCA and the mean sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Heading, Panel, fit_place
from autoencode.charts.checks import check_number
from autoencode.charts.labels import MarginLabel
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MARKERS, MODEL_COLOURS, MODEL_TEXT_COLOURS, MUTED
from autoencode.evaluation import CodeSizeCurve
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


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

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart, both axes logarithmic: networks bold, PCA dashed, the mean sample dotted."""
        heading, sizes = Heading(title, subtitle), self.pca_sizes.tolist()
        everything = [self.pca, *(curve.errors for curve in self.curves), np.array([self.mean_sample])]
        pca = marks.Data("PCA", {"size": self.pca_sizes, "error": self.pca})
        labels = [
            MarginLabel(float(curve.errors[-1]), f"{curve.name} {curve.errors[-1]:.3g}", colour, bold=True)
            for curve, colour in zip(self.curves, MODEL_TEXT_COLOURS, strict=False)
        ]
        panel = Panel(
            place=fit_place(heading, right=2.2),
            heading=heading,
            across=Axis(
                name="code size",
                limits=(sizes[0] / 1.12, sizes[-1] * 1.12),
                log=2,
                ticks=sizes,
                tick_names=_name_sizes(sizes),
            ),
            # A perfect reconstruction has no place on a logarithmic axis.
            up=Axis(name=self.error_name, log=10, ticks=3)
            if min(values.min() for values in everything) > 0
            else Axis(name=self.error_name, ticks=9),
            marks=[
                marks.Level(self.mean_sample, "mean sample", dash=(1, 2)),
                marks.Line(pca, "size", "error", MUTED, width=1.4, dash=(5, 3)),
                *(
                    mark
                    for curve, colour, marker in zip(self.curves, MODEL_COLOURS, MARKERS, strict=False)
                    for mark in _draw_curve(curve, colour, marker)
                ),
            ],
            margin=[
                *labels,
                MarginLabel(float(self.pca[-1]), f"PCA {self.pca[-1]:.3g}"),
                MarginLabel(self.mean_sample, f"mean sample {self.mean_sample:.3g}"),
            ],
            name="code_size_curves",
        )
        return Chart((10.0, 5.0), [panel])


def _draw_curve(curve: CodeSizeCurve, colour: str, marker: str) -> list[marks.Mark]:
    """Return the marks of one curve: the other restarts as faint dots, the kept ones, and a ring at the knee."""
    data = marks.Data(curve.name, {"size": curve.code_sizes, "error": curve.errors})
    count, found = curve.restarts.shape[1], list[marks.Mark]()
    if count > 1:
        dots = marks.Data(curve.name, {"size": np.repeat(curve.code_sizes, count), "error": curve.restarts.ravel()})
        found.append(marks.Dots(dots, "size", "error", colour, size=2.5, alpha=0.4))
    found.append(marks.Line(data, "size", "error", colour, width=2.2, marker=marker))
    if curve.knee is not None:
        error = float(curve.errors[curve.code_sizes == curve.knee][0])
        ring = marks.Data("knee", {"size": [curve.knee], "error": [error]})
        found += [
            marks.Dots(ring, "size", "error", colour, size=15.0, face="none", edge=1.0),
            marks.Text(f"knee: {curve.knee}", (curve.knee, error), offset=(10, 9), anchor="bottom_left"),
        ]
    return found


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
    return paint_matplotlib(shown.chart(title, subtitle))
