"""How a model was trained: its learning curve, and its restarts."""

from __future__ import annotations

import numpy as np

from autoencode.evaluation.wording import say_count
from autoencode.report.blocks import Block, Paragraph, Table
from autoencode.report.page import Section
from autoencode.report.plots import offer_plot
from autoencode.report.study import Study, Training
from autoencode.report.wording import say

MOST_DIRECTIONS = 12
"""Up to so many live directions, restarts that differ in them are drawn side by side; else a table says more."""


def show_training(study: Study) -> Section:
    """Return the section of the learning curve and the restarts."""
    training = study.training
    blocks: list[Block] = [_draw_curve(training)]
    if training.loss.shape[1] > 1:
        blocks += _describe_restarts(study.name, training)
    return Section("How it was trained", blocks)


def _draw_curve(training: Training) -> Block:
    from autoencode.charts import compute_learning_curve

    held_out = None if training.validation_loss is None else training.validation_loss.T
    epochs, restarts = training.loss.shape
    caption = f"The {training.loss_name} after each of {say_count(epochs, 'epoch')}."
    if restarts > 1:
        caption += f" Bold: the restart that is kept, by its {training.chosen_by}; thin: the others."
    return offer_plot(
        lambda: compute_learning_curve(
            training.loss.T, held_out, kept=training.kept, loss_name=training.loss_name
        ).chart(),
        description="Learning curve: the loss after each epoch",
        caption=caption,
    )


def _describe_restarts(name: str, training: Training) -> list[Block]:
    from autoencode.charts import compute_restart_losses

    finite = np.isfinite(training.final_loss)
    losses, live = training.final_loss[finite], training.live_directions[finite]
    if len(losses) == 0:
        return [Paragraph("Every restart diverged.")]
    gone = len(finite) - len(losses)
    caption = (
        f"Each mark is a restart: the same network from another seed. A direction of the code is live where it reaches "
        f"the reconstruction. Losses reach from {say(float(losses.min()))} to {say(float(losses.max()))}"
        f"{f'; {gone} diverged and have no mark' if gone else ''}."
    )
    if live.max() <= MOST_DIRECTIONS and len(set(live.tolist())) > 1:
        plot = offer_plot(
            lambda: compute_restart_losses(
                {name: losses}, {name: live}, loss_name=f"{training.loss_name}, {training.chosen_by}"
            ).chart(),
            description="The loss of every restart against its live directions",
            caption=caption,
        )
        return [plot]
    order = np.argsort(training.final_loss, kind="stable")[:20]
    rows = [
        (str(k), say(float(training.final_loss[k])), str(training.live_directions[k]), "kept" * (k == training.kept))
        for k in order.tolist()
    ]
    head = ("restart", training.chosen_by, "live directions", "")
    return [Table(head, rows, "The restarts: the same network from other seeds, the best first", numeric=True)]
