"""The results as one picture: a row a metric, ours, the peers and the floor on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from results import Entry

from autoencode.charts import palette
from tables import format_seconds, title_of

__all__ = ["draw_results"]

ROW = 0.46
LEFT, RIGHT, TOP, BOTTOM, WIDTH = 2.75, 0.95, 1.0, 0.6, 10.5
OURS = palette.MODEL_COLOURS[0]
LOOKS = {
    "keras-tensorflow": ("#E69F00", "s"),
    "keras-jax": ("#CC79A7", "D"),
    "pytorch-eager": ("#D55E00", "^"),
    "pytorch-compiled": ("#D55E00", "v"),
    "scikit-learn": ("#009E73", "P"),
    "pyod": ("#56B4E9", "X"),
    "pyod-defaults": ("#56B4E9", "x"),
    "pyod-iforest": ("#F0E442", "<"),
    "pyod-knn": ("#7F7F7F", ">"),
    "pyod-autoencoder": ("#56B4E9", "h"),
    "python -c pass": (palette.MUTED, "|"),
}


def draw_results(entries: Sequence[Entry], path: Path) -> None:
    """Write the picture of all entries that are times.

    Parameters
    ----------
    entries
        In the order of the rows.
    path
        Where to; a PNG file.
    """
    rows = [entry for entry in entries if entry.unit == "s"]
    if not rows:
        return
    with palette.style():
        height = TOP + BOTTOM + ROW * len(rows)
        figure = palette.new_figure(WIDTH, height)
        axes = palette.place_axes(figure, LEFT, BOTTOM, WIDTH - LEFT - RIGHT, ROW * len(rows))
        axes.set_xscale("log")
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        named: dict[str, object] = {}
        for y, entry in enumerate(rows):
            values = [entry.ours, *entry.peers.values()]
            axes.plot([min(values), max(values)], [y, y], color=palette.GRID, linewidth=4, zorder=1)
            if entry.floor:
                named["floor"] = axes.plot(
                    entry.floor, y, "|", color=palette.INK, markersize=17, markeredgewidth=2.2, zorder=2
                )[0]
            for name, value in entry.peers.items():
                colour, marker = LOOKS.get(name, (palette.MUTED, "."))
                named[name] = axes.plot(
                    value, y, marker, color=colour, markersize=7.5, markeredgecolor="white" if marker not in "x|" else
                    colour, markeredgewidth=0.8 if marker not in "x|" else 1.8, zorder=3, linestyle="none",
                )[0]  # fmt: skip
            named["ours"] = axes.plot(entry.ours, y, "o", color=OURS, markersize=11, zorder=4, linestyle="none")[0]
            label(axes, entry, y)
        axes.set_yticks(range(len(rows)), [f"{entry.job}  {entry.metric}" for entry in rows])
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel("seconds, logarithmic; further left is better. On the right: ours, and against the best peer")
        order = [name for name in ("ours", "floor", *LOOKS) if name in named]
        titles = {"floor": "floor of this machine"}
        figure.legend(
            [named[name] for name in order],
            [titles.get(name, title_of(name).replace("`", "")) for name in order],
            loc="upper left",
            bbox_to_anchor=(0.25 / WIDTH, 1 - 0.42 / height),
            ncols=5,
        )
        figure.text(
            0.25 / WIDTH, 1 - 0.24 / height, "Ours, the peers and the floor", fontsize=palette.TITLE_SIZE,
            fontweight="bold", va="center",
        )  # fmt: skip
        palette.save_figure(figure, path)


def label(axes, entry: Entry, y: int) -> None:
    """Write how many times quicker ours is than the best peer, at the row's end."""
    peers = {name: value for name, value in entry.peers.items() if name != "python -c pass"}
    text = format_seconds(entry.ours) + " s"
    if peers:
        ratio = min(peers.values()) / entry.ours
        text += f"\n{ratio:.1f}× faster" if ratio >= 1 else f"\n{1 / ratio:.1f}× slower"
    axes.annotate(
        text, (1, y), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points", va="center",
        fontsize=8, color=OURS, annotation_clip=False,
    )  # fmt: skip
