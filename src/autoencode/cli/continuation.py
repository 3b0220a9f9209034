"""`autoencode train DATA --from MODEL`: what a training that goes on has from its model, and what it may be told."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from autoencode.cli.memory import TrainingMemory
from autoencode.cli.options import IGNORE_MEMORY, READING
from autoencode.cli.output import announce, shorten_fingerprint
from autoencode.cli.results import say_setting
from autoencode.cli.task import Task, announce_task, make_model
from autoencode.exceptions import InvalidInputError
from autoencode.sizes import is_auto

if TYPE_CHECKING:
    from autoencode.estimators.recording import Start

FREE = ("epochs", "learning_rate", "schedule", "weight_decay", "clip_norm", "patience", "validation_fraction")
"""Options of a training that goes on; all others must be those of the model."""


def load_start(name: str, source: str) -> Start:
    """Return the model that a training goes on from, and say whether its optimiser goes on too.

    Parameters
    ----------
    name
        A model file, a run's folder or its name.
    source
        What will be trained on; that it is not there is said before anything is loaded.
    """
    from autoencode.cli.run_names import find_model
    from autoencode.cli.samples import load_model
    from autoencode.estimators.recording import Start
    from autoencode.evaluation.wording import say_count
    from autoencode.model.optimizer_file import read_optimizer

    fitted = load_model(name, source)
    optimizer, absence = read_optimizer(fitted, find_model(name))
    epochs, fingerprint = say_count(fitted.history.epochs, "epoch"), shorten_fingerprint(fitted.fingerprint)
    announce(f"goes on from {name}: {fitted.summary().title}, {epochs} so far, fingerprint {fingerprint}")
    if optimizer is None:
        announce(f"the optimiser starts anew: {absence}")
    return Start(name, dataclasses.replace(fitted, optimizer=optimizer))


def prepare_on(source: str, options: dict[str, Any], start: Start) -> Task:
    """Read the samples of a training that goes on, as the model reads them, and choose what is held out.

    Parameters
    ----------
    source
        The samples, as the command line names them.
    options
        Keywords of the constructor and options of reading, as given.
    start
        The model.

    Raises
    ------
    InvalidInputError
        If an option contradicts the model.
    """
    from autoencode import data
    from autoencode.cli.samples import read_input
    from autoencode.data.presence import check_presence

    fitted, given = start.fitted, dict(options)
    ignored, validation_source = bool(given.pop(IGNORE_MEMORY.name, False)), given.pop("validation", None)
    check_agreement(start, given)
    if validation_source is not None:
        check_presence(validation_source)
        if given.get("validation_fraction") is not None:
            raise InvalidInputError("--validation: give either validation samples or validation_fraction, not both.")
    told = vars(fitted.arguments) | {name: given[name] for name in FREE if name in given}
    told |= {"random_state": fitted.seed, "callbacks": None, "verbose": 0}
    if validation_source is not None:
        told["validation_fraction"] = None
    make_model(told)  # a wrong option is said before minutes of reading
    sizes = {name: fitted.settings[name] for name in ("code_size", "hidden", "batch_size")}
    memory = TrainingMemory(told | sizes, ignored=ignored, fraction=told["validation_fraction"] or 0, is_fixed=True)
    footprint = memory.check(data.measure(source, reading=fitted.reading))
    samples = read_input(fitted, source)
    validation = None if validation_source is None else read_input(fitted, validation_source)
    if validation is None and samples.held_out is not None and "validation_fraction" not in given:
        validation, told = samples.held_out, told | {"validation_fraction": None}
    task = Task(source, told, samples, validation, validation_source or "")
    announce_task(task, footprint)
    return task


def check_agreement(start: Start, given: dict[str, Any]) -> None:
    """Check that options of a training that goes on say nothing else than its model.

    Raises
    ------
    InvalidInputError
        If one does; it is named.
    """
    from autoencode.model.arguments import Arguments
    from autoencode.model.part_lookup import choose_parts

    fitted = start.fitted
    reading = {option.name for option in READING}
    arguments = fitted.arguments
    has = dict(fitted.settings) | {name: getattr(arguments, name) for name in ("optimizer", "recipe", "restarts")}
    has["random_state"] = fitted.seed
    make_model({name: value for name, value in given.items() if name not in reading})  # unknown words are said first
    parts = choose_parts(Arguments(**vars(arguments) | {n: v for n, v in given.items() if n in has})).tell()
    for name, value in given.items():
        flag = "--seed" if name == "random_state" else "--" + name.replace("_", "-")
        if name in reading:
            raise InvalidInputError(f"{flag}: samples are read as those of {start.name} were; leave it out.")
        if name in FREE or is_auto(value):
            continue
        wish, fact = (_level(part) for part in (parts.get(name, value), has[name]))
        if wish != fact:
            raise InvalidInputError(
                f"{flag}: {start.name} has {say_setting(has[name])}, and the training goes on with it, but got "
                f"{say_setting(value)}; leave it out, or train without --from."
            )


def _level(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
