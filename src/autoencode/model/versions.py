"""The programs that a model's numbers depend on."""

from __future__ import annotations

import platform

import numpy as np

import autoencode


def describe_versions() -> dict[str, str]:
    """Return the versions of the programs that a model's numbers depend on, by name."""
    import jax

    return {
        "autoencode": autoencode.__version__,
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
