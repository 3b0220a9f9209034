"""What a training left to look at: one row an epoch and one column a restart, and what came of each restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from autoencode.training import EpochRecord


@dataclass(frozen=True)
class History:
    """What each epoch gave.

    Attributes
    ----------
    loss
        Mean training loss during the epoch, per feature, shape (epochs, restarts); a weighted one, of weighted samples.
    validation_loss
        Mean held-out loss after the epoch, same shape, or None where nothing was held out.
    seconds
        Wall time of the epoch, shape (epochs,); the first includes compiling.
    samples_per_second
        Samples times restarts, over seconds, shape (epochs,).
    """

    loss: Float[np.ndarray, "epochs restarts"]
    validation_loss: Float[np.ndarray, "epochs restarts"] | None
    seconds: Float[np.ndarray, " epochs"]
    samples_per_second: Float[np.ndarray, " epochs"]

    @classmethod
    def from_records(cls, records: Sequence[EpochRecord], *, after: History | None = None) -> History:
        """Gather the records of a training, after the history of an earlier one where it went on from there."""
        validation = [record.validation_loss for record in records]
        history = cls(
            loss=np.stack([record.loss for record in records]),
            validation_loss=None if validation[0] is None else np.stack(validation),  # pyright: ignore[reportArgumentType, reportCallIssue]
            seconds=np.array([record.seconds for record in records]),
            samples_per_second=np.array([record.samples_per_second for record in records]),
        )
        return history if after is None else after._followed_by(history)

    def _followed_by(self, later: History) -> History:
        validation_loss = None
        if self.validation_loss is not None and later.validation_loss is not None:
            validation_loss = np.concatenate([self.validation_loss, later.validation_loss])
        return History(
            np.concatenate([self.loss, later.loss]),
            validation_loss,
            np.concatenate([self.seconds, later.seconds]),
            np.concatenate([self.samples_per_second, later.samples_per_second]),
        )

    @property
    def epochs(self) -> int:
        """Number of epochs."""
        return len(self.loss)

    @property
    def monitored_loss(self) -> Float[np.ndarray, "epochs restarts"]:
        """The held-out loss where there is one, else the training loss."""
        return self.loss if self.validation_loss is None else self.validation_loss

    @property
    def seconds_per_epoch(self) -> float:
        """The median of the epochs after the first, which compiles."""
        return float(np.median(self.seconds[1:] if self.epochs > 1 else self.seconds))

    def to_dict(self) -> dict[str, Any]:
        """Return the history as plain lists."""
        return {
            "loss": self.loss.tolist(),
            "validation_loss": None if self.validation_loss is None else self.validation_loss.tolist(),
            "seconds": self.seconds.tolist(),
            "samples_per_second": self.samples_per_second.tolist(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> History:
        """Return the history that `to_dict` wrote."""
        validation = values["validation_loss"]
        return cls(
            np.array(values["loss"], np.float64),
            None if validation is None else np.array(validation, np.float64),
            np.array(values["seconds"], np.float64),
            np.array(values["samples_per_second"], np.float64),
        )

    def __repr__(self) -> str:
        best = np.nanmin(self.monitored_loss[-1])
        held_out = "training" if self.validation_loss is None else "held-out"
        return f"History({self.epochs} epochs, {self.loss.shape[1]} restarts, last {held_out} loss {best:.4f})"


@dataclass(frozen=True)
class Restart:
    """One of the networks that were trained at once.

    Attributes
    ----------
    loss
        Its training loss, per feature.
    validation_loss
        Its held-out loss, or None where nothing was held out.
    live_directions
        How many directions of its code reach the reconstruction.
    live_units
        For each layer between sample and reconstruction, how many of its units are alive.
    units
        For each of those layers, how many units it has.
    """

    loss: float
    validation_loss: float | None
    live_directions: int
    live_units: dict[str, int]
    units: dict[str, int]

    @property
    def monitored_loss(self) -> float:
        """The held-out loss where there is one, else the training loss."""
        return self.loss if self.validation_loss is None else self.validation_loss

    def to_dict(self) -> dict[str, Any]:
        """Return the restart as plain values."""
        return asdict(self)
