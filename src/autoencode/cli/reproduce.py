"""`autoencode reproduce`: a published experiment again, its figures beside ours."""

from __future__ import annotations

import dataclasses
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.output import announce, print_table
from autoencode.cli.progress import show_epochs
from autoencode.cli.resuming import describe_command, take_threads
from autoencode.cli.targets import check_folder

if TYPE_CHECKING:
    from autoencode.reproduce import BestOf32, Reproduction


class Published(StrEnum):
    """What can be reproduced."""

    fun_with_autoencoders = "fun-with-autoencoders"
    best_of_32 = "best-of-32"


def reproduce(
    context: typer.Context,
    name: Annotated[Published, typer.Argument(help="What to reproduce.")] = Published.fun_with_autoencoders,
    run: Annotated[
        Path | None, typer.Option("--run", help="Folder for runs, pictures and report.", show_default="runs/NAME")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Folder with MNIST's four files.", show_default="the usual places")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Of weights, order and table.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where it was cut off; what is finished is not trained again.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a published experiment again.

    Holds its figures against ours. "best-of-32" trains the best network for MNIST that we know of with a code of the
    post's size, 32 numbers.

    \b
    Examples:
      autoencode reproduce fun-with-autoencoders --run runs/blog
      autoencode reproduce fun-with-autoencoders --run runs/blog --resume
    """
    from autoencode.model.versions import describe_surroundings

    path = run or Path("runs") / name.value
    check_folder("--run", path)
    if resume:
        take_threads(path)
    reproduction: Any
    from autoencode import reproduce as published
    from autoencode.runs import json_text

    told = {"data": name.value, "command": describe_command(context), **describe_surroundings()}
    options: dict[str, Any] = {"data_folder": folder, "announce": announce, "progress": show_epochs}
    options["keeping"] = published.Keeping(resume, told)
    if name is Published.best_of_32:
        plan = dataclasses.replace(published.BEST_PLAN, seed=seed)
        reproduction = published.train_best_of_32(path, plan=plan, **options)
    else:
        reproduction = published.reproduce(path, plan=published.Plan(seed=seed), **options)
    if json:
        print(json_text(reproduction.result))
    elif name is Published.best_of_32:
        print_best(reproduction)
    else:
        print_reproduction(reproduction)
    announce(f"report: {reproduction.report.resolve()}")


def print_best(best: BestOf32) -> None:
    """Print the error of the best network beside the post's and the baselines."""
    result = best.result
    rows = [(row.name, f"{row.mean:.4f}") for row in best.comparison.rows]
    rows.insert(1, ("the post's 784-32-784", f"{result['post']:.4f}"))
    print_table(("mean cross-entropy of the test images", "nats per pixel"), rows, right=(1,))
    reached = "reached" if result["reached"] else "NOT reached"
    print(f"target {result['target']}: {reached}, in {result['seconds']:.0f} s")


def print_reproduction(reproduction: Reproduction) -> None:
    """Print the table of figures, the verdict and the post's mistakes."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from autoencode.reproduce import WITHOUT_MNIST, row_cells

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
    if reproduction.result["missing"]:
        console.print("Reproduced without MNIST", style="bold yellow")
        console.print(Text(WITHOUT_MNIST, style="dim"))
        console.print()
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
