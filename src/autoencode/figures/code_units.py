"""How the units of a code are used: how much each varies, and in how many samples it is active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.evaluation import CodeStatistics
from autoencode.evaluation.wording import say_count, say_number
from autoencode.figures.labels import draw_heading, heading_height, name_axes
from autoencode.figures.palette import MODEL_COLOURS, new_figure, place_axes, style, tick_locator

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["CodeUnits", "compute_code_units", "draw_code_units", "draw_code_units_on"]

MOST_NAMED = 40
"""With more units there is no room for the number of each."""


@dataclass(frozen=True, eq=False)
class CodeUnits:
    """What the figure of a code's units shows, the unit that varies most first.

    Attributes
    ----------
    units
        Which unit each bar is of.
    deviations
        The standard deviation of each.
    active_shares, zero_shares
        In which share of the samples each is active, and in which it is exactly 0.
    note
        What holds for the code as a whole, in words.
    """

    units: Int[np.ndarray, " units"]
    deviations: Float[np.ndarray, " units"]
    active_shares: Float[np.ndarray, " units"]
    zero_shares: Float[np.ndarray, " units"]
    note: str


def compute_code_units(statistics: CodeStatistics) -> CodeUnits:
    """Return how the units of a code are used, the unit that varies most first.

    Parameters
    ----------
    statistics
        Of the codes of some samples.

    Examples
    --------
    >>> picture = compute_code_units(CodeStatistics.of(np.array([[0.0, 1.0, 2.0], [0.0, 2.0, 8.0]])))
    >>> picture.units.tolist(), picture.note
    ([2, 1, 0], '3 units, 1 never active; 2.00 active in a sample; effective code size 1.00')
    """
    order = np.argsort(-statistics.deviation, kind="stable")
    dead = int(np.count_nonzero(statistics.active_share == 0))
    never = f", {dead:,} never active" if dead else ""
    units = say_count(statistics.code_size, "unit")
    active, effective = (say_number(n, 3) for n in (statistics.active_units, statistics.effective_code_size))
    note = f"{units}{never}; {active} active in a sample; effective code size {effective}"
    return CodeUnits(
        order, statistics.deviation[order], statistics.active_share[order], statistics.zero_share[order], note
    )


def draw_code_units_on(above: matplotlib.axes.Axes, below: matplotlib.axes.Axes, picture: CodeUnits) -> None:
    """Draw how the units are used, without a heading, on two axes that stand where they will stay.

    Parameters
    ----------
    above, below
        Empty axes, one above the other: for how much each unit varies, and for the share of samples in which it is
        active.
    picture
        What to draw.
    """
    count = len(picture.units)
    ranks = np.arange(1, count + 1)
    gap = 0.12 if count <= MOST_NAMED else 0.0
    for axes, heights, colour in (
        (above, picture.deviations, MODEL_COLOURS[0]),
        (below, picture.active_shares, MODEL_COLOURS[2]),
    ):
        if gap:
            axes.bar(ranks, heights, width=1 - gap, color=colour, alpha=0.75, zorder=2)
        else:
            axes.stairs(heights, np.arange(count + 1) + 0.5, fill=True, color=colour, alpha=0.75, zorder=2)
        axes.grid(visible=False, axis="x")
        axes.set_xlim(0.3, count + 0.7)
    dead = np.flatnonzero(picture.active_shares == 0)
    below.plot(ranks[dead], np.full(len(dead), 0.02), linestyle="none", marker="x", color=MODEL_COLOURS[1], zorder=3)
    above.set_ylim(0, 1.08 * float(picture.deviations.max(initial=0.0)) or 1.0)
    below.set_ylim(0, 1.05)
    above.yaxis.set_major_locator(tick_locator(4))
    below.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    above.tick_params(labelbottom=False, bottom=False)
    if count <= MOST_NAMED:
        below.set_xticks(ranks, [str(unit) for unit in picture.units])
    else:
        below.xaxis.set_major_locator(tick_locator(8, integer=True))
    named = "unit" if count <= MOST_NAMED else "rank of the unit"
    name_axes(above, "", "standard deviation")
    remark = "; × is never active" if len(dead) else ""
    name_axes(below, f"{named}, the one that varies most first{remark}", "active in so many samples")


def draw_code_units(
    picture: CodeUnits, *, title: str = "How the units of the code are used", subtitle: str | None = None
) -> matplotlib.figure.Figure:
    """Draw how the units of a code are used.

    Parameters
    ----------
    picture
        What to draw.
    title
        The heading.
    subtitle
        The grey line under it; by default the note of the picture.

    Returns
    -------
    A figure of ten by five inches.

    Examples
    --------
    >>> picture = compute_code_units(CodeStatistics.of(np.array([[0.0, 1.0, 2.0], [0.0, 2.0, 8.0]])))
    >>> draw_code_units(picture).get_size_inches().tolist()
    [10.0, 5.0]
    """
    subtitle = picture.note if subtitle is None else subtitle
    with style():
        figure = new_figure(10.0, 5.0)
        height = (5.0 - 0.65 - 0.2 - heading_height(title, subtitle)) / 2
        below = place_axes(figure, 1.05, 0.65, 8.65, height)
        above = place_axes(figure, 1.05, 0.85 + height, 8.65, height)
        draw_code_units_on(above, below, picture)
        draw_heading(above, title, subtitle)
    return figure
