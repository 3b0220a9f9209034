"""`autoencode report`: one page about a run, or several, to explore in a browser without a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.budget import MEMORY, obey_budget
from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.options import COMMON_UNITS, read_word, takes
from autoencode.cli.output import announce, print_json
from autoencode.exceptions import InvalidInputError
from autoencode.printable import make_printable

if TYPE_CHECKING:
    from autoencode.estimators.known_samples import KnownSamples
    from autoencode.model.fitted import Fitted


@takes(COMMON_UNITS, MEMORY)
def report(
    names: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Runs or model files.", autocompletion=complete_model),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="The page. By default report.html in the run's folder; of several runs, here.",
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="DATA",
            help="Samples to show, which none was trained on. By default what all of them held out.",
            autocompletion=complete_data,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Write a report: one HTML file to explore.

    It has everything inside, and loads nothing from anywhere.

    \b
    Examples:
      autoencode report digits
      autoencode report digits digits-2 -o both.html
    """
    from autoencode.cli.run_names import find_model
    from autoencode.cli.samples import load_learnt, load_model
    from autoencode.cli.targets import PAGE_ENDINGS, check_file

    units = read_word(COMMON_UNITS, given["units"])
    _check_names(names)
    target = _choose_target(names) if output is None else output
    for read in (*map(str, map(find_model, names)), *([] if on is None else [on])):
        check_file("--out", target, PAGE_ENDINGS, read)
    with obey_budget(given):
        learnt = {name: load_learnt(name, on) if len(names) == 1 else load_model(name, on) for name in names}
        from autoencode.model.fitted import Fitted

        models = {name: model for name, model in learnt.items() if isinstance(model, Fitted)}
        if models:
            places = {name: _find_place(name) for name in names}
            count = write_report(models, _find_samples(models, on), target, places, units=units)
        else:
            count = _report_detector(learnt[names[0]], names[0], on, target)
    if as_json:
        print_json({"report": str(target), "bytes": target.stat().st_size, "samples": count})
    else:
        print(make_printable(str(target)))


def _report_detector(detector: Any, name: str, on: str | None, target: Path) -> int:
    """Write the page of samples that a detector judges, and return how many there are."""
    from autoencode.cli.samples import read_input
    from autoencode.cli.scored import write_judged
    from autoencode.estimators.marking import judge_marking
    from autoencode.model.samples import naming_lines

    if on is None:
        raise InvalidInputError(f"report: {name} is a detector; name samples for it to judge by --on.")
    samples = read_input(detector.fitted, on)
    with naming_lines(samples):
        judged = judge_marking(detector, samples, against=name, least=100, marks_rows=False)
    write_judged(detector, judged, samples, target, name)
    return judged.count


def _check_names(names: list[str]) -> None:
    """Check that no model is there twice, under one name or several."""
    from autoencode.cli.run_names import find_model

    places = [find_model(name).resolve() for name in names]
    for k, name in enumerate(names):
        first = names[places.index(places[k])]
        if places.index(places[k]) < k:
            raise InvalidInputError(
                f"report: {name!r} is there twice{'' if name == first else f', also as {first!r}'}."
            )


def _choose_target(names: list[str]) -> Path:
    """Return where the page goes unasked: into the folder of a run, else here."""
    from autoencode.cli.run_names import REPORT

    places = [_find_place(name) for name in names]
    return places[0] / REPORT if len(places) == 1 and places[0].is_dir() else Path(REPORT)


def _find_place(name: str) -> Path:
    """Return the folder of a run, or the file of a model without one."""
    from autoencode.cli.run_names import find_model, is_run

    model = find_model(name)
    return model.parent if is_run(model.parent) else model


def _find_samples(models: Mapping[str, Fitted], on: str | None) -> KnownSamples:
    """Return the samples that a page shows: those that were asked for, else held-out ones, else those of training."""
    from autoencode.cli.held_out import find_held_out, find_training, know_samples
    from autoencode.cli.samples import read_input

    (name, first), *others = models.items()
    if on is not None:
        return know_samples(read_input(first, on), on)
    training = None if others else find_training(name, first)
    if training is not None:
        announce(
            f"warning: {name} held nothing out, so the report shows the samples that it was trained on, whose errors "
            "are smaller than those of new ones; name others by --on."
        )
        return training
    return find_held_out("report", models)


def write_report(
    models: Mapping[str, Fitted],
    samples: KnownSamples,
    target: Path,
    places: Mapping[str, Path],
    *,
    units: str = "auto",
) -> int:
    """Write a report, whole, and return how many samples it is about.

    Parameters
    ----------
    models
        Models by name.
    samples
        What they are measured on.
    target
        The page; one that is there is replaced.
    places
        The models' runs or files by name.
    units
        As for `compare`.
    """
    from autoencode.cli.progress import show_waiting
    from autoencode.cli.targets import write_or_keep
    from autoencode.estimators import report_models
    from autoencode.model.samples import MOST_MEASURED, naming_lines

    few = "" if len(samples) <= MOST_MEASURED else f"; it shows {MOST_MEASURED:,}, evenly spread, and the worst of all"
    announce(f"the report is about {len(samples):,} {samples.source}{few}")
    with show_waiting("writing the report"), naming_lines(samples):
        paths = {name: str(place) for name, place in places.items()}
        page = report_models(models, samples, paths=paths, units=units)
        write_or_keep(lambda path: page.save(Path(path)), str(target))
    return len(samples)
