"""The histogram of errors: how far the reconstructions of several models are from their samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Entry, Heading, Panel, Place, fit_place
from autoencode.charts.checks import check_vector
from autoencode.charts.outlined_bars import outline_bars
from autoencode.charts.page_labels import LABEL_ROW
from autoencode.charts.page_plot import HEIGHT
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS, MODEL_TEXT_COLOURS, visible_span
from autoencode.charts.paper_labels import ROW
from autoencode.charts.reference_line import ReferenceLine, check_references
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True, eq=False)
class ErrorHistogram:
    """What the histogram of errors shows.

    Attributes
    ----------
    models
        The models' names.
    means
        Of each model, the mean of its errors.
    edges
        Of the bins, the same for all.
    counts
        Of each model, how many errors lie in each bin.
    beyond
        Of each model, how many errors lie right of the last bin.
    baselines
        The mean errors of the baselines.
    error_name
        The horizontal axis's name.
    """

    models: tuple[str, ...]
    means: tuple[float, ...]
    edges: Float[np.ndarray, " edges"]
    counts: Int[np.ndarray, "models bins"]
    beyond: tuple[int, ...]
    baselines: tuple[ReferenceLine, ...]
    error_name: str

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: bars and a line round them for each model, and an upright line for each mean."""
        heading = Heading(title, subtitle)
        return Chart((10.0, 5.0), [self.panel(heading, fit_place(heading))])

    def panel(self, heading: Heading, place: Place) -> Panel:
        """Return it as a panel of a larger chart."""
        rules, highest = self._rules(), max(int(self.counts.max()), 1)
        count, limits = len(rules), (float(self.edges[0]), float(self.edges[-1]))
        # The bars end below the rows of labels, but keep at least a third of the height.
        paper = highest / max(1 - (count * ROW + 6) / (72 * place[3]), 1 / 3)
        page = highest / max(1 - (count * LABEL_ROW + 8) / HEIGHT, 1 / 3)
        named = list(zip(self.models, MODEL_COLOURS, strict=False))
        alpha = {1: 0.3, 2: 0.25, 3: 0.15}.get(len(named), 0.06)
        return Panel(
            place=place,
            heading=heading,
            across=Axis(name=self.error_name, limits=limits, ticks=8 if 72 * place[2] > 400 else 5),
            up=Axis(name="samples", limits=(0.0, paper), page_limits=(0.0, page), is_whole=True),
            marks=[*outline_bars(self.edges, self.counts, named, "error", alpha=alpha), *rules],
            legend=[Entry(f"group {model}", name) for model, (name, _) in enumerate(named) if len(named) > 1],
            name="error_histogram",
        )

    def _rules(self) -> list[marks.Rule]:
        """Return a line for each mean and baseline."""
        looks: list[dict[str, Any]] = [
            {"name": name, "colour": colour, "text_colour": ink, "dash": (), "is_bold": True}
            for name, colour, ink in zip(self.models, MODEL_COLOURS, MODEL_TEXT_COLOURS, strict=False)
        ]
        looks += [{"name": level.label} for level in self.baselines]
        values = [*self.means, *(level.value for level in self.baselines)]
        return [
            marks.Rule(value, number=f" {value:.4g}", width=1.5, **look)
            for value, look in zip(values, looks, strict=True)
        ]


def _fit_edges(errors: list[Errors], levels: list[float], bins: int) -> Float[np.ndarray, " edges"]:
    """Return edges from the lowest error to the 99.5 % quantile of the widest model, and over every level."""
    low = min(*(float(error.min()) for error in errors), *levels)
    high = max(*(float(np.quantile(error, 0.995)) for error in errors), *levels)
    if 0 <= low < 0.15 * high:
        low = 0.0
    room = 0.04 * visible_span(low, high)
    # A hair of room at the left keeps an error that is the lowest in the first bin; none where that edge is 0.
    return np.linspace(low if low == 0.0 else low - room, high + room, bins + 1)


def compute_error_histogram(
    errors: Mapping[str, Errors],
    *,
    baselines: Sequence[ReferenceLine] = (),
    bins: int = 60,
    error_name: str = "mean squared error of a sample",
) -> ErrorHistogram:
    """Return the counts of several models' errors on common bins.

    Parameters
    ----------
    errors
        For each model's name, the error of every sample.
    baselines
        The mean errors of the mean sample and of PCA, in the same units.
    bins
        How many; at least 1. More shows finer detail and more noise.
    error_name
        The name of the error: its measure, reduction and units.

    Returns
    -------
    The numbers of the figure. The bins reach over every mean and baseline, and over 99.5 % of each model's errors.

    Raises
    ------
    InvalidInputError
        If there are no models or more than six, or their errors are empty or not finite.

    Examples
    --------
    >>> picture = compute_error_histogram({"vanilla": np.array([0.0, 0.5, 1.0])}, bins=2)
    >>> picture.counts.tolist(), picture.means
    ([[2, 1]], (0.5,))
    """
    if not 1 <= len(errors) <= len(MODEL_COLOURS):
        raise InvalidInputError(f"errors: expected 1 to {len(MODEL_COLOURS)} models, got {len(errors)}")
    if bins < 1:
        raise InvalidInputError(f"bins: expected at least 1, got {bins}")
    levels = check_references("baselines", baselines)
    vectors = [check_vector(f"errors[{name!r}]", error) for name, error in errors.items()]
    means = tuple(float(vector.mean()) for vector in vectors)
    edges = _fit_edges(vectors, [*means, *(level.value for level in levels)], int(bins))
    return ErrorHistogram(
        models=tuple(map(str, errors)),
        means=means,
        edges=edges,
        counts=np.stack([np.histogram(vector, edges)[0] for vector in vectors]),
        beyond=tuple(int(np.sum(vector > edges[-1])) for vector in vectors),
        baselines=levels,
        error_name=str(error_name),
    )


def draw_error_histogram(
    picture: ErrorHistogram, *, title: str = "Errors, sample by sample", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw the histogram of several models' errors, with their means and those of the baselines.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default it explains the lines, and says how many errors lie right of the axes.

    Returns
    -------
    A figure of ten by five inches.

    Examples
    --------
    >>> picture = compute_error_histogram({"vanilla": np.array([0.0, 0.5, 1.0])})
    >>> draw_error_histogram(picture).get_size_inches().tolist()
    [10.0, 5.0]
    """
    if subtitle is None:
        subtitle = "smaller is better; the lines are means: solid, of the models; dashed, of the baselines"
        beyond = sum(picture.beyond)
        subtitle += f"; {beyond} errors lie further right" if beyond else ""
    return paint_matplotlib(picture.chart(title, subtitle))
