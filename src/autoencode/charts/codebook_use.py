"""How often each entry of a codebook is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Heading, Panel, fit_place
from autoencode.charts.code_units import find_edges
from autoencode.charts.labels import MarginLabel
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS
from autoencode.evaluation import CodeStatistics
from autoencode.evaluation.wording import say_number
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True, eq=False)
class CodebookUse:
    """What the figure of a codebook's use shows.

    Attributes
    ----------
    shares
        How often each entry is used, as a share of all uses, the most used first.
    entries_used
        How many are used at all.
    perplexity
        How many entries, used equally often, would tell as much.
    """

    shares: Float[np.ndarray, " entries"]
    entries_used: int
    perplexity: float

    @property
    def note(self) -> str:
        """The share of entries in use and the perplexity, in words."""
        count = len(self.shares)
        return (
            f"{self.entries_used:,} of {count:,} entries are used ({self.entries_used / count:.0%}); "
            f"perplexity {say_number(self.perplexity, 3)}"
        )

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: a bar an entry, in percent; the dashed line is where all entries are used equally often."""
        heading, count = Heading(title, subtitle), len(self.shares)
        left, right = find_edges(count)
        columns = {"rank": np.arange(1, count + 1), "left": left, "right": right, "share": 100 * self.shares}
        equal, most = 100 / count, 100 * float(self.shares.max())
        hover = marks.Hover([("rank", "@rank"), ("share of all uses", f"@share{marks.NUMBER}%")], mode="vline")
        panel = Panel(
            place=fit_place(heading, height=4.0, right=1.55),
            heading=heading,
            across=Axis(
                name="entry, the most used first",
                page_name="rank of the entry",
                limits=(0.5, count + 0.5),
                ticks=8,
                is_whole=True,
                has_grid=False,
            ),
            up=Axis(name="share of all uses", limits=(0, 1.08 * most), page_limits=(0, 1.05 * most), is_percent=True),
            marks=[
                marks.Bars(marks.Data("entries", columns), "share", MODEL_COLOURS[0], alpha=0.95, hover=hover),
                marks.Rule(equal, along="x"),
            ],
            margin=[MarginLabel(equal, "all equally often")],
            margin_room=80.0,
            name="codebook_use",
            pixels=180,
            tools="none",
        )
        return Chart((10.0, 4.0), [panel])


def compute_codebook_use(statistics: CodeStatistics) -> CodebookUse:
    """Return how often each entry of a codebook is used.

    Parameters
    ----------
    statistics
        Of the quantised codes of some samples.

    Raises
    ------
    InvalidInputError
        If the codes are not quantised.

    Examples
    --------
    >>> statistics = CodeStatistics.of(np.zeros((2, 2)), np.array([[0, 2], [2, 2]]), entry_count=4)
    >>> compute_codebook_use(statistics).note
    '2 of 4 entries are used (50%); perplexity 1.75'
    """
    counts, used, perplexity = statistics.entry_counts, statistics.entries_used, statistics.perplexity
    if counts is None or used is None or perplexity is None:
        raise InvalidInputError("statistics: expected those of quantised codes, got codes without entries")
    return CodebookUse(np.sort(counts)[::-1] / max(1, counts.sum()), used, perplexity)


def draw_codebook_use(
    picture: CodebookUse, *, title: str = "How the codebook is used", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw how often each entry of a codebook is used.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default the share of entries in use and the perplexity.

    Returns
    -------
    A figure of ten by four inches.

    Examples
    --------
    >>> draw_codebook_use(CodebookUse(np.array([0.75, 0.25, 0.0]), 2, 1.75)).get_size_inches().tolist()
    [10.0, 4.0]
    """
    subtitle = picture.note if subtitle is None else subtitle
    return paint_matplotlib(picture.chart(title, subtitle))
