"""The programs and the processor that a model's last bits depend on."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

import autoencode
from autoencode.blas import find_blas
from autoencode.training.threads import tell_threads


def describe_versions() -> dict[str, str]:
    """Return the versions of the programs that a model's numbers depend on, by name."""
    import jax

    return {
        "autoencode": autoencode.__version__,
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
    }


def find_processor() -> str:
    """Return the processor's family as BLAS calls it, whose instructions decide how sums are taken; else the machine's.

    Examples
    --------
    >>> len(find_processor()) > 1
    True
    """
    found = {str(library.get("architecture") or "") for library in find_blas().select(user_api="blas").info()}
    return "/".join(sorted(found - {""})) or platform.machine()


def describe_surroundings() -> dict[str, Any]:
    """Return what a training's last bits depend on beside its settings, as a run says it."""
    return {"threads": tell_threads().to_dict(), "versions": describe_versions(), "processor": find_processor()}
