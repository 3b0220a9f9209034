"""The ids of samples, named beside results: the cells of the columns that name the rows, as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoencode.arrow import pa
from autoencode.cli.targets import TABLE_ENDINGS, write_or_keep

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.model.fitted import Fitted


def read_ids(model: Fitted, samples: Samples) -> dict[str, list[Any]]:
    """Return the cells of the ids that a model knows, those that the samples have, by the name of the column."""
    encoder = model.table_encoder
    own = samples.own_cells() if encoder is not None and encoder.ids else None
    if encoder is None or own is None:
        return {}
    return {name: own.column(name).to_pylist() for name in encoder.ids if name in own.column_names}


def write_beside_ids(results: Any, output: str, model: Fitted, samples: Samples, *, columns: list[str] | None) -> None:
    """Write a row of results for each sample, in a table beside the ids of the samples.

    Parameters
    ----------
    results
        An array or a table.
    output
        The file or folder.
    model
        What gave the results; it knows which columns are ids.
    samples
        What they are of.
    columns
        What the numbers of an array are called; None for images, or where the results are a table.
    """
    from autoencode.data.writing import write_samples

    ids = read_ids(model, samples) if output.lower().endswith(TABLE_ENDINGS) else {}
    beside: list[str] = []
    if ids:
        cells = [pa.array(found) for found in ids.values()]
        if columns is None:  # a table of the samples' own columns, in which the ids have their places
            own = dict(zip(ids, cells, strict=True))
            beside = list(own)
            results = pa.table({name: own.get(name, results[name]) for name in results.column_names})
        else:
            beside = name_beside(ids, ["row_name", *columns])
            results = pa.table([*cells, *results.T], names=[*beside, *columns])
            columns = None
    write_or_keep(
        lambda path: write_samples(results, path, row_names=samples.row_names, columns=columns, own=beside), output
    )


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
