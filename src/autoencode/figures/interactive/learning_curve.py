"""The learning curve on a page: the loss of every restart, epoch by epoch, to point at and to enlarge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.figures.interactive.appearance import FONT, TYPE_SIZE, cut_text, new_plot, set_ranges
from autoencode.figures.interactive.marks import NUMBER, add_hover, add_legend
from autoencode.figures.learning_curve import DASHES, LearningCurve, loss_limits, tail_limits
from autoencode.figures.palette import MUTED

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


def _set_limits(plot: bokeh.plotting.figure, curve: LearningCurve) -> None:
    """Show all epochs, and of the losses those of the tail, where the first ones would make a thin line of it."""
    from bokeh.models import Title

    last, (low, high), tail = len(curve.epochs), loss_limits(curve), tail_limits(curve)
    if tail is not None:
        levels = [level.value for level in curve.references]
        top, low = max([tail[2], *levels]), min([tail[1], *levels])
        top += top - low
        note = f"The first epochs lie above the picture, from {high:.4g} down."
        plot.add_layout(
            Title(text=note, text_font=FONT, text_font_size=TYPE_SIZE, text_font_style="normal", name="above"), "above"
        )
        high = top
    room = 0.05 * (high - low)
    set_ranges(
        plot,
        (0.5, 1.5) if last == 1 else (1 - 0.01 * (last - 1), last + 0.01 * (last - 1)),
        (low - room, high + room),
    )


def _draw_levels(plot: bokeh.plotting.figure, curve: LearningCurve) -> list[tuple[str, list[GlyphRenderer]]]:
    """Draw the levels, each with dashes of its own; return their entries in the legend, which lies off the curves."""
    ends = [0.0, float(curve.epochs[-1] + 1)]
    entries = []
    for place, level in enumerate(curve.references):
        dash = [round(2 * length) for length in DASHES[place % len(DASHES)]]
        line = plot.line(
            ends, [level.value] * 2, line_dash=dash, line_width=1.5, color=MUTED, level="underlay", muted_alpha=0.15
        )
        entries.append((f"{cut_text(level.label, 20)} {level.value:.4g}", [line]))
    return entries


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
    _set_limits(plot, curve)
    plot.xaxis.ticker = BasicTicker(min_interval=1)
    rows = [("epoch", "@epoch"), *((kind, f"@{{{kind}}}{NUMBER}") for kind, _, _ in kinds)]
    if others:
        entries.append(("other restarts", others))
        rows.insert(0, ("restart", f"{curve.kept}, kept"))
        thin = [("restart", "@restart"), ("epoch", "$snap_x{0}"), ("loss", f"$snap_y{NUMBER} (@kind)")]
        add_hover(plot, others, thin, attachment="above")
    entries += _draw_levels(plot, curve)
    add_legend(plot, entries)
    add_hover(plot, bold[:1], rows, mode="vline", attachment="below")
    return plot
