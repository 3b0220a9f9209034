"""What a fitted model keeps of the codes of its training samples, and the entries of quantised codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Array, Float, Float32, Int

from autoencode.estimators.samples import MOST_MEASURED, spread_places
from autoencode.evaluation.code_summary import CodeSummary
from autoencode.training import select_restart
from autoencode.training.inference import encode_row, map_rows

__all__ = ["read_entries", "summarise_codes"]

MOST_NUMBERS, FEWEST_ROWS = 2**24, 500
"""How many numbers the samples that are looked at may have together, and how many samples there are even so."""


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
    networks: Any, restarts: int, scaled: Float32[np.ndarray, "samples features"]
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

    Returns
    -------
    tuple of CodeSummary
        None for a network that gives no finite code.
    """
    most = min(MOST_MEASURED, max(FEWEST_ROWS, MOST_NUMBERS // scaled.shape[1]))
    rows = scaled if len(scaled) <= most else scaled[spread_places(len(scaled), most)]
    return tuple(_summarise(select_restart(networks, k), rows) for k in range(restarts))


def _summarise(network: Any, rows: Float32[np.ndarray, "samples features"]) -> CodeSummary | None:
    codes = map_rows(encode_row, network, rows)
    codes = codes[np.isfinite(codes).all(axis=1)]
    return CodeSummary.of(codes, *read_entries(network, codes)) if len(codes) else None
