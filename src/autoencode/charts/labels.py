"""Text on a figure: names shown as they are, headings, and labels in the margin that never overlap."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts.palette import BODY_SIZE, INK, MUTED, SMALL_SIZE, TITLE_SIZE
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure


@dataclass(frozen=True)
class MarginLabel:
    """A label to the right of a panel on paper, for a level inside it.

    Attributes
    ----------
    value
        The level, in the units of the vertical axis.
    text
        What is written.
    colour
        Of the text and of the line that leads to it.
    bold
        Whether the text is bold.
    """

    value: float
    text: str
    colour: str = MUTED
    bold: bool = False


@functools.cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def plain_text(text: str, *, limit: int = 120) -> str:
    """Return a text that shows as it is, on one line.

    Line breaks, control characters and characters that the figures' font lacks become their Python escapes.

    Parameters
    ----------
    text
        Any text, such as a name that a user chose.
    limit
        The longest result, in characters; at least 1. A longer one ends in an ellipsis.

    Returns
    -------
    The text to draw. Dollars, underscores and backslashes stay: the style of the package parses no formulas.

    Examples
    --------
    >>> plain_text("50 $ of $x_1$")
    '50 $ of $x_1$'
    >>> print(plain_text("two\\nlines"))
    two\\nlines
    >>> plain_text("abcdef", limit=4)
    'abc…'
    """
    glyphs = _glyphs()
    shown = "".join(
        character
        if character.isprintable() and ord(character) in glyphs
        else character.encode("unicode_escape").decode()
        for character in str(text)
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is in the figures' font.

    Parameters
    ----------
    text
        One line, as :func:`plain_text` gives it.
    size
        Of the font, in points; above 0.
    bold
        Whether the text is bold.

    Returns
    -------
    The width, in points.

    Examples
    --------
    >>> text_width("", 10.0) < text_width("i", 10.0) < text_width("W", 10.0) < text_width("W", 20.0)
    True
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) if text else 0.0


def fit_text(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return a text that shows as it is and is no wider than the room for it; a longer one ends in an ellipsis.

    Parameters
    ----------
    text
        Any text, such as a name that a user chose.
    size
        Of the font, in points; above 0.
    room
        The widest it may be, in points.
    bold
        Whether the text is bold.

    Returns
    -------
    The text to draw: at least an ellipsis.

    Examples
    --------
    >>> fit_text("a long name", 10.0, 1000.0), fit_text("a long name", 10.0, 1.0)
    ('a long name', '…')
    """
    shown = plain_text(text)
    if text_width(shown, size, bold=bold) <= room:
        return shown
    # The width grows with the length, so the longest start that fits is found by halving.
    kept = bisect.bisect_left(
        range(len(shown)), True, key=lambda count: text_width(shown[: count + 1] + "…", size, bold=bold) > room
    )
    return shown[:kept].rstrip(" …") + "…"


def wrap_text(text: str, size: float, room: float, *, lines: int = 2, bold: bool = False) -> str:
    """Return a text broken at its spaces into lines that fit the room for them.

    Parameters
    ----------
    text
        Any text, such as a name that a user chose.
    size
        Of the font, in points; above 0.
    room
        The widest a line may be, in points.
    lines
        How many lines there may be, at least 1; what is over ends in an ellipsis.
    bold
        Whether the text is bold.

    Returns
    -------
    The text to draw.

    Examples
    --------
    >>> wrap_text("a long name", 10.0, 45.0).splitlines()
    ['a long', 'name']
    """
    broken: list[str] = []
    words = plain_text(text).split(" ")
    while words and len(broken) < lines - 1:
        count = len(words)
        while count > 1 and text_width(" ".join(words[:count]), size, bold=bold) > room:
            count -= 1
        broken.append(fit_text(" ".join(words[:count]), size, room, bold=bold))
        words = words[count:]
    if words:
        broken.append(fit_text(" ".join(words), size, room, bold=bold))
    return "\n".join(broken)


def _find_figure(axes: matplotlib.axes.Axes) -> matplotlib.figure.Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise InvalidInputError("axes: expected axes that belong to a figure; they were removed from theirs")
    return figure


def axes_size(axes: matplotlib.axes.Axes) -> tuple[float, float]:
    """Return the width and the height of axes, in points, as they stand now.

    Parameters
    ----------
    axes
        The axes to measure.

    Returns
    -------
    Width and height.
    """
    box = axes.get_window_extent()
    points = 72 / _find_figure(axes).dpi
    return float(box.width * points), float(box.height * points)


def name_axes(axes: matplotlib.axes.Axes, across: str, up: str) -> None:
    """Write the names of the two axes, each no longer than its axis, on two lines if it must.

    Parameters
    ----------
    axes
        The axes to write beside, standing where they will stay.
    across, up
        The names, with their units.
    """
    width, height = axes_size(axes)
    axes.set_xlabel(fit_text(across, BODY_SIZE, width))
    axes.set_ylabel(wrap_text(up, BODY_SIZE, height), linespacing=1.1)


