"""`autoencode train`: from samples to a trained model in a run's folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.cli.budget import obey_budget
from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.options import TRAINED, read_options, takes
from autoencode.cli.resuming import RESUME, describe_command, take_threads
from autoencode.exceptions import InvalidInputError
from autoencode.options import Option

KEPT = (
    RESUME,
    Option("checkpoint_every", None, "number", "Seconds between two checkpoints [60].", group="Run"),
    Option("keep_checkpoint", False, "flag", "Leave a checkpoint of the end in the run.", group="Run"),
)
_KEYS = (
    *TRAINED,
    *KEPT,
    Option("data", None, "text", "What to train on."),
    Option("run", None, "text", "The run's name or folder."),
)
_REPORT = Option("report", False, "flag", "Write report.html, a page to explore, into the run.", group="")


@takes(_REPORT, *TRAINED, *KEPT, context=True)
def train(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA", help="Samples: a named set, file, glob or folder.", autocompletion=complete_data
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="A TOML file of options; the command line wins.")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="NAME",
            help="Name below runs/, or a path with a slash. By default the data's name, with -2, -3, … where taken.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="MODEL",
            help="Go on from a model, with its network, scaling, columns, reading and optimiser.",
            autocompletion=complete_model,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the run of that name when done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    **given: Any,
) -> None:
    """Train an autoencoder, and leave a run behind.

    \b
    Examples:
      autoencode train digits
      autoencode train people.csv --layers 16-4 --drop name --run people
      autoencode train --config run.toml --epochs 100
      autoencode train people.csv --run people --resume
      autoencode train newer.csv --from people --epochs 5
    """
    command, report = describe_command(given.pop("context")), bool(given.pop("report"))
    options = read_options({"data": data, "run": run, **given}, _KEYS, config)
    source, name = options.pop("data", None), options.pop("run", None)
    resume, every = bool(options.pop("resume", False)), options.pop("checkpoint_every", None)
    if every is not None and every < 0:
        raise InvalidInputError(f"--checkpoint-every: expected seconds ≥ 0, got {every:g}.")
    if source is None:
        raise InvalidInputError("DATA: what to train on? Name it, or give `data` in the file of --config.")
    if resume and name is None:
        raise InvalidInputError("--resume: which run shall go on? Name it with --run.")
    kept: dict[str, Any] = {"report": report, "resume": resume, "checkpoint_every": every}
    kept |= {"keep_checkpoint": bool(options.pop("keep_checkpoint", False)), "command": command}
    asked = Asked(source, options, name, start, force=force, **kept)
    run_training(asked, as_json=as_json)


@dataclasses.dataclass(frozen=True)
class Asked:
    """A training as it was asked for.

    Attributes
    ----------
    source, options
        What to train on, and the options of training and reading.
    name
        The run's name, or None.
    start
        What the model is called that it goes on from, or None.
    force, report, resume, checkpoint_every, keep_checkpoint
        As the options of those names.
    command
        How it is asked for again.
    """

    source: str
    options: dict[str, Any]
    name: str | None
    start: str | None = None
    force: bool = False
    report: bool = False
    resume: bool = False
    checkpoint_every: float | None = None
    keep_checkpoint: bool = False
    command: dict[str, Any] | None = None


def run_training(asked: Asked, *, as_json: bool) -> None:
    """Train as was asked for, and print what came of it."""
    from autoencode.cli.run_names import check_run

    place = check_run(asked.name, force=asked.force or asked.resume)  # before minutes of reading
    if asked.resume:
        take_threads(place)
    options = dict(asked.options)
    with obey_budget(options):
        _train(asked, options, as_json=as_json)


def _train(asked: Asked, options: dict[str, Any], *, as_json: bool) -> None:
    from autoencode.cli.continuation import load_start, prepare_on
    from autoencode.cli.held_out import find_measured
    from autoencode.cli.report import write_report
    from autoencode.cli.results import evaluate, print_result
    from autoencode.cli.run_names import REPORT, claim_run
    from autoencode.cli.task import prepare
    from autoencode.cli.training import Keeping, record_run

    begun = None if asked.start is None else load_start(asked.start, asked.source)
    task = prepare(asked.source, options) if begun is None else prepare_on(asked.source, options, begun)
    with claim_run(asked.name, asked.source, force=asked.force, resume=asked.resume) as claim:
        keeping = Keeping(asked.resume, asked.checkpoint_every, asked.keep_checkpoint, asked.command)
        model = record_run(task, claim, keeping, begun)
        if asked.report:
            place = claim.target
            write_report({place.name: model}, find_measured(task, model.seed), claim.path / REPORT, {place.name: place})
        folder = claim.hand_over()
        measured = evaluate(task, {"this model": model})
    page = folder / REPORT if asked.report else None
    print_result(model, folder, measured, source=asked.source, as_json=as_json, report=page)
