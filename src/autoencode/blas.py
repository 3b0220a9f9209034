"""The libraries by which NumPy multiplies matrices, found once: to look for them takes milliseconds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@cache
def find_blas() -> ThreadpoolController:
    """Return what tells and limits the threads of BLAS."""
    import numpy as np  # noqa: F401  # what is not loaded yet is not found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
