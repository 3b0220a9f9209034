"""`autoencode detect`: the anomalies of a table or of a folder of photographs, with p-values and reasons."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.budget import MEMORY, obey_budget
from autoencode.cli.completion import complete_data
from autoencode.cli.kept import check_keep, claim_version, describe_result, read_rate
from autoencode.cli.options import IGNORE_MEMORY, READING, read_options, takes
from autoencode.cli.output import announce, print_json
from autoencode.cli.resuming import RESUME, describe_command, take_threads
from autoencode.cli.samples import MOST_NAMED
from autoencode.exceptions import InvalidInputError
from autoencode.options import TRAINING, Option
from autoencode.printable import list_names

if TYPE_CHECKING:
    import numpy as np

    from autoencode.data import Samples
    from autoencode.estimators.detector_run import DetectorRun
    from autoencode.evaluation.detection import Detection

_READING = tuple(option for option in READING if option.name != "validation")
_RATE = Option(
    "false_alarm_rate", 0.01, "number", "The share of normal samples that may be flagged, in (0, 1).", group="Detection"
)
_KEEP = Option(
    "keep",
    None,
    "text",
    "A name to keep the detector under, for `score`; of a known name it is a new version.",
    group="Detection",
)
_BY = Option(
    "by",
    None,
    "text",
    "A column that names groups: each has a threshold of its own. Dropped, it is no feature.",
    group="Detection",
)
_CALIBRATE_ON = Option(
    "calibrate_on",
    "random",
    "text",
    "What of REFERENCE calibrates: random, last, or last 20%, for rows in the order of time.",
    group="Detection",
)
_FEEDBACK = Option(
    "feedback",
    None,
    "text",
    "A table of marked rows: the columns of DATA and one more, `mark`, of normal and anomaly.",
    group="Detection",
)
_TRAINING = tuple(option for option in TRAINING if option.name in ("recipe", "kind", "random_state"))
_RESUME = dataclasses.replace(
    RESUME, help="Go on where the detector of --keep was cut off; start where there is none.", group="Detection"
)
_TAKEN = (_RATE, _KEEP, _RESUME, _BY, _CALIBRATE_ON, _FEEDBACK, *_TRAINING, *_READING, MEMORY, IGNORE_MEMORY)


@takes(*_TAKEN, context=True)
def detect(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Samples: a named set, file, glob or folder.", autocompletion=complete_data
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="REFERENCE",
            help="Normal samples to judge DATA against. By default its samples are judged against each other.",
            autocompletion=complete_data,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="All rows, the most abnormal first (of more than 131,072 as they came, with their rank): .csv or "
            ".parquet; - is standard output.",
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="A page to explore, .html; it loads nothing.")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="COLUMN[=VALUE]",
            help="What is known to be an anomaly: it is left out of the training, and says how many are found.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Find anomalies, with p-values and reasons.

    With --against, at most that share of new normal samples is flagged. Without, each half of DATA is judged by
    networks trained on the other half, none by one that saw it; a p-value is then a rank, and about that share of
    DATA is flagged whatever it holds: the order says where to look, the rate how far.

    \b
    Examples:
      autoencode detect people.csv --out anomalies.csv
      autoencode detect new/ --against good/ --report page.html
      autoencode detect orders.csv --keep orders
      autoencode detect orders.csv --keep orders --feedback marks.csv
    """
    if out == "-" and as_json:
        raise InvalidInputError("--out -: standard output takes CSV or JSON, not both; leave --json or --out - out.")
    command = describe_command(given.pop("context"))
    options = read_options(given, _TAKEN)
    feedback = options.get("feedback")
    _check_targets(out, report, [source for source in (data, against, feedback) if source is not None])
    options["false_alarm_rate"] = read_rate(options) or _RATE.default
    keep, resume = options.get("keep"), bool(options.pop("resume", False))
    if resume and keep is None:
        raise InvalidInputError("--resume: which detector shall go on? Name it with --keep.")
    if keep is not None:
        place = check_keep(keep)
        if resume:
            take_threads(place)
    with obey_budget(options):
        _detect((data, against), options, label, (out, report), command, resume=resume, as_json=as_json)


