"""A comparison as a notebook shows it: a fragment of HTML without scripts."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from autoencode.evaluation import Comparison
from autoencode.exceptions import InvalidInputError
from autoencode.report.blocks import picture_address
from autoencode.report.comparing import compute_histogram, error_table, say_verdict
from autoencode.report.stills import draw_still
from autoencode.report.wording import shorten

CELL = "text-align:right;padding:.25em .7em;font-variant-numeric:tabular-nums"


def comparison_html(comparison: Comparison) -> str:
    """Return a comparison as HTML: the verdict, the table, the histogram and the paired differences.

    Parameters
    ----------
    comparison
        What `compare` found.

    Returns
    -------
    str
        A fragment for a notebook, its pictures inside. All names are text: markup in them is shown, never obeyed.
    """
    from autoencode.charts import compute_paired_differences, draw_error_histogram, draw_paired_differences

    table = error_table(comparison)
    headline, *rest = (escape(paragraph.text) for paragraph in say_verdict(comparison))
    head = "".join(f'<th style="{CELL}">{escape(cell)}</th>' for cell in table.head)
    rows = "".join(
        f'<tr style="font-weight:{600 if mark else 400}"><th style="text-align:left;font-weight:inherit">'
        f"{escape(name)}</th>" + "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in cells) + "</tr>"
        for (name, *cells), mark in zip(table.rows, table.marks, strict=True)
    )
    notes = "".join(f"<p>{escape(shorten(row.name))}: {escape(row.note)}.</p>" for row in comparison.rows if row.note)
    histogram = _draw(lambda: draw_error_histogram(compute_histogram(comparison)), "Histogram of the errors")
    differences = _draw(lambda: draw_paired_differences(compute_paired_differences(comparison)), "Paired differences")
    return (
        f'<div style="max-width:62em"><p><strong>{headline}</strong></p><p>{" ".join(rest)}</p>'
        f'<table style="border-collapse:collapse"><caption style="text-align:left">{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}{histogram}{differences}</div>"
    )


def _draw(draw: Callable[[], Any], description: str) -> str:
    """Return a figure as an image, or nothing where its numbers cannot be drawn."""
    try:
        png = draw_still(draw())
    except InvalidInputError:
        return ""
    return f'<img src="{picture_address(png)}" alt="{description}" style="width:100%;max-width:62em;background:#fff">'
