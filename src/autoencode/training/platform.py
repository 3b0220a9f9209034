"""On what JAX computes, told without importing it where that can be known."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.metadata import entry_points

PLUGINS = "jax_plugins"
"""The group of entry points, and the package, by which JAX finds what it computes on beside the CPU."""


def find_platform() -> str:
    """Return what JAX computes on, such as ``cpu``; the CPU too where it finds none of those that were asked for.

    JAX is asked where it was imported already, where a platform is asked for, and where a plugin for one is installed.
    """
    if "jax" not in sys.modules and os.environ.get("JAX_PLATFORMS", "") in ("", "cpu") and not _has_plugin():
        return "cpu"
    from autoencode.training import devices

    return devices.ask_platform()


@cache
def _has_plugin() -> bool:
    from importlib.util import find_spec

    has_module = any(find_spec(name) is not None for name in (PLUGINS, "libtpu"))
    return has_module or bool(entry_points(group=PLUGINS))
