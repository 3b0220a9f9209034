"""The first section of a study: what the model is, what it keeps, and whether it beats the baselines, in words."""

from __future__ import annotations

import math

from autoencode.evaluation.wording import say_count
from autoencode.report.blocks import Block, Facts, Paragraph
from autoencode.report.comparing import say_verdict
from autoencode.report.page import Section
from autoencode.report.study import Study, StudySamples, Training
from autoencode.report.wording import name_measure, say, say_seconds, shorten

FLOAT_BITS = 32
HELD_OUT = {True: "held out", False: "trained on", None: ""}


def summarise(study: Study) -> Section:
    """Return the section that says all in short."""
    blocks: list[Block] = [_say_size(study), Facts(_gather_facts(study))]
    if study.samples is not None:
        blocks.append(_say_held_out(study.samples))
    if study.comparison is not None:
        better = study.comparison.verdict.better
        blocks += say_verdict(study.comparison, "" if better is None else "good" if better == study.name else "bad")
    blocks += _say_diagnosis(study.training)
    return Section("In short", blocks)


def _say_size(study: Study) -> Paragraph:
    card, samples = study.card, study.samples
    what = say_count(card.features, "number") + " of a sample"
    if samples is not None and samples.kind == "table":
        what = f"{say_count(len(samples.columns), 'column')} of a sample, encoded as {card.features:,} numbers,"
    text = (
        f"{shorten(card.network)}: a network of {say_count(card.parameters, 'parameter')}. It squeezes the {what} into "
        f"{card.code_size:,} and rebuilds the sample from {'that one' if card.code_size == 1 else 'those'}."
    )
    return Paragraph(text)


def _gather_facts(study: Study) -> list[tuple[str, str, str]]:
    card, training, samples = study.card, study.training, study.samples
    bits = f"as float32: {FLOAT_BITS * card.features:,} bits → {FLOAT_BITS * card.code_size:,}"
    facts = [(f"{card.features:,} → {card.code_size:,}", "numbers a sample", bits)]
    if samples is not None:
        if math.isfinite(samples.r_squared):
            facts.append((say(samples.r_squared, 3), "R² against the mean sample", "1 is perfect, 0 no better"))
        name, errors = next(iter(samples.errors.items()))
        mean = float(errors.mean()) if study.comparison is None else study.comparison.rows[0].mean
        facts.append((say(mean, 3), name_measure(name), samples.units[name]))
        facts.append((f"{samples.total:,}", "samples measured", HELD_OUT[samples.held_out]))
    epochs, restarts = training.loss.shape
    facts.append((f"{epochs:,}", "epoch" if epochs == 1 else "epochs", f"in {say_seconds(training.seconds)}"))
    if restarts > 1:
        facts.append((f"{restarts:,}", "restarts", f"the best by {training.chosen_by} is kept"))
    return facts


def _say_held_out(samples: StudySamples) -> Paragraph:
    source = shorten(samples.source)
    if samples.held_out:
        return Paragraph(f"Measured on {source}, which the model was not trained on.")
    if samples.held_out is None:
        return Paragraph(
            f"Measured on {source}. Whether the model was trained on some of them is not known here; if it was, their "
            "errors flatter it."
        )
    text = (
        f"Measured on {source}: the model was TRAINED on these samples, so every error on this page flatters it. "
        "Judge it by samples that it has not seen."
    )
    return Paragraph(text, strong=True, mark="bad")


def _say_diagnosis(training: Training) -> list[Paragraph]:
    if not training.diagnosis:
        return [Paragraph("The diagnosis of the training found nothing wrong.")]
    said = Paragraph("What the training showed of itself, on the samples that it had then:")
    return [said, *(Paragraph(shorten(text, 1000), strong=True, mark="bad") for text in training.diagnosis)]
