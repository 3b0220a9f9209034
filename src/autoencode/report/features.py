"""Errors by feature: where images, and which columns of tables, are rebuilt badly."""

from __future__ import annotations

import numpy as np

from autoencode.evaluation import ColumnError
from autoencode.report.blocks import Block, Paragraph, Plot, Table
from autoencode.report.page import Section
from autoencode.report.plots import offer_plot
from autoencode.report.study import StudySamples
from autoencode.report.wording import say, shorten
from autoencode.report.worst_columns import MOST_COLUMNS, order_columns

SHARE, PLAIN_UNIT = "share", "units of the column"


def show_features(samples: StudySamples) -> Section:
    """Return the section of the errors of each feature or column."""
    if samples.kind == "images":
        return Section("Errors by pixel", [_draw_heat_map(samples)] if samples.feature_errors is not None else [])
    return Section("Errors by column", [_draw_bars(samples), *_list_columns(samples)])


def _draw_heat_map(samples: StudySamples) -> Plot | Paragraph:
    from autoencode.charts import compute_feature_heat_map

    name = "root mean squared error of a pixel"
    errors = np.asarray(samples.feature_errors, np.float64)
    return offer_plot(
        lambda: compute_feature_heat_map(errors, samples.shape, error_name=name).chart(),
        description=f"Heat map: {name}",
        caption=f"The {name} over all samples, in their own units: the brighter a pixel, the worse it is rebuilt.",
        narrow=True,
    )


def _draw_bars(samples: StudySamples) -> Plot | Paragraph:
    from autoencode.charts import compute_feature_bars
    from autoencode.charts.feature_errors import MOST_BARS

    count = len(samples.column_errors)
    which = f"the {MOST_BARS} worst of {count:,} columns" if count > MOST_BARS else "each column, the worst first"
    return offer_plot(
        lambda: compute_feature_bars(samples.column_errors, samples.column_baseline).chart(),
        description="Bars: the error of each column as a share of the mean sample’s",
        caption=f"The error of {which}, as a share of the mean sample’s error there. At 100\u00a0% the model knows no "
        "more of the column than its mean.",
    )


def _list_columns(samples: StudySamples) -> list[Block]:
    if not samples.column_errors:
        return []
    pairs = list(zip(samples.column_errors, samples.column_baseline, strict=True))
    count = len(pairs)
    if count > MOST_COLUMNS:
        worst = order_columns(samples.column_errors, samples.column_baseline)[:MOST_COLUMNS]
        pairs = [pairs[place] for place in worst]
    rows = [
        (shorten(error.column, 60), error.kind, _say_error(error), _say_error(mean), _say_measure(error))
        for error, mean in pairs
    ]
    marks = ["bad" if error.error > mean.error else "" for error, mean in pairs]
    caption = "The errors of all columns in numbers"
    if len(rows) < count:
        caption = (
            f"The errors of the {len(rows)} columns that are rebuilt worst beside the mean sample, the worst first; "
            f"{count - len(rows):,} more are left out"
        )
    return [Table(("column", "kind", "error", "of the mean sample", "measure"), rows, caption, marks, folded=True)]


def _say_error(error: ColumnError) -> str:
    return f"{100 * error.error:.3g} %" if error.unit == SHARE else say(error.error)


def _say_measure(error: ColumnError) -> str:
    return error.measure if error.unit in (SHARE, PLAIN_UNIT, "") else f"{error.measure}, {error.unit}"
