"""What the verbs print: data on standard output, messages on standard error, plain where no terminal is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TextIO

from autoencode.printable import align, make_printable


def announce(text: str) -> None:
    """Write a line for people to standard error, broken between words where it is wider than the terminal."""
    print(_wrap(text, sys.stderr), file=sys.stderr, flush=True)


def _wrap(text: str, stream: TextIO) -> str:
    """Return a text broken at the terminal's width; on one line, where there is no terminal."""
    import shutil
    import textwrap

    text = make_printable(text)
    if not stream.isatty():
        return text
    return textwrap.fill(text, shutil.get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)


def print_json(value: Any) -> None:
    """Print strict JSON."""
    from autoencode.runs import json_text

    print(json_text(value))


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), to_stderr: bool = False
) -> None:
    """Print a table: fitted to the terminal, or one plain line a row where there is none.

    Parameters
    ----------
    header
        The heads of the columns.
    rows
        The cells.
    right
        Which columns are numbers, and stand to the right.
    to_stderr
        Whether it is for people only.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    header, *rows = [[make_printable(cell) for cell in row] for row in (header, *rows)]
    if stream.isatty():
        _print_styled(header, rows, right, to_stderr)
        return
    for line in align([header, *rows], right=right):
        print(line, file=stream)


GAP = 3
"""Blanks between two columns at a terminal."""


def _fit_widths(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Return how wide each column may be in so many characters, no word broken; None where they do not fit.

    Examples
    --------
    >>> _fit_widths([("name", "note"), ("a", "one two three")], 14)
    [4, 7]
    >>> _fit_widths([("name", "note"), ("a", "one two three")], 10) is None
    True
    """
    columns = list(zip(*rows, strict=True))
    least = [max(len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    widths = [max(few, min(width, max(map(len, column)))) for few, column in zip(least, columns, strict=True)]
    while sum(widths) + GAP * (len(widths) - 1) > width:
        spare = [index for index, few in enumerate(least) if widths[index] > few]
        if not spare:
            return None
        widths[max(spare, key=widths.__getitem__)] -= 1
    return widths


def _print_styled(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int], to_stderr: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, stderr=to_stderr)
    widths = _fit_widths([header, *rows], console.width)
    if widths is None:
        _print_records(header, rows, console)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", show_header=any(header))
    for index, (name, width) in enumerate(zip(header, widths, strict=True)):
        table.add_column(name, width=width, justify="right" if index in right else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # as Text, so that brackets in a path are no markup
    console.print(table)


def _print_records(header: Sequence[str], rows: Sequence[Sequence[str]], console: Any) -> None:
    """Print each row below the other, a line a cell: where columns would not fit without breaking words."""
    from textwrap import fill

    from rich.text import Text

    indent = max(map(len, header[1:])) + 4
    for first, *others in rows:
        console.print(Text(first, style="bold"), soft_wrap=True)
        for name, cell in zip(header[1:], others, strict=True):
            start = f"  {name}".ljust(indent)
            line = fill(
                f"{start}{cell}",
                max(console.width, indent + 1),
                subsequent_indent=" " * indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            if cell:
                console.print(Text(line), soft_wrap=True)


def say_age(seconds: float) -> str:
    """Return how long ago something was.

    Examples
    --------
    >>> say_age(5), say_age(180), say_age(7300), say_age(200_000)
    ('now', '3 min', '2 h', '2 days')
    """
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (unit != "days" and seconds >= length):
            return f"{int(seconds // length)} {unit}"
    return "now"


def shorten_fingerprint(fingerprint: str) -> str:
    """Return as much of a fingerprint as tells models apart, for a screen.

    Examples
    --------
    >>> shorten_fingerprint("0123456789abcdef" * 4)
    '0123456789abcdef…'
    """
    return f"{fingerprint[:16]}…"


def print_space() -> None:
    """Print an empty line between what is for people and the data, where both go to a terminal."""
    if sys.stdout.isatty():
        print()


def print_text(text: str) -> None:
    """Print a paragraph, broken at the terminal's width; a line of its own where there is no terminal."""
    print(_wrap(text, sys.stdout))