def spread_positions(
    wanted: Float[np.ndarray, " labels"], heights: Float[np.ndarray, " labels"], low: float, high: float
) -> Float[np.ndarray, " labels"]:
    """Move the centres of labels apart, as little as possible in the least-squares sense, until none overlap.

    With the centres sorted, subtracting from each the heights below it turns "no overlap" into "not decreasing",
    so the answer is an isotonic regression, found by pooling adjacent violators.

    Parameters
    ----------
    wanted
        Where each label would like its centre.
    heights
        Of each label, in the same units; at least 0.
    low, high
        The range to stay in; where the labels together are taller, they start at ``low`` and overflow ``high``.

    Returns
    -------
    The centres, in the order given; labels that want the same place keep their order, the first lowest.

    References
    ----------
    R. E. Barlow et al. (1972), "Statistical Inference under Order Restrictions", section 1.2.

    Examples
    --------
    >>> spread_positions(np.array([5.0, 5.0, 9.0]), np.array([2.0, 2.0, 2.0]), 0.0, 10.0)
    array([4., 6., 9.])
    """
    if len(wanted) == 0:
        return np.zeros(0)
    order = np.argsort(wanted, kind="stable")
    tall = heights[order]
    below = np.concatenate([[0.0], np.cumsum((tall[:-1] + tall[1:]) / 2)])
    pools: list[tuple[float, int]] = []
    for value in wanted[order] - below:
        mean, count = float(value), 1
        while pools and pools[-1][0] > mean:
            other, size = pools.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        pools.append((mean, count))
    level = np.concatenate([np.full(count, mean) for mean, count in pools])
    level = np.maximum(np.minimum(level, high - tall[-1] / 2 - below[-1]), low + tall[0] / 2)
    centres = np.empty(len(wanted))
    centres[order] = level + below
    return centres


def heading_height(title: str, subtitle: str = "", *, lift: float = 0.0) -> float:
    """Return the room that a heading takes above its axes, with a margin over it.

    Parameters
    ----------
    title, subtitle, lift
        As for :func:`draw_heading`.

    Returns
    -------
    The height, in inches.

    Examples
    --------
    >>> round(heading_height("title") * 72), round(heading_height("title", "subtitle") * 72)
    (41, 58)
    """
    return (27.0 + lift + (TITLE_SIZE if title else 0.0) + (1.65 * BODY_SIZE if subtitle else 0.0)) / 72


def draw_heading(
    axes: matplotlib.axes.Axes, title: str, subtitle: str = "", *, lift: float = 0.0, room: float | None = None
) -> None:
    """Write a bold title, and a grey line under it, above the upper left corner of axes.

    Parameters
    ----------
    axes
        The axes to write above, standing where they will stay.
    title, subtitle
        The texts, shown as they are; an empty one takes no room.
    lift
        How far above the axes to begin, in points; more leaves room for a legend between.
    room
        How wide the texts may be, in points; by default they may reach the figure's right edge.
    """
    if room is None:
        root = _find_figure(axes)
        room = float((root.bbox.width - axes.get_window_extent().x0) * 72 / root.dpi - 14)
    above = lift + 9.0
    for text, size, colour, bold in ((subtitle, BODY_SIZE, MUTED, False), (title, TITLE_SIZE, INK, True)):
        if text:
            axes.annotate(
                fit_text(text, size, room, bold=bold),
                xy=(0, 1),
                xycoords="axes fraction",
                xytext=(0, above),
                textcoords="offset points",
                fontsize=size,
                fontweight="bold" if bold else "normal",
                color=colour,
                annotation_clip=False,
            )
            above += size * 1.65


def draw_margin_labels(axes: matplotlib.axes.Axes, labels: Sequence[MarginLabel], *, room: float = 130.0) -> None:
    """Write labels to the right of axes, each joined to its level, none over another.

    Set the limits and the place of the axes first: the labels are spread for the axes as they are.

    Parameters
    ----------
    axes
        The axes to write beside.
    labels
        The labels, in any order.
    room
        The widest line, in points; a longer text is broken, at most into three lines. The lines that lead to the
        labels take 24 points more.
    """
    from matplotlib.lines import Line2D

    if not labels:
        return
    width, height = axes_size(axes)
    texts = [wrap_text(label.text, SMALL_SIZE, room, lines=3, bold=label.bold) for label in labels]
    levels = axes.transData.transform([(axes.get_xlim()[0], label.value) for label in labels])
    wanted = axes.transAxes.inverted().transform(levels)[:, 1] * height
    heights = np.array([(text.count("\n") + 1) * SMALL_SIZE * 1.2 + 4 for text in texts])
    centres = spread_positions(wanted, heights, -heights[0] / 2, height + heights[0] / 2)
    for label, text, level, centre in zip(labels, texts, wanted, centres, strict=True):
        across = np.array([0.0, 5.0, 16.0, 20.0]) / width + 1
        up = np.array([level, level, centre, centre]) / height
        axes.add_line(
            Line2D(across, up, transform=axes.transAxes, clip_on=False, color=label.colour, linewidth=0.9, alpha=0.8)
        )
        axes.text(
            float(1 + 24 / width),
            float(centre / height),
            text,
            transform=axes.transAxes,
            ha="left",
            va="center" if "\n" in text else "center_baseline",
            fontsize=SMALL_SIZE,
            fontweight="bold" if label.bold else "normal",
            color=label.colour,
            linespacing=1.15,
        )
