"""A training as the command line asks for it: the samples, those held out, room for it, and its run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autoencode.cli.options import IGNORE_MEMORY, READING, SHELL_DEFAULTS
from autoencode.cli.output import announce
from autoencode.cli.progress import announce_time, show_epochs, show_waiting
from autoencode.cli.room import Room, describe_memory
from autoencode.data.presence import check_presence
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.data.extent import Extent
    from autoencode.estimators import Autoencoder
    from autoencode.runs import Claim
    from autoencode.training import EpochRecord

__all__ = [
    "Task",
    "drop_columns",
    "make_model",
    "measure_samples",
    "prepare",
    "read_like",
    "read_samples",
    "record_run",
]


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """A training that is asked for.

    Attributes
    ----------
    source
        The samples, as the command line names them.
    options
        Keywords of the constructor.
    samples
        What was read.
    validation
        Held-out samples, or None where a share of `samples`, or nothing, is held out.
    validation_source
        What the command line calls them, where they are not those of a named set.
    """

    source: str
    options: dict[str, Any]
    samples: Samples
    validation: Any
    validation_source: str = ""

    def with_options(self, options: dict[str, Any]) -> Task:
        """Return the same training with other keywords beside its own."""
        return dataclasses.replace(self, options=self.options | options)


def make_model(options: dict[str, Any]) -> Autoencoder:
    """Return an estimator with checked arguments."""
    from autoencode.estimators import Autoencoder
    from autoencode.estimators.settings import check_parameters, derive_seed
    from autoencode.training.devices import check_device

    model = Autoencoder(**options)
    check_parameters(model)
    derive_seed(model.random_state)
    check_device()
    return model


def prepare(source: str, options: dict[str, Any]) -> Task:
    """Read the samples of a training, choose what is held out, and check that there is room for it.

    Parameters
    ----------
    source
        The samples, as the command line names them.
    options
        Keywords of the constructor and options of reading, as given.
    """
    reading = {option.name: options.pop(option.name, option.default) for option in READING}
    for data in (source, reading["validation"]):
        if data is not None:
            check_presence(data)
    room = Room(
        options,
        ignored=bool(options.pop(IGNORE_MEMORY.name, False)),
        fraction=options.get("validation_fraction", SHELL_DEFAULTS["validation_fraction"]) or 0,
        dropped=len(reading["drop"]),
    )
    held_out = None if reading["validation"] is None else measure_samples(reading["validation"], reading)
    footprint = room.check(measure_samples(source, reading), validation=held_out)
    make_model(options)  # a wrong option is said before minutes of reading
    samples = read_samples(source, reading)
    validation = None
    if reading["validation"] is not None:
        if options.get("validation_fraction") is not None:
            raise InvalidInputError("--validation: give either validation samples or validation_fraction, not both.")
        validation = read_like(reading["validation"], samples)
    elif samples.held_out is not None and "validation_fraction" not in options:
        validation = samples.held_out
    if validation is None:
        options = SHELL_DEFAULTS | options
    task = Task(source, options, samples, validation, reading["validation"] or "")
    announce(_describe(task) + ("" if footprint is None else f"; {describe_memory(footprint)}"))
    return task


def measure_samples(source: str, reading: Mapping[str, Any]) -> Extent | None:
    """Return how large samples are before they are read; see `read_samples`."""
    from autoencode import data

    return data.measure(source, size=_read_size(reading["size"]), colour=reading["colour"], crop=bool(reading["crop"]))


def read_samples(source: str, reading: Mapping[str, Any]) -> Samples:
    """Read samples as the options of reading say: size, colour, crop and drop.

    Parameters
    ----------
    source
        As the command line names them.
    reading
        The options by name.
    """
    from autoencode import data

    with show_waiting(f"reading {source}"):
        samples = data.read(
            source, size=_read_size(reading["size"]), colour=reading["colour"], crop=bool(reading["crop"])
        )
    return drop_columns(samples, reading["drop"])


def drop_columns(samples: Samples, dropped: Sequence[str]) -> Samples:
    """Return the samples without the columns that shall be left out.

    Raises
    ------
    InvalidInputError
        If they are no table, or a column is not there, or none would be left.
    """
    from autoencode.nearest import end_with_nearest

    if not dropped:
        return samples
    table: Any = samples.values
    columns = getattr(table, "column_names", None)
    if columns is None:
        raise InvalidInputError(f"--drop: leaves out columns of a table, but {samples.name} is none.")
    there = set(columns)
    for name in dropped:
        if name not in there:
            raise InvalidInputError(f"--drop: {samples.name} has no column {name!r}{end_with_nearest(name, columns)}")
    if there <= set(dropped):
        raise InvalidInputError(f"--drop: leaves no column of {samples.name}.")
    return dataclasses.replace(samples, values=table.drop_columns(list(set(dropped))))


def read_like(source: str, samples: Samples) -> Samples:
    """Read samples as those of training were read."""
    from autoencode import data

    with show_waiting(f"reading {source}"):
        return data.read(source, reading=samples.reading)


def _read_size(text: str | None) -> int | tuple[int, int] | None:
    """Return the size of images that a text such as 32 or 24x32 stands for."""
    if text is None:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise InvalidInputError(f"--size: expected height and width in pixels, as 32 or 24x32, got {text!r}.")
    numbers = [int(side) for side in sides]
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])


def _describe(task: Task) -> str:
    """Say in a line what is trained on, and what is held out."""
    values, fraction = task.samples.values, task.options.get("validation_fraction")
    shape = " × ".join(map(str, values.shape[1:]))
    unit = "column" if hasattr(values, "column_names") else "feature"
    what = shape if len(values.shape) > 2 else f"{shape} {unit}{'' if shape == '1' else 's'}"
    held_out = "nothing held out"
    if task.validation is not None:
        held_out = f"{len(task.validation):,} more held out"
    elif fraction is not None:
        held_out = f"{fraction:.4g} of them held out (validation_fraction)"
    return f"{task.samples.name}: {len(values):,} samples of {what}, {held_out}"


def record_run(task: Task, claim: Claim) -> Autoencoder:
    """Train into a claimed folder, showing progress; an interrupt leaves the model of the epochs so far.

    Parameters
    ----------
    task
        What to train.
    claim
        The run's folder.

    Returns
    -------
    Autoencoder
        The fitted model.
    """
    from autoencode.cli.results import announce_settings
    from autoencode.estimators import fit_recorded

    model = make_model(task.options)
    shown: list[Callable[[EpochRecord], None]] = []

    def begin(model: Autoencoder) -> None:
        announce_settings(model)
        announce_time(model, len(task.samples.values))
        shown.append(stack.enter_context(show_epochs(claim.target.name)))

    with contextlib.ExitStack() as stack:
        fit_recorded(
            model,
            task.samples,
            claim,
            data=task.source,
            validation=task.validation,
            callbacks=(lambda record: shown[0](record),),
            ready=begin,
        )
    return model
