"""The post's three trainings with its exact settings, each into a run folder."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autoencode.data import Dataset, load
from autoencode.estimators import Autoencoder, fit_recorded
from autoencode.exceptions import DataNotFoundError, DiagnosisWarning

Progress = Callable[[str], AbstractContextManager[Callable[[Any], Any]]]
"""Given a title, gives a context in which a callback is told of every epoch."""


@dataclass(frozen=True)
class Plan:
    """How long to train: the post's own numbers, or fewer for a quick look.

    Attributes
    ----------
    image_epochs
        Epochs on the images; the post has 50.
    table_epochs
        Epochs on the table; the post has 10.
    restarts
        Networks of each kind on the table, where the post trained one.
    seed
        Of the weights, the order of the samples and the table.
    """

    image_epochs: int = 50
    table_epochs: int = 10
    restarts: int = 16
    seed: int = 0


@dataclass(frozen=True)
class Experiments:
    """The data and the fitted models of the reproduction.

    Attributes
    ----------
    images, table
        MNIST (or digits), and the post's table of noise.
    image_model, vanilla, deep
        The fitted models; the two last keep their best restart.
    """

    images: Dataset
    table: Dataset
    image_model: Autoencoder
    vanilla: Autoencoder
    deep: Autoencoder

    @property
    def has_mnist(self) -> bool:
        """Whether the images are the post's."""
        return self.images.name == "mnist"

    def models(self) -> Iterator[tuple[str, Autoencoder]]:
        """Yield the models with the names of their runs."""
        yield self.images.name, self.image_model
        yield "vanilla", self.vanilla
        yield "deep", self.deep


def load_digits_or_mnist(folder: str | Path | None, announce: Callable[[str], None]) -> Dataset:
    """Return MNIST, or digits where MNIST cannot be had, and say so loudly."""
    try:
        return load("mnist", folder=folder)
    except DataNotFoundError as error:
        if folder is not None:
            raise
        announce(f"{error}")
        announce("WARNING: MNIST CANNOT BE HAD. Parts 0 and I run on scikit-learn's 8×8 digits instead;")
        announce("         their figures cannot be compared with the post's, and are marked so.")
        return load("digits")


def typical_restart(model: Autoencoder) -> int:
    """Return the restart with the median loss: what one training alone most likely gives."""
    losses = np.array([restart.loss for restart in model.restarts_])
    return int(np.argsort(losses, kind="stable")[(len(losses) - 1) // 2])


def train(model: Autoencoder, data: Dataset, run: Path, progress: Progress, *, validation: Any = None) -> None:
    """Train a model in a run of its own, unless it is finished there; where it was cut off, it goes on.

    What the training says of itself stands in the report and the run's result.
    """
    with ExitStack() as stack:
        shown: list[Callable[[Any], Any]] = []
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", DiagnosisWarning)
        fit_recorded(
            model,
            data.train,
            run,
            data=f"{data.name}: {data.source}",
            validation=validation,
            callbacks=(lambda record: shown[0](record),),
            ready=lambda _: shown.append(stack.enter_context(progress(run.name))),
            resume=True,
        )


def run_experiments(
    path: Path, images: Dataset, plan: Plan, *, announce: Callable[[str], None], progress: Progress
) -> Experiments:
    """Train the post's three networks.

    Parameters
    ----------
    path
        The folder in which each training's run folder is made.
    images
        MNIST or digits.
    plan
        How long.
    announce
        Called with a line for people.
    progress
        Gives each training's callback.

    Returns
    -------
    Experiments
        Data and fitted models.
    """
    post: dict[str, Any] = {
        "activation": "relu",
        "code_activation": "relu",
        "output_activation": "sigmoid",
        "loss": "binary_cross_entropy",
        "scaling": "none",
        "learning_rate": 1e-3,
        "random_state": plan.seed,
    }
    table = load("uniform-table", random_state=plan.seed)
    on_table = {"epochs": plan.table_epochs, "batch_size": 100, "restarts": plan.restarts, **post}
    trainings = {
        images.name: (images, Autoencoder(32, hidden=(), epochs=plan.image_epochs, batch_size=256, **post)),
        "vanilla": (table, Autoencoder(2, hidden=(), **on_table)),
        "deep": (table, Autoencoder(2, hidden=(2,), **on_table)),
    }
    for name, (data, model) in trainings.items():
        train(model, data, path / name, progress, validation=data.test)
        announce(f"{name}: {model.summary().title}, saved in {path / name}")
    (_, image_model), (_, vanilla), (_, deep) = trainings.values()
    return Experiments(images, table, image_model, vanilla, deep)
