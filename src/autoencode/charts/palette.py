"""The look of every figure: colours, type, and how a picture becomes a file.

The colours are those of Okabe and Ito, told apart with every common colour blindness. Nothing here touches the
settings of the program that calls us: the style holds inside a ``with`` block only, and pyplot is never imported.

References
----------
M. Okabe and K. Ito (2008), "Color Universal Design: how to make figures and presentations that are friendly to
colorblind people".
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autoencode.exceptions import InvalidInputError
from autoencode.files import write_whole

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.colors
    import matplotlib.figure
    import matplotlib.ticker

INK = "#1F2933"
MUTED = "#5F6C7B"
GRID = "#E6E9ED"
EDGE = "#9AA5B1"

MODEL_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""One colour a model, in the order in which the models are named."""

MODEL_TEXT_COLOURS = ("#0072B2", "#B94F00", "#00795A", "#A5527C", "#946500", "#2179AB")
"""The same, dark enough to be read as text on white."""

MARKERS = ("o", "D", "^", "s", "v", "P")
"""One marker a model: colour is never the only difference."""

TRAINING, HELD_OUT = MODEL_COLOURS[0], MODEL_COLOURS[1]

TITLE_SIZE, BODY_SIZE, SMALL_SIZE = 14.0, 10.5, 9.5

DPI = 150.0
"""Dots per inch of a saved picture; the figures are about ten inches wide."""

RC: dict[str, object] = {
    "axes.axisbelow": True,
    "axes.edgecolor": EDGE,
    "axes.formatter.limits": (-4, 5),
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.labelpad": 6.0,
    "axes.labelsize": BODY_SIZE,
    "axes.linewidth": 0.9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": BODY_SIZE,
    "axes.titleweight": "bold",
    "figure.dpi": DPI,
    "font.family": ["DejaVu Sans"],  # it comes with matplotlib, so a figure is the same on every machine
    "font.size": BODY_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.9,
    "hatch.linewidth": 0.6,
    "legend.borderaxespad": 0.0,
    "legend.borderpad": 0.0,
    "legend.columnspacing": 1.8,
    "legend.fontsize": BODY_SIZE,
    "legend.frameon": False,
    "legend.handletextpad": 0.5,
    "lines.solid_capstyle": "round",
    "pdf.fonttype": 42,
    "svg.hashsalt": "autoencode",
    "text.color": INK,
    "text.hinting": "none",  # hinting rounds the width of each letter, and labels must fit at every resolution
    "text.parse_math": False,  # a name with two dollars is a name, not a formula
    "xtick.color": EDGE,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": SMALL_SIZE,
    "xtick.major.size": 4.0,
    "ytick.color": EDGE,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": SMALL_SIZE,
    "ytick.major.size": 0.0,
}
"""What differs from matplotlib's defaults (its own, not those of the user's configuration file)."""

FORMATS: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Creator": None, "Date": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""The kinds of file, each with the remarks that would make two equal pictures differ; they are left out."""

# Matplotlib's settings are one global table; two threads of a server that draw at once must take turns.
_TURN = threading.RLock()


@contextmanager
def style() -> Iterator[None]:
    """Hold the look of the package inside a ``with`` block, and give the caller's settings back after it.

    Yields
    ------
    Nothing.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["text.color"]
    >>> with style():
    ...     print(matplotlib.rcParams["text.color"])
    #1F2933
    >>> matplotlib.rcParams["text.color"] == before
    True
    """
    from matplotlib.style import context

    with _TURN, context(["default", RC]):
        yield


