"""What the pages print, held against what comes.

A block ``text`` shows what the block of Python or of commands before it prints on standard output, one with the title
"standard error" what it prints there. In such a block

- a line ``…`` stands for lines that are left out, and `` …`` at the end of a line for the rest of it;
- blanks between words, and the length of a rule, do not matter;
- a whole number was counted, and must be equal;
- a number with a decimal point, an exponent or ``%`` was measured: it may differ by 2 %, or by one in its last digit.
  The remark ``<!-- numbers within 20 % -->`` on the line above the block sets another share;
- times and sizes, ``12.4 s`` or ``3 MiB``, may be any number.

``make refresh-docs`` (``pytest tests/docs --refresh-docs``) writes what comes into the pages, in place of comparing it.
What holds stays as it is. Lines that are left out stay left out: each shown line is looked for by its words.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"(?:^<!-- numbers within (\d+) % -->\n)?^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON, SHELL, TEXT = "python", "sh", "text"
ERRORS = 'text title="standard error"'
ELLIPSIS = "…"
TOLERANCE = 0.02

TIMED = re.compile(r"\d[\d.,]* ?(?:s|ms|seconds|minutes?|min|[kMG]i?B)(?!\w)")
NUMBER = re.compile(r"(?<![\w.])[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?:%|(?!\w))")
RULE = re.compile(r"[─-]{4,}")


class Block(NamedTuple):
    """A fenced block: its info string, its text, and the share by which its numbers may differ."""

    kind: str
    text: str
    tolerance: float

    @property
    def is_output(self) -> bool:
        return self.kind in (TEXT, ERRORS)


class Output(NamedTuple):
    """What a block printed."""

    out: str
    err: str


def read_blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(kind, text, int(share) / 100 if share else TOLERANCE) for share, kind, text in found]


def source_of(blocks: list[Block], place: int) -> int | None:
    """Return which block printed what the block at a place shows; None where none stands before it."""
    runnable = [index for index, block in enumerate(blocks[:place]) if block.kind in (PYTHON, SHELL)]
    return runnable[-1] if runnable else None


def _unit(number: str) -> float:
    """Return one in the last digit of a number as it is written."""
    digits, _, exponent = number.rstrip("%").partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def is_near(shown: str, came: str, tolerance: float) -> bool:
    """Say whether two numbers, as they are written, agree."""
    values = [float(text.rstrip("%").replace(",", "").replace("−", "-")) for text in (shown, came)]
    if not set(".e%") & set(shown + came):
        return values[0] == values[1]
    room = max(tolerance * abs(values[0]), 1.001 * max(_unit(shown), _unit(came)))
    return abs(values[0] - values[1]) <= room


def _words(line: str) -> list[str]:
    return RULE.sub("─", TIMED.sub("‹any›", line)).split()


def _cut(shown: list[str], came: list[str]) -> tuple[list[str], list[str]]:
    return (shown[:-1], came[: len(shown) - 1]) if shown[-1:] == [ELLIPSIS] else (shown, came)


def is_alike(shown: str, came: str) -> bool:
    """Say whether two lines have the same words, numbers aside."""
    one, other = _cut(_words(shown), _words(came))
    return [NUMBER.sub("#", word) for word in one] == [NUMBER.sub("#", word) for word in other]


def is_similar(shown: str, came: str, least: float) -> bool:
    """Say whether two lines have so much in common, of 1."""
    one, other = (NUMBER.sub("#", " ".join(words)) for words in _cut(_words(shown), _words(came)))
    return difflib.SequenceMatcher(None, one, other).ratio() >= least


def agrees(shown: str, came: str, tolerance: float) -> bool:
    """Say whether two lines have the same words, and numbers that agree."""
    if not is_alike(shown, came):
        return False
    one, other = (NUMBER.findall(" ".join(words)) for words in _cut(_words(shown), _words(came)))
    return all(is_near(*pair, tolerance) for pair in zip(one, other, strict=True))


def align(shown: list[str], came: list[str], same: Callable[[str, str], bool]) -> list[int] | None:
    """Return which line came for each shown one, -1 where lines are left out; None where they do not fit."""
    if not shown:
        return None if came else []
    if shown[0] == ELLIPSIS:
        for skipped in range(len(came) + 1):
            rest = align(shown[1:], came[skipped:], same)
            if rest is not None:
                return [-1, *(index + skipped if index >= 0 else -1 for index in rest)]
        return None
    if not came or not same(shown[0], came[0]):
        return None
    rest = align(shown[1:], came[1:], same)
    return None if rest is None else [0, *(index + 1 if index >= 0 else -1 for index in rest)]


def lines_of(text: str) -> list[str]:
    """Return the lines of an output, without blanks at their ends and without empty lines around them."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _shorten(shown: str, came: str) -> str:
    """Leave out of a line what the shown one leaves out at its end."""
    if not shown.endswith(f" {ELLIPSIS}"):
        return came
    ends = [match.end() for match in re.finditer(r"\S+", came)]
    return f"{came[: ends[min(len(shown.split()) - 1, len(ends)) - 1]]} {ELLIPSIS}"


