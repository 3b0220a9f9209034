"""Warnings that point at the user's own line, and come once a cause where another library calls us many times."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

_PASSED = frozenset(["autoencode", "jaxtyping", "beartype"])
_CALLERS = frozenset(["sklearn", "joblib", "threading", "concurrent", "multiprocessing"])
"""Libraries that call us for a user, such as a grid search: they are passed, too, on the way to the user's line."""

_SAID: WeakKeyDictionary[Any, set[tuple[str, int, str]]] = WeakKeyDictionary()
"""Of each grid search, pipeline or other object that the user called: where which cause was said."""


def warn_user(message: str, category: type[Warning], *, cause: str) -> None:
    """Warn at the line of the user's that led here.

    Parameters
    ----------
    message
        What is said.
    category
        Of the warning.
    cause
        A word for what is amiss. Where a library such as scikit-learn calls us from one line of the user's, as a grid
        search does for every candidate and fold, each cause is said once, whatever the numbers in the message.
    """
    frame, caller = _find_user()
    place = (frame.f_code.co_filename, frame.f_lineno, cause)
    if caller is not None:
        try:
            said = _SAID.setdefault(_find_called(caller), set())
        except TypeError:  # no object that can be told from others, such as a list
            said = set()
        if place in said:
            return
        said.add(place)
    registry = frame.f_globals.setdefault("__warningregistry__", {})
    module = frame.f_globals.get("__name__", "<unknown>")
    warnings.warn_explicit(message, category, *place[:2], module, registry)


def _find_user() -> tuple[FrameType, FrameType | None]:
    """Return the frame of the user's line, and that of the library which it called in our place."""
    frame, caller = sys._getframe(2), None
    while frame.f_back is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _PASSED | _CALLERS:
            break
        caller = frame if package in _CALLERS else caller
        frame = frame.f_back
    return frame, caller


def _find_called(caller: FrameType) -> Any:
    """Return what a library was called with, or on: the first argument of a function."""
    names = caller.f_code.co_varnames
    first = caller.f_locals.get(names[0]) if names else None
    return first[0] if isinstance(first, tuple) and first else first
