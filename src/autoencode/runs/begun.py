"""What was begun in a run's folder, and whether it is what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autoencode.exceptions import InvalidInputError, RunWarning
from autoencode.notice import warn_user
from autoencode.runs.checkpoint import has_checkpoint
from autoencode.runs.claim import Claim
from autoencode.runs.folder import RunFolder

RETOLD = ("data", "command")
"""What a run that goes on says anew: where its samples lie now, and how it is asked for."""


def find_begun(claim: Claim) -> RunFolder | None:
    """Return the run that would go on, or the one whose place it would take; None where there is none."""
    runs = (RunFolder(claim.path), RunFolder(claim.target))
    return next((run for run in runs if run.config.is_file()), None)


def read_seed(run: RunFolder | None) -> int | None:
    """Return the seed of a run; None where it says none."""
    identity = {} if run is None else run.read_config(brief=True).get("identity")
    seed = identity.get("seed") if isinstance(identity, dict) else None
    return seed if isinstance(seed, int) and 0 <= seed < 2**32 else None


def begin_run(claim: Claim, task: dict[str, Any], *, resume: bool) -> RunFolder:
    """Begin a run, go on with the one that was cut off, or return the one that is finished.

    Parameters
    ----------
    claim
        The run's folder.
    task
        Its configuration, whose "identity" is all that decides its numbers. Two runs that agree in it are one.
    resume
        Whether one that was begun goes on.

    Returns
    -------
    RunFolder
        The one that is written into; where its status is "finished", nothing is left to do but to hand it over.

    Raises
    ------
    InvalidInputError
        If another one was begun there, which may not be replaced; the difference is named.
    """
    begun = find_begun(claim) if resume else None
    if begun is not None:
        begun = _check_begun(begun, task["identity"], claim)
    if begun is None:
        replaced = {} if claim.replaced_name is None else {"replaces": claim.replaced_name}
        return RunFolder.create(claim.path, task | replaced)
    if begun.path != claim.path:  # a whole one: what is cut off is claimed itself
        claim.keep_target()
    if begun.status == "finished":
        return begun
    if other := list_differences(begun.read_config(brief=True), task):
        warn_user(
            f"{begun.path} was begun with {', '.join(other)}: the last bits may differ from those of one that was not "
            "cut off.",
            RunWarning,
            cause="other machine",
        )
    return begun.retell(task, RETOLD)


def _check_begun(run: RunFolder, identity: dict[str, Any], claim: Claim) -> RunFolder | None:
    """Return a run that is the one that is asked for, and finished or to go on; None where one begins.

    Raises
    ------
    InvalidInputError
        If it is another one and may not be replaced, or goes on.
    """
    begun = run.read_config(brief=True).get("identity")
    if begun != identity and claim.may_replace and run.path != claim.path:
        return None
    check_same(begun, identity, str(run.path))
    return run if has_checkpoint(run.path) or run.status == "finished" else None


def check_same(begun: Any, now: dict[str, Any], place: str) -> None:
    """Check that what was begun is what is asked for.

    Parameters
    ----------
    begun, now
        The identity of each; of a run of an earlier version there is none.
    place
        Where the first one lies.

    Raises
    ------
    InvalidInputError
        If they differ; the difference is named.
    """
    if not isinstance(begun, dict):
        raise InvalidInputError(f"resume: {place} does not say what was trained; give another name, or replace it.")
    other = {name: value for name, value in now.items() if begun.get(name) != value}
    if not other:
        return
    if list(other) == ["samples"]:
        raise InvalidInputError(f"resume: {place} was begun with other samples; give those, or another name.")
    other.pop("samples", None)
    then = ", ".join(f"{name}={begun.get(name)!r:.80}" for name in other)
    told = ", ".join(f"{name}={value!r:.80}" for name, value in other.items())
    advice = "give what it was begun with, or another name"
    if list(other) == ["epochs"]:
        advice += "; a finished training goes on with more epochs by --from, or warm_start"
    raise InvalidInputError(f"resume: {place} was begun with {then}, and {told} is asked for now; {advice}.")


def list_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words what a training's last bits depend on, and differs between two configurations of a run.

    Parameters
    ----------
    then, now
        With ``versions``, ``threads`` and ``processor``, as far as they are told.

    Examples
    --------
    >>> list_differences({"threads": {"xla": 2, "blas": 1}}, {"threads": {"xla": 4, "blas": 1}, "processor": "Zen"})
    ['threads of xla 2, now 4']
    """
    told = []
    for name, words in (("versions", "{}"), ("threads", "threads of {}"), ("processor", "processor")):
        pairs = [place.get(name) for place in (then, now)]
        before, after = (pair if isinstance(pair, Mapping) else {"": pair} for pair in pairs)
        told += [
            f"{words.format(part)} {value}, now {after[part]}"
            for part, value in before.items()
            if value is not None and after.get(part) not in (None, value)
        ]
    return told
