"""The learning curve on a page: the loss of every restart, epoch by epoch, to point at and to enlarge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.figures.interactive.appearance import new_plot, set_ranges
from autoencode.figures.interactive.marks import NUMBER, Corner, add_hover, add_legend, mark_levels
from autoencode.figures.learning_curve import LearningCurve, loss_limits

if TYPE_CHECKING:
    import bokeh.plotting
    from bokeh.models import ColumnDataSource, GlyphRenderer

__all__ = ["plot_learning_curve"]

_MOST_POINTS = 300  # of a restart that was not kept: enough for a thin line, and a page that stays small


def _draw_others(
    plot: bokeh.plotting.figure,
    curve: LearningCurve,
    kind: str,
    colour: str,
    losses: Float[np.ndarray, "restarts epochs"],
) -> GlyphRenderer:
    """Draw the restarts that were not kept as thin lines, each up to where it diverged."""
    from bokeh.models import ColumnDataSource

    others = [restart for restart in range(len(losses)) if restart != curve.kept]
    step = -(-len(curve.epochs) // _MOST_POINTS)
    chosen = np.unique(np.append(np.arange(0, len(curve.epochs), step), len(curve.epochs) - 1))
    lines = [chosen[np.isfinite(losses[restart, chosen])] for restart in others]
    source = ColumnDataSource(
        {
            "epochs": [curve.epochs[line].astype(np.int32) for line in lines],
            "losses": [losses[restart, line] for restart, line in zip(others, lines, strict=True)],
            "restart": others,
            "kind": [kind] * len(others),
        },
        name=f"{kind}, others",
    )
    return plot.multi_line(
        "epochs", "losses", source=source, color=colour, alpha=0.5, muted_color=colour, muted_alpha=0.05, line_width=1
    )


def _draw_kept(plot: bokeh.plotting.figure, kept: ColumnDataSource, kind: str, colour: str) -> GlyphRenderer:
    """Draw the kept restart's loss of one kind as a bold line, or as a mark where there is one epoch only."""
    if len(kept.data["epoch"]) == 1:
        return plot.scatter("epoch", kind, source=kept, color=colour, size=9, muted_alpha=0.15)
    return plot.line("epoch", kind, source=kept, color=colour, line_width=3, muted_alpha=0.15)


def plot_learning_curve(curve: LearningCurve) -> bokeh.plotting.figure:
    """Return the learning curve for a page: the kept restart bold, the others thin, the levels dashed.

    Parameters
    ----------
    curve
        What to draw.

    Returns
    -------
    A plot. Pointing at an epoch shows the losses of the kept restart; pointing at a thin line, those of another.

    Examples
    --------
    >>> from autoencode.figures import compute_learning_curve
    >>> plot = plot_learning_curve(compute_learning_curve(np.array([[0.9, 0.5], [0.8, 0.4]])))
    >>> [sorted(source.data) for source in plot.select({"name": "kept"})]
    [['epoch', 'training']]
    """
    from bokeh.models import BasicTicker, ColumnDataSource

    plot = new_plot("epoch", curve.loss_name, name="learning_curve")
    kinds = curve.series()
    kept = ColumnDataSource(
        {"epoch": curve.epochs, **{kind: losses[curve.kept] for kind, _, losses in kinds}}, name="kept"
    )
    others = [_draw_others(plot, curve, *kind) for kind in kinds if len(curve.training) > 1]
    bold = [_draw_kept(plot, kept, kind, colour) for kind, colour, _ in kinds]
    entries = [(f"{kind} {losses[curve.kept, -1]:.4g}", [bold[place]]) for place, (kind, _, losses) in enumerate(kinds)]
    low, high = loss_limits(curve)
    room, last = 0.05 * (high - low), len(curve.epochs)
    limits = (low - room, high + room)
    set_ranges(plot, (0.5, 1.5) if last == 1 else (1 - 0.01 * (last - 1), last + 0.01 * (last - 1)), limits)
    plot.xaxis.ticker = BasicTicker(min_interval=1)
    end = max(float(losses[curve.kept, -1]) for _, _, losses in kinds)
    corners: list[Corner] = ["over right" if level.value >= end else "under right" for level in curve.references]
    mark_levels(plot, list(zip(curve.references, corners, strict=True)), limits)
    rows = [("epoch", "@epoch"), *((kind, f"@{{{kind}}}{NUMBER}") for kind, _, _ in kinds)]
    if others:
        entries.append(("other restarts", others))
        rows.insert(0, ("restart", f"{curve.kept}, kept"))
        thin = [("restart", "@restart"), ("epoch", "$snap_x{0}"), ("loss", f"$snap_y{NUMBER} (@kind)")]
        add_hover(plot, others, thin, attachment="above")
    add_legend(plot, entries)
    add_hover(plot, bold[:1], rows, mode="vline", attachment="below")
    return plot
