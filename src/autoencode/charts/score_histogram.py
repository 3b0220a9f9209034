"""The histogram of anomaly scores: calibration samples, the samples to judge, labelled anomalies, and the threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Entry, Heading, Panel, fit_place
from autoencode.charts.checks import check_bounded, check_count, check_vector
from autoencode.charts.outlined_bars import outline_bars
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import BODY_SIZE, INK, MODEL_COLOURS
from autoencode.charts.sample_histogram import say_tails
from autoencode.evaluation import common_bins, count_outside
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors

if TYPE_CHECKING:
    import matplotlib.figure

_HIDDEN = 1 / 20  # of the highest bar: a group that is lower throughout could not be seen beside it
_COLOURS = {
    "calibration": "#6B7885",
    "scored": MODEL_COLOURS[0],
    "normal": MODEL_COLOURS[0],
    "anomalies": MODEL_COLOURS[1],
}


@dataclass(frozen=True, eq=False)
class ScoreHistogram:
    """What the histogram of anomaly scores shows.

    Attributes
    ----------
    groups
        The names of the groups of samples: "calibration", and "scored", or "normal" and "anomalies".
    edges
        Of the bins, the same for all.
    counts
        Of each group, how many scores lie in each bin; those beyond the bins count in the first or the last.
    below, above
        How many of those in the first and in the last bin, over all groups, lie beyond its outer edge.
    least, most
        The lowest and the highest score.
    threshold
        The score above which a sample is flagged, infinite where none is; or None.
    flagged
        How many of the samples to judge lie above the threshold.
    is_log
        Whether counts are shown on a logarithmic scale.
    score_name
        The horizontal axis's name.
    """

    groups: tuple[str, ...]
    edges: Float[np.ndarray, " edges"]
    counts: Int[np.ndarray, "groups bins"]
    below: int
    above: int
    least: float
    most: float
    threshold: float | None
    flagged: int
    is_log: bool
    score_name: str

    @property
    def colours(self) -> tuple[str, ...]:
        """One colour a group."""
        return tuple(_COLOURS[group] for group in self.groups)

    @property
    def captions(self) -> tuple[str, ...]:
        """Of each group, its name and size."""
        return tuple(f"{name}, {size:,}" for name, size in zip(self.groups, self.counts.sum(axis=1), strict=True))

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the vertical axis."""
        highest = max(int(self.counts.max()), 1)
        return (0.6, highest**1.12 * 1.3) if self.is_log else (0.0, 1.12 * highest)

    @property
    def threshold_name(self) -> str:
        """What is written at the threshold."""
        return f"{self.flagged:,} above {self.threshold:.4g}" if self.flagged else f"none above {self.threshold:.4g}"

    @property
    def note(self) -> str:
        """What cannot be seen in the bars, in words."""
        notes = ["logarithmic counts"] if self.is_log else []
        if self.threshold == math.inf:
            notes.append("too few calibration samples to flag any")
        notes.append(say_tails(self.below, self.least, self.above, self.most))
        return "; ".join(filter(None, notes))

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: bars and a line round them for each group, and the threshold as a dashed line."""
        heading, width = Heading(title, subtitle, lift=5.0 + BODY_SIZE * 1.5), self.edges[1] - self.edges[0]
        low, high = float(self.edges[0]), float(self.edges[-1])
        named = list(zip(self.groups, self.colours, strict=True))
        bars = outline_bars(self.edges, self.counts, named, "score", outline=1.5, base=self.limits[0])
        panel = Panel(
            place=fit_place(heading),
            heading=heading,
            across=Axis(name=self.score_name, limits=(low - width, high + width), page_limits=(low, high), ticks=8),
            up=Axis(
                name="samples",
                limits=self.limits,
                log=10 if self.is_log else 0,
                ticks=1 if self.is_log else 5,
                is_whole=True,
            ),
            marks=[*bars, *self._threshold_marks()],
            legend=[Entry(f"group {group}", caption) for group, caption in enumerate(self.captions)],
            paper_legend="above",
            name="score_histogram",
        )
        return Chart((10.0, 5.0), [panel])

    def _threshold_marks(self) -> list[marks.Mark]:
        if self.threshold is None or not math.isfinite(self.threshold):
            return []
        is_left = self.threshold < (self.edges[0] + self.edges[-1]) / 2
        name = marks.Text(
            self.threshold_name,
            (self.threshold, None),
            offset=(6 if is_left else -6, -2),
            anchor="top_left" if is_left else "top_right",
            is_bold=True,
            has_halo=True,
        )
        return [marks.Rule(self.threshold, colour=INK, width=1.5), name]


def _fit_edges(groups: dict[str, Errors], threshold: float | None, bins: int) -> Float[np.ndarray, " edges"]:
    """Return edges over what is usual and over the threshold, and over all scores where that is not much further."""
    usual = [values for name, values in groups.items() if name != "anomalies"] or list(groups.values())
    edges = common_bins(usual, bins)
    low, high = float(edges[0]), float(edges[-1])
    if threshold is not None and math.isfinite(threshold):
        low, high = min(low, threshold), max(high, threshold)
        # Room for what lies beyond the threshold.
        high = max(high, threshold + 0.15 * (high - low))
    most = max(float(values.max()) for values in groups.values())
    return np.linspace(low, most if high < most < low + 2 * (high - low) else high, bins + 1)


def _needs_log(counts: Int[np.ndarray, "groups bins"], beyond: Bool[np.ndarray, " bins"]) -> bool:
    """Return whether a group, or what lies beyond the threshold, could not be seen beside the highest bar."""
    peaks = [*counts.max(axis=1), *counts[:, beyond].max(axis=1, initial=0)]
    return min(peak for peak in peaks if peak) < _HIDDEN * counts.max()


def compute_score_histogram(
    scores: Errors,
    *,
    calibration: Errors | None = None,
    labels: Bool[np.ndarray, " samples"] | None = None,
    threshold: float | None = None,
    score_name: str = "anomaly score",
    bins: int = 60,
) -> ScoreHistogram:
    """Return the counts of anomaly scores on bins that a heavy tail does not stretch.

    Parameters
    ----------
    scores
        The anomaly score of each sample to judge; high is abnormal.
    calibration
        Those of the calibration samples.
    labels
        True where a sample to judge is known to be an anomaly; then these are shown apart.
    threshold
        The score above which a sample is flagged; infinity where there were too few calibration samples.
    score_name
        The name of the score, with its unit.
    bins
        How many; 1 to 10,000. More shows finer detail and more noise.

    Returns
    -------
    The numbers of the figure. What lies far beyond the usual scores and the threshold is counted in the first and the
    last bin.

    Raises
    ------
    InvalidInputError
        If scores are empty, not finite or larger than 1e150, there is not one label a sample, the threshold is NaN, or
        ``bins`` is out of range.

    Examples
    --------
    >>> picture = compute_score_histogram(
    ...     np.array([0.0, 1.0, 3.0]), calibration=np.array([1.0, 2.0]), threshold=2.0, bins=3
    ... )
    >>> picture.groups, picture.counts.tolist(), picture.flagged
    (('calibration', 'scored'), [[0, 1, 1], [1, 1, 1]], 1)
    """
    judged = check_bounded("scores", check_vector("scores", scores))
    if not 1 <= bins <= 10_000:
        raise InvalidInputError(f"bins: expected 1 to 10,000, got {bins}")
    if threshold is not None and threshold != math.inf:
        check_bounded("threshold", threshold)
    groups = {}
    if calibration is not None:
        groups["calibration"] = check_bounded("calibration", check_vector("calibration", calibration))
    if labels is None:
        groups["scored"] = judged
    else:
        check_count("labels", labels, len(judged), "scores")
        is_anomaly = np.asarray(labels, bool)
        parts = {"normal": judged[~is_anomaly], "anomalies": judged[is_anomaly]}
        groups |= {name: part for name, part in parts.items() if len(part)}
    edges = _fit_edges(groups, threshold, int(bins))
    counts = np.stack([np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0] for values in groups.values()])
    every = np.concatenate(list(groups.values()))
    below, above = count_outside(every, edges)
    limit = math.inf if threshold is None else threshold
    return ScoreHistogram(
        groups=tuple(groups),
        edges=edges,
        counts=counts,
        below=below,
        above=above,
        least=float(every.min()),
        most=float(every.max()),
        threshold=threshold,
        flagged=int(np.sum(judged > limit)),
        is_log=_needs_log(counts, edges[1:] > limit),
        score_name=str(score_name),
    )


def draw_score_histogram(
    picture: ScoreHistogram, *, title: str = "Anomaly scores", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw the histogram of anomaly scores, with the threshold as a dashed line.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it says what cannot be seen in the bars.

    Returns
    -------
    A figure of ten by five inches.

    Examples
    --------
    >>> picture = compute_score_histogram(np.array([0.0, 0.5, 1.0]))
    >>> draw_score_histogram(picture).get_size_inches().tolist()
    [10.0, 5.0]
    """
    subtitle = picture.note if subtitle is None else subtitle
    return paint_matplotlib(picture.chart(title, subtitle))
