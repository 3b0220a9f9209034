"""Colours of many small points, by class or by error, that are seen on white paper and on a dark page alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts.checks import check_vector
from autoencode.charts.palette import MODEL_COLOURS

if TYPE_CHECKING:
    import matplotlib.colors

CLASS_COLOURS = (*MODEL_COLOURS, "#960F1E", "#9ADE87", "#8257E6", "#5B5148")
"""One colour a class.

To the six of Okabe and Ito four are added that keep every two at least 16 units of CIELAB apart, for eyes that lack
one kind of cone as for those that have all three. Machado et al. (2009) give the way to compute it.
"""

OTHERS, OTHERS_COLOUR = "other", "#8A96A3"
"""The name and the colour of the classes that are too many to have one each."""

_RAMP = ("#8FC1EA", "#AE9CC0", "#C8764F", "#A93400")


def _sort_classes(names: Sequence[str]) -> list[str]:
    """Return names as people sort them: numbers by their value, before the other texts."""

    def place(name: str) -> tuple[bool, float, str]:
        try:
            value = float(name)
        except ValueError:
            value = np.nan
        return (not np.isfinite(value), value if np.isfinite(value) else 0.0, name)

    return sorted(names, key=place)


def label_colours(labels: Sequence[str]) -> dict[str, str]:
    """Return a colour for each class.

    Parameters
    ----------
    labels
        The class of each sample.

    Returns
    -------
    The classes, sorted, each with its colour as ``#RRGGBB``. Up to ten have one of their own; where there are more,
    the nine most frequent have, and the others share a grey.

    Examples
    --------
    >>> label_colours(["10", "9", "9"])
    {'9': '#0072B2', '10': '#D55E00'}
    """
    counts = Counter(map(str, labels))
    classes = _sort_classes(list(counts))
    own = classes
    if len(classes) > len(CLASS_COLOURS):
        # The sort is stable: of classes that are as frequent, the first has a colour.
        own = _sort_classes(sorted(classes, key=lambda name: -counts[name])[: len(CLASS_COLOURS) - 1])
    colours = dict(zip(own, CLASS_COLOURS, strict=False))
    return {name: colours.get(name, OTHERS_COLOUR) for name in classes}


def error_limits(errors: Float[np.ndarray, " samples"]) -> tuple[float, float]:
    """Return the errors that have the first and the last colour: those at 2 % and 98 %.

    Parameters
    ----------
    errors
        One number a sample; finite.

    Returns
    -------
    Two numbers, the first not above the second; a few that are far out do not stretch them.

    Examples
    --------
    >>> error_limits(np.linspace(0.0, 100.0, 101))
    (2.0, 98.0)
    """
    low, high = np.quantile(check_vector("errors", errors), [0.02, 0.98])
    return float(low), float(high)


def error_ramp() -> matplotlib.colors.LinearSegmentedColormap:
    """Return the colours of errors: from a light blue to a dark vermilion, darker all the way.

    Returns
    -------
    A colour map over 256 steps. Both ends are seen on white and on a dark page, the large errors better.

    Examples
    --------
    >>> from matplotlib.colors import to_hex
    >>> to_hex(error_ramp()(1.0))
    '#a93400'
    """
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("error", list(_RAMP))


def error_colours(errors: Float[np.ndarray, " samples"]) -> tuple[str, ...]:
    """Return a colour for each sample by how large its error is.

    Parameters
    ----------
    errors
        One number a sample; finite.

    Returns
    -------
    Colours as ``#RRGGBB``, of :func:`error_ramp` between :func:`error_limits`; one for all where the errors are equal.

    Examples
    --------
    >>> error_colours(np.array([0.0, 1.0]))
    ('#8fc1ea', '#a93400')
    """
    from matplotlib.colors import to_hex

    values = check_vector("errors", errors)
    low, high = error_limits(values)
    span = high - low
    # Where all are equal, or so far apart that their span is infinite, they share a colour.
    share = (values - low) / span if 0 < span < np.inf else values * 0.0
    ramp = error_ramp()
    steps = [to_hex(ramp(step)) for step in range(ramp.N)]
    places = np.clip(np.rint(np.clip(share, 0, 1) * (ramp.N - 1)), 0, ramp.N - 1).astype(int)
    return tuple(steps[place] for place in places)
