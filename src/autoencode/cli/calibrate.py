"""`autoencode calibrate`: the threshold of a kept detector, by newer normal samples, without training again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.kept import RATE, check_keep, claim_version, describe_result, load_detector, read_rate
from autoencode.cli.options import read_options, takes
from autoencode.cli.output import announce, print_json, print_text
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.model.grouped_detector import Detector


@takes(RATE)
def calibrate(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A detector: a run's name, its folder or a file.", autocompletion=complete_model
        ),
    ],
    normal: Annotated[
        str,
        typer.Argument(
            metavar="NORMAL", help="Normal samples that it was not fitted to.", autocompletion=complete_data
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="A file for it, in place of a new version.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Set the threshold of a detector by newer normal samples.

    What it has learnt stays as it is. The run gets a new version; `autoencode runs use NAME@1` goes back.

    Example: autoencode calibrate orders november.csv
    """
    rate = read_rate(read_options(given, (RATE,)))
    if out is not None:
        from autoencode.cli.targets import check_file

        check_file("--out", out, (".safetensors",), normal)
    detector = load_detector(name, normal)
    config = {} if out is not None else _find_config(name)
    from autoencode.cli.samples import read_input
    from autoencode.model.model_file import save_model

    samples = read_input(detector.fitted, normal)
    calibrated = _calibrate(detector if rate is None else detector.at_rate(rate), samples)
    if out is not None:
        save_model(calibrated, out)
        announce(f"wrote {out}")
    else:
        with claim_version(name, config | {"calibrated_on": normal}) as run:
            save_model(calibrated, run.folder.model)
            run.folder.write_result(describe_result(calibrated, calibrated_from=normal))
    if as_json:
        print_json(
            {
                "samples": len(samples),
                "false_alarm_rate": calibrated.settings.false_alarm_rate,
                "threshold": calibrated.threshold,
                "threshold_before": detector.threshold,
            }
        )
        return
    print_text(
        f"The threshold is {calibrated.threshold:.4g} now, by {len(samples):,} samples; before it was "
        f"{detector.threshold:.4g}."
    )


_OF_ONE_RUN = ("kind", "version", "identity", "command", "replaces", "threads", "versions")
"""What another version says anew, or does not say."""


def _find_config(name: str) -> dict[str, Any]:
    """Return the configuration of a detector's run, of which there will be a new version."""
    from autoencode.cli.run_names import find_kind, find_run
    from autoencode.runs import RunFolder

    if Path(name).is_file() or "@" in name or find_kind(find_run(name)) != "detector":
        raise InvalidInputError(f"calibrate: {name} is no run's name, so no version can be kept; name a file by --out.")
    check_keep(name)
    config = RunFolder(find_run(name)).read_config()
    return {key: value for key, value in config.items() if key not in _OF_ONE_RUN}


def _calibrate(detector: Detector, samples: Samples) -> Detector:
    """Return the detector calibrated on samples, of which it is said where it was fitted to them."""
    from autoencode.estimators.overlap import notice_references
    from autoencode.model.samples import naming_lines, open_samples

    form = detector.fitted.format
    with naming_lines(samples):
        checked = form.check(open_samples(samples), reset=False, finite=not hasattr(samples.values, "column_names"))
        _check_enough(len(samples), detector.settings.false_alarm_rate)
        notice_references(detector, checked)
        return detector.calibrate(checked)


def _check_enough(count: int, rate: float) -> None:
    """Refuse too few samples for the rate: a detector that flags nothing shall not take the place of one that does."""
    from autoencode.evaluation import calibration_needed, least_rate

    if count < calibration_needed(rate):
        raise InvalidInputError(
            f"NORMAL has {count:,} samples, and a false-alarm rate of {rate:g} needs {calibration_needed(rate):,} to "
            f"calibrate on; give more, or ask for --false-alarm-rate {least_rate(count):g} or more."
        )
