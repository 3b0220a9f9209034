"""The run that a detector is kept in: each of its trainings as it is finished, and then itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autoencode.estimators.recording import record_part
from autoencode.model.checkpoint import describe_identity
from autoencode.model.fitted import Fitted
from autoencode.model.model_file import read_learnt
from autoencode.model.preparation import Preparation
from autoencode.runs import RunFolder
from autoencode.runs.begun import read_seed
from autoencode.runs.checkpoint import PASSING, plan_trainings


class DetectorRun:
    """The run of a detector.

    Parameters
    ----------
    folder
        The run's.
    finished
        One of a detector that was asked for with the same words, whose trainings are not repeated where the samples
        are the same too; None where there is none.
    """

    def __init__(self, folder: RunFolder, finished: RunFolder | None = None) -> None:
        self.folder, self.finished = folder, finished
        self.identities: list[Any] = []
        """What decided the numbers of each training, in their order."""

    @property
    def seed(self) -> int | None:
        """The seed of what was begun."""
        return read_seed(self.folder)

    def train(self, prepared: Preparation, number: int, count: int, begin: Callable[[], tuple]) -> Fitted:
        """Return what a training learns, or has learnt already.

        Parameters
        ----------
        prepared
            What it starts from.
        number, count
            Which training it is, from 1 on, of how many.
        begin
            As of `record_part`.
        """
        if self.finished is not None:
            identity = describe_identity(prepared)
            trainings = self.finished.read_result(brief=True).get("trainings")
            if isinstance(trainings, list) and trainings[number - 1 : number] == [identity]:
                self.identities.append(identity)
                learnt: Any = read_learnt(self.finished.path)
                return learnt.parts[number - 1].fitted
        plan_trainings(self.folder.path, PASSING[:count])
        place = self.folder.path / PASSING[number - 1]
        fitted = record_part(prepared, place, begin)
        self.identities.append(RunFolder(place).read_config(brief=True)["identity"])
        return fitted
