"""The verbs of the command line, one file each, as one program."""

from __future__ import annotations

from typing import Annotated

import typer

import autoencode
from autoencode.cli import data, runs
from autoencode.cli.calibrate import calibrate
from autoencode.cli.compare import compare
from autoencode.cli.decode import decode
from autoencode.cli.detect import detect
from autoencode.cli.encode import encode
from autoencode.cli.errors import errors
from autoencode.cli.export import export
from autoencode.cli.fill import fill
from autoencode.cli.help_text import Verb
from autoencode.cli.recipes import recipes
from autoencode.cli.reconstruct import reconstruct
from autoencode.cli.report import report
from autoencode.cli.reproduce import reproduce
from autoencode.cli.sample import sample
from autoencode.cli.score import score
from autoencode.cli.summary import summary
from autoencode.cli.sweep import sweep
from autoencode.cli.train import train
from autoencode.cli.worst import worst

app = typer.Typer(
    name="autoencode",
    help="A workbench for autoencoders: train one, see what was lost, compare models honestly.",
    epilog="Example: autoencode train digits",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (
    *(train, sweep, summary, errors, worst, detect, score, calibrate, fill, encode, decode, reconstruct, sample),
    *(compare, report, export, recipes),
):
    app.command(cls=Verb)(verb)
app.add_typer(runs.app, name="runs")
app.add_typer(data.app, name="data")
app.command(cls=Verb)(reproduce)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"autoencode {autoencode.__version__}")
        raise typer.Exit


@app.callback()
def set_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A workbench for autoencoders: train one, see what was lost, compare models honestly."""
    del version
