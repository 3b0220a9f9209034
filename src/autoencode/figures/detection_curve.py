"""The detection curves: what each threshold finds, against what it flags wrongly; ROC, and precision with recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.evaluation import ConfusionTable, DetectionQuality
from autoencode.evaluation.wording import say_count
from autoencode.figures.labels import draw_heading, heading_height, name_axes
from autoencode.figures.palette import (
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

__all__ = [
    "CurvePanel",
    "DetectionCurve",
    "compute_detection_curve",
    "draw_detection_curve",
    "draw_detection_curve_on",
]

_STEPS = 250  # along each of the axes: a curve of more points looks the same


@dataclass(frozen=True)
class CurvePanel:
    """The words and the marks of one of the two curves.

    Attributes
    ----------
    title
        The area under the curve, by its name.
    across, up
        The names of the axes.
    chance
        Where the line of flagging at random begins and ends, at 0 and at 1 of the horizontal axis.
    chance_name
        What is written at that line.
    point
        Where the flagged samples lie, or None.
    point_name
        What is written beside that point.
    """

    title: str
    across: str
    up: str
    chance: tuple[float, float]
    chance_name: str
    point: tuple[float, float] | None
    point_name: str


@dataclass(frozen=True, eq=False)
class DetectionCurve:
    """What the detection curves show.

    Attributes
    ----------
    false_alarm_rates, detection_rates, precisions
        At each threshold, from the highest to the lowest; of very many thresholds, as many as can be seen.
    auroc, average_precision
        The areas under the two curves.
    anomalies, samples
        How many anomalies there are, and how many samples.
    flagged
        The table of what was flagged, or None.
    """

    false_alarm_rates: Float[np.ndarray, " points"]
    detection_rates: Float[np.ndarray, " points"]
    precisions: Float[np.ndarray, " points"]
    auroc: float
    average_precision: float
    anomalies: int
    samples: int
    flagged: ConfusionTable | None

    @property
    def roc(self) -> CurvePanel:
        """The panel of the ROC curve."""
        table = self.flagged
        return CurvePanel(
            title=f"area under the ROC curve {self.auroc:.3f}",
            across="false-alarm rate",
            up="detection rate",
            chance=(0.0, 1.0),
            chance_name="chance",
            point=None if table is None else (table.false_alarm_rate, table.power),
            point_name="" if table is None else f"{table.power:.3g} at false-alarm rate {table.false_alarm_rate:.2g}",
        )

    @property
    def precision_recall(self) -> CurvePanel:
        """The panel of the precision-recall curve."""
        table, base_rate = self.flagged, self.anomalies / self.samples
        return CurvePanel(
            title=f"average precision {self.average_precision:.3f}",
            across="detection rate (recall)",
            up="precision",
            chance=(base_rate, base_rate),
            chance_name=f"base rate {base_rate:.2g}",
            point=None if table is None or table.hits + table.false_alarms == 0 else (table.power, table.precision),
            point_name="" if table is None else f"precision {table.precision:.3g}",
        )

    @property
    def note(self) -> str:
        """How many samples there are, and what the ring is, in words."""
        kinds = "anomaly" if self.anomalies == 1 else "anomalies"
        ring = "; ring: what was flagged" if self.flagged else ""
        return f"{self.anomalies:,} {kinds} among {say_count(self.samples, 'sample')}{ring}"


def _choose_points(curves: Sequence[Float[np.ndarray, " points"]]) -> Int[np.ndarray, " chosen"]:
    """Return which points to draw: the first ones densely, then enough along each of some growing rates."""
    count = len(curves[0])
    first = np.geomspace(1, count, min(count, _STEPS)).astype(np.int64) - 1
    along = [np.searchsorted(rates, np.linspace(0, 1, _STEPS)) for rates in curves]
    return np.unique(np.concatenate([first, *(np.minimum(places, count - 1) for places in along)]))


def compute_detection_curve(quality: DetectionQuality) -> DetectionCurve:
    """Return what the detection curves show.

    Parameters
    ----------
    quality
        Of a detection, as of `detection_quality`.

    Returns
    -------
    The numbers of the figure: at most 750 points of the curves.

    Examples
    --------
    >>> from autoencode.evaluation import detection_quality
    >>> curve = compute_detection_curve(detection_quality(np.array([0, 1, 0, 1]), np.arange(4.0)))
    >>> curve.false_alarm_rates.tolist(), curve.note
    ([0.0, 0.0, 0.5, 0.5, 1.0], '2 anomalies among 4 samples')
    """
    chosen = _choose_points([quality.false_alarm_rates, quality.detection_rates])
    return DetectionCurve(
        false_alarm_rates=quality.false_alarm_rates[chosen],
        detection_rates=quality.detection_rates[chosen],
        precisions=quality.precisions[chosen],
        auroc=quality.auroc,
        average_precision=quality.average_precision,
        anomalies=quality.anomalies,
        samples=quality.samples,
        flagged=quality.confusion,
    )


def _draw_panel(axes: matplotlib.axes.Axes, panel: CurvePanel) -> None:
    """Draw all but the curve itself: chance, the point with its name, the names of the axes."""
    axes.plot([0, 1], panel.chance, color=MUTED, linewidth=1.1, linestyle=(0, (5, 3)), zorder=1.5)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}
    words = {"fontsize": SMALL_SIZE, "textcoords": "offset points", "bbox": box, "zorder": 4}
    level = panel.chance[0]
    # The name of a level near the top lies under it.
    place, aside, side = ((0.5, 0.5), (8, -4), "top") if level == 0 else ((0, level), (6, 4), "bottom")
    if level > 0.9:
        aside, side = (6, -4), "top"
    axes.annotate(panel.chance_name, place, aside, ha="left", va=side, color=MUTED, **words)
    if panel.point is not None:
        across, up = panel.point
        axes.plot(
            across, up, "o", markersize=10, markerfacecolor="white", markeredgecolor=MODEL_COLOURS[1],
            markeredgewidth=2.2, clip_on=False, zorder=5,
        )  # fmt: skip
        axes.annotate(
            panel.point_name,
            (across, up),
            (10 if across < 0.5 else -10, -9 if up > 0.15 else 9),
            ha="left" if across < 0.5 else "right",
            va="top" if up > 0.15 else "bottom",
            color=MODEL_TEXT_COLOURS[1],
            fontweight="bold",
            **words,
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=np.linspace(0, 1, 6), yticks=np.linspace(0, 1, 6))
    axes.set_title(panel.title, pad=8)
    name_axes(axes, panel.across, panel.up)


def draw_detection_curve_on(pair: Sequence[matplotlib.axes.Axes], curve: DetectionCurve) -> None:
    """Draw the two curves, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    pair
        Two empty axes, the ROC curve's and the precision-recall curve's, with 20 points of room above for their titles.
    curve
        What to draw.
    """
    colour, look = MODEL_COLOURS[0], {"linewidth": 2.0, "clip_on": False, "zorder": 3}
    false_alarms, found, precisions = curve.false_alarm_rates, curve.detection_rates, curve.precisions
    pair[0].fill_between(false_alarms, found, color=colour, alpha=0.1, linewidth=0, zorder=1)
    pair[0].plot(false_alarms, found, color=colour, **look)
    # A precision holds for the step that leads to it: the area of the steps is the average precision.
    pair[1].fill_between(found, precisions, step="pre", color=colour, alpha=0.1, linewidth=0, zorder=1)
    pair[1].plot(found, precisions, color=colour, drawstyle="steps-pre", **look)
    for axes, panel in zip(pair, (curve.roc, curve.precision_recall), strict=True):
        _draw_panel(axes, panel)


def draw_detection_curve(
    curve: DetectionCurve, *, title: str = "How well anomalies are found", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw the ROC curve and the precision-recall curve side by side, with what was flagged as a ring.

    Parameters
    ----------
    curve
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says how many samples there are.

    Returns
    -------
    A figure ten inches wide and about five and a half high.

    Examples
    --------
    >>> from autoencode.evaluation import detection_quality
    >>> curve = compute_detection_curve(detection_quality(np.array([0, 1, 0, 1]), np.arange(4.0)))
    >>> len(draw_detection_curve(curve).axes)
    2
    """
    subtitle = curve.note if subtitle is None else subtitle
    lift, side = 22.0, 3.95
    with style():
        figure = new_figure(10.0, 0.7 + side + heading_height(title, subtitle, lift=lift))
        pair = [place_axes(figure, left, 0.65, side, side) for left in (0.85, 5.8)]
        draw_detection_curve_on(pair, curve)
        draw_heading(pair[0], title, subtitle, lift=lift)
    return figure
