"""The samples and the model that a verb was given, and a model applied to many samples block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.output import announce
from autoencode.exceptions import InvalidInputError
from autoencode.printable import list_names

if TYPE_CHECKING:
    from autoencode.data.samples import Samples
    from autoencode.model.fitted import Fitted
    from autoencode.model.grouped_detector import Detector

BLOCK_NUMBERS = 2**22
"""How many numbers a block of samples has at most."""

MOST_NAMED = 5
"""Columns that are left out and named."""

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A model file, a run's folder or a run's name.", autocompletion=complete_model
    ),
]
Input = Annotated[
    str,
    typer.Argument(metavar="INPUT", help="Samples: a named set, file, glob or folder.", autocompletion=complete_data),
]


def load_model(model: str, *data: str | None) -> Fitted:
    """Return the fitted autoencoder that a word of the command line stands for; see `load_learnt`."""
    learnt = load_learnt(model, *data)
    from autoencode.model.model_file import need_autoencoder

    return need_autoencoder(learnt, model)


def load_learnt(model: str, *data: str | None) -> Fitted | Detector:
    """Return what a word of the command line stands for, an autoencoder or a detector.

    Parameters
    ----------
    model
        A model file, a run's folder or its name.
    data
        Samples that will be read; that they are not there is said before anything is loaded.
    """
    from autoencode.cli.run_names import find_model
    from autoencode.data.presence import check_presence
    from autoencode.data.regular_file import open_file

    path = find_model(model)
    open_file(path).close()
    for samples in data:
        if samples is not None:
            check_presence(samples)
    from autoencode.model.model_file import read_learnt

    return read_learnt(path)


def read_input(model: Fitted, data: str) -> Samples:
    """Read samples as those of training were read; columns that the model was not trained on are left out, and named.

    Parameters
    ----------
    model
        A fitted model.
    data
        Samples, as the command line names them.
    """
    from autoencode import data as sources
    from autoencode.cli.progress import show_waiting

    with show_waiting(f"reading {data}"):
        samples = sources.read(data, reading=model.reading)
    samples, extra = keep_trained(model, samples, data)
    if extra:
        announce(f"left out, for the model was not trained on them: {list_names(extra, MOST_NAMED)}")
    return samples


def keep_trained(model: Fitted, samples: Samples, data: str) -> tuple[Samples, list[str]]:
    """Return samples without the columns that a model was not trained on, and the names of these."""
    import dataclasses

    names = trained_columns(model)
    known = None if names is None else set(names)
    table: Any = samples.values
    extra = [name for name in getattr(table, "column_names", ()) if known is not None and name not in known]
    if extra and len(extra) == len(table.column_names):
        raise InvalidInputError(
            f"{data}: has none of the columns that the model was trained on: {list_names(names or [], MOST_NAMED)}"
        )
    if extra:
        samples = dataclasses.replace(samples, values=table.drop_columns(extra))
    return samples, extra


def trained_columns(model: Fitted) -> list[str] | None:
    """Return the names of the columns that a model was trained on, or None where they had no names."""
    names = model.format.columns.names
    return None if names is None else list(names)


def name_units(model: Fitted) -> list[str]:
    """Return what the numbers of a code are called in a file."""
    return [f"code_{unit}" for unit in range(model.settings.code_size)]


def name_numbers(model: Fitted, rebuilt: Any) -> list[str] | None:
    """Return what the numbers of a reconstruction are called, where it is no table and they have names."""
    return None if hasattr(rebuilt, "column_names") else trained_columns(model)


def map_blocks(function: Callable[[Any], Any], samples: Samples, title: str) -> Any:
    """Apply a function of samples block by block, showing how far it is; a row's result does not depend on its block.

    Parameters
    ----------
    function
        From an array or a table to one with a row for each of its rows.
    samples
        What it is applied to.
    title
        What is being done.

    Returns
    -------
    array or table
        The results in one.
    """
    import math

    from autoencode.cli.progress import show_rows
    from autoencode.model.samples import counting_rows, naming_lines

    values: Any = samples.values
    count = len(values)
    rows = max(1, BLOCK_NUMBERS // max(1, math.prod(values.shape[1:])))
    parts = []
    with show_rows(title, count) as update:
        for start in range(0, count, rows):
            # A table is sliced by place and length, an array by two places.
            part = values.slice(start, rows) if hasattr(values, "column_names") else values[start : start + rows]
            with naming_lines(samples), counting_rows(range(start, start + rows)):
                parts.append(function(part))
            update(min(start + rows, count))
    return join_parts(parts)


def join_parts(parts: list[Any]) -> Any:
    """Return the results of blocks in one."""
    if len(parts) == 1:
        return parts[0]
    if hasattr(parts[0], "column_names"):
        import pyarrow as pa

        return pa.concat_tables(parts)
    import numpy as np

    return np.concatenate(parts)
