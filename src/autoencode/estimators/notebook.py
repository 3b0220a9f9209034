"""A comparison as a notebook shows it."""

from __future__ import annotations

from html import escape

from autoencode.evaluation import Comparison

__all__ = ["NotebookComparison"]


class NotebookComparison(Comparison):
    """A comparison that a notebook shows as a table with the verdict below."""

    def _repr_html_(self) -> str:
        head, *body = self.table()
        rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in body)
        headings = "".join(f"<th>{escape(c)}</th>" for c in head)
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{headings}</tr></thead>"
            f"<tbody>{rows}</tbody></table><p>{escape(self.verdict.text)}</p>"
        )
