"""`autoencode sweep`: how small a code may be: the held-out error against the code size."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.budget import obey_budget
from autoencode.cli.completion import complete_data
from autoencode.cli.options import COMMON_UNITS, MEASURE, TRAINED, read_options, read_word, takes
from autoencode.cli.output import announce, print_json, print_space, print_table, print_text
from autoencode.cli.resuming import RESUME, describe_command, take_threads
from autoencode.cli.targets import FIGURE_ENDINGS, check_file, write_or_keep
from autoencode.exceptions import InvalidInputError
from autoencode.interruption import hold
from autoencode.options import Option

if TYPE_CHECKING:
    from autoencode.cli.task import Task
    from autoencode.estimators import Autoencoder, Sweep
    from autoencode.model.setup import Setup
    from autoencode.runs import Claim, RunFolder
    from autoencode.training import EpochRecord

CODE_SIZES = (2, 4, 8, 16, 32)
"""Tried where none are named, as far as they are smaller than a sample."""

MOST_SECONDS_HELD = 2.0
"""How long after an interrupt the network at hand may take to come to a point where what is finished can be shown."""

_HIDDEN = next(option for option in TRAINED if option.name == "hidden")
_OPTIONS = tuple(option for option in TRAINED if option.name not in ("layers", "hidden", "code_size"))
_RUN = Option(
    "run",
    None,
    "text",
    "Name below runs/, or a path with a slash, for a run of each network [DATA-sweep, or -2, -3, …].",
    group="Run",
)
_TABLES = (".csv", ".json")


@takes(MEASURE, COMMON_UNITS, *_OPTIONS, _RUN, RESUME, context=True)
def sweep(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Samples: a named set, file, glob or folder.", autocompletion=complete_data
        ),
    ],
    code_sizes: Annotated[
        str | None,
        typer.Option("--code-sizes", metavar="N,N,…", help="The code sizes to try. [2,4,8,16,32]", show_default=False),
    ] = None,
    hidden: Annotated[
        list[str] | None,
        typer.Option("--hidden", metavar="N-N-…", help="Hidden layers; each gives a curve. [auto]", show_default=False),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help="A picture of the curves, .png, .svg or .pdf.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The numbers, as .csv or .json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
    **given: Any,
) -> None:
    """Show how the error falls with the code size.

    Trains a network for each size, prints the errors of held-out samples beside PCA's, and says where a larger code
    gains less. Each network has a run of its own, below the sweep's.

    \b
    Examples:
      autoencode sweep digits --code-sizes 2,4,8,16 --figure sizes.png
      autoencode sweep digits --hidden none --hidden 64 --restarts 4
      autoencode sweep large.parquet --run sizes --resume
    """
    from autoencode.cli.run_names import check_run
    from autoencode.cli.task import prepare

    for option, path, endings in (("--figure", figure, FIGURE_ENDINGS), ("--out", out, _TABLES)):
        if path is not None:
            check_file(option, path, endings, data)
    sizes = None if code_sizes is None else _read_sizes(code_sizes)
    kinds = [read_word(_HIDDEN, text) for text in hidden or ["auto"]]
    told = {option.name: read_word(option, given.pop(option.name)) for option in (MEASURE, COMMON_UNITS)}
    largest = max(kinds, key=lambda layers: 0 if isinstance(layers, str) else sum(layers))
    command = describe_command(given.pop("context"))
    run, resume = read_word(_RUN, given.pop(_RUN.name)), bool(given.pop(RESUME.name))
    if resume and run is None:
        raise InvalidInputError("--resume: which sweep shall go on? Name it with --run.")
    place = check_run(run, force=resume, kind="sweep")
    if resume:
        take_threads(place)
    options = read_options(given, _OPTIONS)
    with obey_budget(options):
        task = prepare(data, {**options, "hidden": largest, "code_size": max(sizes or CODE_SIZES[:1])})
        asked = _Asked(task, sizes or _choose_sizes(task), kinds, told, run, resume, command)
        _train(asked, lambda found: _show(found, figure, out, as_json))


@dataclasses.dataclass(frozen=True)
class _Asked:
    """A sweep as it was asked for: what is read, which networks, how errors are measured, and where it is kept."""

    task: Task
    sizes: list[int]
    kinds: list[Any]
    told: dict[str, str]
    name: str | None
    resume: bool
    command: dict[str, Any]


def _read_sizes(text: str) -> list[int]:
    """Return the numbers of a text such as 2,4,8."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and part.isascii() and len(part) < 10 and int(part) >= 1 for part in parts):
        raise InvalidInputError(f"--code-sizes: expected whole numbers ≥ 1, as 2,4,8, got {text!r:.100}.")
    sizes = [int(part) for part in parts]
    if len(set(sizes)) < len(sizes):
        raise InvalidInputError(f"--code-sizes: {max(sizes, key=sizes.count)} is there twice.")
    return sizes


def _choose_sizes(task: Task) -> list[int]:
    """Return the usual code sizes that are smaller than a sample."""
    import math

    features = math.prod(task.samples.values.shape[1:])
    return [size for size in CODE_SIZES if size < features] or [1]


