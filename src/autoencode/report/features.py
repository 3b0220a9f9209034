"""Errors by feature: where images, and which columns of tables, are rebuilt badly."""

from __future__ import annotations

import numpy as np

from autoencode.evaluation import ColumnError
from autoencode.report.blocks import Block, Paragraph, Plot, Table
from autoencode.report.page import Section
from autoencode.report.plots import offer_plot
from autoencode.report.study import StudySamples
from autoencode.report.wording import say, shorten

__all__ = ["show_features"]

MOST_ROWS = 200

SHARE, PLAIN_UNIT = "share", "units of the column"


def show_features(samples: StudySamples) -> Section:
    """Return the section of the errors of each feature or column."""
    if samples.kind == "images":
        return Section("Errors by pixel", [_draw_heat_map(samples)] if samples.feature_errors is not None else [])
    return Section("Errors by column", [_draw_bars(samples), *_list_columns(samples)])


def _draw_heat_map(samples: StudySamples) -> Plot | Paragraph:
    from autoencode.figures import compute_feature_heat_map, draw_feature_heat_map
    from autoencode.figures.interactive import plot_feature_heat_map

    name = "root mean squared error of a pixel"
    errors = np.asarray(samples.feature_errors, np.float64)
    return offer_plot(
        lambda: compute_feature_heat_map(errors, samples.shape, error_name=name),
        lambda picture: draw_feature_heat_map(picture, title="", subtitle=""),
        plot_feature_heat_map,
        description=f"Heat map: {name}",
        caption=f"The {name} over all samples, in their own units: the brighter a pixel, the worse it is rebuilt.",
        narrow=True,
    )


def _draw_bars(samples: StudySamples) -> Plot | Paragraph:
    from autoencode.figures import compute_feature_bars, draw_feature_bars
    from autoencode.figures.feature_errors import MOST_BARS
    from autoencode.figures.interactive import plot_feature_bars

    count = len(samples.column_errors)
    which = f"the {MOST_BARS} worst of {count:,} columns" if count > MOST_BARS else "each column, the worst first"
    return offer_plot(
        lambda: compute_feature_bars(samples.column_errors, samples.column_baseline),
        lambda bars: draw_feature_bars(bars, title="", subtitle=""),
        plot_feature_bars,
        description="Bars: the error of each column as a share of the mean sample’s",
        caption=f"The error of {which}, as a share of the mean sample’s error there. At 100\u00a0% the model knows no "
        "more of the column than its mean.",
    )


def _list_columns(samples: StudySamples) -> list[Block]:
    if not samples.column_errors:
        return []
    pairs = list(zip(samples.column_errors, samples.column_baseline, strict=True))[:MOST_ROWS]
    rows = [
        (shorten(error.column, 60), error.kind, _say_error(error), _say_error(mean), _say_measure(error))
        for error, mean in pairs
    ]
    marks = ["bad" if error.error > mean.error else "" for error, mean in pairs]
    left_out = len(samples.column_errors) - len(rows)
    caption = "The errors of all columns in numbers" + (f"; {left_out:,} more are left out" if left_out else "")
    return [Table(("column", "kind", "error", "of the mean sample", "measure"), rows, caption, marks, folded=True)]


def _say_error(error: ColumnError) -> str:
    return f"{100 * error.error:.3g} %" if error.unit == SHARE else say(error.error)


def _say_measure(error: ColumnError) -> str:
    return error.measure if error.unit in (SHARE, PLAIN_UNIT, "") else f"{error.measure}, {error.unit}"
