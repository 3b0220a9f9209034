"""The programs and the processor that a model's last bits depend on."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

import autoencode
from autoencode.blas import find_blas


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


def list_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words what a training's last bits depend on, and differs between two configurations of a run.

    Parameters
    ----------
    then, now
        With ``versions``, ``threads`` and ``processor``, as far as they are told.

    Examples
    --------
    >>> list_differences({"threads": {"xla": 2, "blas": 1}}, {"threads": {"xla": 4, "blas": 1}, "processor": "Zen"})
    ['threads of xla 2, now 4']
    """
    told = []
    for name, words in (("versions", "{}"), ("threads", "threads of {}"), ("processor", "processor")):
        pairs = [place.get(name) for place in (then, now)]
        before, after = (pair if isinstance(pair, Mapping) else {"": pair} for pair in pairs)
        told += [
            f"{words.format(part)} {value}, now {after[part]}"
            for part, value in before.items()
            if value is not None and after.get(part) not in (None, value)
        ]
    return told
