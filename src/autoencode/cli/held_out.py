"""The samples that models are measured on: what their trainings held out, with labels and names of the same rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from autoencode.exceptions import DataNotFoundError, InvalidInputError

if TYPE_CHECKING:
    from autoencode.cli.task import Task
    from autoencode.data import Samples
    from autoencode.estimators.known_samples import KnownSamples
    from autoencode.model.fitted import Fitted

HELD_OUT, TRAINING = "held-out samples", "training samples"


def know_samples(samples: Samples, name: str, kind: str = "samples") -> KnownSamples:
    """Return samples that were read, with what is known of them.

    Parameters
    ----------
    samples
        What was read.
    name
        What the command line calls their source.
    kind
        What they are to the model, in words.
    """
    from autoencode.estimators.known_samples import KnownSamples

    return KnownSamples(
        samples.values,
        f"{kind} of {samples.name}",
        name,
        held_out={HELD_OUT: True, TRAINING: False}.get(kind),
        labels=samples.labels,
        row_names=samples.row_names,
        line_of=samples.line_of,
    )


def find_measured(task: Task, seed: int) -> KnownSamples:
    """Return what a training held out, else what it was trained on.

    Parameters
    ----------
    task
        The training.
    seed
        Its seed, by which a share was split off.
    """
    fraction = task.options.get("validation_fraction")
    held_out = None
    if task.validation is not None:
        is_own = task.validation is task.samples.held_out
        held_out = (
            _know_test_part(task.samples, task.source)
            if is_own
            else know_samples(task.validation, task.validation_source, HELD_OUT)
        )
    elif fraction is not None:
        held_out = _hold_out(task.samples, task.source, fraction, seed)
    if held_out is None or len(held_out) < 2:  # one held-out sample shows no spread
        return know_samples(task.samples, task.source, TRAINING)
    return held_out


def _know_test_part(samples: Samples, name: str) -> KnownSamples:
    """Return the samples that a named set holds out."""
    test = dataclasses.replace(
        samples,
        values=samples.held_out,
        labels=samples.held_out_labels,
        row_names=None,
        held_out=None,
        held_out_labels=None,
    )
    return know_samples(test, f"{name}:test", HELD_OUT)


def _hold_out(samples: Samples, name: str, fraction: float, seed: int) -> KnownSamples:
    """Return the share of samples that `Autoencoder.fit` holds out."""
    import numpy as np

    from autoencode.model.samples import split_samples

    _, indices = split_samples(np.arange(len(samples)), fraction, seed)
    return know_samples(samples, name, HELD_OUT).take(indices)


# ---------------------------------------------------------------------- of runs


class _Split(NamedTuple):
    """What a run was trained on, and how much of it was held out; None where that is not known."""

    data: str | None
    fraction: float | None
    seed: int | None
    trained: int | None
    held_out: int | None

    @classmethod
    def of(cls, name: str, model: Fitted) -> _Split:
        """Return what a run's files say."""
        from autoencode.cli.run_names import find_model, is_run
        from autoencode.runs import RunFolder

        folder = find_model(name).parent
        config = RunFolder(folder).read_config() if is_run(folder) else {}
        data, trained, held_out = (config.get(key) for key in ("data", "samples", "held_out"))
        fraction = model.arguments.validation_fraction
        return cls(
            data if isinstance(data, str) else None,
            fraction,
            None if fraction is None else model.seed,
            trained if isinstance(trained, int) else None,
            held_out if isinstance(held_out, int) else None,
        )

    @property
    def total(self) -> int | None:
        """How many samples there were to split."""
        return None if self.trained is None or self.held_out is None else self.trained + self.held_out


def find_held_out(verb: str, models: Mapping[str, Fitted]) -> KnownSamples:
    """Return the samples that every one of several runs held out.

    Parameters
    ----------
    verb
        What they are wanted for, for messages.
    models
        The runs' models by what the command line calls the runs.

    Raises
    ------
    InvalidInputError
        If they did not hold out the same, or it is not known any more.
    """
    split, *others = {_Split.of(name, model) for name, model in models.items()}
    if others:
        raise InvalidInputError(
            f"{verb}: these runs did not hold out the same samples; name some that none was trained on by --on, "
            "or train them on one DATA with one --seed."
        )
    if split.data is None:
        raise InvalidInputError(f"{verb}: what {next(iter(models))} was trained on is not known; name samples by --on.")
    samples = _read_again(next(iter(models.values())), split.data)
    if split.fraction is not None and len(samples) == split.total and _are_unchanged(samples, models):
        return _hold_out(samples, split.data, split.fraction, split.seed or 0)
    if split.fraction is not None or samples.held_out is None:
        raise InvalidInputError(
            f"{verb}: what the runs held out of {split.data} is not known any more; name samples by --on."
        )
    return _know_test_part(samples, split.data)


def find_training(name: str, model: Fitted) -> KnownSamples | None:
    """Return the samples that a run was trained on, where it held out nothing; else None."""
    split = _Split.of(name, model)
    if split.data is None or split.held_out != 0:
        return None
    samples = _read_again(model, split.data)
    known = samples.held_out is None and len(samples) == split.trained
    return know_samples(samples, split.data, TRAINING) if known else None


def _are_unchanged(samples: Samples, models: Mapping[str, Fitted]) -> bool:
    """Return whether samples, less those held out of them, are still those that every model was trained on."""
    from autoencode.estimators.known_samples import was_split_from

    return all(was_split_from(model, samples.values) for model in models.values())


def _read_again(model: Fitted, data: str) -> Samples:
    """Read what a run was trained on; where it is not there any more, say what to do."""
    from autoencode.cli.samples import read_input

    try:
        return read_input(model, data)
    except DataNotFoundError as error:
        raise DataNotFoundError(f"{str(error).removesuffix('.')}; name samples by --on") from error
