"""What a chart is drawn of: marks from columns of numbers, each with its colour and its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from jaxtyping import Float

from autoencode.charts.palette import INK, MUTED

NUMBER = "{%.5g}"
"""How hovering writes a number: after the name of its column."""

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


@dataclass(frozen=True, eq=False)
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

    only: Medium = field(default="both", kw_only=True)
    group: str = field(default="", kw_only=True)
    hover: Hover | None = field(default=None, kw_only=True)


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Lines(Mark):
    """Thin lines; the columns hold an array for each of them."""

    data: Data
    x: str
    y: str
    colour: str
    width: float = 0.8
    alpha: float = 0.4
    marker: str = ""


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class RowBars(Mark):
    """A bar a row of the panel, from 0 to a column; where one is cut at the end of the axis, it shows."""

    data: Data
    end: str
    colours: Sequence[str]
    is_cut: Sequence[bool]


@dataclass(frozen=True, eq=False)
class Intervals(Mark):
    """An interval a row of the panel with a mark in it; hollow where it says nothing."""

    data: Data
    low: str
    middle: str
    high: str
    colours: Sequence[str]
    markers: Sequence[str]
    is_hollow: Sequence[bool]


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Level(Mark):
    """A level to compare with, as a dashed line across; a page names it in its legend, or inside, over or under it."""

    value: float
    name: str
    dash: tuple[float, ...] = (5, 3)
    corner: Literal["", "over left", "over right", "under left", "under right"] = ""


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Tags(Mark):
    """Names in frames of their colours, at points; on paper none over another."""

    data: Data
    x: str
    y: str
    names: Sequence[str]
    colours: Sequence[str]


@dataclass(frozen=True, eq=False)
class Heat(Mark):
    """Numbers as colours from 0 to a limit, the first row on top, with the scale of the colours."""

    data: Data
    values: str
    limit: float
    colour_map: str


@dataclass(frozen=True, eq=False)
class Scale(Mark):
    """What the colours of marks stand for: a bar of them with the names of its ends."""

    colour_map: Any
    ends: Sequence[str]


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
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
