"""The detection curves: what each threshold finds, against what it flags wrongly; ROC, and precision with recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import BOTTOM, Axis, Chart, Heading, Panel
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS, MODEL_TEXT_COLOURS, MUTED
from autoencode.evaluation import ConfusionTable, DetectionQuality
from autoencode.evaluation.wording import say_count

if TYPE_CHECKING:
    import matplotlib.figure

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

    def rest(self) -> list[marks.Mark]:
        """Return all but the curve itself: chance, and what was flagged, with their names."""
        level, end = self.chance
        chance = marks.Data("chance", {"x": np.array([0.0, 1.0]), "y": np.array([level, end])})
        # The name of a slope stands under its middle, and that of a level near the top under it.
        at, offset = ((0.5, 0.5), (8, -4)) if level == 0 else ((None, level), (6, -4 if level > 0.9 else 4))
        anchor = "top_left" if level == 0 or level > 0.9 else "bottom_left"
        found: list[marks.Mark] = [
            marks.Line(chance, "x", "y", MUTED, width=1.1, dash=(5, 3), is_under=True),
            marks.Text(self.chance_name, at, colour=MUTED, offset=offset, anchor=anchor, has_halo=True),
        ]
        if self.point is None:
            return found
        across, up = self.point
        is_left, is_high = across < 0.5, up > 0.15
        ring = marks.Data("flagged", {"x": [across], "y": [up]})
        look = {"size": 10.0, "edge": 2.2, "face": "white", "is_clipped": False}
        return [
            *found,
            marks.Text(
                self.point_name,
                self.point,
                colour=MODEL_TEXT_COLOURS[1],
                offset=(10 if is_left else -10, -9 if is_high else 9),
                anchor=f"{'top' if is_high else 'bottom'}_{'left' if is_left else 'right'}",
                is_bold=True,
                has_halo=True,
            ),
            marks.Dots(ring, "x", "y", MODEL_COLOURS[1], name="flagged", **look),
        ]


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

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: the two curves side by side, with what was flagged as a ring."""
        heading, side = Heading(title, subtitle, lift=22.0), 3.95
        columns = {
            "false alarm": self.false_alarm_rates,
            "detection": self.detection_rates,
            "precision": self.precisions,
        }
        data, rows = (
            marks.Data("curve", columns),
            [(f"{name} rate", f"@{{{name}}}{marks.NUMBER}") for name in list(columns)[1::-1]],
        )
        hover = [*rows, ("precision", f"@precision{marks.NUMBER}")]
        panels = []
        for panel, x, y, left, name in (
            (self.roc, "false alarm", "detection", 0.85, "roc_curve"),
            # A precision holds for the step that leads to it: the area of the steps is the average precision.
            (self.precision_recall, "detection", "precision", 5.8, "precision_recall_curve"),
        ):
            look = {"data": data, "x": x, "y": y, "colour": MODEL_COLOURS[0], "is_steps": y == "precision"}
            axis = Axis(limits=(0, 1), page_limits=(-0.02, 1.02), ticks=np.linspace(0, 1, 6).tolist())
            curve = [
                marks.Line(**look, alpha=0.1, is_area=True, only="paper"),
                marks.Line(**look, is_clipped=False, hover=marks.Hover(hover)),
            ]
            panels.append(
                Panel(
                    place=(left, BOTTOM, side, side),
                    heading=Heading() if panels else heading,
                    title=panel.title,
                    across=replace(axis, name=panel.across),
                    up=replace(axis, name=panel.up),
                    marks=[*curve, *panel.rest()],
                    name=name,
                )
            )
        return Chart((10.0, 0.7 + side + heading.height), panels)


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
    return paint_matplotlib(curve.chart(title, subtitle))
