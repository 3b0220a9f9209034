"""The former name of `autoencode.charts`: what is asked of it comes from there, with a warning."""

from __future__ import annotations

import warnings
from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    from autoencode import charts

    home: Any = charts
    if name.removesuffix("_on") not in charts.__all__:
        from autoencode.reproduce import overview, signed_histogram

        home = next((part for part in (overview, signed_histogram) if hasattr(part, name.removesuffix("_on"))), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    is_on_axes = name.endswith("_on")
    instead = "autoencode.charts.paint_matplotlib.paint_panel" if is_on_axes else f"{home.__name__}.{name}"
    warnings.warn(f"autoencode.figures.{name} is {instead} now", DeprecationWarning, stacklevel=2)
    return _draw_on if is_on_axes else getattr(home, name)


def _draw_on(*arguments: Any) -> None:
    """Draw the panels of a figure, the last argument, on axes: one, several, or lists of them."""
    import numpy as np

    from autoencode.charts.paint_matplotlib import paint_panel

    *axes, picture = arguments
    for part, panel in zip(np.ravel(axes), picture.chart().panels, strict=True):
        paint_panel(part, panel)
