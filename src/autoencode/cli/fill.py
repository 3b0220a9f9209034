"""`autoencode fill`: a table with its missing cells filled in, everything else as it was."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.options import IGNORE_MEMORY, READING, read_options, takes
from autoencode.cli.output import announce, print_json, print_table
from autoencode.exceptions import InvalidInputError
from autoencode.options import TRAINING

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.estimators.filling import Filling
    from autoencode.model.fitted import Fitted

_READING = tuple(option for option in READING if option.name not in ("validation", "size", "crop", "colour"))
_TAKEN = (*(option for option in TRAINING if option.name == "random_state"), *_READING, IGNORE_MEMORY)


@takes(*_TAKEN)
def fill(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A table: a file or a glob.", autocompletion=complete_data)
    ],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE", help="The filled table: .csv or .parquet.", show_default=False)
    ],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="A model file, a run's folder or a run's name. By default networks are trained on DATA, by masking.",
            autocompletion=complete_model,
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws",
            metavar="N",
            min=1,
            help="Write N fillings below each other, numbered in a column draw, each of drawn codes.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Fill in missing cells.

    Each becomes what the networks say of it, given the rest of its row. A tenth of the known cells is hidden and
    filled as well, to show how far off that is, beside the mean or the most frequent value.

    \b
    Examples:
      autoencode fill people.csv --out filled.csv
      autoencode fill new.csv --model people --out filled.csv
    """
    from autoencode.cli.targets import TABLE_ENDINGS, check_file, write_or_keep
    from autoencode.data.presence import check_presence

    options = read_options(given, _TAKEN)
    check_presence(data)
    check_file("--out", Path(out), TABLE_ENDINGS, data)
    if model is not None and options:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in options)
        raise InvalidInputError(f"{named}: a model that is trained already reads DATA as it was trained; leave it out.")
    fitted, samples = _load(model, data) if model is not None else _read(data, options, draws=draws is not None)
    from autoencode.cli.filled_cells import write_cells, write_draws
    from autoencode.estimators.filling import draw
    from autoencode.estimators.filling import fill as find_cells
    from autoencode.model.samples import naming_lines, open_samples

    with naming_lines(samples):
        checked = fitted.format.check(open_samples(samples), reset=False, finite=False)
        filling = find_cells(fitted, checked)
        drawn = None if draws is None else draw(fitted, checked, draws, fitted.seed)
    filled = write_cells(samples, filling.columns) if drawn is None else write_draws(samples, drawn)
    from autoencode.data.writing import write_samples

    write_or_keep(lambda path: write_samples(filled, path, own=filled.column_names), out)
    _show(filling, as_json=as_json)
    times = "" if draws is None else f", {draws:,} times"
    announce(f"filled {sum(len(column.rows) for column in filling.columns):,} cells{times}; wrote {out}")
    filling.warn()


def _load(model: str, data: str) -> tuple[Fitted, Samples]:
    from autoencode.cli.samples import load_model, read_input

    fitted = load_model(model, data)
    return fitted, _check(read_input(fitted, data), data)


def _read(data: str, options: dict[str, Any], *, draws: bool) -> tuple[Fitted, Samples]:
    """Read a table and train on it, showing progress."""
    from autoencode.cli.memory import TrainingMemory
    from autoencode.cli.progress import show_epochs
    from autoencode.cli.task import make_model, measure_samples, read_samples
    from autoencode.estimators.filling import choose_training
    from autoencode.exceptions import DiagnosisWarning
    from autoencode.model.samples import naming_lines

    reading = {option.name: options.get(option.name, option.default) for option in _READING}
    ignored, extent = bool(options.get(IGNORE_MEMORY.name, False)), measure_samples(data, reading)
    trained = choose_training(0, draws=draws)
    TrainingMemory(trained, ignored=ignored, dropped=len(reading["drop"]), is_fixed=True).check(extent)
    samples = _check(read_samples(data, reading), data)
    with show_epochs(f"on {samples.name}") as show, naming_lines(samples), warnings.catch_warnings():
        # What it says of codes and PCA is no fault of a network that fills.
        warnings.simplefilter("ignore", DiagnosisWarning)
        training = choose_training(len(samples), draws=draws)
        told = {"random_state": options.get("random_state"), "callbacks": [show]}
        fitted = make_model(training | told).fit(samples).fitted_
    if options.get("random_state") is None:
        announce(f"seed {fitted.seed} was drawn; --seed {fitted.seed} fills the same again")
    return fitted, samples


def _check(samples: Samples, data: str) -> Samples:
    """Refuse what is no table, and one without missing cells."""
    import narwhals as nw

    from autoencode.model.samples import has_gaps

    table: Any = samples.values
    if not hasattr(table, "column_names"):
        raise InvalidInputError(f"{data}: expected a table, got {samples.name}.")
    if not has_gaps(nw.from_native(table, eager_only=True)):
        raise InvalidInputError(f"{data}: no cell is missing; if a word stands for missing, name it by --missing.")
    return samples


def _show(filling: Filling, *, as_json: bool) -> None:
    """Print how many cells of each column were filled, and how well hidden ones were."""
    checks = {check.column: check for check in filling.checks}
    rows = [(column.name, len(column.rows), checks.get(column.name)) for column in filling.columns]
    if as_json:
        print_json(
            {
                "columns": [
                    {
                        "column": name,
                        "filled": count,
                        "measure": None if check is None else check.measure,
                        "error": None if check is None else check.error,
                        "simple_error": None if check is None else check.simple_error,
                        "simple": None if check is None else check.simple,
                    }
                    for name, count, check in rows
                ]
            }
        )
        return
    shown = [
        (name, f"{count:,}", *(("too few to hide", "", "") if check is None else check.say()))
        for name, count, check in rows
    ]
    print_table(("column", "filled", "hidden cells", "by the simplest", "which is"), shown, right=(1,))