def renew(shown: list[str], came: list[str]) -> list[str]:
    """Return the shown lines as they must read now.

    Raises
    ------
    ValueError
        Lines are left out, and what came has nothing like those that are shown.
    """
    close, remote = (functools.partial(is_similar, least=least) for least in (0.6, 0.3))
    places = align(shown, came, is_alike) or align(shown, came, close) or align(shown, came, remote)
    if places is not None:
        return [_shorten(line, came[at]) if at >= 0 else ELLIPSIS for line, at in zip(shown, places, strict=True)]
    if ELLIPSIS in shown or any(line.endswith(f" {ELLIPSIS}") for line in shown):
        raise ValueError("lines are left out, and no others are like those that are shown")
    return came


class _Stale(NamedTuple):
    """A block of output that does not hold: its place, where its text stands, what it shows, and what came."""

    place: int
    start: int
    end: int
    shown: list[str]
    came: list[str]


def _find_stale(page: Path, outputs: dict[int, Output]) -> Iterator[_Stale]:
    blocks, text = read_blocks(page), page.read_text(encoding="utf-8")
    for place, (block, found) in enumerate(zip(blocks, FENCE.finditer(text), strict=True)):
        source = source_of(blocks, place)
        if not block.is_output or source not in outputs:
            continue
        came = lines_of(outputs[source].err if block.kind == ERRORS else outputs[source].out)
        same = functools.partial(agrees, tolerance=block.tolerance)
        if align(lines_of(block.text), came, same) is None:
            yield _Stale(place, found.start(3), found.end(3), lines_of(block.text), came)


def differences(page: Path, outputs: dict[int, Output]) -> list[str]:
    """Return, of each block of output that does not hold, what it shows and what came."""
    return [
        f"{page.name}, block {stale.place}: the page shows (-), what came (+)\n"
        + "\n".join(difflib.ndiff(stale.shown, stale.came))
        for stale in _find_stale(page, outputs)
    ]


def refresh(page: Path, outputs: dict[int, Output]) -> list[str]:
    """Write what came into a page, where it does not hold; return what has to be mended by hand."""
    text, pieces, end, failed = page.read_text(encoding="utf-8"), [], 0, []
    for stale in _find_stale(page, outputs):
        try:
            renewed = "\n".join(renew(stale.shown, stale.came))
        except ValueError as error:
            failed.append(f"{page.name}, block {stale.place}: {error}:\n" + "\n".join(stale.came))
            continue
        pieces += [text[end : stale.start], renewed, "\n"]
        end = stale.end
    page.write_text("".join([*pieces, text[end:]]), encoding="utf-8")
    return failed
