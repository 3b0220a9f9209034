"""What a verb works on: samples, how they are read, those held out, and whether the training fits into memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autoencode.cli.memory import TrainingMemory, describe_memory
from autoencode.cli.options import IGNORE_MEMORY, READING, SHELL_DEFAULTS, TABLES
from autoencode.cli.output import announce
from autoencode.cli.progress import show_waiting
from autoencode.data.presence import check_presence
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.data.extent import Extent
    from autoencode.data.samples import Reading
    from autoencode.data.table_options import TableOptions
    from autoencode.estimators import Autoencoder
    from autoencode.footprint import Footprint


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
    from autoencode.estimators.autoencoder import Autoencoder
    from autoencode.model.arguments import derive_seed
    from autoencode.model.learnt import list_arguments
    from autoencode.model.part_lookup import check_parameters
    from autoencode.training.devices import check_device

    model = Autoencoder(**options)
    check_parameters(list_arguments(model))
    derive_seed(model.random_state)
    check_device()
    return model


def prepare(source: str, options: dict[str, Any]) -> Task:
    """Read the samples of a training, choose what is held out, and check that it fits into memory.

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
    memory = TrainingMemory(
        options,
        ignored=bool(options.pop(IGNORE_MEMORY.name, False)),
        fraction=options.get("validation_fraction", SHELL_DEFAULTS["validation_fraction"]) or 0,
        dropped=len(reading["drop"]),
    )
    held_out = None if reading["validation"] is None else measure_samples(reading["validation"], reading)
    footprint = memory.check(measure_samples(source, reading), validation=held_out)
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
    announce_task(task, footprint)
    return task


def announce_task(task: Task, footprint: Footprint | None) -> None:
    """Say in a line what is trained on, what is held out, and how much memory that takes."""
    announce(_describe(task) + ("" if footprint is None else f"; {describe_memory(footprint)}"))


def measure_samples(source: str, reading: Mapping[str, Any]) -> Extent | None:
    """Return how large samples are before they are read; see `read_samples`."""
    from autoencode import data

    return data.measure(source, reading=_as_reading(reading))


def read_samples(source: str, reading: Mapping[str, Any]) -> Samples:
    """Read samples as the options of reading say.

    Parameters
    ----------
    source
        As the command line names them.
    reading
        The options by name.
    """
    from autoencode import data

    wanted = _as_reading(reading)
    with show_waiting(f"reading {source}"):
        samples = data.read(source, reading=wanted)
    for kind, given in (("images", _IMAGES), ("table", _TABLE)):
        named = [f"--{name}" for name in given if reading.get(name) not in (None, (), False, "auto")]
        if named and samples.reading.kind != kind:
            nouns = {"images": "images", "table": "a table"}
            raise InvalidInputError(f"{', '.join(named)}: expected {nouns[kind]}, got {samples.name}; leave it out.")
    return samples


_IMAGES = ("size", "crop", "colour")
_TABLE = (*(option.name for option in TABLES), "drop")


def _as_reading(reading: Mapping[str, Any]) -> Reading | None:
    """Return how samples are read, as the options of the shell say; None where they say nothing."""
    from autoencode.data.samples import Reading

    size, colour = read_size(reading.get("size")), reading.get("colour", "auto")
    table = read_table_options(reading)
    if size is None and colour == "auto" and not reading.get("crop") and not table:
        return None
    fit = "crop" if reading.get("crop") else "resize"
    kind = "table" if table else "images"
    return Reading(kind, size, None if colour == "auto" else colour, fit, table)


def read_table_options(reading: Mapping[str, Any]) -> TableOptions:
    """Return how a table's text is read, as the options of the shell say."""
    from autoencode.data.table_options import TableOptions

    names = {"type": "types", "id": "ids"}
    parts = {names.get(name, name): reading[name] for name in _TABLE if reading.get(name) not in (None, ())}
    if "types" in parts:
        pairs = [text.rpartition("=") for text in parts["types"]]
        wrong = next((text for text, pair in zip(parts["types"], pairs, strict=True) if not pair[0]), None)
        if wrong is not None:
            raise InvalidInputError(f"--type: expected COLUMN=KIND, such as code=text, got {wrong!r:.100}.")
        parts["types"] = {column: kind for column, _, kind in pairs}
    if parts.get("separator") == "\\t":
        parts["separator"] = "\t"
    return TableOptions(**parts)


def read_like(source: str, samples: Samples) -> Samples:
    """Read samples as those of training were read."""
    from autoencode import data

    with show_waiting(f"reading {source}"):
        return data.read(source, reading=samples.reading)


def read_size(text: str | None) -> tuple[int, int] | None:
    """Return height and width of images that a text such as 32 or 24x32 stands for."""
    if text is None:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if not all(side.isdecimal() for side in sides) or len(sides) > 2:
        raise InvalidInputError(f"--size: expected height and width in pixels, as 32 or 24x32, got {text!r}.")
    return (int(sides[0]), int(sides[-1]))


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
        held_out = f"{fraction:.4g} of them held out (--validation-fraction)"
    return f"{task.samples.name}: {len(values):,} samples of {what}, {held_out}"
