"""`autoencode train`: from samples to a trained model in a run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.cli.completion import complete_data
from autoencode.cli.options import TRAINED, read_options, takes
from autoencode.exceptions import InvalidInputError
from autoencode.options import Option

_KEYS = (
    *TRAINED,
    Option("data", None, "text", "What to train on."),
    Option("run", None, "text", "The run's name or folder."),
)


@takes(*TRAINED)
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
    force: Annotated[bool, typer.Option("--force", help="Replace the run of that name when done.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write report.html, a page to explore, into the run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    **given: Any,
) -> None:
    """Train an autoencoder, and leave a run behind.

    \b
    Examples:
      autoencode train digits
      autoencode train people.csv --layers 16-4 --drop name --run people
      autoencode train --config run.toml --epochs 100
    """
    options = read_options({"data": data, "run": run, **given}, _KEYS, config)
    source, name = options.pop("data", None), options.pop("run", None)
    if source is None:
        raise InvalidInputError("DATA: what to train on? Name it, or give `data` in the file of --config.")
    from autoencode.cli.run_names import check_run

    check_run(name, force=force)  # before minutes of reading
    from autoencode.cli.held_out import find_measured
    from autoencode.cli.report import write_report
    from autoencode.cli.results import evaluate, print_result
    from autoencode.cli.run_names import REPORT, claim_run
    from autoencode.cli.task import prepare
    from autoencode.cli.training import record_run

    task = prepare(source, options)
    with claim_run(name, source, force=force) as claim:
        model = record_run(task, claim)
        if report:
            place = claim.target
            write_report({place.name: model}, find_measured(task, model.seed), claim.path / REPORT, {place.name: place})
        folder = claim.hand_over()
        measured = evaluate(task, {"this model": model})
    page = folder / REPORT if report else None
    print_result(model, folder, measured, source=source, as_json=as_json, report=page)
