"""`autoencode compare`: which of several models is better, and why; of runs, or of networks trained for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.budget import obey_budget
from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.options import COMMON_UNITS, LAYERS, MEASURE, TRAINED, read_options, read_word, takes
from autoencode.cli.output import announce, print_json, print_space, print_table, print_text
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    from autoencode.evaluation import Comparison
    from autoencode.model.fitted import Fitted

_OPTIONS = tuple(option for option in TRAINED if option is not LAYERS)


@takes(MEASURE, COMMON_UNITS, *_OPTIONS)
def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN... | DATA",
            help="Runs or model files; or, with --layers, samples.",
            autocompletion=complete_model,
        ),
    ],
    layers: Annotated[
        list[str] | None,
        typer.Option("--layers", metavar="N-N-…", help="A network to train and compare; give it several times."),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="DATA",
            help="Samples to compare runs on, which none was trained on. By default what all of them held out.",
            autocompletion=complete_data,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    **given: Any,
) -> None:
    """Say which model is better, by how much, and why.

    Prints errors beside those of the baselines, and a verdict. Of two detectors, OLD NEW DATA: how many each flags,
    and of which samples they differ.

    \b
    Examples:
      autoencode compare digits digits-2
      autoencode compare digits --layers 8 --layers 32-8 --restarts 4
      autoencode compare orders@1 orders@2 november.csv
    """
    told = {option.name: read_word(option, given.pop(option.name)) for option in (MEASURE, COMMON_UNITS)}
    with obey_budget(given):
        found = _compare(names, layers, on, (given, told), as_json=as_json)
    if found is None:
        return
    comparison, samples = found
    if as_json:
        print_json({"measured_on": samples, **comparison.to_dict()})
        return
    from autoencode.cli.results import comparison_table

    title, head, rows = comparison_table(comparison, samples)
    print_space()
    print_text(title)
    print_table(head, rows, right=range(1, len(head)))
    print()
    print_text(comparison.verdict.text)


def _compare(
    names: list[str],
    layers: list[str] | None,
    on: str | None,
    options: tuple[dict[str, Any], dict[str, Any]],
    *,
    as_json: bool,
) -> tuple[Comparison, str] | None:
    """Return the comparison and what it is on; None of detectors, of which it is printed already."""
    given, told = options
    if layers:
        if len(names) != 1 or on is not None:
            raise InvalidInputError("compare: with --layers, name one DATA to train on, and no --on.")
        return _train_all(names[0], layers, given, told)
    others = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if others:
        raise InvalidInputError(f"{others[0]}: is for training; name one DATA and several --layers.")
    from autoencode.cli.kept import are_detectors

    if are_detectors(names):
        from autoencode.cli.compare_detectors import compare_detectors

        compare_detectors(names, on, as_json=as_json)
        return None
    return _compare_runs(names, on, told)


def _train_all(source: str, layers: list[str], given: dict[str, Any], told: dict[str, Any]) -> tuple[Comparison, str]:
    """Train each network on the same samples, from the same seed, in a run of its own."""
    from autoencode.cli.results import evaluate
    from autoencode.cli.run_names import check_run, claim_run, derive_name
    from autoencode.cli.task import prepare
    from autoencode.cli.training import record_run
    from autoencode.data.presence import check_presence

    if len(set(layers)) < len(layers):
        raise InvalidInputError(
            f"--layers: {max(layers, key=layers.count)} is there twice; to train it more often use --restarts."
        )
    check_presence(source)
    check_run(None, force=False)
    networks = {text: read_options({"layers": text}, (LAYERS,)) for text in layers}
    options = read_options(given, _OPTIONS)
    from autoencode.model.arguments import derive_seed

    if options.get("random_state") is None:
        options["random_state"] = derive_seed(None)
    models: dict[str, Fitted] = {}
    task = prepare(source, options)
    for text, network in networks.items():
        with claim_run(None, f"{derive_name(source)}-{text}", force=False) as claim:
            models[text] = record_run(task.with_options(network), claim)
        announce(f"run {claim.path}")
    return evaluate(task, models, **told)


def _compare_runs(names: list[str], on: str | None, told: dict[str, Any]) -> tuple[Comparison, str]:
    """Compare models that are trained already."""
    from autoencode.cli.progress import MEASURING, show_waiting
    from autoencode.cli.run_names import find_model
    from autoencode.cli.samples import load_model, read_input

    if len(set(names)) < len(names):
        raise InvalidInputError(f"compare: {max(names, key=names.count)} is there twice.")
    for name in names:
        find_model(name)  # before any is loaded
    models = {name: load_model(name, on) for name in names}
    from autoencode.estimators import compare
    from autoencode.model.samples import naming_lines

    first = next(iter(models.values()))
    if on is not None:
        samples = read_input(first, on)
        with show_waiting(MEASURING), naming_lines(samples):
            return compare(models, samples.values, **told), f"{len(samples):,} samples of {samples.name}"
    from autoencode.cli.held_out import find_held_out

    values = find_held_out("compare", models).values
    with show_waiting(MEASURING):
        return compare(models, values, **told), f"{len(values):,} held-out samples"
