"""The ids of samples, named beside results: the cells of the columns that name the rows, as they came."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from autoencode.arrow import pa
from autoencode.cli.blocks import Results
from autoencode.cli.targets import TABLE_ENDINGS

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.model.fitted import Fitted


def read_ids(model: Fitted, samples: Samples) -> dict[str, Any]:
    """Return the cells of the ids that a model knows, those that the samples have, by the name of the column."""
    encoder = model.table_encoder
    own = samples.own_cells() if encoder is not None and encoder.ids else None
    if encoder is None or own is None:
        return {}
    return {name: own.column(name) for name in encoder.ids if name in own.column_names}


def name_results(results: Any, output: str, model: Fitted, samples: Samples, *, columns: list[str] | None) -> Results:
    """Return a row of results for each sample, as it is written to a file: in a table beside the ids of the samples.

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
    ids = read_ids(model, samples) if output.lower().endswith(TABLE_ENDINGS) else {}
    beside: list[str] = []
    if ids:
        if columns is None:  # a table of the samples' own columns, in which the ids have their places
            beside = list(ids)
            results = pa.table({name: ids.get(name, results[name]) for name in results.column_names})
        else:
            beside = name_beside(ids, ["row_name", *columns])
            results = pa.table([*ids.values(), *results.T], names=[*beside, *columns])
            columns = None
    return Results(results, samples.row_names, columns, beside)


def name_beside(ids: Iterable[str], taken: list[str]) -> list[str]:
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
