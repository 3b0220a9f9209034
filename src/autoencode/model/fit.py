"""From scaled samples to everything that a fitted model knows of its training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autoencode.evaluation import MeanSample, PCABaseline, diagnose, fit_baselines
from autoencode.exceptions import DiagnosisWarning, TrainingDivergedError
from autoencode.interruption import keep_interrupts
from autoencode.model.assembly import list_arrays, make_blueprint, make_objective
from autoencode.model.checkpoint import Checkpoints
from autoencode.model.fitted import Fitted
from autoencode.model.history import History
from autoencode.model.part_lookup import find_rule
from autoencode.model.preparation import Preparation
from autoencode.model.progress import ProgressLines
from autoencode.model.restarts import choose_rows, gather_evidence, spread_rows, summarise_codes
from autoencode.model.sample_weight import level_weights
from autoencode.model.setup import Setup
from autoencode.notice import warn_user
from autoencode.training import (
    EpochRecord,
    TrainSettings,
    TrainState,
    create_networks,
    create_state,
    select_restart,
    train,
)
from autoencode.training.continuation import keep_optimizer, restore_optimizer
from autoencode.training.inference import compile_map, encode_row, trace_row
from autoencode.training.snapshot import pass_on

FEWEST_HELD_OUT = 30
"""How many held-out samples a diagnosis needs; one alone would show every unit constant, few fewer directions."""

Callback = Callable[[EpochRecord], "bool | None"]


def fit_prepared(
    prepared: Preparation,
    accept: Callable[[Fitted], None],
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
    *,
    is_part: bool = False,
) -> None:
    """Train on what was prepared.

    Parameters
    ----------
    prepared
        What the training starts from.
    accept
        Called once with what was learnt, also where the training was interrupted after its first epoch.
    callbacks
        Called with each epoch's record, after those that the arguments name.
    checkpoints
        Where the training goes on from, if it was begun before, and what can be kept of it on its way.
    is_part
        Whether more samples will come, so that no finding is warned of; they are all in what was learnt.

    Raises
    ------
    TrainingDivergedError
        As `fit_networks` does.
    """
    setup, earlier = prepared.setup, prepared.earlier
    history = None if earlier is None else earlier.history
    asked = setup.arguments
    settings = TrainSettings(
        epochs=asked.epochs,
        batch_size=min(setup.settings.batch_size, len(prepared.scaled)),
        objective=make_objective(setup, prepared.scaled),
        rule=find_rule(asked),
        seed=setup.seed,
        schedule=asked.schedule,
        patience=asked.patience,
        first_epoch=0 if history is None else history.epochs,
        weights=level_weights(prepared.weights),
        held_out_weights=level_weights(prepared.held_out_weights),
        window=setup.settings.window,
    )
    samples = (prepared.scaled, prepared.held_out, settings)
    baselines = fit_baselines(prepared.scaled, setup.settings.code_size, prepared.weights)

    learnt: list[Fitted] = []

    def take(records: list[EpochRecord]) -> None:
        learnt.append(conclude(setup, records, *samples, earlier=history, baselines=baselines))
        accept(learnt[0])

    fit_networks(
        _begin(prepared, settings),
        *samples,
        callbacks=[*([ProgressLines()] if asked.verbose else []), *callbacks, *(asked.callbacks or ())],
        accept=take,
        checkpoints=checkpoints,
    )
    for finding in () if is_part else learnt[0].diagnosis:
        warn_user(finding.text, DiagnosisWarning, cause=finding.name)


def _begin(prepared: Preparation, settings: TrainSettings) -> TrainState:
    """Return the state before the first epoch: of networks that are drawn, or of earlier ones with their optimiser."""
    setup, earlier, keep_best = prepared.setup, prepared.earlier, settings.patience is not None
    if earlier is None:
        networks = create_networks(make_blueprint(setup), setup.seed, setup.arguments.restarts)
        return create_state(networks, settings.rule.optimizer, keep_best=keep_best)
    state = create_state(earlier.networks, settings.rule.optimizer, keep_best=keep_best)
    return state if earlier.optimizer is None else restore_optimizer(state, earlier.optimizer, settings.rule)


def fit_networks(
    state: TrainState,
    scaled: np.ndarray,
    held_out: np.ndarray | None,
    settings: TrainSettings,
    *,
    callbacks: Sequence[Callback],
    accept: Callable[[list[EpochRecord]], None],
    checkpoints: Checkpoints | None = None,
) -> None:
    """Train K networks, and hand over what came of it even if the training is interrupted or diverges.

    Parameters
    ----------
    state
        K networks and their optimiser, to start from.
    scaled, held_out
        Scaled samples to train on, and those held out, or None.
    settings
        Epochs, batch size, loss, optimiser, seed, patience, weights of samples.
    callbacks
        Called with each epoch's record; one that returns True ends the training.
    accept
        Called once with the records of all epochs.
    checkpoints
        As for `fit_prepared`.

    Raises
    ------
    TrainingDivergedError
        If every restart diverged and none has best weights, which `patience` keeps; nothing is handed over.
    BaseException
        What a callback or an interrupt raised, after the epochs so far were handed over.

    Notes
    -----
    Python's own interrupt (Ctrl-C) is raised only between calls of compiled programs, and by callbacks. What `conclude`
    needs is compiled first, for who interrupts a training shall not wait for a compiler.
    """
    with keep_interrupts():
        _compile_conclusion(state.networks, scaled, held_out, settings)
    begin, records = (checkpoints and checkpoints.read(state)) or (None, [])
    tell = pass_on if checkpoints is None else partial(checkpoints.tell, records=records, epochs=settings.last_epoch)
    stream = train(state, scaled, settings, held_out=held_out, begin=begin, at_cut=tell)
    accepted = False

    def take_epoch() -> EpochRecord | None:
        with keep_interrupts():
            record = next(stream, None)
            if record is not None:
                if records:  # only the last state is wanted; one of every epoch could fill the memory
                    records[-1] = replace(records[-1], state=state)
                records.append(record)
        return record

    def hand_over() -> None:
        nonlocal accepted
        with keep_interrupts():
            accept(records)
            accepted = True

    try:
        while (record := take_epoch()) is not None:
            wishes = [callback(record) for callback in callbacks]
            if any(isinstance(wish, bool | np.bool_) and wish for wish in wishes):
                break
        if checkpoints is not None:
            checkpoints.conclude(records)
        hand_over()
    except TrainingDivergedError:
        if not _has_weights(records):
            raise
        hand_over()
    except BaseException:
        # An interrupt, or a callback that failed, must not cost the epochs so far.
        if not accepted and _has_weights(records):
            if checkpoints is not None:
                checkpoints.leave(records)
            hand_over()
        raise


def _choose_evidence(scaled: np.ndarray, held_out: np.ndarray | None, settings: TrainSettings) -> np.ndarray:
    """Return the rows that a diagnosis looks at."""
    if held_out is None or len(held_out) < FEWEST_HELD_OUT:
        return spread_rows(scaled, settings.weights)
    return spread_rows(held_out, settings.held_out_weights)


def _compile_conclusion(
    networks: Any, scaled: np.ndarray, held_out: np.ndarray | None, settings: TrainSettings
) -> None:
    """Compile what `conclude` computes with networks of this kind."""
    compile_map(trace_row, networks, _choose_evidence(scaled, held_out, settings), restarts=True)
    codes = choose_rows(scaled, settings.weights)
    compile_map(encode_row, select_restart(networks, 0), codes, restarts=False)


def _has_weights(records: Sequence[EpochRecord]) -> bool:
    """Return whether the networks that a training keeps are of use: in one restart at least the loss was finite."""
    if not records:
        return False
    state = records[-1].state
    losses = records[-1].monitored_loss if state.best_networks is None else np.asarray(state.best_loss)
    return bool(np.isfinite(losses).any())


def conclude(
    setup: Setup,
    records: Sequence[EpochRecord],
    scaled: np.ndarray,
    held_out: np.ndarray | None,
    settings: TrainSettings,
    *,
    earlier: History | None,
    baselines: tuple[MeanSample, PCABaseline],
) -> Fitted:
    """Choose the best restart, look at what came of all of them, and return what was learnt.

    Parameters
    ----------
    setup
        What was known before the training.
    records
        One an epoch; the last one has the networks.
    scaled, held_out, settings
        As for `fit_networks`.
    earlier
        The history of the training that this one went on from, or None.
    baselines
        Those of `scaled`, fitted before the training, for who interrupts it shall not wait for them.
    """
    networks = records[-1].state.chosen_networks
    monitored = np.stack([record.monitored_loss for record in records])
    last = np.full(monitored.shape[1], len(records) - 1)
    lowest = np.argmin(np.where(np.isnan(monitored), np.inf, monitored), axis=0)
    kept = last if settings.patience is None else lowest
    best = int(np.nanargmin(monitored[kept, np.arange(len(kept))]))
    history = History.from_records(records, after=earlier)
    restarts, evidence = gather_evidence(
        networks,
        _choose_evidence(scaled, held_out, settings),
        history=history,
        epochs_kept=kept + settings.first_epoch,
        best=best,
        measure=setup.format.training_measure(setup.settings.loss_name),
        baselines=baselines,
    )
    summaries = summarise_codes(networks, len(restarts), scaled, settings.weights)
    return Fitted(
        **setup.describe(),
        arrays=list_arrays(networks),
        own_networks=None if setup.has_known_networks else networks,
        best_restart=best,
        history=history,
        restarts=restarts,
        diagnosis=diagnose(evidence),
        baselines=baselines,
        code_summaries=summaries,
        optimizer=keep_optimizer(records[-1].state),
    )
