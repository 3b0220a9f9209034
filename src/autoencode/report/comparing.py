"""A comparison in a page: numbers, histogram, paired differences, restarts and the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.evaluation import Comparison, Interval
from autoencode.evaluation.wording import say_percent
from autoencode.report.blocks import Block, Paragraph, Table
from autoencode.report.page import Section
from autoencode.report.plots import offer_plot
from autoencode.report.wording import say, shorten

if TYPE_CHECKING:
    from autoencode.charts import ErrorHistogram

MOST_MODELS = 6
"""So many models have a colour each; the figures show the best ones of more."""

MOST_DIFFERENCES = 60


def show_comparison(comparison: Comparison, title: str) -> Section:
    """Return the section of a comparison: of several models, or of one with the baselines."""
    from autoencode.charts import compute_paired_differences

    count = sum(not row.is_baseline for row in comparison.rows)
    blocks: list[Block] = []
    if count > 1:
        blocks += say_verdict(comparison)
    blocks.append(error_table(comparison))
    blocks += [Paragraph(f"{shorten(row.name)}: {row.note}.") for row in comparison.rows if row.note]
    blocks.append(
        offer_plot(
            lambda: compute_histogram(comparison).chart(),
            description=f"Histogram of the {comparison.title} of each model, on common bins",
            caption=f"How many samples have which {comparison.title}. Lines: the means of models (solid) and of "
            "baselines (dashed).",
        )
    )
    if len(comparison.rows) > 1:
        blocks.append(
            offer_plot(
                lambda: compute_paired_differences(comparison).chart(),
                description="Mean paired differences with their intervals",
                caption="The mean difference of errors from the best model, sample by sample, with its interval. "
                "Where it does not reach 0, the difference is more than chance.",
            )
        )
        blocks.append(_difference_table(comparison))
    blocks += _restart_tables(comparison)
    return Section(title, blocks)


def say_verdict(comparison: Comparison, mark: str = "") -> list[Paragraph]:
    """Return the headline of a verdict, marked good or bad, and the rest below it; long names are cut."""
    headline, text = comparison.verdict.headline, comparison.verdict.text
    for row in sorted(comparison.rows, key=lambda row: -len(row.name)):
        headline, text = (words.replace(row.name, shorten(row.name)) for words in (headline, text))
    rest = text.removeprefix(headline).strip()
    return [Paragraph(headline, strong=True, mark=mark), *([Paragraph(rest)] if rest else [])]


def error_table(comparison: Comparison) -> Table:
    """Return the table of the errors of models and baselines."""
    head, *rows = comparison.table()
    caption = f"{comparison.title[:1].upper()}{comparison.title[1:]} of {len(comparison.rows[0].errors):,} samples"
    shown = [(shorten(name), *cells) for name, *cells in rows]
    best = min(comparison.rows, key=lambda row: row.mean)
    marks = ["best" if row is best else "" for row in comparison.rows]
    return Table(("", *head[1:]), shown, f"{caption}; the lowest mean is bold", marks, numeric=True)


def compute_histogram(comparison: Comparison) -> ErrorHistogram:
    """Return the histogram of the errors of the models, the best six, with the baselines' means."""
    from autoencode.charts import ReferenceLine, compute_error_histogram

    models = sorted((row for row in comparison.rows if not row.is_baseline), key=lambda row: row.mean)[:MOST_MODELS]
    lines = [ReferenceLine(row.mean, shorten(row.name, 40)) for row in comparison.baselines[:MOST_MODELS]]
    errors = {shorten(row.name, 40): row.errors for row in comparison.rows if any(row is model for model in models)}
    return compute_error_histogram(errors, baselines=lines, error_name=comparison.title)


def _difference_table(comparison: Comparison) -> Table:
    models = {row.name for row in comparison.rows if not row.is_baseline}
    pairs = [(pair, interval) for pair, interval in comparison.differences.items() if models.intersection(pair)]
    rows = [
        (
            f"{shorten(first, 60)} − {shorten(second, 60)}",
            say(interval.estimate, 3),
            f"{say(interval.low, 3)} to {say(interval.high, 3)}",
            _say_lower(first, second, interval),
        )
        for (first, second), interval in pairs[:MOST_DIFFERENCES]
    ]
    confidence = pairs[0][1].confidence
    left_out = len(pairs) - len(rows)
    caption = f"Differences of the {comparison.title}, sample by sample" + (
        f"; {left_out:,} more are left out" if left_out else ""
    )
    head = ("", "mean", f"{say_percent(confidence)} interval", "difference")
    return Table(head, rows, caption, numeric=True, folded=True)


def _say_lower(first: str, second: str, interval: Interval) -> str:
    if interval.direction == 0:
        return "none shown"
    return f"{shorten(second if interval.direction > 0 else first, 60)} is lower"


def _restart_tables(comparison: Comparison) -> list[Table]:
    """Return the restarts of each model by their live directions; nothing where each has but one."""
    rows = []
    for name, summary in comparison.restarts.items():
        count = len(summary.errors)
        for live in sorted({int(live) for live in summary.live_directions}, reverse=True):
            errors = summary.errors_with(live)
            if len(errors):
                ends = " … ".join(say(float(end)) for end in sorted({errors.min(), errors.max()}))
                rows.append((shorten(name, 60), str(live), f"{len(errors):,} of {count:,}", ends))
    if all(len(summary.errors) == 1 for summary in comparison.restarts.values()):
        return []
    caption = f"Every restart by its live directions: {comparison.title} on these samples"
    return [Table(("model", "live directions", "restarts", "best … worst"), rows, caption, numeric=True)]
