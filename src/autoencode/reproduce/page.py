"""The reproduction's report: the post section by section, ours beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.estimators import Autoencoder, format_seconds, study
from autoencode.report.blocks import Listing, Paragraph, Picture, Plot, Table
from autoencode.report.codes import show_decoder, show_map
from autoencode.report.comparing import say_verdict
from autoencode.report.features import show_features
from autoencode.report.page import Page, Section
from autoencode.report.payload import build_payload
from autoencode.report.reconstructions import show_worst
from autoencode.report.stills import shrink_png
from autoencode.reproduce.blog import Row
from autoencode.reproduce.experiments import Experiments
from autoencode.reproduce.findings import Findings

if TYPE_CHECKING:
    import bokeh.models

MISTAKES = (
    "The model with the lower loss is called the worse one",
    "Depth is blamed for what dead units did",
    "“Highest error” misses every image rebuilt too dark",
    "Noise is compressed, and no baseline is looked at",
)


TITLE = "Fun with Autoencoders, reproduced"
LEAD = (
    "The post of that name by William Bidle (2022), its three experiments with its own settings, figure by figure; "
    "what it shows, and what it did not see."
)
WITHOUT_MNIST = (
    "MNIST could not be had: parts 0 and I show scikit-learn's 8 × 8 digits instead, whose figures cannot be compared "
    "with the post's. `autoencode data fetch mnist` gets it; then reproduce again."
)


@dataclass(frozen=True)
class Drawn:
    """The pictures of the page.

    Attributes
    ----------
    stills
        PNG files by name.
    plots
        Those of them that a reader can zoom.
    """

    stills: Mapping[str, bytes]
    plots: Mapping[str, bokeh.models.LayoutDOM]

    def show(self, name: str, description: str) -> Picture | Plot:
        """Return a picture as a block of the page."""
        still = shrink_png(self.stills[name])
        return Plot(self.plots[name], still, description) if name in self.plots else Picture(still, description)


def format_value(value: Any) -> str:
    """Return a figure of the table for people.

    Examples
    --------
    >>> format_value((60000, 784)), format_value(0.09281), format_value(152)
    ('60,000 × 784', '0.0928', '152')
    """
    if isinstance(value, Sequence):
        return " × ".join(f"{n:,}" for n in value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if abs(value) >= 1 else f"{value:.4f}"


def row_cells(row: Row) -> tuple[str, str, str, str, str]:
    """Return a row's cells: name, the post's value, ours, tolerance, and whether it is reproduced."""
    verdict = {True: "reproduced", False: "NOT reproduced", None: "not comparable"}[row.reproduced]
    tolerance = "exact" if row.tolerance == 0 else f"±{row.tolerance:g}"
    return row.name, format_value(row.blog), format_value(row.ours), tolerance, verdict


def _restart_table(models: Mapping[str, Autoencoder]) -> Table:
    rows = []
    for name, model in models.items():
        for directions in sorted({restart.live_directions for restart in model.restarts_}, reverse=True):
            losses = [restart.loss for restart in model.restarts_ if restart.live_directions == directions]
            count = f"{len(losses)} of {len(model.restarts_)}"
            rows.append((name, str(directions), count, f"{min(losses):.4f} … {max(losses):.4f}"))
    return Table(("model", "live directions", "restarts", "final loss"), rows, "Every restart, by what survived in it")


def _error_table(findings: Findings) -> Table:
    head, *rows = findings.comparison.table()
    return Table(
        ("model", *head[1:-1]), [row[:-1] for row in rows], "Mean squared error of a row, over the held-out rows"
    )


def _reproduced_section(findings: Findings, drawn: Drawn) -> Section:
    reproduced = [row.reproduced for row in findings.rows]
    comparable = sum(value is not None for value in reproduced)
    count = f"{sum(value is True for value in reproduced)} of {comparable} comparable figures are reproduced."
    rows = [row_cells(row) for row in findings.rows]
    marks = [{True: "good", False: "bad", None: ""}[value] for value in reproduced]
    return Section(
        "What was reproduced",
        [
            drawn.show("overview", "Overview: reconstructions, losses of restarts, squared errors"),
            Paragraph(count, strong=True),
            Table(("figure", "post", "ours", "tolerance", ""), rows, "The figures that the post prints", marks),
        ],
    )


def _mistakes_section(mistakes: Sequence[str]) -> Section:
    pairs = zip(MISTAKES, mistakes, strict=True)
    return Section(
        "The post's four mistakes",
        [block for title, text in pairs for block in (Paragraph(title, strong=True), Paragraph(text))],
    )


def _images_section(experiments: Experiments, mnist: Mapping[str, Any], drawn: Drawn) -> Section:
    model = experiments.image_model
    name = "MNIST" if experiments.has_mnist else "digits (MNIST could not be had)"
    return Section(
        f"{name}, {model.summary().title}",
        [
            Paragraph(
                f"{model.history_.epochs} epochs in {format_seconds(mnist['seconds'])}, compiling included, "
                f"{format_seconds(mnist['seconds_per_epoch'])} each. Final loss {mnist['loss']:.4f}, held out "
                f"{mnist['validation_loss']:.4f}."
            ),
            Listing(str(model.summary())),
            drawn.show("learning_curve", "Learning curve: training and held-out loss by epoch"),
            drawn.show("reconstructions", "Ten test images over their reconstructions"),
        ],
        chapter="Part 0: an autoencoder of images",
    )


def _worst_section(experiments: Experiments, mnist: Mapping[str, Any], drawn: Drawn) -> Section:
    overlap = "The post's ten images are MNIST's, so they cannot be looked for here."
    if experiments.has_mnist:
        overlap = (
            f"Of the ten images that the post lists, {mnist['blog_worst_in_our_ten']} are among our ten most negative "
            f"signed sums and {mnist['blog_worst_in_our_fifty']} among our fifty. The post's network had another seed."
        )
    return Section(
        "The post's ten, and the ten worst",
        [
            drawn.show("worst_signed", "Ten images with the most negative signed sums"),
            Paragraph(overlap),
            drawn.show("worst_squared", "Ten images with the largest squared errors"),
        ],
        chapter="Part I: the highest errors",
    )


def _table_section(experiments: Experiments, findings: Findings, drawn: Drawn) -> Section:
    return Section(
        "The two networks and all their restarts",
        [
            Listing(str(experiments.vanilla.summary())),
            Listing(str(experiments.deep.summary())),
            drawn.show("restart_losses", "Loss of every restart against its live directions"),
            _restart_table({"vanilla": experiments.vanilla, "deep": experiments.deep}),
            drawn.show("signed_histogram", "Three-panel histogram of signed sums, and a zoom"),
            drawn.show("error_histogram", "Histogram of squared errors with both baselines"),
            _error_table(findings),
        ],
        chapter="Part II: vanilla and deep on a table of noise",
    )


def _verdict_section(experiments: Experiments, findings: Findings) -> Section:
    return Section(
        "The verdict",
        [
            Paragraph("The networks that one training each most likely gives (the median restarts):"),
            *say_verdict(findings.comparison),
            Paragraph(f"The best of {len(experiments.deep.restarts_)} restarts each:"),
            *say_verdict(findings.best_comparison),
        ],
    )


def compose_page(experiments: Experiments, findings: Findings, result: Mapping[str, Any], drawn: Drawn) -> Page:
    """Compose the report.

    Parameters
    ----------
    experiments, findings, result
        The trainings, what was measured of them, and what `result.json` holds.
    drawn
        The pictures.

    Returns
    -------
    Page
        To be rendered by `autoencode.report.render_page`.
    """
    images, tables, payloads = compose_explorers(experiments, findings)
    said = [Paragraph(f"{run}: {text}") for run, texts in result["diagnosis"].items() for text in texts]
    return Page(
        title=TITLE if experiments.has_mnist else f"{TITLE} without MNIST",
        lead=LEAD if experiments.has_mnist else f"{LEAD} {WITHOUT_MNIST}",
        sections=[
            _reproduced_section(findings, drawn),
            _mistakes_section(result["mistakes"]),
            _images_section(experiments, result["mnist"], drawn),
            _worst_section(experiments, result["mnist"], drawn),
            *images,
            _table_section(experiments, findings, drawn),
            _verdict_section(experiments, findings),
            *tables,
            Section(
                "What the trainings said of themselves",
                said or [Paragraph("Nothing went wrong.")],
                chapter="The trainings",
            ),
        ],
        studies=payloads,
        footer=f"Data: {experiments.images.name} ({experiments.images.source}); {experiments.table.name}. Made by "
        f"autoencode {result['versions']['autoencode']} with JAX {result['versions']['jax']}, seed {result['seed']}.",
    )


IMAGE_BYTES, TABLE_BYTES = 2_700_000, 500_000
"""What the page holds of the images, and of the table for each model: with all else on it, it stays below 6 MB."""


def compose_explorers(experiments: Experiments, findings: Findings) -> tuple[list[Section], list[Section], list[str]]:
    """Return the explorers of the three models, each on its held-out samples.

    Parameters
    ----------
    experiments, findings
        The trainings, and what was measured of them; of vanilla and deep the median restarts are shown.
    """
    images = experiments.images
    pictures = images.test.reshape(-1, *images.sample_shape)
    labels = None if images.test_labels is None else np.asarray(images.test_labels)
    payloads: list[str] = []
    sections = _explore(experiments.image_model, pictures, images.name, payloads, labels=labels, budget=IMAGE_BYTES)
    tables: list[Section] = []
    for name, model in findings.typical.items():
        found = _explore(model, experiments.table.test, name, payloads, budget=TABLE_BYTES)
        tables += [replace(section, title=f"{section.title}: {name}") for section in found]
    tables[0] = replace(tables[0], chapter="Part II, explored")
    return sections, tables, payloads


def _explore(model, samples: np.ndarray, name: str, payloads: list[str], *, budget: int, labels=None) -> list[Section]:
    """Return the sections about one model, whose payload is added to the others."""
    found = study(model, samples, name=name, labels=labels)
    payload = build_payload(found, budget=budget)
    assert found.samples is not None
    if payload is not None:
        payloads.append(payload.text)
    number = len(payloads)
    sections = [show_worst(found.samples, name, number, payload), show_map(found.samples, name, number, payload)]
    if payload is not None:
        sections.append(show_decoder(found, number, payload))
    sections.append(show_features(found.samples))
    return [replace(section, folded=True) for section in sections]
