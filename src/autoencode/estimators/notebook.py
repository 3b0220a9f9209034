"""A comparison as a notebook shows it."""

from __future__ import annotations

from autoencode.evaluation import Comparison


class NotebookComparison(Comparison):
    """A comparison that a notebook shows as a report does."""

    def _repr_html_(self) -> str:
        from autoencode.report import comparison_html

        return comparison_html(self)
