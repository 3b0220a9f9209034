"""Public names of a package that are imported when they are first asked for, so that importing it is quick."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def find_lazily(package: str, homes: Mapping[str, str], *, modules: Iterable[str] = ()) -> Callable[[str], Any]:
    """Return a package's ``__getattr__``.

    Parameters
    ----------
    package
        Its name.
    homes
        The module of the package in which each name lives; with a dot in front, one beside the package.
    modules
        Names that are modules or packages inside it.
    """

    def find(name: str) -> Any:
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        if name in homes:
            return getattr(importlib.import_module(f".{homes[name]}", package), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find


def forward(former: str, name: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module that has another name now: it finds what is asked there, and warns."""

    def find(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        found = getattr(importlib.import_module(name), attribute)
        warnings.warn(f"{former}.{attribute} is {name}.{attribute} now", DeprecationWarning, stacklevel=2)
        return found

    return find
