"""The training loop: a stream of epochs, and everything else is a consumer of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float, Float32

from autoencode.exceptions import TrainingDivergedError
from autoencode.training.calls import find_call_sizes
from autoencode.training.devices import use_xla
from autoencode.training.epoch import EpochLosses, EpochPlan, HeldOut, run_epoch
from autoencode.training.kernel import can_train, train_epoch
from autoencode.training.objective import Objective
from autoencode.training.optimizer import UpdateRule
from autoencode.training.order import EpochOrder, WindowSize, batch_order, draw_order
from autoencode.training.programs import keep_programs
from autoencode.training.schedule import find_progress, find_rate_shares
from autoencode.training.snapshot import Cut, Cutting, EpochPart, pass_on
from autoencode.training.state import TrainState

HELD_OUT_CHUNK_ROWS, HELD_OUT_CHUNK_NUMBERS = 1_000, 2**22
"""Rows of a chunk of held-out samples at most, and numbers in it: images of millions of pixels come one by one."""

Engine = Callable[[TrainState, EpochPlan, EpochPart, Callable[..., None]], tuple[TrainState, EpochLosses]]
"""What trains an epoch from a state, by a plan, from some part of it on, and tells of its cuts."""


@dataclass(frozen=True)
class TrainSettings:
    """What a training is told besides its data.

    Attributes
    ----------
    epochs
        Passes over the training samples, ≥ 1.
    batch_size
        Samples of one update.
    objective, rule
        What is minimised, and how; a loss alone is an objective too.
    seed
        Key of the order of the samples, and of all other chance, with the epoch's number.
    schedule
        How the step size changes, a key of `SCHEDULES`.
    patience
        Stop once every restart has gone this many epochs without a lower monitored loss; None never stops early.
    first_epoch
        Number of the first epoch, from 0; more than 0 where a training goes on.
    weights, held_out_weights
        How much each sample counts, > 0, with mean 1, and each that is held out; None: all the same.
    window
        How far samples are mixed in an epoch; None is that of narrow samples.
    """

    epochs: int
    batch_size: int
    objective: Objective
    rule: UpdateRule
    seed: int
    schedule: str = "constant"
    patience: int | None = None
    first_epoch: int = 0
    weights: Float32[np.ndarray, " samples"] | None = None
    held_out_weights: Float32[np.ndarray, " held_out"] | None = None
    window: WindowSize | None = None

    @property
    def last_epoch(self) -> int:
        """The number of the last epoch that is planned, from 1."""
        return self.first_epoch + self.epochs


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch of a training gave.

    Attributes
    ----------
    epoch
        The epoch's number, from 1.
    epochs
        The number of the last epoch that is planned.
    loss
        Mean training loss of each restart during the epoch, by the samples' weights, in the loss's units per feature.
    validation_loss
        Mean held-out loss of each restart after the epoch, or None.
    seconds
        Wall time of the epoch. The first includes compiling.
    samples_per_second
        Samples times restarts, over seconds.
    state
        The state after the epoch; `state.chosen_networks` are the networks that stopping here would keep.
    """

    epoch: int
    epochs: int
    loss: Float[np.ndarray, " restarts"]
    validation_loss: Float[np.ndarray, " restarts"] | None
    seconds: float
    samples_per_second: float
    state: TrainState

    @property
    def monitored_loss(self) -> Float[np.ndarray, " restarts"]:
        """The held-out loss where there is one, else the training loss."""
        return self.loss if self.validation_loss is None else self.validation_loss


