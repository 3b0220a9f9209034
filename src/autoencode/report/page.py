"""One self-contained HTML page: sections of text, tables and pictures. Nothing is loaded from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Listing", "Page", "Paragraph", "Picture", "Section", "Table", "render_page"]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text.

    Attributes
    ----------
    text
        The words.
    strong
        Whether they stand out, as a verdict does.
    """

    text: str
    strong: bool = False
    kind: str = field(default="paragraph", init=False)


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
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    marks: Sequence[str] = ()
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
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


@dataclass(frozen=True)
class Listing:
    """Text in a fixed-width font, such as a summary or code."""

    text: str
    kind: str = field(default="listing", init=False)


Block: TypeAlias = Paragraph | Table | Picture | Listing


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it.

    Attributes
    ----------
    title
        The heading.
    blocks
        Paragraphs, tables, pictures and listings in their order.
    """

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """A whole page.

    Attributes
    ----------
    title
        Its name.
    lead
        One or two sentences below the title.
    sections
        In their order.
    footer
        Small print, such as versions.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    footer: str = ""


def render_page(page: Page) -> str:
    """Return a page as HTML, everything inside it.

    Parameters
    ----------
    page
        What stands on it. All text is text: markup in it is shown, never obeyed.

    Returns
    -------
    str
        A complete document. Its Content-Security-Policy forbids every request and every script.

    Examples
    --------
    >>> "<b>" in render_page(Page("a <b> c", "", []))
    False
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("autoencode.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(page=page)
