"""How often each entry of a codebook is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.evaluation import CodeStatistics
from autoencode.evaluation.wording import say_number
from autoencode.exceptions import InvalidInputError
from autoencode.figures.labels import MarginLabel, draw_heading, draw_margin_labels, heading_height, name_axes
from autoencode.figures.palette import MODEL_COLOURS, MUTED, new_figure, place_axes, style, tick_locator

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["CodebookUse", "compute_codebook_use", "draw_codebook_use", "draw_codebook_use_on"]


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


def draw_codebook_use_on(axes: matplotlib.axes.Axes, picture: CodebookUse) -> None:
    """Draw how often each entry is used, without a heading, on axes that stand where they will stay.

    Parameters
    ----------
    axes
        Empty axes, with 1.5 inches of room to the right for a label.
    picture
        What to draw.
    """
    count = len(picture.shares)
    axes.stairs(
        picture.shares, np.arange(count + 1) + 0.5, fill=True, color=MODEL_COLOURS[0], alpha=0.75, linewidth=0, zorder=2
    )
    axes.axhline(1 / count, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3)
    axes.grid(visible=False, axis="x")
    axes.set(xlim=(0.5, count + 0.5), ylim=(0, 1.08 * float(picture.shares.max())))
    axes.yaxis.set_major_locator(tick_locator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
    axes.xaxis.set_major_locator(tick_locator(8, integer=True))
    name_axes(axes, "entry, the most used first", "share of all uses")
    draw_margin_labels(axes, [MarginLabel(1 / count, "all equally often", MUTED)], room=80.0)


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
    with style():
        figure = new_figure(10.0, 4.0)
        axes = place_axes(figure, 1.05, 0.65, 7.4, 3.35 - heading_height(title, subtitle))
        draw_codebook_use_on(axes, picture)
        draw_heading(axes, title, subtitle)
    return figure
