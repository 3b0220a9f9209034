"""Labels on paper that make room for one another: over bars in rows, and at points in frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from autoencode.charts import marks
from autoencode.charts.labels import axes_size, fit_text, plain_text, text_width
from autoencode.charts.palette import BODY_SIZE, SMALL_SIZE

if TYPE_CHECKING:
    import matplotlib.axes

ROW = SMALL_SIZE * 1.75
"""Of a label over bars, in points."""

HALO = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}
"""Round a label that lies over marks."""


def draw_rule_labels(axes: matplotlib.axes.Axes, rules: Sequence[marks.Rule]) -> None:
    """Draw upright lines, each up to its label in a row of its own at the top of the axes.

    Labels run to the right of their lines, the leftmost highest, so that none crosses a line; those that would leave
    the axes run to the left, in the rows below.

    Parameters
    ----------
    axes
        With their limits set; the bars leave room for the rows.
    rules
        The lines.
    """
    (low, high), highest = axes.get_xlim(), axes.get_ylim()[1]
    wide, tall = axes_size(axes)
    rooms = {rule: (high - rule.value) / (high - low) * wide - 8 for rule in rules}
    fonts = {rule: {"size": SMALL_SIZE, "bold": rule.is_bold} for rule in rules}
    widths = {rule: text_width(plain_text(rule.name) + rule.number, **fonts[rule]) for rule in rules}
    left = sorted(
        (rule for rule in rules if rooms[rule] >= min(widths[rule], wide / 2 - 8)), key=lambda rule: rule.value
    )
    right = sorted((rule for rule in rules if rule not in left), key=lambda rule: -rule.value)
    step = min(ROW + 6 / max(1, len(rules)), 2 / 3 * tall / max(1, len(rules)))
    for row, rule in enumerate([*left, *right]):
        top = (1 - row * step / tall) * highest
        dash = (0, rule.dash) if rule.dash else "-"
        axes.plot([rule.value] * 2, [0, top], color=rule.colour, linestyle=dash, linewidth=rule.width, zorder=4)
        aside = 1 if row < len(left) else -1
        room = (rooms[rule] if aside > 0 else wide - rooms[rule] - 16) - text_width(rule.number, **fonts[rule])
        text = fit_text(rule.name, room=room, **fonts[rule]) + rule.number  # the number is seen whole
        look = {"ha": "left" if aside > 0 else "right", "va": "top", "fontsize": SMALL_SIZE, "bbox": HALO, "zorder": 5}
        look |= {"fontweight": "bold" if rule.is_bold else "normal", "color": rule.text_colour}
        axes.annotate(text, (rule.value, top), (5 * aside, 0), textcoords="offset points", **look)


def _part_boxes(
    centres: Float[np.ndarray, "boxes 2"], sizes: Float[np.ndarray, "boxes 2"]
) -> Float[np.ndarray, "boxes 2"]:
    """Return the centres of boxes, moved until none overlaps another: each pair along the way that is the shorter."""
    centres = centres.copy()
    for _ in range(200):
        moved = False
        for one in range(len(centres)):
            for other in range(one):
                apart = centres[one] - centres[other]
                overlap = (sizes[one] + sizes[other]) / 2 - np.abs(apart)
                if np.all(overlap > 0.01):
                    axis = int(np.argmin(overlap))
                    step = (overlap[axis] + 0.01) / 2 * (1 if apart[axis] >= 0 else -1)
                    centres[one, axis] += step
                    centres[other, axis] -= step
                    moved = True
        if not moved:
            break
    return centres


def draw_tags(axes: matplotlib.axes.Axes, tags: marks.Tags) -> None:
    """Write names in frames at their points, none over another.

    Parameters
    ----------
    axes
        With their limits set.
    tags
        The names.
    """
    axes.autoscale_view()
    names = [fit_text(name, BODY_SIZE, 90.0, bold=True) for name in tags.names]
    wide, tall = axes_size(axes)
    to_axes = axes.transData + axes.transAxes.inverted()
    points = np.stack([tags.data[tags.x], tags.data[tags.y]], axis=1)
    centres = to_axes.transform(points) * (wide, tall)
    sizes = np.array([(text_width(name, BODY_SIZE, bold=True) + 10, BODY_SIZE * 1.2 + 8) for name in names])
    for name, place, colour in zip(names, _part_boxes(centres, sizes), tags.colours, strict=True):
        across, up = place / (wide, tall)
        frame = {"facecolor": "white", "edgecolor": colour, "boxstyle": "round,pad=0.25", "alpha": 0.9, "lw": 1.6}
        look = {"fontsize": BODY_SIZE, "fontweight": "bold", "ha": "center", "va": "center", "bbox": frame, "zorder": 5}
        axes.text(float(across), float(up), name, transform=axes.transAxes, **look)
