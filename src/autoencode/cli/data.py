"""The verb ``autoencode data``: list the named data sets, fetch one, verify one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autoencode.cli.completion import complete_set
from autoencode.cli.output import announce, print_json, print_table
from autoencode.data.presence import check_set_name

__all__ = ["app"]

app = typer.Typer(help="List, fetch and verify the named data sets.", no_args_is_help=True)

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
    import dataclasses

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
    import dataclasses

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
