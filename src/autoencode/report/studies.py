"""The report of one or several studies as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autoencode.evaluation import Comparison
from autoencode.evaluation.wording import join_words
from autoencode.exceptions import InvalidInputError
from autoencode.report.codes import show_decoder, show_map
from autoencode.report.comparing import show_comparison
from autoencode.report.creations import show_code_use, show_creations
from autoencode.report.curves import show_training
from autoencode.report.features import show_features
from autoencode.report.page import Page, Section
from autoencode.report.payload import STUDY_BYTES, Payload, build_payload
from autoencode.report.reconstructions import show_typical, show_worst
from autoencode.report.study import Study
from autoencode.report.summary import summarise
from autoencode.report.usage import show_usage
from autoencode.report.wording import shorten

__all__ = ["compose_report"]

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