def _detect(
    sources: tuple[str, str | None],
    options: dict[str, Any],
    label: str | None,
    targets: tuple[str | None, Path | None],
    command: dict[str, Any],
    *,
    resume: bool,
    as_json: bool,
) -> None:
    """Judge samples, and show and write what was found."""
    from autoencode.estimators import detect as find_anomalies

    (data, against), keep = sources, options.pop("keep", None)
    whole, samples, reference, labels = _read(data, against, label, options)
    told = contextlib.nullcontext()
    if keep is not None:
        config = _describe(data, against, samples, options) | {"command": command}
        told = claim_version(keep, config, resume=resume)
    with told as run, _show_trainings() as begin:
        found = find_anomalies(
            samples,
            against=reference,
            autoencoder=options.get("recipe"),
            kind=options.get("kind", "auto"),
            false_alarm_rate=options["false_alarm_rate"],
            random_state=options.get("random_state") if run is None else run.seed,
            calibrate_on=options.get("calibrate_on", _CALIBRATE_ON.default),
            by=options.get("by"),
            keep=run,
            progress=begin,
            feedback=options.get("feedback"),
        )
        if run is not None:
            _write_result(run, found)
    if options.get("random_state") is None:
        announce(f"seed {found.seed} was drawn; --seed {found.seed} finds the same again")
    _show(found, (whole, samples, reference, labels, label), *targets, as_json=as_json)


def _describe(data: str, against: str | None, samples: Samples, options: dict[str, Any]) -> dict[str, Any]:
    """Return what a detector's run says of what was asked for; its trainings tell of their samples."""
    from autoencode.model.versions import describe_surroundings

    told = {option.name: options.get(option.name, option.default) for option in (_RATE, _BY, _CALIBRATE_ON, *_TRAINING)}
    identity = {name: value for name, value in told.items() if name != "random_state"}
    return {
        "data": data,
        "against": against,
        "reading": samples.reading.to_dict(),
        "samples": len(samples),
        "sample_shape": list(samples.values.shape[1:]),
        "parameters": told | ({"feedback": options["feedback"]} if "feedback" in options else {}),
        "identity": identity | {"has_reference": against is not None, "seed": told["random_state"]},
        **describe_surroundings(),
    }


def _write_result(run: DetectorRun, found: Detection) -> None:
    """Write the figures of a detector that was kept, and what it found."""
    from autoencode.model.model_file import read_learnt

    detector: Any = read_learnt(run.folder.model)
    told = {"columns": [column._asdict() for column in found.columns], "trainings": run.identities}
    run.folder.write_result(describe_result(detector, flagged=int(found.flagged.sum()), **told))


@contextlib.contextmanager
def _show_trainings() -> Iterator[Callable[[str], Callable[[Any], None]]]:
    """Show trainings epoch by epoch; yield what is called before each, and returns what is called with each epoch."""
    from autoencode.cli.progress import show_epochs

    with contextlib.ExitStack() as stack:

        def begin(samples: str) -> Callable[[Any], None]:
            stack.close()  # what the training before showed
            return stack.enter_context(show_epochs(f"on {samples}"))

        yield begin


def _check_targets(out: str | None, report: Path | None, read: list[str]) -> None:
    """Check, before anything is computed, that the files can be written, and that what they are of is there."""
    from autoencode.cli.targets import (
        PAGE_ENDINGS,
        STANDARD_OUTPUT,
        TABLE_ENDINGS,
        check_apart,
        check_file,
        check_place,
    )
    from autoencode.data.presence import check_presence

    for data in read:
        check_presence(data)
        if out is not None:
            check_file("--out", Path(out), TABLE_ENDINGS, data)
        if out not in (None, STANDARD_OUTPUT):
            check_place("--out", Path(_name_sidecar(out)))
            check_apart("--out", Path(_name_sidecar(out)), data)
        if report is not None:
            check_file("--report", report, PAGE_ENDINGS, data)


def _name_sidecar(out: str) -> str:
    """Return the file beside `--out` that says how each column was read."""
    return f"{out}.columns.json"


