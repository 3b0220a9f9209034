"""One self-contained HTML page: sections of text, tables, pictures and plots. Nothing is loaded from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from autoencode.printable import UNPRINTABLE, make_printable
from autoencode.report.blocks import Block, Part, Plot
from autoencode.report.scripts import escape_json, hash_script, pack_script, read_bokeh, read_scripts

if TYPE_CHECKING:
    import jinja2


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it.

    Attributes
    ----------
    title
        The heading.
    blocks
        What stands below it, in its order.
    chapter
        The heading of the chapter that begins with this section; empty where none does.
    folded
        Whether a reader opens it by its heading.
    """

    title: str
    blocks: Sequence[Block]
    chapter: str = ""
    folded: bool = False


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
    studies
        What the explorer knows of each study, as JSON from `Payload.text`; `Part.study` counts them from 1.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    footer: str = ""
    studies: Sequence[str] = ()


def _gather_chapters(sections: Sequence[Section]) -> list[tuple[str, list[tuple[int, Section]]]]:
    """Return the heading of each chapter, empty where there is none, and its sections, numbered over the page."""
    chapters: list[tuple[str, list[tuple[int, Section]]]] = []
    for number, section in enumerate(sections, 1):
        if section.chapter or not chapters:
            chapters.append((section.chapter, []))
        chapters[-1][1].append((number, section))
    return chapters


def _find_plots(page: Page) -> Iterator[Plot]:
    """Yield the plots of a page in its order."""
    for section in page.sections:
        for block in section.blocks:
            plot = block.plot if isinstance(block, Part) else block
            if isinstance(plot, Plot):
                yield plot


def _embed_plots(page: Page) -> dict[int, tuple[str, str]]:
    """Return, for each plot of a page, by its `id`: the name of its element, and the JSON that Bokeh embeds."""
    from bokeh.embed import json_item

    plots = {id(plot): plot for plot in _find_plots(page)}
    return {
        key: (f"plot-{number}", escape_json(json_item(plot.plot)))
        for number, (key, plot) in enumerate(plots.items(), 1)
    }


def _show(value: Any) -> Any:
    """Return text whose control characters and marks that turn it round are seen and not obeyed, lines apart."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return UNPRINTABLE.sub(lambda found: found[0] if found[0] in "\t\n" else make_printable(found[0]), value)


def _open_templates() -> jinja2.Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("autoencode.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_show,
    )


def render_page(page: Page) -> str:
    """Return a page as HTML, everything inside it.

    Parameters
    ----------
    page
        What stands on it. All text is text: markup in it is shown, never obeyed.

    Returns
    -------
    str
        A complete document. Its Content-Security-Policy forbids every request, and every script but those that are
        part of this package and of Bokeh, which it names by their hashes; a page without plots has none at all.

    Examples
    --------
    >>> "<b>" in render_page(Page("a <b> c", "", []))
    False
    """
    plots = _embed_plots(page)
    is_explored = any(isinstance(block, Part) for section in page.sections for block in section.blocks)
    scripts = [read_bokeh(), read_scripts()] if plots or is_explored else []
    styles = ["page.css", *(["explorer.css"] if scripts else [])]
    content: dict[str, Any] = {
        "page": page,
        "chapters": _gather_chapters(page.sections),
        "plots": plots,
        "key": id,
        "bokeh": pack_script(scripts[0]) if scripts else "",
        "script": scripts[-1] if scripts else "",
        "hashes": [hash_script(script) for script in scripts],
        "style": "".join(
            files("autoencode.report").joinpath("templates", name).read_text(encoding="utf-8") for name in styles
        ),
    }
    return _open_templates().get_template("page.html.jinja").render(content)
