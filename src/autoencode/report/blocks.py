"""What stands in a section of a page: text, tables, pictures, plots, and the parts that a reader explores."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from autoencode.report.scripts import escape_json

if TYPE_CHECKING:
    import bokeh.models


def picture_address(file: bytes) -> str:
    """Return a PNG or WebP file as a data URI.

    Examples
    --------
    >>> picture_address(b"PNG")
    'data:image/png;base64,UE5H'
    """
    kind = "webp" if file[:4] == b"RIFF" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(file).decode()}"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text.

    Attributes
    ----------
    text
        The words.
    strong
        Whether they stand out, as a verdict does.
    mark
        A word that colours it where it stands out: "good", "bad", or "".
    """

    text: str
    strong: bool = False
    mark: str = ""
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Facts:
    """A few numbers, large, each with what it is.

    Attributes
    ----------
    facts
        Number, what it is, and a remark that may be empty.
    """

    facts: Sequence[tuple[str, str, str]]
    kind: str = field(default="facts", init=False)


@dataclass(frozen=True)
class Table:
    """A table of text cells.

    Attributes
    ----------
    head
        The columns' names.
    rows
        The cells; as many in each row as there are columns.
    caption
        What the table is of.
    marks
        For each row, a word that colours it: "good", "bad", or "".
    shades
        For each cell, how strongly it is shaded, from 0, not, to 4; empty where none is.
    numeric
        Whether all columns but the first are aligned to the right.
    folded
        Whether only the caption is seen until a reader opens the table; on paper it is open.
    first
        The number of its first row among those of the `Marking` of the page, from 0; None: it has none of them.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    marks: Sequence[str] = ()
    shades: Sequence[Sequence[int]] = ()
    numeric: bool = False
    folded: bool = False
    first: int | None = None
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Picture:
    """A PNG picture.

    Attributes
    ----------
    png
        The file's bytes.
    description
        What it shows, for a reader who cannot see it.
    caption
        What stands below it.
    """

    png: bytes
    description: str
    caption: str = ""
    kind: str = field(default="picture", init=False)

    @property
    def address(self) -> str:
        """The picture as a data URI."""
        return picture_address(self.png)


@dataclass(frozen=True)
class Card:
    """Small pictures side by side, with a line or two below.

    Attributes
    ----------
    pictures
        PNG or WebP files, as many as `Cards.names`.
    lines
        What stands below them, the first one strong.
    """

    pictures: Sequence[bytes]
    lines: Sequence[str]

    @property
    def addresses(self) -> list[str]:
        """The pictures as data URIs."""
        return [picture_address(file) for file in self.pictures]


@dataclass(frozen=True)
class Cards:
    """Cards in a grid that is as wide as the window allows.

    Attributes
    ----------
    names
        What the pictures of each card are, such as "original" and "reconstruction".
    cards
        In their order.
    caption
        What stands below them.
    smooth
        Whether pictures are smoothed as they grow; small ones are not, so that each pixel is seen.
    broad
        Whether cards are twice as wide, for many pictures in each.
    """

    names: Sequence[str]
    cards: Sequence[Card]
    caption: str = ""
    smooth: bool = False
    broad: bool = False
    kind: str = field(default="cards", init=False)


@dataclass(frozen=True)
class Listing:
    """Text in a fixed-width font, such as a summary or code.

    Attributes
    ----------
    text
        Its lines.
    title
        What it is, such as "Python"; code with a title is meant to be copied.
    """

    text: str
    title: str = ""
    kind: str = field(default="listing", init=False)


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot that a reader can zoom, and the still picture that stands for it on paper and where no script runs.

    Attributes
    ----------
    plot
        A Bokeh figure, or another of its models that can stand in a document.
    still
        A PNG file.
    description
        What it shows, for a reader who cannot see it.
    caption
        What stands below it, or beside it where it is narrow.
    narrow
        Whether it takes half of the page's width at most.
    """

    plot: bokeh.models.LayoutDOM
    still: bytes
    description: str
    caption: str = ""
    narrow: bool = False
    kind: str = field(default="plot", init=False)

    @property
    def address(self) -> str:
        """The still picture as a data URI."""
        return picture_address(self.still)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the explorer of one study; its markup is in `templates/explorer.html.jinja`.

    Attributes
    ----------
    name
        Which: "worst", "map" or "decoder".
    study
        The number of the study that it is about, from 1: its place in `Page.studies`.
    title
        What the study is called.
    plot
        The plot that it drives, or None.
    fallback
        What stands in its place where no script runs.
    """

    name: Literal["worst", "map", "decoder"]
    study: int
    title: str
    plot: Plot | None = None
    fallback: Sequence[Block] = ()
    kind: str = field(default="part", init=False)


@dataclass(frozen=True)
class Marking:
    """What lets a reader mark rows of tables as normal or as anomalies, and save these as a table of marks.

    Without script nothing of it is seen. A page has one at most.

    Attributes
    ----------
    columns
        The columns of the samples.
    rows
        The cells of each row that can be marked, as a file has them; None is a missing one.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    kind: str = field(default="marking", init=False)

    @property
    def text(self) -> str:
        """Both as JSON that can stand in a page."""
        return escape_json({"columns": list(self.columns), "rows": [list(row) for row in self.rows]})


Block: TypeAlias = "Paragraph | Facts | Table | Picture | Cards | Listing | Plot | Part | Marking"