def _read(
    data: str, against: str | None, label: str | None, options: dict[str, Any]
) -> tuple[Samples, Samples, Samples | None, np.ndarray | None]:
    """Return the samples with all their columns, those that are judged, the reference, and the labels."""
    from autoencode.cli.anomaly_labels import split_labels
    from autoencode.cli.task import read_like, read_samples

    reading = {option.name: options.get(option.name, option.default) for option in _READING}
    if options.get("by") in reading["drop"]:  # it stands beside the rows, as an id does, and is not learnt
        reading["drop"] = tuple(name for name in reading["drop"] if name != options["by"])
        reading["id"] = (*reading["id"], options["by"])
    _check_memory(against or data, reading, options)
    normal = None if against is None else read_samples(against, reading)
    whole = read_samples(data, reading) if normal is None else read_like(data, normal)
    samples, labels = (whole, None) if label is None else split_labels(whole, label)
    if labels is not None and labels.all() | ~labels.any():
        raise InvalidInputError(f"--label: all samples are {'anomalies' if labels[0] else 'normal'}; leave it out.")
    if normal is not None:
        left = getattr(samples.values, "column_names", ())
        gone = {str(name) for name in getattr(whole.values, "column_names", ()) if name not in left}
        samples, normal = _match_columns(samples, normal, labels=gone)
    return whole, samples, normal, labels


def _check_memory(source: str, reading: dict[str, Any], options: dict[str, Any]) -> None:
    """Refuse samples that a detector cannot be trained on in this machine's memory, before they are read."""
    from autoencode.cli.memory import TrainingMemory
    from autoencode.cli.task import measure_samples
    from autoencode.sizes import is_picture

    recipe = options.get("recipe")
    trained: dict[str, Any] = {"recipe": recipe, "kind": options.get("kind", "auto"), "restarts": 2}
    extent = measure_samples(source, reading)
    if recipe is None and extent is not None and not is_picture(extent.shape, trained["kind"]):
        trained["hidden"] = (64,)  # as `AnomalyDetector` has it
    ignored = bool(options.pop(IGNORE_MEMORY.name, False))
    TrainingMemory(trained, ignored=ignored, dropped=len(reading["drop"]), is_fixed=True).check(extent)


def _match_columns(samples: Samples, normal: Samples, *, labels: set[str]) -> tuple[Samples, Samples]:
    """Return both with the columns that both have, the labels aside; one that only one has is named."""
    tables: list[Any] = [samples.values, normal.values]
    if not all(hasattr(table, "column_names") for table in tables):
        return samples, normal
    shared = set(tables[0].column_names).intersection(tables[1].column_names)
    both = [name for name in tables[1].column_names if name in shared]
    if not both:
        raise InvalidInputError(f"--against: {normal.name} has no column of {samples.name}.")
    for table, part, other in ((tables[0], samples, normal), (tables[1], normal, samples)):
        if extra := [name for name in table.column_names if name not in shared | labels]:
            whose = other.name if other.name != part.name else "the other"
            announce(f"left out of {part.name}, for {whose} has none of that name: {list_names(extra, MOST_NAMED)}")
    chosen = [dataclasses.replace(part, values=part.values.select(both)) for part in (samples, normal)]  # type: ignore[union-attr]
    return chosen[0], chosen[1]


def _show(found: Any, read: tuple[Any, ...], out: str | None, report: Path | None, *, as_json: bool) -> None:
    """Print what was found, and write it where it was asked for."""
    from autoencode.cli.anomalies import Anomalies
    from autoencode.cli.targets import STANDARD_OUTPUT, write_or_keep

    whole, samples, reference, labels, label = read
    names = samples.row_names if reference is None else reference.row_names
    anomalies = Anomalies(found, whole, names, labels, label)
    anomalies.say_left_out()
    if as_json:
        written = {"out": out, "report": None if report is None else str(report)}
        print_json(anomalies.to_dict() | {name: path for name, path in written.items() if path is not None})
    elif out != STANDARD_OUTPUT:
        anomalies.print()
    if out is not None:
        write_or_keep(anomalies.write, out)
        order = " in their own order" if anomalies.is_in_order else ""
        announce(f"wrote {len(found):,} rows{order} to {out}")
        if found.columns and out != STANDARD_OUTPUT:
            write_or_keep(anomalies.write_columns, _name_sidecar(out))
            announce(f"wrote how each column was read to {_name_sidecar(out)}")
    if report is not None:
        from autoencode.cli.progress import show_waiting
        from autoencode.estimators import report_detection

        with show_waiting("writing the report"):
            page = report_detection(found, samples, against=reference, labels=labels)
            write_or_keep(lambda path: page.save(Path(path)), str(report))
        announce(f"wrote {report}")
