"""A figure as one value: panels with axes and marks, which a painter draws on paper or on a page and adds nothing to.

A chart says what is drawn: numbers, colours, limits, words, the order from the lowest mark to the highest. How a
medium shows it, a painter knows: how much room a text has, where names stand, how a reader points at a mark. Lengths
are inches and points of paper; a page has pixels, of which 1.25 make a point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from jaxtyping import Float

from autoencode.figures.labels import MarginLabel, heading_height
from autoencode.figures.palette import INK, MUTED

__all__ = ["BOTTOM", "LEFT", "MOST_TICKS", "NUMBER", "Axis", "Chart", "Data", "Detail", "Entry", "Heading", "Hover"]
__all__ += ["Panel", "PictureRow", "Place", "Rows", "fit_place"]
__all__ += ["Bars", "Dots", "Heat", "Intervals", "Level", "Line", "Lines", "Mark", "Pictures", "RowBars", "Rule"]
__all__ += ["Scale", "Tags", "Text", "Tiles"]

NUMBER = "{%.5g}"
"""How hovering writes a number: after the name of its column."""

MOST_TICKS = 16
"""So many ticks have a place of their own on a page; of more, as many as there is room for are numbered."""

LEFT, BOTTOM = 1.05, 0.65
"""Of the usual panel, in inches from the sides of the paper."""

Place = tuple[float, float, float, float]
"""Left, bottom, width and height of a panel on paper, in inches."""

Medium = Literal["both", "paper", "page"]


@dataclass(frozen=True, eq=False)
class Data:
    """Columns of numbers and texts: what marks are drawn from, what hovering shows, and what a page's script looks up.

    Attributes
    ----------
    name
        By which a script finds them.
    columns
        By their names. Texts are as a page may show them.
    """

    name: str
    columns: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.columns[column]


@dataclass(frozen=True, eq=False)
class Hover:
    """What is shown where a reader points; marks that share one share its place.

    Attributes
    ----------
    rows
        Each a name and a text, in which ``@{column}`` stands for what the column holds.
    mode
        Whether to point at a mark, or anywhere over or under it.
    attachment
        Where it appears, seen from the mark.
    is_wide
        Whether the whole height of a bin, or the whole width of a row, can be pointed at.
    """

    rows: Sequence[tuple[str, str]]
    mode: Literal["mouse", "vline"] = "mouse"
    attachment: Literal["above", "below", "vertical"] = "vertical"
    is_wide: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Mark:
    """What all marks have.

    Attributes
    ----------
    only
        Where it is drawn, if not on both.
    group
        The entry of the legend that names it; on a page, a click there mutes it.
    hover
        What is shown where a reader points at it.
    """

    only: Medium = "both"
    group: str = ""
    hover: Hover | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars(Mark):
    """Upright bars, from column ``left`` to ``right`` and from ``base`` to column ``top``.

    Attributes
    ----------
    edges
        Where the bars touch, those of all of them; what is drawn on paper, and round which the outline runs.
    colours
        One for all, or one a bar.
    outline
        The width of the line round all bars, in points; 0 is none.
    name
        By which a script finds them, where one source has several.
    """

    data: Data
    top: str
    colours: str | Sequence[str]
    alpha: float = 0.3
    outline: float = 0.0
    dash: tuple[float, ...] = ()
    edges: Float[Any, " edges"] | None = None
    base: float = 0.0
    name: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Line(Mark):
    """A line through points; one of steps reaches each point from the left. An area is what lies under it, unlined."""

    data: Data
    x: str
    y: str
    colour: str
    width: float = 2.0
    alpha: float = 1.0
    dash: tuple[float, ...] = ()
    is_steps: bool = False
    is_area: bool = False
    is_under: bool = False
    is_clipped: bool = True
    marker: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Lines(Mark):
    """Thin lines; the columns hold an array for each of them."""

    data: Data
    x: str
    y: str
    colour: str
    width: float = 0.8
    alpha: float = 0.4
    marker: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Dots(Mark):
    """Marks at points; ``size`` is their diameter in points.

    Attributes
    ----------
    colours
        One for all, or one a dot.
    edge
        Of the line round each, in points; white, or of the colour where the inside is another.
    face
        What is inside, if not the colour: "white", which a page leaves out, or "none".
    is_selected
        Whether a reader selects among them: what is not selected fades.
    """

    data: Data
    x: str
    y: str
    colours: str | Sequence[str]
    size: float = 6.0
    marker: str = "o"
    alpha: float = 1.0
    edge: float = 0.0
    face: Literal["", "white", "none"] = ""
    is_clipped: bool = True
    is_selected: bool = False
    name: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class RowBars(Mark):
    """A bar a row of the panel, from 0 to a column; where one is cut at the end of the axis, it shows."""

    data: Data
    end: str
    colours: Sequence[str]
    is_cut: Sequence[bool]


@dataclass(frozen=True, eq=False, kw_only=True)
class Intervals(Mark):
    """An interval a row of the panel with a mark in it; hollow where it says nothing."""

    data: Data
    low: str
    middle: str
    high: str
    colours: Sequence[str]
    markers: Sequence[str]
    is_hollow: Sequence[bool]


@dataclass(frozen=True, eq=False, kw_only=True)
class Rule(Mark):
    """A straight line at a value over the whole width ("x") or height ("y") of the panel.

    Attributes
    ----------
    name, number
        What is written beside it, each such line in a row of its own over the bars; the number is never cut.
    text_colour, is_bold
        Of what is written.
    is_under
        Whether it lies under the marks.
    """

    value: float
    along: Literal["x", "y"] = "y"
    colour: str = MUTED
    width: float = 1.2
    dash: tuple[float, ...] = (5, 3)
    name: str = ""
    number: str = ""
    text_colour: str = MUTED
    is_bold: bool = False
    is_under: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Level(Mark):
    """A level to compare with, as a dashed line across; a page names it in its legend, or inside, over or under it."""

    value: float
    name: str
    dash: tuple[float, ...] = (5, 3)
    corner: Literal["", "over left", "over right", "under left", "under right"] = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Text(Mark):
    """A short text at a place.

    Attributes
    ----------
    at
        In the units of the axes; None is the left side across, and the top up.
    offset
        From the place to the text, in points to the right and up.
    anchor
        Which point of the text lies there, as ``bottom_center``.
    """

    text: str
    at: tuple[float | None, float | None]
    colour: str = INK
    offset: tuple[float, float] = (0.0, 0.0)
    anchor: str = "bottom_center"
    size: float = 9.5
    spacing: float = 1.2
    is_bold: bool = False
    has_halo: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Tags(Mark):
    """Names in frames of their colours, at points; on paper none over another."""

    data: Data
    x: str
    y: str
    names: Sequence[str]
    colours: Sequence[str]


@dataclass(frozen=True, eq=False, kw_only=True)
class Heat(Mark):
    """Numbers as colours from 0 to a limit, the first row on top, with the scale of the colours."""

    data: Data
    values: str
    limit: float
    colour_map: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Scale(Mark):
    """What the colours of marks stand for: a bar of them with the names of its ends."""

    colour_map: Any
    ends: Sequence[str]


@dataclass(frozen=True, eq=False, kw_only=True)
class Tiles(Mark):
    """Rows of a table: the names of its columns, and a tile a cell, filled as far as its level, 0 to 1, if it has one.

    The panel is bare, a column is 1 wide and a row 1 high, and the first row lies below the names, from 0 down.
    """

    names: Sequence[str]
    cells: Sequence[Sequence[str]]
    levels: Float[Any, "rows columns"]


class PictureRow(NamedTuple):
    """A row of pictures of one size.

    Attributes
    ----------
    name
        What stands to its left.
    pictures
        In colour, or numbers that stand for colours.
    captions
        The lines under each, if there are any; all have as many.
    note
        A line or two under the name, where there is room.
    colour_map, limits
        The colours of numbers, as matplotlib names them, and the numbers that have the first and the last of them.
    scale
        What is written beside a bar of the colours: at its start, its middle and its end; empty where there is no bar.
    """

    name: str
    pictures: Float[Any, "pictures height width *colours"]
    captions: Sequence[Sequence[str]] = ()
    note: str = ""
    colour_map: Any = "gray"
    limits: tuple[float, float] = (0.0, 1.0)
    scale: Sequence[str] = ()

    @property
    def lines(self) -> int:
        """How many lines there are under each picture."""
        return len(self.captions[0]) if len(self.captions) else 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Pictures(Mark):
    """Rows of pictures that fill a bare panel from its upper left corner; lengths are in widths of a picture.

    Attributes
    ----------
    rows
        From the top; all have pictures of the same size, and none more than the first.
    line
        The height of a line under a picture.
    """

    GAP: ClassVar[float] = 0.06

    rows: Sequence[PictureRow]
    line: float

    @property
    def aspect(self) -> float:
        """The height of a picture."""
        return self.rows[0].pictures.shape[1] / self.rows[0].pictures.shape[2]

    @property
    def across(self) -> float:
        """The width of all."""
        return len(self.rows[0].pictures) * (1 + self.GAP) - self.GAP

    @property
    def tops(self) -> list[float]:
        """Where each row begins, from 0 down, and the last one ends; very flat pictures leave room for their names."""
        tops = [0.0]
        for row in self.rows:
            gap = 0.0 if row is self.rows[-1] else self.GAP * (1.5 if row.lines else 1.0)
            tall = self.aspect + row.lines * self.line + gap
            tops.append(tops[-1] - (tall if row is self.rows[-1] else max(tall, 0.3)))
        return tops


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
