"""Where a reproduction is written: an earlier one is replaced only once the new one is whole, and never by a lesser."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autoencode.exceptions import InvalidInputError
from autoencode.interruption import before_end
from autoencode.runs import Claim, RunFolder, claim_beside, claim_folder
from autoencode.runs.begun import begin_run
from autoencode.runs.checkpoint import drop_plan, has_checkpoint, plan_trainings


@dataclass(frozen=True)
class Keeping:
    """How a reproduction is kept.

    Attributes
    ----------
    resume
        Whether one that was cut off goes on: what is finished is not trained again.
    command
        How a program asks for it again, and what else the configuration says; None where nobody can.
    """

    resume: bool = False
    command: dict[str, Any] | None = None


KEPT_ONCE = Keeping()
"""Anew, whatever was begun before."""


@contextmanager
def claim_place(
    path: Path,
    identity: dict[str, Any],
    keeping: Keeping,
    *,
    own: Collection[str],
    trainings: Sequence[str],
    announce: Callable[[str], None],
) -> Iterator[Claim]:
    """Claim the folder of a reproduction, and begin it or let it go on; where it ends early, say what is left.

    Parameters
    ----------
    path
        Where it shall lie.
    identity
        What it is: two that agree in it are one.
    keeping
        How it is kept.
    own
        The names of what it leaves there.
    trainings
        Those of its runs. One without "mnist" does not replace one that had it, and lies beside it instead.
    announce
        Called with a line for people.

    Raises
    ------
    RunTakenError
        If another one is being written there.
    InvalidInputError
        If there is a file, or the run of a training, or the folder cannot be made; or if another one was begun there.
    """
    if path.exists() and not path.is_dir():
        raise InvalidInputError(f"path must be a folder, or a name that is free, but {path} is a file.")
    if _is_foreign(path):
        raise InvalidInputError(f"path: {path} is the run of a training; name another folder.")
    is_lesser = "mnist" not in trainings and (path / "mnist").is_dir()
    names = (*own, *trainings, "config.json")
    with claim_beside(path) if is_lesser else claim_folder(path, own=names, resume=keeping.resume) as claim:
        if is_lesser:
            announce(f"the reproduction in {path} had MNIST, and stays; this one goes to {claim.path}")
        try:
            with before_end(lambda: _leave(claim, keeping, announce)):
                task = {"kind": "reproduction", "identity": identity, **(keeping.command or {})}
                run = begin_run(claim, task, resume=keeping.resume)
                if run.status != "finished":
                    plan_trainings(run.path, trainings)
                yield claim
        except BaseException:
            _leave(claim, keeping, announce)
            raise


def _is_foreign(path: Path) -> bool:
    """Return whether a folder is a run of something else."""
    run = RunFolder(path)
    return run.config.exists() and run.read_config(brief=True).get("kind") != "reproduction"


def _leave(claim: Claim, keeping: Keeping, announce: Callable[[str], None]) -> None:
    """Say what a reproduction that ended early has left; remove what nothing came of."""
    run = RunFolder(claim.path)
    drop_plan(run.path)
    said = [f"the earlier reproduction in {claim.target} is as it was"] if claim.replaces else []
    if has_checkpoint(run.path):
        said.append(f"what was trained so far is saved in {claim.path}")
        if keeping.command is not None:
            said.append(f"go on with: autoencode runs resume {shlex.quote(str(claim.path))}")
    elif run.status != "finished":
        run.config.unlink(missing_ok=True)
    if said:
        announce("; ".join(said))
