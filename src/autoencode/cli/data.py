"""The verb ``autoencode data``: show how a table is read; list the named data sets, fetch one, verify one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.cli.completion import complete_set
from autoencode.cli.options import DROP, TABLES, read_options, takes
from autoencode.cli.output import announce, print_json, print_table
from autoencode.data.presence import check_set_name
from autoencode.exceptions import InvalidInputError

app = typer.Typer(help="Show how tables are read; get the named sets.", no_args_is_help=True)

_SHOWN = (*TABLES, DROP)

_Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A named set; `autoencode data list` shows them.", autocompletion=complete_set),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@app.command("list")
def list_sets(as_json: _Json = False) -> None:
    """List the named data sets, and where each is on this machine.

    Example: autoencode data list --json
    """
    from autoencode.data.named_sets import find, names

    folders = {name: find(name) for name in names()}
    if as_json:
        print_json([dataclasses.asdict(named) | {"folder": _text(folders[named.name])} for named in names().values()])
        return
    header = ("name", "train", "test", "sample shape", "licence", "where", "what it is")
    rows = [
        (
            named.name,
            str(named.train_samples),
            str(named.test_samples),
            "×".join(str(length) for length in named.sample_shape),
            named.licence,
            "always there" if named.always_there else _text(folders[named.name]) or "not fetched",
            f"{named.description}; {named.origin}",
        )
        for named in names().values()
    ]
    print_table(header, rows)


@app.command("show")
@takes(*_SHOWN)
def show_table(
    file: Annotated[str, typer.Argument(metavar="DATA", help="A table: a file, glob or folder; - is standard input.")],
    as_json: _Json = False,
    **given: Any,
) -> None:
    """Show how a table is read, column by column, before anything is trained.

    \b
    Examples:
      autoencode data show people.csv
      autoencode data show people.csv --type code=text --json
    """
    from autoencode.cli.table_view import view_columns
    from autoencode.cli.task import read_samples
    from autoencode.data.presence import check_presence

    check_presence(file)
    options = read_options(given, _SHOWN)
    samples = read_samples(file, {option.name: options.get(option.name, option.default) for option in _SHOWN})
    if samples.reading.kind != "table":
        raise InvalidInputError(f"DATA: expected a table, got {samples.name}, whose samples are an array.")
    views = view_columns(samples)
    found = samples.reading.table.having(types={}, asked=(), drop=(), settled=False).to_dict()
    if as_json:
        columns = [dataclasses.asdict(view) for view in views]
        print_json({"name": samples.name, "rows": len(samples), "read_with": found, "columns": columns})
        return
    rows = [
        (
            view.column,
            view.read_as,
            "; ".join(view.first),
            f"{view.missing:,}" if view.missing else "",
            "; ".join(filter(None, [view.note, ", ".join(f"row {odd['row']}: {odd['cell']}" for odd in view.odd)])),
        )
        for view in views
    ]
    print_table(("column", "read as", "first cells", "missing", "note"), rows, right=[3])
    named = ", ".join(f"{name} {value!r}" for name, value in found.items())
    announce(
        f"{samples.name}: {len(samples):,} rows of {len(views):,} columns" + (f"; found out: {named}" if named else "")
    )


@app.command()
def fetch(
    name: _Name,
    folder: Annotated[Path | None, typer.Option(help="The folder that shall hold the files.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Download nothing; only look.")] = False,
    as_json: _Json = False,
) -> None:
    """Make sure that a data set is on this machine, and print its folder.

    Example: autoencode data fetch mnist --folder data/mnist
    """
    check_set_name(name)
    from autoencode import data

    found = data.fetch(name, folder=folder, offline=offline or None, announce=announce)
    if as_json:
        print_json({"name": name, "folder": _text(found), "always_there": found is None})
    elif found is not None:
        typer.echo(str(found))


@app.command()
def verify(
    name: _Name,
    folder: Annotated[Path | None, typer.Option(help="The folder to check.")] = None,
    as_json: _Json = False,
) -> None:
    """Compare a data set on this machine with what it must be; exit with 1 where it differs.

    Example: autoencode data verify mnist --folder data/mnist
    """
    check_set_name(name)
    from autoencode import data

    reports = data.verify(name, folder=folder)
    good = all(report.ok for report in reports)
    if as_json:
        files = [dataclasses.asdict(report) | {"path": _text(report.path)} for report in reports]
        print_json({"name": name, "ok": good, "files": files})
    else:
        header = ("file", "bytes", "MD5 of the content", "result")
        rows = [
            (
                report.name,
                str(report.bytes),
                report.found_md5 or "-",
                "ok" if report.ok else f"NOT ok: {report.problem}",
            )
            for report in reports
        ]
        print_table(header, rows)
    if not good:
        bad = [str(report.path or report.name) for report in reports if not report.ok]
        announce(f"{name}: {len(bad)} of {len(reports)} files are not what they must be: {', '.join(bad)}")
        raise typer.Exit(1)
    announce(f"{name}: all as it must be")


def _text(folder: Path | None) -> str | None:
    return None if folder is None else str(folder)
