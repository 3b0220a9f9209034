"""The fields of a dictionary that came from a file, each checked before it is used."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from jaxtyping import Float64

from autoencode.exceptions import ModelFileError

# Half of a character that needs two is text in JSON, but in no table.
HALF = re.compile("[\ud800-\udfff]")
_WORDS = {str: "text", int: "a whole number", float: "a finite number", bool: "true or false", list: "a list"}


def take(content: Any, name: str, kind: type, *, least: float | None = None, default: Any = None) -> Any:
    """Return one field of a dictionary.

    Parameters
    ----------
    content
        What should be a dictionary.
    name
        The field's name.
    kind
        str, int, float (an integer will do), bool, list or dict.
    least
        The least number that it may be.
    default
        What it is in a file from before there was such a field; None where there always was.

    Raises
    ------
    ModelFileError
        If there is no such field, or its value is of another kind, too small, or not finite.

    Examples
    --------
    >>> take({"scale": 2}, "scale", float)
    2.0
    """
    if isinstance(content, dict) and name not in content and default is not None:
        return default
    if not isinstance(content, dict) or name not in content:
        raise ModelFileError(f"the table encoder has no {name!r} where there must be one.")
    value = content[name]
    if kind is float and type(value) is int and abs(value) < 2**1023:
        value = float(value)
    if type(value) is str:
        fits = kind is str and not HALF.search(value)
    else:
        fits = type(value) is kind and (kind is not float or math.isfinite(value)) and (least is None or value >= least)
    if not fits:
        bound = "" if least is None else f" ≥ {least:g}"
        words = _WORDS.get(kind, "a dictionary")
        raise ModelFileError(f"the table encoder's {name!r} must be {words}{bound}, got {str(value)[:100]!r}.")
    return value


def take_numbers(content: Any, name: str) -> Float64[np.ndarray, " numbers"]:
    """Return one field of a dictionary that is a list of finite numbers, as float64.

    Raises
    ------
    ModelFileError
        If there is no such field, or it is not such a list.
    """
    numbers = take(content, name, list)
    if not all(type(number) in (int, float) and abs(number) < 2**1023 for number in numbers):
        raise ModelFileError(f"the table encoder's {name!r} must be a list of finite numbers.")
    return np.array(numbers, np.float64)
