"""`Report`: one HTML file that says what one or several models make of samples."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from autoencode.evaluation import Comparison
from autoencode.exceptions import InvalidInputError
from autoencode.files import write_whole
from autoencode.report.page import render_page
from autoencode.report.studies import compose_report
from autoencode.report.study import Study

__all__ = ["Report", "make_report"]

FRAME_HEIGHT = 800
"""Of the report in a notebook, in pixels."""


@dataclass(frozen=True)
class Report:
    """A report; a notebook shows it, and `save` writes it.

    Attributes
    ----------
    html
        The whole page, which loads nothing from anywhere.
    """

    html: str = field(repr=False)

    def __repr__(self) -> str:
        return f"Report({len(self.html) / 1e6:.1f} MB of HTML; save(path) writes it)"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the report, whole or not at all.

        Parameters
        ----------
        path
            The file, by custom ending in ``.html``. One that is there is replaced; the folder must exist.

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        InvalidInputError
            If the folder does not exist, or the path is a folder or cannot be a name.
        OSError
            If the folder cannot be written to, or the disk is full.
        """
        target = Path(path)
        if not target.parent.is_dir():
            raise InvalidInputError(f"path: the folder {str(target.parent)!r} does not exist; create it first.")
        if target.is_dir() or not target.name:
            raise InvalidInputError(f"path: {str(target)!r} is a folder; name a file, such as report.html.")
        try:
            write_whole(target, self.html.encode())
        except ValueError as error:  # such as a zero byte
            raise InvalidInputError(f"path: {str(target)!r} cannot be the name of a file.") from error
        return target

    def _repr_html_(self) -> str:
        # The frame has an origin of its own: the report's scripts reach nothing of the notebook.
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="Report" loading="lazy" '
            f'style="width:100%;height:{FRAME_HEIGHT}px;border:1px solid #d9e0e7;border-radius:6px"></iframe>'
        )


def make_report(studies: Sequence[Study], comparison: Comparison | None = None) -> Report:
    """Return the report of one or several studies.

    Parameters
    ----------
    studies
        At least one, each of a model; of several all on the same samples.
    comparison
        Of several models on those samples.

    Returns
    -------
    Report
        ``save(path)`` writes it as HTML; in a notebook it shows itself.

    Raises
    ------
    InvalidInputError
        If there is no study.
    """
    return Report(render_page(compose_report(studies, comparison)))
