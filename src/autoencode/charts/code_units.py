"""How the units of a code are used: how much each varies, and in how many samples it is active."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import BOTTOM, LEFT, MOST_TICKS, Axis, Chart, Heading, Panel
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import MODEL_COLOURS
from autoencode.evaluation import CodeStatistics
from autoencode.evaluation.wording import say_count, say_number

if TYPE_CHECKING:
    import matplotlib.figure

MOST_NAMED = 40
"""With more units there is no room for the number of each."""

MOST_APART = 64
"""More bars have no gaps between them."""

_GAP = 0.12  # between bars, in widths of a bar with its gap


def find_edges(count: int) -> Float[np.ndarray, "2 bars"]:
    """Return where each of some bars begins and ends, which stand at 1, 2, …

    Examples
    --------
    >>> find_edges(2).tolist()
    [[0.56, 1.56], [1.44, 2.44]]
    """
    wide = (1 - _GAP if count <= MOST_APART else 1.0) / 2
    return np.stack([np.arange(1, count + 1) - wide, np.arange(1, count + 1) + wide])


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

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: how much each unit varies, above in how many samples it is active, in percent.

        Units that are never active are orange, and on paper crossed as well.
        """
        heading, most = Heading(title, subtitle), float(self.deviations.max(initial=0.0)) or 1.0
        tall, dead = (5.0 - BOTTOM - 0.2 - heading.height) / 2, np.flatnonzero(self.active_shares == 0)
        named = "unit" if len(self.units) <= MOST_NAMED else "rank of the unit"
        crosses = marks.Dots(
            marks.Data("dead", {"x": dead + 1, "y": np.full(len(dead), 2.0)}),
            "x",
            "y",
            MODEL_COLOURS[1],
            marker="x",
            only="paper",
        )
        deviation, active = self._bars()
        above = Panel(
            place=(LEFT, BOTTOM + 0.2 + tall, 8.65, tall),
            heading=heading,
            across=self._across("", is_bare=True),
            up=Axis(name="standard deviation", limits=(0, 1.08 * most), page_limits=(0, 1.05 * most), ticks=4),
            marks=[deviation],
            name="code_units_deviation",
            pixels=150,
            tools="none",
        )
        remark = f"{named}, the one that varies most first{'; × is never active' if len(dead) else ''}"
        below = replace(
            above,
            place=(LEFT, BOTTOM, 8.65, tall),
            heading=Heading(),
            across=self._across(remark, page_name="unit" if len(self.units) <= MOST_TICKS else "rank of the unit"),
            up=Axis(
                name="active in so many samples",
                page_name="active in",
                limits=(0, 105),
                ticks=(0, 50, 100),
                is_percent=True,
            ),
            marks=[active, crosses],
            name="code_units_shown",
        )
        return Chart((10.0, 5.0), [above, below], is_stacked=True)

    def _across(self, name: str, *, page_name: str | None = None, is_bare: bool = False) -> Axis:
        count = len(self.units)
        is_named = count <= MOST_NAMED
        return Axis(
            name=name,
            page_name=page_name,
            limits=(0.3, count + 0.7),
            page_limits=(0.5, count + 0.5),
            ticks=np.arange(1, count + 1).tolist() if is_named else 8,
            tick_names=list(map(str, self.units)) if is_named else (),
            is_whole=True,
            has_grid=False,
            is_bare=is_bare,
        )

    def _bars(self) -> list[marks.Bars]:
        """Return the bars of both panels."""
        left, right = find_edges(len(self.units))
        active, dead = 100 * self.active_shares, self.active_shares == 0
        columns = {
            "unit": self.units,
            "left": left,
            "right": right,
            "deviation": self.deviations,
            "active": active,
            "zero": 100 * self.zero_shares,
            # A unit that is never active has no bar; a line on the axis shows that it is there.
            "shown": np.where(dead, 2.0, active),
        }
        shares = [("active in", f"@active{marks.NUMBER}%"), ("exactly 0 in", f"@zero{marks.NUMBER}%")]
        numbers = [("unit", "@unit"), ("standard deviation", f"@deviation{marks.NUMBER}"), *shares]
        look = {
            "data": marks.Data("units", columns),
            "alpha": 0.95,
            "colours": [MODEL_COLOURS[int(gone)] for gone in dead],
        }
        return [marks.Bars(top=top, hover=marks.Hover(numbers, mode="vline"), **look) for top in ("deviation", "shown")]


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
    return paint_matplotlib(picture.chart(title, subtitle))