def new_figure(width: float, height: float) -> matplotlib.figure.Figure:
    """Return an empty figure that needs no window and no pyplot; call it inside :func:`style`.

    Parameters
    ----------
    width, height
        In inches; above 0.

    Returns
    -------
    A figure with the Agg canvas.

    Examples
    --------
    >>> with style():
    ...     new_figure(4, 3).get_size_inches().tolist()
    [4.0, 3.0]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def place_axes(
    figure: matplotlib.figure.Figure, left: float, bottom: float, width: float, height: float
) -> matplotlib.axes.Axes:
    """Add axes at a place given in inches, so that margins stay what the labels need at any figure size.

    Parameters
    ----------
    figure
        The figure to add to.
    left, bottom
        Of the axes' lower left corner, in inches from that of the figure.
    width, height
        Of the axes, in inches; above 0.

    Returns
    -------
    The new axes.

    Examples
    --------
    >>> with style():
    ...     place_axes(new_figure(4, 2), 1, 0.5, 2, 1).get_position().p0.tolist()
    [0.25, 0.25]
    """
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def tick_locator(count: int, *, integer: bool = False) -> matplotlib.ticker.Locator:
    """Return what places ticks at round numbers: steps of 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    count
        About how many steps there are at most; at least 1.
    integer
        Whether only whole numbers may have a tick.

    Returns
    -------
    A locator for one axis.

    Examples
    --------
    >>> tick_locator(5).tick_values(0, 0.07).round(2).tolist()
    [0.0, 0.02, 0.04, 0.06, 0.08]
    """
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(count, steps=[1, 2, 5, 10], integer=integer)


def visible_span(low: float, high: float) -> float:
    """Return the length from ``low`` to ``high``, or, where it is too short to draw, one that can be seen.

    Parameters
    ----------
    low, high
        The ends; ``low`` is not above ``high``.

    Returns
    -------
    A length, above 0: at least a millionth of the larger end, and 0.1 of it (or 0.1) where that is not reached.

    Examples
    --------
    >>> visible_span(2.0, 5.0), visible_span(2.0, 2.0), visible_span(0.0, 0.0)
    (3.0, 0.2, 0.1)
    """
    largest = max(abs(low), abs(high))
    return high - low if high - low > 1e-6 * largest else 0.1 * (largest or 1.0)


def diverging_colours() -> matplotlib.colors.Colormap:
    """Return the colours of a signed number: blue below 0, white at 0, vermilion above.

    Returns
    -------
    A colour map over 256 steps.

    Examples
    --------
    >>> [round(float(part), 1) for part in diverging_colours()(0.5)]
    [1.0, 1.0, 1.0, 1.0]
    """
    from matplotlib.colors import LinearSegmentedColormap

    ends = ["#003F66", "#0072B2", "#8FC1DE", "#FFFFFF", "#F3B38A", "#D55E00", "#7A3300"]
    return LinearSegmentedColormap.from_list("signed", ends, N=257)


def _encode(figure: matplotlib.figure.Figure, suffix: str, dpi: float) -> bytes:
    if not dpi > 0:
        raise InvalidInputError(f"dpi: expected a number above 0, got {dpi}")
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=suffix[1:], dpi=dpi, metadata=FORMATS[suffix])
    return buffer.getvalue()


def png_bytes(figure: matplotlib.figure.Figure, *, dpi: float = DPI) -> bytes:
    """Return a figure as the bytes of a PNG file, to be embedded in a page.

    Parameters
    ----------
    figure
        Any matplotlib figure.
    dpi
        Dots per inch; above 0. More gives a larger, sharper picture.

    Returns
    -------
    The file's bytes: the same for the same figure, for they hold no date and no name of a program.

    Raises
    ------
    InvalidInputError
        If ``dpi`` is not above 0.

    Examples
    --------
    >>> with style():
    ...     png_bytes(new_figure(1, 1))[:4]
    b'\\x89PNG'
    """
    return _encode(figure, ".png", dpi)


def save_figure(figure: matplotlib.figure.Figure, path: str | os.PathLike[str], *, dpi: float = DPI) -> None:
    """Write a figure to a PNG, SVG or PDF file, whole or not at all.

    Parameters
    ----------
    figure
        Any matplotlib figure.
    path
        Where to; the ending, ``.png``, ``.svg`` or ``.pdf``, says the format. A file that is there is replaced.
    dpi
        Dots per inch; above 0. More gives a larger, sharper picture.

    Raises
    ------
    InvalidInputError
        If the ending is another one, the folder does not exist, or ``dpi`` is not above 0.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, style():
    ...     save_figure(new_figure(1, 1), Path(folder) / "empty.png")
    ...     [file.name for file in Path(folder).iterdir()]
    ['empty.png']
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise InvalidInputError(f"path: expected a name that ends in {', '.join(FORMATS)}, got {target.name!r}")
    if not target.parent.is_dir():
        raise InvalidInputError(f"path: the folder {str(target.parent)!r} does not exist; create it first")
    write_whole(target, _encode(figure, suffix, dpi))
