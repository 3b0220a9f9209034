"""A training with its run: progress on the screen, the model of an interrupted one kept."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autoencode.cli.progress import announce_time, show_epochs
from autoencode.cli.results import announce_settings
from autoencode.cli.task import Task, make_model

if TYPE_CHECKING:
    from autoencode.estimators.recording import Start
    from autoencode.model.fitted import Fitted
    from autoencode.model.setup import Setup
    from autoencode.runs import Claim
    from autoencode.training import EpochRecord


@dataclasses.dataclass(frozen=True)
class Keeping:
    """What a training keeps on its way.

    Attributes
    ----------
    resume
        Whether it goes on where it was cut off.
    checkpoint_every
        Seconds between two checkpoints, or None.
    keep_checkpoint
        Whether one of the end stays.
    command
        How `runs resume` asks for it again.
    """

    resume: bool = False
    checkpoint_every: float | None = None
    keep_checkpoint: bool = False
    command: dict[str, Any] | None = None


def record_run(task: Task, claim: Claim, keeping: Keeping | None = None, start: Start | None = None) -> Fitted:
    """Train into a claimed folder, showing progress; an interrupt leaves the model of the epochs so far.

    Parameters
    ----------
    task
        What to train.
    claim
        The run's folder.
    keeping
        What is kept on the way, and whether the training goes on from it.
    start
        The model that the training goes on from; None begins anew.

    Returns
    -------
    Fitted
        What was learnt.
    """
    from autoencode.estimators import fit_recorded
    from autoencode.model.samples import naming_lines

    keeping = keeping or Keeping()
    model = make_model(task.options)
    shown: list[Callable[[EpochRecord], None]] = []

    def begin(setup: Setup) -> None:
        if start is None:  # else they are the model's, of which a line was said
            announce_settings(setup)
        announce_time(setup, len(task.samples.values))
        shown.append(stack.enter_context(show_epochs(claim.target.name)))

    with contextlib.ExitStack() as stack:
        if not task.validation_source:  # else the row may be one of that file
            stack.enter_context(naming_lines(task.samples))
        fit_recorded(
            model,
            task.samples,
            claim,
            data=task.source,
            validation=task.validation,
            callbacks=(lambda record: shown[0](record),),
            ready=begin,
            resume=keeping.resume,
            checkpoint_every=keeping.checkpoint_every,
            keep_checkpoint=keeping.keep_checkpoint,
            command=keeping.command,
            start=start,
        )
    return model.fitted_
