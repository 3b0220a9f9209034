"""A figure as one value: panels with axes and marks, which a painter draws on paper or on a page and adds nothing to.

A chart says what is drawn: numbers, colours, limits, words, the order from the lowest mark to the highest. How a
medium shows it, a painter knows: how much room a text has, where names stand, how a reader points at a mark. Lengths
are inches and points of paper; a page has pixels, of which 1.25 make a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from autoencode.charts.labels import MarginLabel, heading_height
from autoencode.charts.marks import Mark

MOST_TICKS = 16
"""So many ticks have a place of their own on a page; of more, as many as there is room for are numbered."""

LEFT, BOTTOM = 1.05, 0.65
"""Of the usual panel, in inches from the sides of the paper."""

Place = tuple[float, float, float, float]
"""Left, bottom, width and height of a panel on paper, in inches."""


class Entry(NamedTuple):
    """An entry of the legend: the group that it names, its name, and what follows that, which is never cut.

    A page has all of them; on paper ``paper_rest`` follows the name.
    """

    group: str
    name: str
    rest: str = ""
    paper_rest: str = ""


class Rows(NamedTuple):
    """The names of a panel's rows, from the top, and what is said of each.

    On paper they stand at the left and at the right of their marks, on a page over them: on one line, or on one each.
    """

    names: Sequence[str]
    captions: Sequence[str]
    caption_colours: Sequence[str]
    lines: Literal[1, 2] = 1


class Heading(NamedTuple):
    """A bold title, a grey line under it, how far above the panel they begin, and how wide they may be, in points."""

    title: str = ""
    subtitle: str = ""
    lift: float = 0.0
    room: float | None = None

    @property
    def height(self) -> float:
        """The room that it takes above its panel, with a margin over it, in inches."""
        return heading_height(self.title, self.subtitle, lift=self.lift)


@dataclass(frozen=True, eq=False, kw_only=True)
class Axis:
    """One axis.

    Attributes
    ----------
    name
        With its unit.
    limits
        Its ends; None is what the marks need.
    page_name, page_limits
        What a page has instead.
    log
        The base of a logarithmic axis, or 0.
    ticks
        About how many steps there are at most; or where there is a number. On a logarithmic axis, how many numbers a
        power of ten has: 1, or 3 for 1, 2 and 5.
    tick_names
        What stands there instead of the numbers.
    is_whole, is_percent
        Whether only whole numbers have a tick, and whether they are percent.
    has_grid, has_numbers, is_bare
        Whether there are lines and numbers at its ticks, and whether there is no axis at all.
    """

    name: str = ""
    limits: tuple[float, float] | None = None
    page_name: str | None = None
    page_limits: tuple[float, float] | None = None
    log: int = 0
    ticks: int | Sequence[float] = 5
    tick_names: Sequence[str] = ()
    is_whole: bool = False
    is_percent: bool = False
    has_grid: bool = True
    has_numbers: bool = True
    is_bare: bool = False


_AXIS, _HEADING = Axis(), Heading()


@dataclass(frozen=True, eq=False)
class Detail:
    """A part that is too thin to be seen in the whole: paper enlarges it in a frame, and a page opens with it.

    Attributes
    ----------
    across, up
        Its ends.
    name
        What is written over the frame.
    page_up, page_note
        What a page shows of the vertical axis, and what it says of the rest.
    """

    across: tuple[float, float]
    up: tuple[float, float]
    name: str
    page_up: tuple[float, float]
    page_note: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """Two axes with what is drawn on them.

    Attributes
    ----------
    place
        On paper.
    marks
        The first ones lie under the others.
    heading, title
        Above it on paper, and in bold over it on both.
    rows
        Where it has rows in place of a vertical axis.
    margin, margin_room
        The labels to its right on paper, and the widest line of them in points.
    legend, paper_legend
        The entries of its legend, and where that stands on paper.
    detail
        A part of it to enlarge.
    name
        By which a script finds it on a page.
    pixels
        Its height on a page, or of a heat map its longer side.
    tools
        What a reader may do on a page: enlarge it, choose bars by brushing, select dots, or point only.
    """

    place: Place
    marks: Sequence[Mark]
    across: Axis = _AXIS
    up: Axis = _AXIS
    heading: Heading = _HEADING
    title: str = ""
    rows: Rows | None = None
    margin: Sequence[MarginLabel] = ()
    margin_room: float = 130.0
    legend: Sequence[Entry] = ()
    paper_legend: Literal["none", "above", "inside"] = "none"
    detail: Detail | None = None
    name: str = ""
    pixels: int = 260
    tools: Literal["zoom", "brush", "select", "none"] = "zoom"


@dataclass(frozen=True, eq=False)
class Chart:
    """A whole figure.

    Attributes
    ----------
    size
        Width and height on paper, in inches.
    panels
        At least one. On a page several stand in a row, or above one another with a common horizontal axis.
    is_stacked
        Whether they stand above one another.
    """

    size: tuple[float, float]
    panels: Sequence[Panel]
    is_stacked: bool = False


def fit_place(heading: Heading, *, height: float = 5.0, right: float = 0.3) -> Place:
    """Return the place of a single panel on paper ten inches wide, under its heading.

    Parameters
    ----------
    heading
        What stands above it.
    height
        Of the whole figure, in inches.
    right
        The room to its right, in inches; 2.2 hold labels.
    """
    return LEFT, BOTTOM, 10.0 - LEFT - right, height - BOTTOM - heading.height
