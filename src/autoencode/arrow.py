"""pyarrow, which is imported when something of it is first used: what reads no table starts without it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any


class _Module:
    """A module that is imported when it is first asked for one of its names."""

    def __init__(self, name: str) -> None:
        self._name, self._module = name, None

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = importlib.import_module(self._name)
        return getattr(self._module, name)


if TYPE_CHECKING:
    import pyarrow as pa

    pc: Any  # pyarrow makes its functions of columns as it is imported, unseen by a type checker
else:
    pa, pc = _Module("pyarrow"), _Module("pyarrow.compute")


def strings(words: Iterable[str]) -> Any:
    """Return words as an array of Arrow."""
    return pa.array(list(words), pa.string())
