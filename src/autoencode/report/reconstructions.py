"""Samples and their reconstructions: typical ones from well rebuilt to badly, and the worst."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from autoencode.evaluation import worst
from autoencode.report.blocks import Block, Paragraph, Part, Plot
from autoencode.report.page import Section
from autoencode.report.payload import Payload
from autoencode.report.plots import offer_plot
from autoencode.report.specimens import show_specimens
from autoencode.report.study import StudySamples
from autoencode.report.wording import name_measure

TYPICAL, WORST = 9, 12


def _rank_spread(samples: StudySamples, measure: str) -> Int[np.ndarray, " some"]:
    """Return a few samples, evenly spread over the ranks of their errors, the best first."""
    order = np.argsort(samples.errors[measure], kind="stable")
    shares = (np.arange(TYPICAL) + 0.5) / TYPICAL
    return order[np.unique((shares * len(order)).astype(np.int64))]


def show_typical(samples: StudySamples) -> Section:
    """Return the section of a few samples from well rebuilt to badly."""
    measure = next(iter(samples.errors))
    title, unit = name_measure(measure), samples.units[measure]
    indices = _rank_spread(samples, measure)
    text = (
        f"{len(indices)} of {len(samples):,} samples, at even steps from well rebuilt to badly by their {title}"
        f"{f' ({unit})' if unit else ''}."
    )
    return Section("Originals and reconstructions", [Paragraph(text), *show_specimens(samples, indices, measure)])


def show_worst(samples: StudySamples, name: str, number: int, payload: Payload | None) -> Section:
    """Return the section of the samples that are rebuilt worst, with the explorer where there is a payload."""
    measure = next(iter(samples.errors))
    title, unit = name_measure(measure), samples.units[measure]
    ranking = worst(samples.errors[measure], WORST)
    fallback: list[Block] = [
        Paragraph(f"The {len(ranking)} samples with the largest {title}, the largest first."),
        *show_specimens(samples, ranking.indices, measure),
    ]
    histogram = _draw_histogram(samples, measure, title, unit)
    some = _say_some(samples)
    if payload is None:
        text = "These samples are too large to be explored in a page; the command line lists them: autoencode worst."
        return Section("Worst first", [*some, Paragraph(text), histogram, *fallback])
    blocks: list[Block] = [] if isinstance(histogram, Plot) else [histogram]
    blocks.append(Part("worst", number, name, histogram if isinstance(histogram, Plot) else None, fallback))
    return Section("Worst first", [*some, *blocks, *([Paragraph(payload.traded)] if payload.traded else [])])


def _say_some(samples: StudySamples) -> list[Block]:
    """Say of samples that are not all there were which they are."""
    if samples.total <= len(samples):
        return []
    text = (
        f"Of {samples.total:,} samples {len(samples):,} are shown: evenly spread ones, and those of all that are "
        "rebuilt worst. The command line ranks all of them: autoencode worst."
    )
    return [Paragraph(text)]


def _draw_histogram(samples: StudySamples, measure: str, title: str, unit: str) -> Block:
    from autoencode.charts import compute_sample_histogram

    return offer_plot(
        lambda: compute_sample_histogram(samples.errors[measure], measure_title=title, unit=unit).chart(),
        description=f"Histogram of the {title} of the samples",
    )
