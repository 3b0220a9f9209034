"""Messages as the shell spells them: the package says `decimal=','`, as Python does, and the shell `--decimal ,`."""

from __future__ import annotations

import ast
import re
import shlex
from functools import cache
from typing import Any

from autoencode.cli.options import CROP, IGNORE_MEMORY, MEASURE, READING, UNITS
from autoencode.options import TRAINING

_OTHERS = ("per", "against", "false_alarm_rate", "recipe", "types", "ids")
_SHELL = {"random_state": "seed", "types": "type", "ids": "id"}
_TEXT = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_GROUP = rf"(?:{_TEXT}|[^'\"\]}}])*"
_VALUE = rf"{_TEXT}|\[{_GROUP}\]|\{{{_GROUP}\}}|-?\w[\w.+-]*\w|\w"


@cache
def _compile() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of an option with its value, outside of quoted text, and of one that begins a message."""
    known = {option.name for option in (*TRAINING, *READING, CROP, IGNORE_MEMORY, MEASURE, UNITS)} | set(_OTHERS)
    names = "|".join(sorted(known, key=len, reverse=True))
    given = rf"(?P<name>{names})=(?P<value>{_VALUE})?"
    # What is quoted comes from outside, such as the name of a column, and stays as it is.
    quoted = rf"(?<!\w)(?:{_TEXT})(?!\w)"
    return re.compile(rf"{quoted}|(?<![\w.]){given}|(?<![\w.'\"/\\:-])(?P<samples>X)(?![\w.'\"/\\-])"), re.compile(
        rf"(?P<name>{names})(?=: | must )"
    )


def spell(message: str) -> str:
    """Return a message of the package with options as the shell has them, and its samples as DATA.

    Examples
    --------
    >>> spell("name its encoding (encoding=), or drop=['scaling=none']; X has 3 samples, use scaling='minmax'")
    'name its encoding (--encoding), or --drop scaling=none; DATA has 3 samples, use --scaling minmax'
    >>> spell("x.npz:X: X has no numbers")  # an array of that name
    'x.npz:X: DATA has no numbers'
    >>> spell("decimal: expected one of '.', ','")
    "--decimal: expected one of '.', ','"
    """
    given, head = _compile()
    if begins := head.match(message):
        message = _flag(begins["name"]) + message[begins.end() :]
    return given.sub(_translate, message)


def _flag(name: str) -> str:
    return f"--{_SHELL.get(name, name).replace('_', '-')}"


def _translate(found: re.Match[str]) -> str:
    if found["samples"]:
        return "DATA"
    if not found["name"]:
        return found[0]
    flag, value = _flag(found["name"]), _read(found["value"])
    if isinstance(value, bool):
        return flag if value else flag.replace("--", "--no-", 1)
    if isinstance(value, dict):
        value = [f"{key}={kind}" for key, kind in value.items()]
    words = value if isinstance(value, list) else [] if value is None else [value]
    return " ".join(f"{flag} {shlex.quote(str(word))}" for word in words) or flag


def _read(text: str | None) -> Any:
    """Return the value that a text stands for in Python; None where there is none."""
    if text is None:
        return None
    if text == "None":
        return "none"
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
