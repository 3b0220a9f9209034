"""Detectors that are kept under a name: written as a version of a run, loaded again, and what each call judged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.cli.output import announce
from autoencode.cli.run_names import check_run, claim_run, find_kind, find_model, is_run
from autoencode.exceptions import AutoencodeError, InvalidInputError, ModelFileError
from autoencode.options import Option

if TYPE_CHECKING:
    from autoencode.estimators.detector_run import DetectorRun
    from autoencode.model.grouped_detector import Detector
    from autoencode.runs import RunFolder


RATE = Option(
    "false_alarm_rate", None, "number", "Another share of normal samples that may be flagged.", group="Detection"
)
"""The rate of a detector that is kept already."""


def read_rate(options: dict[str, Any]) -> float | None:
    """Return the false-alarm rate among the options of a verb, checked; None where there is none."""
    rate = options.get("false_alarm_rate")
    if rate is not None and not 0 < rate < 1:
        raise InvalidInputError(f"--false-alarm-rate: expected a number between 0 and 1, got {rate:g}.")
    return rate


def check_keep(name: str) -> Path:
    """Check, before anything is trained, that a detector can be kept under a name; return its folder.

    Raises
    ------
    InvalidInputError
        If the name cannot be used.
    RunTakenError
        If another process is writing there, or another kind of run has it.
    """
    if "@" in name:
        raise InvalidInputError(f"--keep: expected a name without @, which names a version, got {name!r:.100}.")
    return check_run(name, force=True, option="--keep", kind="detector")


@contextlib.contextmanager
def claim_version(name: str, config: dict[str, Any], *, resume: bool = False) -> Iterator[DetectorRun]:
    """Claim a new version of a kept detector; when the block ends, it is the current one.

    Parameters
    ----------
    name
        A name below `runs/`, or a path.
    config
        What was asked for, and of which samples.
    resume
        Whether one that was cut off goes on, and one that is finished is not trained again; the identity in the
        configuration says whether they are the same, and its seed becomes that of the one that was begun.

    Yields
    ------
    DetectorRun
        Of the new version; model and result are to be written into it.
    """
    from autoencode.estimators.detector_run import DetectorRun
    from autoencode.runs.begun import begin_run, find_begun
    from autoencode.runs.versions import next_version, put_earlier, read_version

    is_new = find_kind(check_keep(name)) is None
    with claim_run(name, name, force=not is_new, option="--keep", resume=resume, kind="detector") as claim:
        begun, finished = find_begun(claim) if resume else None, None
        config = config | _settle_seed(config, begun)
        if begun is not None and begun.path != claim.path:  # a whole one, whose place another version will take
            finished, begun = begun, None
        if finished is not None and finished.read_config(brief=True).get("identity") != config["identity"]:
            finished = None
        task = {"kind": "detector", "version": next_version(claim), **config}
        folder = begin_run(claim, task, resume=begun is not None).retell(task, ("version",))
        yield DetectorRun(folder, finished)
        if finished is not None and _read_fingerprint(finished) == _read_fingerprint(folder):
            folder.clear()
            claim.keep_target()
        else:
            put_earlier(claim)
        kept = claim.hand_over()
        number = read_version(kept)
        version = "" if number == 1 else f", version {number}"
        announce(f"kept the detector as {kept}{version}; `autoencode score {name} NEW` judges new samples")


def _settle_seed(config: dict[str, Any], begun: RunFolder | None) -> dict[str, Any]:
    """Return the identity of a configuration, if it has one, with a seed: its own, of what was begun, or drawn."""
    from autoencode.model.arguments import derive_seed
    from autoencode.runs.begun import read_seed

    if "identity" not in config or config["identity"].get("seed") is not None:
        return {}
    seed = read_seed(begun)
    return {"identity": config["identity"] | {"seed": derive_seed(None) if seed is None else seed}}


def _read_fingerprint(run: RunFolder) -> Any:
    return run.read_result(brief=True).get("fingerprint")


def describe_result(detector: Detector, **more: Any) -> dict[str, Any]:
    """Return the figures of a kept detector, as its run holds them."""
    fitted = detector.fitted
    return {
        "finished": True,
        "kind": "detector",
        "fingerprint": detector.fingerprint,
        "settings": dict(fitted.settings),
        "seed": detector.settings.seed,
        "fitted_at": detector.fitted_at,
        "threshold": detector.threshold,
        "false_alarm_rate": detector.settings.false_alarm_rate,
        "calibrated_on": detector.calibrated_on,
        "calibration_samples": len(detector.calibration_scores),
        "references": len(detector.reference),
        "detectors": len(detector.parts),
        "diagnosis": [finding.text for part in detector.parts for finding in part.fitted.diagnosis],
        **more,
    }


def load_detector(name: str, *data: str | None) -> Detector:
    """Return the detector that a word of the command line stands for.

    Parameters
    ----------
    name
        A file, a run's folder or a run's name, with @N for a version of it.
    data
        Samples that will be read; that they are not there is said before anything is loaded.

    Raises
    ------
    ModelFileError
        If there is none, or it is an autoencoder.
    """
    from autoencode.cli.samples import load_learnt
    from autoencode.model.fitted import Fitted

    learnt = load_learnt(name, *data)
    if isinstance(learnt, Fitted):
        raise ModelFileError(
            f"{name} is an autoencoder, no detector: `autoencode detect DATA --keep NAME` makes one; "
            f"`autoencode errors {name} DATA` says how well samples are rebuilt."
        )
    return learnt


def are_detectors(names: Sequence[str]) -> bool:
    """Return whether the first of some words is a detector, and the second anything learnt; else it is said later."""
    try:
        paths = [find_model(name) for name in names[:2]]
        from autoencode.model.fitted import Fitted
        from autoencode.model.model_file import read_learnt

        return not isinstance(read_learnt(paths[0]), Fitted)
    except (AutoencodeError, OSError):
        return False


def note_call(name: str, record: dict[str, Any]) -> None:
    """Keep in its run how many samples a detector judged and flagged; a file alone has no run."""
    from autoencode.runs import RunFolder

    folder = find_model(name).parent
    if not is_run(folder) or Path(name).is_file():
        return
    run = RunFolder(folder)
    try:
        run.append_scored({"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), **record})
    except OSError as error:  # it is for reading only, or the disk is full: the answer is what counts
        announce(f"what was judged is not noted in {run.scored}: {error.strerror or error}")
