"""What scikit-learn asks of the columns of an estimator's samples: their number, and their names."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
from sklearn.utils.validation import validate_data

from autoencode.exceptions import InvalidInputError
from autoencode.model.format import Format
from autoencode.model.samples import Columns, Opened


def note_columns(estimator: Any, opened: Opened, columns: Columns | None = None, *, mixed: bool) -> None:
    """Set, or check against those of training, what scikit-learn asks of columns: their number and their names.

    Parameters
    ----------
    estimator
        Whose `n_features_in_` and `feature_names_in_` they are.
    opened
        The samples.
    columns
        Theirs, where they are those of training; None where they must be like these.
    mixed
        Whether the estimator takes mixed tables, whose encoder finds columns by their names.
    """
    if columns is not None:
        estimator.n_features_in_ = columns.length
    if mixed:
        if columns is not None:
            estimator.feature_names_in_ = np.array(columns.names, dtype=object)
        return
    values = opened.values
    if isinstance(values, nw.DataFrame):
        if columns is None and values.implementation.is_pyarrow():  # taken by name
            return
        values = values.to_native()
    try:
        validate_data(estimator, values, reset=columns is not None, skip_check_array=True, ensure_2d=False)
    except ValueError as error:
        words = " ".join(str(error).split())
        raise InvalidInputError(words if opened.argument == "X" else f"{opened.argument}: {words}") from error


def check_like_training(estimator: Any, opened: Opened, form: Format, *, finite: bool = True) -> Any:
    """Return checked samples, whose columns are those of an estimator's training by scikit-learn's rules too.

    Parameters
    ----------
    estimator
        Fitted.
    opened, finite
        The samples, as for the format's own check.
    form
        The format of the samples of training.
    """
    mixed = form.is_mixed
    # Wrong names are an error, and said first; that there are none, or should be none, only a warning.
    comes_first = isinstance(opened.values, nw.DataFrame) and hasattr(estimator, "feature_names_in_")
    if comes_first:
        note_columns(estimator, opened, mixed=mixed)
    samples = form.check(opened, reset=False, finite=finite)
    if not comes_first:
        note_columns(estimator, opened, mixed=mixed)
    return samples
