"""The best that we know to do with MNIST and a code of 32 numbers, beside the post's network of that size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autoencode.data import Dataset, load
from autoencode.estimators import Autoencoder, compare
from autoencode.evaluation import Comparison
from autoencode.files import write_whole
from autoencode.reproduce.blog import BLOG
from autoencode.reproduce.experiments import Plan, Progress, train
from autoencode.reproduce.place import KEPT_ONCE, Keeping, claim_place
from autoencode.runs import json_text

TARGET = 0.0715
"""The mean cross-entropy of the test images, in nats per pixel, that is to be reached."""

SETTINGS: dict[str, Any] = {
    "hidden": (512, 256),
    "activation": "silu",
    "loss": "binary_cross_entropy",
    "batch_size": 256,
    "learning_rate": 3e-3,
    "weight_decay": 0.02,
    "schedule": "warmup_cosine",
}
"""What the network is, and how it is trained; the rest is as always."""

PLAN = Plan(image_epochs=40)
"""How long it is trained."""


@dataclass(frozen=True)
class BestOf32:
    """What the training leaves behind.

    Attributes
    ----------
    path
        Its folder: the run ``mnist``, ``report.html`` and ``result.json``.
    comparison
        Its errors on the test images beside the mean sample and PCA with 32 components.
    seconds
        From the images in memory to the fitted model.
    """

    path: Path
    comparison: Comparison
    seconds: float

    @property
    def report(self) -> Path:
        """The report's file."""
        return self.path / "report.html"

    @property
    def error(self) -> float:
        """Mean cross-entropy of the test images, in nats per pixel."""
        return self.comparison.rows[0].mean

    @property
    def result(self) -> dict[str, Any]:
        """What ``result.json`` holds."""
        return {
            "test_cross_entropy": self.error,
            "target": TARGET,
            "reached": self.error <= TARGET,
            "post": BLOG.mnist_validation_loss,
            "baselines": {row.name: row.mean for row in self.comparison.rows if row.is_baseline},
            "seconds": self.seconds,
            "settings": SETTINGS,
            "finished": True,
        }


def train_best_of_32(
    path: str | Path,
    *,
    data_folder: str | Path | None = None,
    plan: Plan = PLAN,
    images: Dataset | None = None,
    progress: Progress,
    announce: Callable[[str], None] = lambda _text: None,
    keeping: Keeping = KEPT_ONCE,
) -> BestOf32:
    """Train the network on MNIST, measure it on the test images, and leave a run, a report and a result.

    Parameters
    ----------
    path
        The folder; made if it is not there. What an earlier one left in it is replaced once this one is whole.
    data_folder
        Where MNIST's four files lie; None looks in the usual places.
    plan
        Passes over the training images, and the seed of weights and order.
    images
        Other images than MNIST, with features in [0, 1].
    progress
        Gives the training's callback.
    announce
        Called with a line for people.
    keeping
        As of `reproduce`.

    Raises
    ------
    DataNotFoundError
        If MNIST cannot be had.
    """
    path = Path(path)
    data = images or load("mnist", folder=data_folder)
    model = Autoencoder(32, epochs=plan.image_epochs, random_state=plan.seed, **SETTINGS)
    start = time.perf_counter()
    identity = {"reproduces": "best-of-32", "images": data.name, "epochs": plan.image_epochs, "seed": plan.seed}
    told: dict[str, Any] = {"own": ("report.html", "result.json"), "trainings": (data.name,), "announce": announce}
    with claim_place(path, identity, keeping, **told) as claim:
        train(model, data, claim.path / data.name, progress)
        # Of one that went on, the epochs before are in the history alone.
        seconds = max(time.perf_counter() - start, float(model.history_.seconds.sum()))
        announce("measuring and drawing")
        comparison = compare({model.summary().title: model}, data.test, measure="binary_cross_entropy")
        best = BestOf32(claim.path, comparison, seconds)
        model.report(data.test, name="best of 32").save(best.report)
        write_whole(claim.path / "result.json", json_text(best.result).encode())
        claim.hand_over()
    return replace(best, path=claim.path)
