"""`autoencode decode`: what codes stand for, into a file or folder."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from autoencode.cli.completion import complete_data
from autoencode.cli.output import announce
from autoencode.cli.samples import Model, load_model, map_blocks, name_numbers, name_units
from autoencode.cli.targets import Target, check_target, write_or_keep


def decode(
    model: Model,
    codes: Annotated[
        str,
        typer.Argument(metavar="CODES", help="A file of codes, as encode writes it.", autocompletion=complete_data),
    ],
    output: Target,
) -> None:
    """Write the reconstruction that each code stands for.

    Example: autoencode decode digits codes.csv rebuilt.npy
    """
    check_target(output, codes)
    fitted = load_model(model, codes)
    from autoencode import data
    from autoencode.data.writing import write_samples

    found = data.read(codes)
    table: Any = found.values
    numbers, rows = (table, None) if not hasattr(table, "column_names") else _take_codes(table, name_units(fitted))
    rebuilt = map_blocks(fitted.decode_samples, dataclasses.replace(found, values=numbers), "decoding")
    names = name_numbers(fitted, rebuilt)
    write_or_keep(lambda path: write_samples(rebuilt, path, row_names=rows, columns=names), output)
    announce(f"wrote {len(rebuilt):,} reconstructions to {output}")


def _take_codes(table: Any, units: list[str]) -> tuple[Any, list[str] | None]:
    """Return codes and row names of a table that `encode` wrote; where columns have other names, all are codes."""
    import numpy as np
    import pyarrow.types as types

    from autoencode.exceptions import InvalidInputError

    written = set(units) <= set(table.column_names)
    units = units if written else table.column_names
    for name in units:
        kind = table.schema.field(name).type
        if not (types.is_floating(kind) or types.is_integer(kind)) or table[name].null_count:
            raise InvalidInputError(f"CODES: column {name!r} must hold numbers alone; codes are what `encode` writes.")
    names = table["row_name"].to_pylist() if written and "row_name" in table.column_names else None
    return np.column_stack([table[name].to_numpy() for name in units]), names
