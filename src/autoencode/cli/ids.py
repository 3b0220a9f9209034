"""The ids of samples, named beside results: the cells of the columns that name the rows, as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.estimators import Autoencoder

__all__ = ["name_beside", "read_ids"]


def read_ids(model: Autoencoder, samples: Samples) -> dict[str, list[Any]]:
    """Return the cells of the ids that a model knows, those that the samples have, by the name of the column."""
    encoder = model.table_encoder_
    own = samples.own_cells() if encoder is not None and encoder.ids_ else None
    if encoder is None or own is None:
        return {}
    return {name: own.column(name).to_pylist() for name in encoder.ids_ if name in own.column_names}


def name_beside(ids: dict[str, list[Any]], taken: list[str]) -> list[str]:
    """Return what the columns of ids are called beside others of ours.

    Examples
    --------
    >>> name_beside({"order": [1], "error": [2]}, ["row", "error"])
    ['order', 'error in DATA']
    """
    names: list[str] = []
    for name in ids:
        while name in (*taken, *names):
            name = f"{name} in DATA"
        names.append(name)
    return names
