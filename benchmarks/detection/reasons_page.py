"""The section of the page on reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from page_tables import render_table
from planted_cells import DEVELOPED
from reasons import METHODS, PLANTED_SEEDS

__all__ = ["render_reasons", "sum_up_reasons"]

NAMED, REPAIRED = ("two named", "either"), ("repaired", "one cell", "right cells", "recovered")

ABOUT = """## Reasons

One wrong cell in a normal row: a number × 1000 or × 25.4, a number × 10, a category that never occurs with one of the
row's other categories or numbers, two numbers of a row that changed places; only where a number moves by its column's
standard deviation or more. At most 2,000 rows of each set; 70 % of them are fitted to (`contaminated=False`), up to 40
of each kind are planted in the others, with each of {seeds} seeds. A row is flagged at a rate of 1 %, of few rows at
the least rate that their calibration rows allow. Of the flagged rows: how often the first reason is the planted cell,
either of the two where two changed places.

Beside it the column that an isolation forest (scikit-learn's, one column for each category, medians in missing cells)
finds most abnormal by TreeSHAP, and the column of the largest residual of our own reconstruction, in deviations of
those of normal rows. *Two named*: rows whose reasons say that either of two cells is wrong; *either*: one of those
named is the planted one. The order of reasons was developed on the sets marked †."""


REPAIRS = """## Repairs

Of the same flagged rows: for how many `repair` finds cells whose change makes the row normal (*repaired*); for how many
one cell is enough; in how many nothing but planted cells is changed (*right cells*); and in how many of these they
become what stood there (*recovered*): numbers to within twice the ± of their reasons, categories the same. Of the
{right} wrong categories that were right cells, {ours} are recovered; scikit-learn's KNN imputer, told which cell it is,
recovers {knn}."""


def sum_up_reasons(measured: Mapping[str, Any]) -> dict[str, int]:
    """Return the sums over all kinds of all sets."""
    return _add([counts for by_kind in measured.values() for counts in by_kind.values()])


def render_reasons(measured: Mapping[str, Any]) -> str:
    """Return the section of reasons, and that of repairs."""
    sets = {f"`{name}`{' †' if name in DEVELOPED else ''}": list(found.values()) for name, found in measured.items()}
    kinds = dict.fromkeys(kind for by_kind in measured.values() for kind in by_kind)
    by_kind = {kind: [found[kind] for found in measured.values() if kind in found] for kind in kinds}
    sums = {title: _add(counts) for title, counts in {**sets, **by_kind}.items()} | {
        "**all**": sum_up_reasons(measured)
    }
    categories = sums.get("impossible category", dict.fromkeys(("right cells", "recovered", "KNN, told"), 0))
    told = {"right": categories["right cells"], "ours": categories["recovered"], "knn": categories["KNN, told"]}
    return "\n\n".join(
        [
            ABOUT.format(seeds=len(PLANTED_SEEDS)),
            _render_sums(sums, {"ours": "**autoencode**", **{name: name for name in (*METHODS[1:], *NAMED)}}),
            REPAIRS.format(**told),
            _render_sums(sums, {name: name for name in REPAIRED}),
        ]
    )


def _add(every: list[Mapping[str, int]]) -> dict[str, int]:
    return {what: sum(counts[what] for counts in every) for what in every[0]}


def _render_sums(sums: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> str:
    """Return a table of shares of the flagged rows."""
    rows = [
        [title, str(counts["planted"]), str(counts["flagged"])]
        + [f"{counts[name] / max(1, counts['flagged']):.1%}" for name in names]
        for title, counts in sums.items()
    ]
    return render_table(["", "planted", "flagged", *names.values()], rows)
