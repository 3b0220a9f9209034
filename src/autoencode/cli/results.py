"""What a training gave, for people: settings, columns, errors beside the baselines, and what to do next."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.cli.output import announce, print_json, print_space, print_table
from autoencode.cli.run_names import name_run

if TYPE_CHECKING:
    from autoencode.cli.task import Task
    from autoencode.evaluation import Comparison
    from autoencode.model.fitted import Fitted
    from autoencode.model.setup import Setup
    from autoencode.tables import TableColumns

MOST_COLUMNS = 20
"""How many columns of a wide table are shown, and how many odd ones after them."""


def announce_settings(setup: Setup) -> None:
    """Say, before a training, how each column was read, what the network is, and what each "auto" became."""
    if setup.table_encoder is not None:
        announce("columns, as the rows that are trained on show them; what is missing is counted in all rows:")
        print_columns(setup.table_encoder, to_stderr=True)
    from autoencode.model.assembly import make_blueprint
    from autoencode.model.summary import Summary
    from autoencode.training import draw_shapes

    summary = Summary.of(draw_shapes(make_blueprint(setup)).layer_shapes())
    announce(f"network {summary.title}, {summary.parameters:,} parameters")
    settings = dict(setup.settings)
    if settings["derived"]:
        announce("auto: " + " · ".join(f"{name} {say_setting(settings[name])}" for name in settings["derived"]))
    if setup.arguments.random_state is None:
        announce(f"seed {setup.seed} was drawn; --seed {setup.seed} trains the same again")


def describe_columns(encoder: TableColumns) -> list[tuple[str, ...]]:
    """Return how each column of a table was read, a head first."""
    return [("column", "read as", "features", "note"), *(tuple(map(str, row)) for row in encoder.describe())]


def print_columns(encoder: TableColumns, *, to_stderr: bool = False) -> None:
    """Print how each column of a table was read; of very many the first, and the first of those that are odd."""
    head, *rows = describe_columns(encoder)
    shown = rows if len(rows) <= 2 * MOST_COLUMNS else _pick_columns(rows)
    print_table(head, shown, right=(2,), to_stderr=to_stderr)
    if len(shown) < len(rows):
        announce(
            f"… and {len(rows) - len(shown):,} more of {len(rows):,} columns; `autoencode summary RUN --json` lists all"
        )


def _pick_columns(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the first columns, and the first of the others that are not learnt or have missing cells."""
    odd = (row for row in rows[MOST_COLUMNS:] if row[2] == "0" or "missing" in row[3])
    return [*rows[:MOST_COLUMNS], *islice(odd, MOST_COLUMNS)]


def say_setting(value: Any) -> str:
    """Return a setting in words."""
    if isinstance(value, list | tuple):
        return ("-" if all(isinstance(item, int) for item in value) else " ").join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def evaluate(
    task: Task, models: Mapping[str, Fitted], *, measure: str = "auto", units: str = "auto"
) -> tuple[Comparison, str]:
    """Measure models and baselines on what was held out, else on the training samples.

    Parameters
    ----------
    task
        What was trained; all models have its samples and, where it holds out a share, one seed.
    models
        By name.
    measure, units
        As for `compare`.

    Returns
    -------
    comparison, samples
        The errors; and in words, of which samples.
    """
    from autoencode.cli.held_out import find_measured
    from autoencode.cli.progress import MEASURING, show_waiting
    from autoencode.estimators import compare
    from autoencode.model.samples import spread_places

    known = find_measured(task, next(iter(models.values())).seed)
    rows = known.take(spread_places(len(known))).values
    kind = "held-out" if known.held_out else "training"
    with show_waiting(MEASURING):
        return compare(models, rows, measure=measure, units=units), f"{len(rows):,} {kind} samples"


def comparison_table(comparison: Comparison, samples: str) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """Return title, head and rows of a comparison, narrow enough for 80 columns."""
    title = f"{comparison.measure.replace('_', ' ')} of {samples}"
    several = any(len(summary.errors) > 1 for summary in comparison.restarts.values())
    rows = []
    for row in comparison.rows:
        # With restarts beside it, the 5 % would not fit any more.
        cells = [row.name, *(f"{value:.4g}" for value in (row.mean, *row.quantiles[several:]))]
        if several:
            summary = comparison.restarts.get(row.name)
            cells.append("" if summary is None else f"{min(summary.errors):.4g} … {max(summary.errors):.4g}")
        rows.append(tuple(cells))
    head = ("", "mean", "median", "95 %", "restarts") if several else ("", "mean", "5 %", "median", "95 %")
    return title, head, rows


def print_result(
    model: Fitted,
    folder: Path,
    measured: tuple[Comparison, str],
    *,
    source: str,
    as_json: bool,
    report: Path | None = None,
) -> None:
    """Print what a training gave: errors beside the baselines, losses, diagnosis, time, run and what to do next."""
    from autoencode.estimators import format_seconds
    from autoencode.evaluation.wording import say_count
    from autoencode.runs import RunFolder

    comparison, samples = measured
    result = RunFolder(folder).read_result()
    if as_json:
        written = {} if report is None else {"report": str(report)}
        about = {"run": str(folder), "measured_on": samples, **written}
        print_json({**about, **result, "comparison": comparison.to_dict()})
    else:
        title, head, rows = comparison_table(comparison, samples)
        print_space()
        print(title)
        print_table(head, rows, right=range(1, len(head)))
        print()
        held_out = result["validation_loss"]
        # The findings themselves are warnings, which the shell prints as such.
        found = ", ".join(finding.name.replace("_", " ").replace("pca", "PCA") for finding in model.diagnosis)
        lines = [
            ("loss", f"{result['loss']:.4g}" + ("" if held_out is None else f", held out {held_out:.4g}")),
            ("diagnosis", found or "nothing went wrong"),
            ("time", f"{format_seconds(result['seconds'])}, {say_count(result['epochs'], 'epoch')}"),
            ("run", str(folder)),
            *([] if report is None else [("report", str(report))]),
        ]
        for name, text in lines:
            print(f"{name:<10} {text}")
        print_space()
    name = name_run(folder)
    data = shlex.quote(source)
    steps = [f"worst {name} {data}", f"encode {name} {data} codes.csv"]
    if report is None:
        steps.append(f"report {name}")
    if model.format.is_mixed:
        steps.insert(1, f"errors {name} {data} --per column")
    if len(model.format.sample_shape) > 1:
        steps[0] += " --figure worst.png"
    for head, step in zip(("next:", *[""] * len(steps)), steps, strict=False):
        # Never broken: it is there to be copied.
        print(f"{head:<5} autoencode {step}", file=sys.stderr)
