"""Tables and titles of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planted_errors import FOREST
from summaries import OURS, UNASKED

__all__ = ["METRICS", "render_table", "title_of"]

METRICS = {"auroc": "AUROC", "average_precision": "average precision"}
TITLES = {OURS: "**autoencode**", UNASKED: "**autoencode**, no option", FOREST: "isolation forest"}


def render_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose columns but the first are flush right."""
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, rule, *rows])


def title_of(name: str) -> str:
    """Return what a detector is called."""
    return TITLES.get(name, name)
