"""What a fitted training shows of itself: live units and directions of every restart, and what a diagnosis needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Float32, Int

from autoencode.evaluation import (
    CodeSummary,
    Evidence,
    MeanSample,
    Measure,
    PCABaseline,
    effective_code_size,
    errors,
    live_directions,
    live_units,
    mean_feature_variance,
)
from autoencode.model.history import History, Restart
from autoencode.model.samples import MOST_MEASURED, spread_places
from autoencode.stored_arrays import pick_rows
from autoencode.training import select_restart
from autoencode.training.inference import encode_row, map_restarts, map_rows, trace_row

EVIDENCE_ROWS = 10_000
EVIDENCE_NUMBERS = 2**21

MOST_NUMBERS, FEWEST_ROWS = 2**24, 500
"""How many numbers the samples that are looked at may have together, and how many samples there are even so."""

Weights = Float[np.ndarray, " samples"]


def spread_rows(
    samples: Float[np.ndarray, "samples features"], weights: Weights | None = None
) -> Float[np.ndarray, "rows features"]:
    """Return evenly spaced samples: at most 10,000, of wide ones as many as hold two million numbers (at least 500)."""
    return _spread(samples, min(EVIDENCE_ROWS, max(500, EVIDENCE_NUMBERS // samples.shape[1])), weights)


def _spread(
    samples: Float[np.ndarray, "samples features"], most: int, weights: Weights | None
) -> Float[np.ndarray, "rows features"]:
    if weights is None and len(samples) <= most:
        return samples
    return pick_rows(samples, spread_places(len(samples), most, weights))


def inspect_restarts(
    networks: Any, traces: Sequence[np.ndarray], history: History, epochs_kept: np.ndarray, feature_variance: float
) -> list[Restart]:
    """Describe every restart from what its layers give.

    Parameters
    ----------
    networks
        K networks on a leading axis.
    traces
        What each layer gives, shape (restarts, rows, units): what `trace_row` gives.
    history
        The training's history.
    epochs_kept
        Which epoch's network each restart kept, counted from 0.
    feature_variance
        Variance of a scaled feature, on average.

    Returns
    -------
    list of Restart
        One a network. A restart whose loss is not finite has no live direction.
    """
    shapes = networks.layer_shapes()[:-1]
    code_size = next(shape.units for shape in shapes if shape.name == "code")
    described = []
    for k, epoch in enumerate(epochs_kept):
        alive: dict[str, int] = {}
        linear = traces[-2][k]
        finite = np.isfinite(linear).all()
        for shape, values in zip(shapes, traces, strict=False):
            activation = networks.code_activation if shape.name == "code" else networks.activation
            relu = activation == "relu"
            alive[shape.name] = int(live_units(values[k], relu=relu).sum()) if np.isfinite(values[k]).all() else 0
        validation = history.validation_loss
        described.append(
            Restart(
                loss=float(history.loss[epoch, k]),
                validation_loss=None if validation is None else float(validation[epoch, k]),
                # A bent decoder spreads a code over more directions than it has units; no more than those came from it.
                live_directions=min(live_directions(linear, feature_variance), code_size) if finite else 0,
                live_units=alive,
                units={shape.name: shape.units for shape in shapes},
            )
        )
    return described


def gather_evidence(
    networks: Any,
    rows: Float32[np.ndarray, "rows features"],
    *,
    history: History,
    epochs_kept: np.ndarray,
    best: int,
    measure: Measure,
    baselines: Sequence[MeanSample | PCABaseline],
) -> tuple[list[Restart], Evidence]:
    """Run the rows through every restart once and gather what the diagnosis needs.

    Parameters
    ----------
    networks
        K networks on a leading axis.
    rows
        Scaled samples, the held-out ones where there are enough, else those of training: what `spread_rows` gives.
    history, epochs_kept
        See `inspect_restarts`.
    best
        The restart that is kept.
    measure
        The measure in which the network and the baselines are compared.
    baselines
        The mean sample and PCA, fitted on scaled training samples.

    Returns
    -------
    restarts, evidence
        What `diagnose` reads, about the restart that is kept.
    """
    traces = map_restarts(trace_row, networks, rows)
    variance = mean_feature_variance(rows)
    restarts = inspect_restarts(networks, traces, history, epochs_kept, variance)
    kept = restarts[best]
    reconstructions = traces[-1][best]
    code = traces[[shape.name for shape in networks.layer_shapes()].index("code")][best]

    def mean_error(values: np.ndarray) -> float:
        if not np.isfinite(values).all():
            return float("nan")
        return float(errors(rows, values, measure=measure).mean())

    mean_sample, pca = (mean_error(baseline.reconstruct(rows)) for baseline in baselines)
    monitored = None if history.validation_loss is None else history.validation_loss[:, best]
    last, before = history.monitored_loss[-1, best], history.monitored_loss[int(0.9 * (history.epochs - 1)), best]
    return restarts, Evidence(
        layer_live_units={name: (kept.live_units[name], kept.units[name]) for name in kept.units},
        live_directions=kept.live_directions,
        code_size=kept.units["code"],
        features=rows.shape[1],
        variance=variance,
        effective_code_size=effective_code_size(code) if np.isfinite(code).all() else 0.0,
        measure=measure,
        error=mean_error(reconstructions),
        mean_sample_error=mean_sample,
        pca_error=pca,
        # Best weights may be kept of a training that diverged after them.
        loss=kept.loss if np.isfinite(history.loss[-1, best]) else float(history.loss[-1, best]),
        kept_epoch=int(epochs_kept[best]) + 1,
        validation_loss=None if monitored is None else float(monitored[-1]),
        best_validation_loss=None if monitored is None else float(np.nanmin(monitored)),
        recent_fall=float((before - last) / abs(before)) if history.epochs > 1 and before else None,
    )


# ---------------------------------------------------------------------- codes


def _entries_row(network: Any, row: Float[Array, " code"]) -> Int[Array, " groups"]:
    """Return the number of the entry of each group of one code."""
    return network.bottleneck.entries_of(row)


def read_entries(
    network: Any, codes: Float32[np.ndarray, "samples code"]
) -> tuple[Int[np.ndarray, "samples groups"] | None, int]:
    """Return the entries that quantised codes are made of, and how many there are.

    Parameters
    ----------
    network
        One network; its bottleneck offers `entries_of` where it quantises.
    codes
        What its encoder gives.

    Returns
    -------
    entries, entry_count
        The number of the entry of each group, from 0; None and 0 where codes are not quantised.
    """
    bottleneck: Any = getattr(network, "bottleneck", None)
    if not hasattr(bottleneck, "entries_of"):
        return None, 0
    return map_rows(_entries_row, network, codes), int(bottleneck.entries)


def summarise_codes(
    networks: Any, restarts: int, scaled: Float32[np.ndarray, "samples features"], weights: Weights | None = None
) -> tuple[CodeSummary | None, ...]:
    """Return how the codes of training samples lie, of each restart.

    Parameters
    ----------
    networks
        K networks on a leading axis.
    restarts
        How many they are.
    scaled
        The scaled training samples; of more than 10,000, or of large ones, evenly spaced ones are looked at.
    weights
        How much each counts: as many are looked at, evenly spaced in weight. None: all the same.

    Returns
    -------
    tuple of CodeSummary
        None for a network that gives no finite code.
    """
    rows = choose_rows(scaled, weights)
    return tuple(_summarise(select_restart(networks, k), rows) for k in range(restarts))


def choose_rows(
    scaled: Float32[np.ndarray, "samples features"], weights: Weights | None = None
) -> Float32[np.ndarray, "rows features"]:
    """Return the samples that `summarise_codes` looks at."""
    return _spread(scaled, min(MOST_MEASURED, max(FEWEST_ROWS, MOST_NUMBERS // scaled.shape[1])), weights)


def _summarise(network: Any, rows: Float32[np.ndarray, "samples features"]) -> CodeSummary | None:
    codes = map_rows(encode_row, network, rows)
    codes = codes[np.isfinite(codes).all(axis=1)]
    return CodeSummary.of(codes, *read_entries(network, codes)) if len(codes) else None