def hold_out(
    samples: Float32[np.ndarray, "samples features"], weights: Float32[np.ndarray, " samples"] | None = None
) -> HeldOut:
    """Cut held-out samples into equal chunks for the compiled epoch; the last one is padded at weight 0.

    Parameters
    ----------
    samples
        Held-out samples, scaled.
    weights
        How much each counts; None: all the same.

    Returns
    -------
    HeldOut
        The same samples, in chunks of at most 1,000 rows and 4 million numbers.
    """
    rows = min(len(samples), HELD_OUT_CHUNK_ROWS, max(1, HELD_OUT_CHUNK_NUMBERS // samples.shape[1]))
    order = batch_order(np.arange(len(samples)), rows, weights)
    return HeldOut(jax.device_put(samples[order.rows]), jax.device_put(order.weights))


def train(
    state: TrainState,
    samples: Float32[np.ndarray, "samples features"],
    settings: TrainSettings,
    *,
    held_out: Float32[np.ndarray, "held_out features"] | None = None,
    begin: Cut | None = None,
    at_cut: Callable[[Callable[[], Cut]], None] = pass_on,
) -> Iterator[EpochRecord]:
    """Train K restarts and yield one record an epoch.

    Parameters
    ----------
    state
        The state to start from; that of `begin` takes its place.
    samples
        Training samples, scaled.
    settings
        Epochs, batch size, loss, optimiser, seed.
    held_out
        Held-out samples, scaled, evaluated after each epoch.
    begin
        Where a training of the same samples and settings was cut: this one goes on from there, with the same bits.
    at_cut
        Is told of every place where the training can be cut, by what takes the cut if it is wanted.

    Yields
    ------
    EpochRecord
        One an epoch. Leaving the loop early loses nothing: the last record has the whole state.

    Raises
    ------
    TrainingDivergedError
        If no restart has a finite loss.

    Notes
    -----
    An epoch is a few calls of the kernel, or else of one compiled program, traced once for all epochs. How many follows
    from the settings alone; between two of them a signal is answered. While they run, a second thread draws the next
    order.
    """
    run = _choose_engine(state, samples, settings, held_out)
    if begin is None:
        begin = Cut(settings.first_epoch, EpochPart(), 0.0, state)

    even: list[np.ndarray] = []

    def draw(epoch: int) -> EpochOrder:
        rows = draw_order(settings.seed, epoch, len(samples), settings.window)
        order = batch_order(rows, settings.batch_size, settings.weights)
        if settings.weights is not None:
            return order
        even[:] = even or [order.weights]  # the same in all epochs, and of many samples large
        return order._replace(weights=even[0])

    with ThreadPoolExecutor(1, thread_name_prefix="autoencode-order") as drawing:
        drawn = drawing.submit(draw, begin.epoch)
        while begin.epoch < settings.last_epoch and not _has_ended(begin.state, settings):
            order, drawn = drawn.result(), drawing.submit(draw, begin.epoch + 1)
            record = _train_epoch(run, begin, settings, order, at_cut)
            yield record
            if not np.isfinite(record.monitored_loss).any():
                raise TrainingDivergedError(
                    f"the loss became infinite or not a number in epoch {record.epoch}, in every restart; "
                    f"use a smaller learning_rate, or scale the features."
                )
            begin = Cut(record.epoch, EpochPart(), 0.0, record.state)
            at_cut(lambda cut=begin: cut)


def _has_ended(state: TrainState, settings: TrainSettings) -> bool:
    """Return whether every restart has gone as many epochs without a lower monitored loss as patience allows."""
    return settings.patience is not None and bool(np.all(np.asarray(state.stale_epochs) >= settings.patience))


def _train_epoch(
    run: Engine,
    begin: Cut,
    settings: TrainSettings,
    order: EpochOrder,
    at_cut: Callable[[Callable[[], Cut]], None],
) -> EpochRecord:
    """Train one epoch, or what is left of it."""
    start = time.perf_counter() - begin.seconds

    def tell(take: Callable[[], tuple[TrainState, EpochPart]]) -> None:
        def cut() -> Cut:
            state, part = take()
            return Cut(begin.epoch, part, time.perf_counter() - start, state)

        at_cut(cut)

    state, losses = run(begin.state, _plan_epoch(settings, begin.epoch, order), begin.part, tell)
    loss, validation_loss = jax.device_get(losses)
    seconds = time.perf_counter() - start
    counted = int(np.count_nonzero(order.weights))
    return EpochRecord(
        epoch=begin.epoch + 1,
        epochs=settings.last_epoch,
        loss=np.asarray(loss, np.float64),
        validation_loss=None if validation_loss is None else np.asarray(validation_loss, np.float64),
        seconds=seconds,
        samples_per_second=counted * len(state.best_loss) / seconds,
        state=state,
    )


def _plan_epoch(settings: TrainSettings, epoch: int, order: EpochOrder) -> EpochPlan:
    """Return what an epoch is told besides its samples."""
    done, steps = epoch - settings.first_epoch, len(order.rows)
    return EpochPlan(
        order,
        find_rate_shares(settings.schedule, done, settings.epochs, steps),
        find_progress(done, settings.epochs, steps).astype(np.float32),
        np.array([settings.seed, epoch], np.uint32),
    )


def _choose_engine(
    state: TrainState,
    samples: Float32[np.ndarray, "samples features"],
    settings: TrainSettings,
    held_out: Float32[np.ndarray, "held_out features"] | None,
) -> Engine:
    """Return what trains one epoch: the kernel where it can, else a program that XLA compiles.

    The kernel divides by the sum of a batch's weights, which is right only where all are the same.
    """
    objective, rule = settings.objective, settings.rule
    is_weighted = settings.weights is not None or settings.held_out_weights is not None
    if not is_weighted and can_train(state.networks, objective, rule):
        host_samples = np.require(samples, np.float32, ["C", "ALIGNED"])
        host_held_out = None if held_out is None else np.require(held_out, np.float32, ["C", "ALIGNED"])
        return lambda state, plan, begin, at_cut: train_epoch(
            state, host_samples, plan, host_held_out, objective.loss, rule, Cutting(begin=begin, at_cut=at_cut)
        )
    keep_programs()
    device_samples = jax.device_put(samples)
    chunks = None if held_out is None else hold_out(held_out)
    batch_shape = (min(settings.batch_size, len(samples)), samples.shape[1])
    with use_xla():
        sizes = find_call_sizes(state.networks, objective, batch_shape, HELD_OUT_CHUNK_ROWS)

    def run(
        state: TrainState, plan: EpochPlan, begin: EpochPart, at_cut: Callable[..., None]
    ) -> tuple[TrainState, EpochLosses]:
        with use_xla():
            return run_epoch(state, device_samples, plan, chunks, objective, rule, Cutting(sizes, begin, at_cut))

    return run
