"""Which samples are known to be anomalies: a column of the table, or the labels of the source."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest

if TYPE_CHECKING:
    import numpy as np

    from autoencode.data import Samples

ANOMALIES = ("1", "1.0", "true", "yes", "anomaly", "anomalous", "abnormal", "outlier")
NORMAL = ("0", "0.0", "false", "no", "normal", "inlier", "ok")
SOURCE_LABELS = "label"
"""What stands for the labels of a source that is no table: the folders of images, `y` of an .npz file."""

MOST_NAMED, ROWS_AT_ONCE = 5, 2**16


def split_labels(samples: Samples, label: str) -> tuple[Samples, np.ndarray]:
    """Return the samples without the column of labels, and which of them are anomalies.

    Parameters
    ----------
    samples
        A table, or samples with labels.
    label
        COLUMN, of truth values, 0 and 1, or words for both; or COLUMN=VALUE, where VALUE is what anomalies have.

    Raises
    ------
    InvalidInputError
        If there is no such column or value, or it is not clear what a value stands for.
    """
    import numpy as np

    table: Any = samples.values
    columns = getattr(table, "column_names", [SOURCE_LABELS] if samples.labels is not None else [])
    if not columns:
        raise InvalidInputError(f"--label: {samples.name} has no labels; leave --label out.")
    named = [name for name in columns if label == name or label.startswith(f"{name}=")]
    if not named:
        hint = end_with_nearest(label, columns) if hasattr(table, "column_names") else "; give label, or label=VALUE."
        raise InvalidInputError(f"--label: {samples.name} has no column {label!r}{hint}")
    column = max(named, key=len)
    value = label[len(column) + 1 :]
    if hasattr(table, "column_names"):
        cells = table[column]
        if len(columns) == 1:
            raise InvalidInputError(f"--label: {samples.name} has no other column than {column!r}.")
        samples = dataclasses.replace(samples, values=table.drop_columns([column]))
    else:
        cells = np.asarray(samples.labels)
    numbers: dict[str, int] = {}
    places = np.empty(len(cells), np.int32)
    for start in range(0, len(cells), ROWS_AT_ONCE):
        block = slice(start, start + ROWS_AT_ONCE)
        part: Any = cells[block]
        found = part.to_pylist() if hasattr(part, "to_pylist") else part.tolist()
        places[block] = [numbers.setdefault(_write(cell), len(numbers)) for cell in found]
    texts = list(numbers)
    return samples, np.array(_match(texts, value, column) if value else _interpret(texts, column))[places]


def _write(cell: Any) -> str:
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


def _match(texts: list[str], value: str, column: str) -> list[bool]:
    if value not in texts:
        raise InvalidInputError(f"--label: column {column!r} never is {value!r}; it has {_name(texts)}.")
    return [text == value for text in texts]


def _interpret(texts: list[str], column: str) -> list[bool]:
    words = [text.strip().lower() for text in texts]
    if not set(words) <= {*ANOMALIES, *NORMAL}:
        raise InvalidInputError(
            f"--label: column {column!r} has {_name(texts)}; true and false, 1 and 0, yes and no, anomaly and normal, "
            f"outlier and inlier are understood, else say what anomalies have, as --label {column}=VALUE."
        )
    return [word in ANOMALIES for word in words]


def _name(texts: list[str]) -> str:
    """Return a few of the values of a column."""
    known = sorted(set(texts))
    shown = ", ".join(repr(text[:40]) if text else "missing cells" for text in known[:MOST_NAMED])
    return shown + (f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else "")
