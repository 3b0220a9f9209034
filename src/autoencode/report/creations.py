"""What the decoder makes beside reconstructions, and how the code is used."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from autoencode.evaluation import CodeStatistics
from autoencode.evaluation.wording import say_count
from autoencode.report.blocks import Block, Card, Cards, Paragraph, Table
from autoencode.report.cells import show_cell
from autoencode.report.lines import draw_lines, find_spans
from autoencode.report.page import Section
from autoencode.report.plots import offer_plot
from autoencode.report.sheets import quantise
from autoencode.report.specimens import name_sample
from autoencode.report.stills import MOST_EXACT_SIDE, write_small
from autoencode.report.study import CellColumn, Creations, StudySamples
from autoencode.report.wording import say, shorten

ACROSS = 8
"""Made-up images side by side in a card."""

MOST_COLUMNS, MOST_MADE_UP = 60, 8
"""Of a made-up table, which can be scrolled."""

DRAWN = {
    True: "Codes drawn from the standard normal distribution, towards which training pulled the codes of the samples, "
    "and what they decode to.",
    False: "Codes drawn from a normal distribution with the mean and the covariance of the codes of training, and what "
    "they decode to. Nothing in its training made this model fit to be drawn from: where its codes form clusters, "
    "many of the drawn ones lie between them, and stand for nothing.",
}


def show_creations(creations: Creations, samples: StudySamples) -> Section:
    """Return the section of made-up samples, and of images and sequences also of what single units stand for."""
    blocks: list[Block] = [Paragraph(DRAWN[creations.prior_is_normal])]
    if samples.kind != "images" and not samples.are_sequences:
        return Section("What the code can make", [*blocks, _draw_rows(creations, samples)])
    blocks.append(_draw_made_up(creations, samples))
    if len(creations.units):
        blocks += [Paragraph(_say_traversal(creations, samples)), _draw_traversals(creations, samples)]
    return Section("What the code can make", blocks)


def _draw_pictures(features: Float[np.ndarray, "samples features"], samples: StudySamples) -> list[bytes]:
    if samples.are_sequences:
        steps = samples.features.reshape(-1, *samples.shape)
        return draw_lines(features.reshape(-1, *samples.shape), find_spans(steps))
    return [write_small(image) for image in quantise(features, samples.value_range).reshape(-1, *samples.shape)]


def _draw_made_up(creations: Creations, samples: StudySamples) -> Cards:
    pictures = _draw_pictures(creations.made_up, samples)
    cards = [Card(pictures[start : start + ACROSS], ()) for start in range(0, len(pictures), ACROSS)]
    smooth = max(samples.shape[:2]) > MOST_EXACT_SIDE
    name = "made-up sequence" if samples.are_sequences else "made-up image"
    return Cards((name,) * ACROSS, cards, smooth=smooth, broad=True)


def _say_traversal(creations: Creations, samples: StudySamples) -> str:
    count, values = creations.values.shape
    which = "its unit" if count == 1 else f"one of the {say_count(count, 'unit')} that vary most"
    return (
        f"One sample, {name_sample(samples, creations.origin)}, rebuilt from its code with {which} set to {values} "
        "values from the 1st to the 99th percentile of training, and all else as it is: what changes along a strip is "
        "what the unit stands for."
    )


def _draw_traversals(creations: Creations, samples: StudySamples) -> Cards:
    cards = []
    for unit, values, features in zip(creations.units, creations.values, creations.traversals, strict=True):
        ends = f"from {say(float(values[0]), 3)} to {say(float(values[-1]), 3)}"
        cards.append(Card(_draw_pictures(features, samples), (f"unit {unit}", ends)))
    names = [f"value {number} of {creations.values.shape[1]}" for number in range(1, creations.values.shape[1] + 1)]
    return Cards(names, cards, smooth=max(samples.shape[:2]) > MOST_EXACT_SIDE, broad=True)


def _draw_rows(creations: Creations, samples: StudySamples) -> Table:
    columns = samples.columns[:MOST_COLUMNS]
    made_up = creations.made_up[:MOST_MADE_UP]
    cells = [_show_made_up(column, made_up) for column in columns]
    left_out = len(samples.columns) - len(columns)
    caption = f"Made-up samples; {say_count(left_out, 'more column')} left out." if left_out else "Made-up samples."
    return Table([shorten(column.name, 40) for column in columns], list(zip(*cells, strict=True)), caption)


def _show_made_up(column: CellColumn, features: Float[np.ndarray, "samples features"]) -> list[str]:
    """Return cells to as many digits as their column's spread tells apart: a fare of 0 may come back as 3e-06."""
    if column.start == column.stop:
        return [""] * len(features)
    number_map = column.inverse.get("map", {})
    scale = number_map.get("scale") or float(np.ptp(number_map.get("knots", [0.0])))
    digits = 4 - math.floor(math.log10(scale)) if scale else 0
    return [
        show_cell(round(cell, digits) if scale and isinstance(cell, float) else cell) for cell in column.read(features)
    ]


def show_code_use(codes: CodeStatistics) -> Section:
    """Return the section of how the units of the code are used, and the entries of its codebook where it has one."""
    from autoencode.charts import compute_code_units, compute_codebook_use

    units = compute_code_units(codes)
    dead = "; those that are never active are orange" if (codes.active_share == 0).any() else ""
    blocks: list[Block] = [
        Paragraph(f"{units.note}. The unit that varies most comes first{dead}."),
        offer_plot(
            units.chart,
            description="How much each unit of the code varies, and in how many samples it is active",
            caption="A unit is active in a sample where it is further from 0 than a fiftieth of the root mean square "
            "of the strongest unit.",
        ),
    ]
    if codes.entry_counts is not None:
        use = compute_codebook_use(codes)
        blocks += [
            Paragraph(f"Codes are made of the entries of a codebook: {use.note}."),
            offer_plot(
                use.chart,
                description="How often each entry of the codebook is used, the most used first",
                caption="The dashed line: all equally often. The perplexity is how many entries, used equally often, "
                "would tell as much.",
            ),
        ]
    return Section("How the code is used", blocks)
