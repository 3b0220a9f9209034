"""Names and numbers from outside, as a page shows them."""

from __future__ import annotations

from autoencode.evaluation import MEASURES
from autoencode.evaluation.wording import say_number
from autoencode.printable import make_printable

MOST_LETTERS = 200
"""Longer names are cut."""


def shorten(text: str, most: int = MOST_LETTERS) -> str:
    """Return a text on one line of at most so many letters, its end cut off.

    Parameters
    ----------
    text
        Any text. Control characters and marks that turn text round are written as Python writes them.
    most
        The longest result, at least 1.

    Examples
    --------
    >>> shorten("abcdef", 4), shorten("a\\nb")
    ('abc…', 'a\\\\nb')
    """
    shown = make_printable(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def say(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits and a true minus.

    Examples
    --------
    >>> say(-0.123456), say(1234567.0)
    ('−0.1235', '1,234,567')
    """
    return say_number(value, digits).replace("-", "−")


def name_measure(name: str) -> str:
    """Return a measure's title.

    Examples
    --------
    >>> name_measure("squared_error")
    'mean squared error'
    """
    if name == "column_loss":
        return "mean loss of a column"
    return MEASURES[name].title if name in MEASURES else name.replace("_", " ")


def say_seconds(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> say_seconds(3.21), say_seconds(150.0), say_seconds(7300.0)
    ('3.2 s', '2.5 min', '2.0 h')
    """
    if seconds < 100:
        return f"{say(seconds, 2)} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


MAP_NOTES = {
    "code and error": "Across: the code’s one number. Up: the error.",
    "code": "The two numbers of the code themselves.",
    "PCA": "The two directions in which the codes vary most: distances are true as far as two directions show them.",
    "t-SNE": "Near dots have near codes. How far apart groups are, and how large, means little.",
}

MOST_FITTED_BY_TSNE = 2_500


def describe_map(name: str, count: int) -> str:
    """Return what a reader must know of a map of the codes of so many samples; "" of an unknown one.

    Examples
    --------
    >>> describe_map("code", 10)
    'The two numbers of the code themselves.'
    """
    note = MAP_NOTES.get(name, "")
    if name == "t-SNE" and count > MOST_FITTED_BY_TSNE:
        note += (
            f" Fitted on {MOST_FITTED_BY_TSNE:,} evenly spread samples; the others stand between the five of those "
            "with the nearest codes."
        )
    return note
