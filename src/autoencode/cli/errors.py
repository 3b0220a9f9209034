"""`autoencode errors`: how far each reconstruction is from its sample; per sample, feature or column."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.blocks import InputBlocks, Results, open_input, write_results
from autoencode.cli.budget import MEMORY, Budget, read_budget
from autoencode.cli.ids import name_beside, read_ids
from autoencode.cli.options import MEASURE, UNITS, read_word, takes
from autoencode.cli.output import announce, print_json
from autoencode.cli.samples import Input, Model, load_model, map_blocks, read_input, trained_columns
from autoencode.cli.targets import TABLE_ENDINGS, check_target, print_rows, write_or_keep
from autoencode.options import Option

if TYPE_CHECKING:
    from autoencode.model.fitted import Fitted
    from autoencode.types import Per

MOST_SHOWN = 20
"""Errors on a screen."""


PER = Option("per", "sample", "word", "What an error is of.", ("sample", "feature", "column"), "Errors")


@takes(PER, MEASURE, UNITS, MEMORY)
def errors(
    model: Model,
    data: Input,
    output: Annotated[
        str | None, typer.Argument(metavar="OUTPUT", help="A .csv, .parquet or .npy file; else they are printed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Write or print the error of each sample, feature or column.

    \b
    Examples:
      autoencode errors digits digits errors.csv
      autoencode errors digits digits --per feature --measure mae
    """
    per, measure, units = (read_word(option, given[option.name]) for option in (PER, MEASURE, UNITS))
    budget = read_budget(given)
    if output is not None:
        check_target(output, data)
    fitted = load_model(model, data)
    if output is not None and per == "sample" and not as_json:
        count = _write_of_samples(fitted, data, output, budget, {"measure": measure, "units": units})
        announce(f"wrote {count:,} errors to {output}")
        return
    if per == "sample":
        header, rows = _by_sample(fitted, read_input(fitted, data), measure, units)
    else:
        header, rows = _add_up(fitted, open_input(fitted, data, budget, has_cells=False), per, measure, units)
    if as_json:
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    elif output is None:
        _print(header, rows, title=per)
    if output is not None:
        write_or_keep(lambda path: _write(header, rows, path), output)
        announce(f"wrote {len(rows):,} errors to {output}")


def _write_of_samples(fitted: Fitted, data: str, output: str, budget: Budget, told: dict[str, Any]) -> int:
    """Write the error of each sample block by block; return how many there are."""

    def make(samples: Any, first: int) -> Results:
        import numpy as np

        values = fitted.errors(fitted.read(samples.values), **told)
        if output.lower().endswith(".npy"):
            return Results(values)
        import pyarrow as pa

        ids = read_ids(fitted, samples)
        beside = name_beside(ids, ["row", "row_name", "error"])
        columns = {"row": pa.array(np.arange(first, first + len(values)))} | dict(
            zip(beside, ids.values(), strict=True)
        )
        if samples.row_names is not None:
            columns["row_name"] = pa.array(samples.row_names)
        return Results(pa.table(columns | {"error": pa.array(values, pa.float64())}))

    return write_results(open_input(fitted, data, budget), output, "measuring", make)


def _print(header: list[str], rows: list[list[Any]], *, title: str) -> None:
    """Print all where a file or a program reads them; to a terminal a screen of the largest errors."""
    error = header.index("error")
    if title != "column" and sys.stdout.isatty() and len(rows) > MOST_SHOWN:
        shown = sorted(rows, key=lambda row: -row[error])[:MOST_SHOWN]
        print_rows(header, shown, right=[error])
        announce(f"the {MOST_SHOWN} largest of {len(rows):,}; an OUTPUT file, --json or a pipe has all in their order")
        return
    print_rows(header, rows, right=[error])


def _add_up(
    fitted: Fitted, blocks: InputBlocks, per: Per, measure: str, units: str
) -> tuple[list[str], list[list[Any]]]:
    """Return the error of each feature or column, added up over blocks."""
    from autoencode.cli.progress import show_rows
    from autoencode.model.samples import naming_lines

    def read() -> Iterator[Any]:
        done = 0
        for samples in blocks.read():
            with naming_lines(samples, done):
                features = fitted.read(samples.values)
            yield features
            done += len(samples)
            update(done)

    with show_rows("measuring", blocks.count) as update:
        if per == "column":
            found = fitted.column_errors_in_blocks(read(), units=units)
            rows = [[error.column, error.kind, float(error.error), error.unit, error.measure] for error in found]
            return ["column", "kind", "error", "unit", "measure"], rows
        values = fitted.errors_in_blocks(read(), per="feature", measure=measure, units=units).tolist()
    names = _name_features(fitted) or range(len(values))
    return ["feature", "error"], [[name, value] for name, value in zip(names, values, strict=True)]


def _by_sample(fitted: Fitted, samples: Any, measure: str, units: str) -> tuple[list[str], list[list[Any]]]:
    """Return the error of each sample."""
    values = map_blocks(
        lambda part: fitted.errors(fitted.read(part), measure=measure, units=units), samples, "measuring"
    ).tolist()
    ids = read_ids(fitted, samples)
    named = {} if samples.row_names is None else {"row_name": samples.row_names}
    columns = [range(len(values)), *(cells.to_pylist() for cells in ids.values()), *named.values(), values]
    header = ["row", *name_beside(ids, ["row", "row_name", "error"]), *named, "error"]
    return header, [list(row) for row in zip(*columns, strict=True)]


def _name_features(fitted: Fitted) -> list[str] | None:
    """Return the names of the features that the network sees, or None where they have none."""
    encoder = fitted.table_encoder
    return trained_columns(fitted) if encoder is None else encoder.list_features()


def _write(header: list[str], rows: list[list[Any]], output: str) -> None:
    """Write all columns to a table, the errors alone to an array."""
    import numpy as np
    import pyarrow as pa

    from autoencode.data.writing import write_samples

    if output.lower().endswith(TABLE_ENDINGS):
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
        write_samples(pa.table([list(column) for column in columns], names=header), output)
    else:
        write_samples(np.array([row[header.index("error")] for row in rows]), output)
