"""Histograms of several groups on common bins: bars with a line round them, to point at and to mute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks

__all__ = ["outline_bars"]


def outline_bars(
    edges: Float[np.ndarray, " edges"],
    counts: Int[np.ndarray, "groups bins"],
    named: Sequence[tuple[str, str]],
    what: str,
    *,
    alpha: float = 0.3,
    outline: float = 1.4,
    base: float = 0.0,
) -> list[marks.Bars]:
    """Return the bars of each group; pointing at a bin shows how many of each lie in it.

    Parameters
    ----------
    edges
        Of the bins.
    counts
        How many lie in each bin.
    named
        Of each group, its name and its colour.
    what
        Of what they are counted, such as "error".
    alpha, outline
        How much the bars cover, and how wide the line round them is, in points.
    base
        Where the bars begin; on a logarithmic scale, an empty one stays there.

    Returns
    -------
    A mark a group, of the groups "group 0", "group 1", …
    """
    columns = {"left": edges[:-1], "right": edges[1:]}
    for group, count in enumerate(counts):
        columns |= {f"count {group}": count, f"height {group}": np.maximum(count, base)}
    shown = [(name, f"@{{count {group}}}") for group, (name, _) in enumerate(named)]
    rows = [(what, f"@left{marks.NUMBER} to @right{marks.NUMBER}"), *shown]
    data, hover = marks.Data("bins", columns), marks.Hover(rows, mode="vline", is_wide=True)
    look = {"alpha": alpha, "outline": outline, "edges": edges, "base": base}
    # One of them is pointed at for all.
    return [
        marks.Bars(data, f"height {group}", colour, group=f"group {group}", hover=None if group else hover, **look)
        for group, (_, colour) in enumerate(named)
    ]
