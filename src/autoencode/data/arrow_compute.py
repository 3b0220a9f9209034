"""pyarrow's functions of columns, and words as they take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["import_compute", "strings"]


def import_compute() -> Any:
    """Return pyarrow's functions of columns; it makes them as it is imported, unseen by a type checker."""
    import pyarrow.compute

    return pyarrow.compute


def strings(words: Iterable[str]) -> Any:
    """Return words as an array of Arrow."""
    import pyarrow as pa

    return pa.array(list(words), pa.string())