def _train(asked: _Asked, show: Callable[[Sweep], None]) -> None:
    """Train all networks and show what came of it; where it ends early, what came of those that are finished."""
    from autoencode.cli.progress import MEASURING, show_waiting
    from autoencode.cli.run_names import claim_run, derive_name
    from autoencode.estimators.code_size_sweep import measure_sweep

    task, finished = asked.task, list[Any]()
    if task.validation is None and task.options.get("validation_fraction") is None:
        raise InvalidInputError("sweep: measures on held-out samples; leave out --validation-fraction none.")
    name = f"{derive_name(task.source)}-sweep"
    with claim_run(asked.name, name, force=False, resume=asked.resume, kind="sweep") as claim:
        planned, run = _begin(asked, claim)
        with contextlib.ExitStack() as held:
            try:
                for model in planned:
                    _fit(model, task, run.path)
                    if not finished:
                        held.enter_context(hold(MOST_SECONDS_HELD))
                    finished.append(model)
            finally:
                if finished:
                    with hold():
                        with show_waiting(MEASURING):
                            found = measure_sweep(finished, task.samples, task.validation, **asked.told)
                        if len(finished) == len(planned):
                            run.write_result({"finished": True, **found.to_dict()})
                        show(found)
        announce(f"the networks are kept in {claim.hand_over()}")


def _begin(asked: _Asked, claim: Claim) -> tuple[list[Autoencoder], RunFolder]:
    """Return the networks, and the run that they are in; it goes on where it was cut off, if that was asked for."""
    from autoencode.estimators.code_size_sweep import name_size, plan_sweep
    from autoencode.model.arguments import derive_seed
    from autoencode.model.versions import describe_surroundings
    from autoencode.runs.begun import begin_run, find_begun, read_seed
    from autoencode.runs.checkpoint import plan_trainings

    left_out = ("hidden", "code_size")
    options = {name: value for name, value in asked.task.options.items() if name not in left_out}
    if options.get("random_state") is None:
        options["random_state"] = read_seed(find_begun(claim)) if asked.resume else None
    if options["random_state"] is None:
        options["random_state"] = seed = derive_seed(None)
        announce(f"seed {seed} was drawn; --seed {seed} trains the same again")
    planned = plan_sweep(asked.sizes, asked.kinds, asked.told["measure"], options)
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
    seed = told.pop("random_state")
    kinds = [layers if isinstance(layers, str) else list(layers) for layers in asked.kinds]
    task = {
        "kind": "sweep",
        "data": asked.task.source,
        "identity": {"code_sizes": sorted(asked.sizes), "hidden": kinds, **told, "seed": seed},
        "command": asked.command,
        **describe_surroundings(),
    }
    run = begin_run(claim, task, resume=asked.resume)
    if run.status != "finished":
        plan_trainings(run.path, [name_size(model) for model in planned])
    return planned, run


def _fit(model: Autoencoder, task: Task, place: Path) -> None:
    """Train a network in a run of its own, unless it is finished."""
    from autoencode.cli.progress import show_epochs
    from autoencode.estimators.code_size_sweep import describe_hidden, fit_size, name_size

    shown: list[Callable[[EpochRecord], None]] = []
    with contextlib.ExitStack() as stack:

        def begin(_: Setup) -> None:
            title = f"code size {model.code_size}, {describe_hidden(model.hidden)}"
            shown.append(stack.enter_context(show_epochs(title)))

        fit_size(
            model,
            task.samples,
            task.validation,
            run=place / name_size(model),
            data=task.source,
            callbacks=(lambda record: shown[0](record),),
            ready=begin,
        )


def _show(found: Sweep, figure: Path | None, out: Path | None, as_json: bool) -> None:
    """Print what a sweep found, and write it where it was asked for."""
    if as_json:
        print_json(found.to_dict())
    else:
        print_space()
        print_text(found.heading)
        print_table(found.head, found.rows(), right=range(1, len(found.head)))
        print()
        for sentence in found.sentences():
            print_text(sentence)
    if out is not None:
        write_or_keep(lambda path: _write(found, Path(path)), str(out))
        announce(f"wrote {out}")
    if figure is not None:
        write_or_keep(lambda path: _draw(found, Path(path)), str(figure))
        announce(f"drew {figure}")


def _write(found: Sweep, path: Path) -> None:
    """Write the numbers: as JSON, or as CSV with a row a network."""
    from autoencode.files import write_whole
    from autoencode.runs import json_text

    numbers = found.to_dict()
    if path.suffix.lower() == ".json":
        write_whole(path, json_text(numbers).encode())
        return
    lines = ["layers,code_size,error,pca,mean_sample"]
    for curve in numbers["curves"]:
        columns = (curve["layers"], curve["code_sizes"], curve["errors"], curve["pca"])
        lines += [",".join(map(str, (*cells, numbers["mean_sample"]))) for cells in zip(*columns, strict=True)]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def _draw(found: Sweep, path: Path) -> None:
    from autoencode.charts import compute_code_size_curves, draw_code_size_curves, save_figure

    curves = compute_code_size_curves(found.curves, found.mean_sample, error_name=f"{found.title}, {found.unit}")
    save_figure(draw_code_size_curves(curves, subtitle=f"{found.samples:,} held-out samples"), path)
