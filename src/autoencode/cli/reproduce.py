"""`autoencode reproduce`: a published experiment again, its figures beside ours."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autoencode.cli.output import announce
from autoencode.cli.progress import show_epochs
from autoencode.cli.termination import Terminated

if TYPE_CHECKING:
    from autoencode.reproduce import Reproduction

__all__ = ["reproduce"]


class Published(StrEnum):
    """What can be reproduced."""

    fun_with_autoencoders = "fun-with-autoencoders"


def reproduce(
    name: Annotated[Published, typer.Argument(help="What to reproduce.")] = Published.fun_with_autoencoders,
    run: Annotated[
        Path | None, typer.Option("--run", help="Folder for runs, pictures and report.", show_default="runs/NAME")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Folder with MNIST's four files.", show_default="the usual places")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Of weights, order and table.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a published experiment again.

    Holds its figures against ours.

    Example: autoencode reproduce fun-with-autoencoders --run runs/blog
    """
    path = run or Path("runs") / name.value
    try:
        from autoencode.reproduce import Plan
        from autoencode.reproduce import reproduce as run_reproduction
        from autoencode.runs import json_text

        reproduction = run_reproduction(
            path, data_folder=folder, plan=Plan(seed=seed), announce=announce, progress=show_epochs
        )
    except (KeyboardInterrupt, Terminated):
        announce(f"interrupted: what was trained so far is saved below {path}")
        raise
    if json:
        print(json_text(reproduction.result))
    else:
        print_reproduction(reproduction)
    announce(f"report: {reproduction.report.resolve()}")


def print_reproduction(reproduction: Reproduction) -> None:
    """Print the table of figures, the verdict and the post's mistakes."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from autoencode.reproduce import row_cells

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(title=None, box=None, pad_edge=False, header_style="bold")
    table.add_column("figure")
    for column in ("post", "ours", "tolerance"):
        table.add_column(column, justify="right")
    table.add_column("")
    for row in reproduction.rows:
        style = {True: "green", False: "bold red", None: "yellow"}[row.reproduced]
        *cells, verdict = row_cells(row)
        table.add_row(*cells, Text(verdict, style=style))
    console.print(table)
    console.print()
    console.print("Verdict", style="bold")
    verdict = reproduction.result["verdict"]
    console.print(Text(verdict["headline"]))
    console.print(Text(verdict["text"].removeprefix(verdict["headline"]).strip(), style="dim"))
    console.print()
    console.print("The post's mistakes, as these numbers show them", style="bold")
    for number, text in enumerate(reproduction.result["mistakes"], start=1):
        console.print(Text(f"{number}. {text}"))
