"""The reproduction's pictures: the post's own, and those that it should have drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from autoencode.charts import (
    ErrorHistogram,
    LearningCurve,
    ReconstructionStrip,
    ReferenceLine,
    RestartLosses,
    compute_error_histogram,
    compute_learning_curve,
    compute_reconstruction_strip,
    compute_restart_losses,
    draw_error_histogram,
    draw_learning_curve,
    draw_reconstruction_strip,
    draw_restart_losses,
)
from autoencode.evaluation import Ranking
from autoencode.reproduce.blog import BLOG
from autoencode.reproduce.experiments import Experiments
from autoencode.reproduce.findings import Findings
from autoencode.reproduce.overview import Overview, Panel, draw_overview
from autoencode.reproduce.signed_histogram import compute_signed_histogram, draw_signed_histogram

if TYPE_CHECKING:
    import bokeh.models
    import matplotlib.figure

SHOWN = 10


def _strip(
    experiments: Experiments,
    findings: Findings,
    indices: Sequence[int],
    *,
    captions: Sequence[Sequence[str]] = (),
    differences: bool = False,
) -> ReconstructionStrip:
    indices = list(indices)
    return compute_reconstruction_strip(
        experiments.images.test[indices],
        findings.reconstructions[indices],
        sample_shape=experiments.images.sample_shape,
        captions=captions,
        differences=differences,
    )


def _captions(experiments: Experiments, ranking: Ranking, form: str) -> list[tuple[str, str]]:
    labels = experiments.images.test_labels
    return [
        (f"#{index}" if labels is None else f"#{index}, a {labels[index]}", form.format(value))
        for index, value in list(ranking)[:SHOWN]
    ]


def learning_curve(experiments: Experiments) -> LearningCurve:
    """Compute the learning curve of the images' model, with the post's losses."""
    history = experiments.image_model.history_
    references = (
        ReferenceLine(BLOG.mnist_loss, "post, training"),
        ReferenceLine(BLOG.mnist_validation_loss, "post, held-out"),
    )
    return compute_learning_curve(
        history.loss.T,
        None if history.validation_loss is None else history.validation_loss.T,
        references=references if experiments.has_mnist else (),
        loss_name="binary cross-entropy per feature, nats",
    )


def _draw_learning_curve(experiments: Experiments) -> matplotlib.figure.Figure:
    history = experiments.image_model.history_
    name = "MNIST" if experiments.has_mnist else "digits"
    return draw_learning_curve(
        learning_curve(experiments),
        title=f"{name}, {experiments.image_model.summary().title}: learning curve",
        subtitle=f"{history.epochs} epochs of {history.seconds_per_epoch:.2f} s",
    )


def restart_losses(experiments: Experiments) -> RestartLosses:
    """Compute the picture of every restart's loss against its live directions."""
    models = {"vanilla": experiments.vanilla, "deep": experiments.deep}
    return compute_restart_losses(
        {name: np.array([restart.loss for restart in model.restarts_]) for name, model in models.items()},
        {name: np.array([restart.live_directions for restart in model.restarts_]) for name, model in models.items()},
        references=(ReferenceLine(float(np.log(2)), "ln 2, a constant"),),
        loss_name="final loss, nats",
    )


def squared_errors(findings: Findings) -> ErrorHistogram:
    """Compute the histogram of squared errors with both baselines marked."""
    rows = {row.name: row for row in findings.comparison.rows}
    return compute_error_histogram(
        {name: rows[name].errors for name in ("vanilla", "deep")},
        # The code size stands in every title; the short name leaves the picture to the errors.
        baselines=[ReferenceLine(row.mean, row.name.split(" with ")[0]) for row in findings.comparison.baselines],
    )


def _draw_worst(
    experiments: Experiments, findings: Findings, ranking: Ranking, *, form: str, title: str, subtitle: str
) -> matplotlib.figure.Figure:
    strip = _strip(
        experiments,
        findings,
        ranking.indices[:SHOWN].tolist(),
        captions=_captions(experiments, ranking, form),
        differences=True,
    )
    return draw_reconstruction_strip(strip, title=title, subtitle=subtitle)


def _draw_signed_sums(findings: Findings) -> matplotlib.figure.Figure:
    live = {key: model.restarts_[model.best_restart_].live_directions for key, model in findings.typical.items()}
    sums = findings.signed_sums
    return draw_signed_histogram(
        compute_signed_histogram(sums["vanilla"], sums["deep"], sums["mean sample"]),
        title="The post's histogram of signed sums",
        subtitle=(
            f"median restarts, live directions: vanilla {live['vanilla']}, deep {live['deep']}; "
            "left the post's bins, right a zoom"
        ),
    )


PICTURES = (
    *("overview", "learning_curve", "reconstructions", "worst_signed", "worst_squared"),
    *("restart_losses", "signed_histogram", "error_histogram"),
)
"""The names of the pictures."""


def draw_pictures(experiments: Experiments, findings: Findings) -> dict[str, matplotlib.figure.Figure]:
    """Draw every picture of the reproduction.

    Parameters
    ----------
    experiments, findings
        The trainings, and what was measured of them.

    Returns
    -------
    dict
        File name without ending → figure.
    """
    first = _strip(experiments, findings, range(SHOWN))
    name = "MNIST" if experiments.has_mnist else "digits"
    restarts, histogram = restart_losses(experiments), squared_errors(findings)
    panel = Panel(f"{name} through a code of {experiments.image_model.code_size_} numbers")
    return {
        "overview": draw_overview(Overview(first, restarts, histogram, strip_panel=panel)),
        "learning_curve": _draw_learning_curve(experiments),
        "reconstructions": draw_reconstruction_strip(
            first,
            title=f"The first ten test images of {name}",
            subtitle="above as they are, below rebuilt from their codes",
        ),
        "worst_signed": _draw_worst(
            experiments,
            findings,
            findings.worst_signed,
            form="Σ {:.1f}",
            title="The post's “highest error”: the ten most negative signed sums",
            subtitle="all of them rebuilt too bright over all; an image rebuilt too dark cannot appear here",
        ),
        "worst_squared": _draw_worst(
            experiments,
            findings,
            findings.worst_squared,
            form="{:.4f}",
            title="The ten worst by squared error",
            subtitle="mean squared error over an image's pixels, in which nothing cancels",
        ),
        "restart_losses": draw_restart_losses(
            restarts, title="The loss follows the directions that survive, not the depth"
        ),
        "signed_histogram": _draw_signed_sums(findings),
        "error_histogram": draw_error_histogram(
            histogram,
            title="Squared errors of the table's rows, with both baselines",
            subtitle="median restarts, 10,000 held-out rows of independent noise",
        ),
    }


def plot_pictures(experiments: Experiments, findings: Findings) -> dict[str, bokeh.models.LayoutDOM]:
    """Return those pictures that a reader can zoom on the page, by the same names."""
    from autoencode.charts.paint_bokeh import paint_bokeh

    pictures = (learning_curve(experiments), restart_losses(experiments), squared_errors(findings))
    names = ("learning_curve", "restart_losses", "error_histogram")
    return {name: paint_bokeh(picture.chart()) for name, picture in zip(names, pictures, strict=True)}
