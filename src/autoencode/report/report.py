"""`Report`: one HTML file that says what one or several models make of samples, and the page that it shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from autoencode.evaluation import Comparison
from autoencode.evaluation.wording import join_words
from autoencode.exceptions import InvalidInputError
from autoencode.files import write_whole
from autoencode.report.codes import show_decoder, show_map
from autoencode.report.comparing import show_comparison
from autoencode.report.creations import show_code_use, show_creations
from autoencode.report.curves import show_training
from autoencode.report.features import show_features
from autoencode.report.page import Page, Section, render_page
from autoencode.report.payload import STUDY_BYTES, Payload, build_payload
from autoencode.report.reconstructions import show_typical, show_worst
from autoencode.report.study import Study
from autoencode.report.summary import summarise
from autoencode.report.usage import show_usage
from autoencode.report.wording import shorten

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


PAGE_BYTES = 12_000_000
"""What several studies may take of a page together."""

MOST_NAMED = 4


def compose_report(studies: Sequence[Study], comparison: Comparison | None = None) -> Page:
    """Compose the report of one model, or of several: then their comparison comes first, and a chapter for each.

    Parameters
    ----------
    studies
        At least one.
    comparison
        Of the models of the studies, on the same samples; None where there is one.

    Returns
    -------
    Page
        To be rendered by `render_page`.

    Raises
    ------
    InvalidInputError
        If there is no study.
    """
    if not studies:
        raise InvalidInputError("studies: expected at least one, got none.")
    budget = min(STUDY_BYTES, PAGE_BYTES // len(studies))
    sections: list[Section] = []
    payloads: list[str] = []
    if comparison is not None:
        sections.append(show_comparison(comparison, "Which is better"))
    for study in studies:
        payload = build_payload(study, budget=budget)
        if payload is not None:
            payloads.append(payload.text)
        found = list(_describe_study(study, len(payloads), payload))
        if len(studies) > 1:
            found[0] = replace(found[0], chapter=shorten(study.name))
        sections += found
    return Page(_say_title(studies), _say_lead(studies), sections, _say_footer(studies), payloads)


def _describe_study(study: Study, number: int, payload: Payload | None) -> Sequence[Section]:
    """Return the sections of a study, whose payload is that of this number in the page."""
    found = [summarise(study), show_training(study)]
    samples = study.samples
    if samples is not None and len(samples):
        name = shorten(study.name)
        found += [show_typical(samples), show_worst(samples, name, number, payload)]
        found.append(show_map(samples, name, number, payload))
        if payload is not None:
            found.append(show_decoder(study, number, payload))
        if study.creations is not None:
            found.append(show_creations(study.creations, samples))
    if study.codes is not None:
        found.append(show_code_use(study.codes))
    if samples is not None and len(samples):
        found.append(show_features(samples))
        if study.comparison is not None:
            found.append(show_comparison(study.comparison, "Against the baselines"))
    return [*found, show_usage(study)]


def _say_title(studies: Sequence[Study]) -> str:
    if len(studies) == 1:
        return shorten(studies[0].name)
    names = [shorten(study.name, 40) for study in studies]
    shown = names if len(names) <= MOST_NAMED else [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return join_words(shown)


def _say_lead(studies: Sequence[Study]) -> str:
    if len(studies) > 1:
        return f"{len(studies)} autoencoders on the same samples: which is better, and what each keeps and loses."
    card, samples = studies[0].card, studies[0].samples
    of = "" if samples is None else f" of {shorten(samples.source)}"
    return f"What a {shorten(card.network)} autoencoder keeps{of}, and what it loses."


def _say_footer(studies: Sequence[Study]) -> str:
    versions = ", ".join(f"{shorten(name)} {shorten(version)}" for name, version in studies[0].card.versions.items())
    return f"One file: it loads nothing from anywhere. Made with {versions}."
