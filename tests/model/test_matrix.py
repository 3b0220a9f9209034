"""Rows of numbers are read as scikit-learn reads them, and refused where it refuses them."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.utils.validation import check_array

from autoencode.model.matrix import read_matrix

ROWS = np.arange(12.0).reshape(4, 3)
FRAME = pd.DataFrame({"a": [1.5, 2.5], "b": [3, 4]})

GOOD: dict[str, Any] = {
    "float64": ROWS,
    "float32": ROWS.astype(np.float32),
    "float16": ROWS.astype(np.float16),
    "long double": ROWS.astype(np.longdouble),
    "whole numbers": ROWS.astype(np.int8),
    "truth values": ROWS > 5,
    "column by column": np.asfortranarray(ROWS),
    "every second": ROWS[::2],
    "lists": ROWS.tolist(),
    "texts of numbers": ROWS.astype(str),
    "objects": ROWS.astype(object),
    "fractions": np.array([[Fraction(1, 2), 3], [4, 5]], object),
    "big endian": ROWS.astype(">f8"),
    "memory map": np.ndarray.view(ROWS, np.memmap),
    "pandas": FRAME,
    "pandas, float32": FRAME.astype(np.float32),
    "pandas, small and float32": FRAME.astype({"a": np.float32, "b": np.int8}),
    "pandas, its own types": FRAME.convert_dtypes(),
    "pandas, objects": FRAME.astype(object),
    "polars": pl.DataFrame({"a": [1.5, 2.5], "b": [3, 4]}),
    "squares beyond float32": np.full((2, 3), 3e38, np.float32),
    "pyarrow": pa.table({"a": [1.5, 2.5], "b": [3, 4]}),
}


@pytest.mark.parametrize("values", GOOD.values(), ids=GOOD)
def test_numbers_are_read_as_scikit_learn_reads_them(values: Any) -> None:
    expected = check_array(values, dtype=[np.float64, np.float32], order="C")
    found = read_matrix(values)
    assert found.dtype == expected.dtype
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, expected)


def test_tables_of_float32_are_read_so_in_every_library() -> None:
    table = pl.DataFrame({"a": np.float32([1.5, 2.5])})
    for values in (table, table.to_arrow(), table.to_pandas()):
        found = read_matrix(values)
        assert found.dtype == np.float32
        assert found.tolist() == [[1.5], [2.5]]
    assert read_matrix(table.with_columns(b=pl.Series([1.0, 2.0]))).dtype == np.float64


def test_what_is_ready_is_not_copied() -> None:
    assert read_matrix(ROWS) is ROWS


MISSING: dict[str, Any] = {
    "array": np.array([[1.0, np.nan], [np.inf, 2.0]]),
    "array, float32": np.array([[1.0, 2.0], [3.0, np.nan]], np.float32),
    "array, float32, infinite": np.array([[1.0, -np.inf], [3.0, 2.0]], np.float32),
    "pandas": pd.DataFrame({"a": [1.0, None], "b": [3, 4]}),
    "pandas, its own types": pd.DataFrame({"a": [1.0, None], "b": [3, None]}).convert_dtypes(),
    "pyarrow": pa.table({"a": [1.5, None]}),
}


@pytest.mark.parametrize("values", MISSING.values(), ids=MISSING)
def test_what_is_missing_is_read_where_it_may_be(values: Any) -> None:
    expected = check_array(values, dtype=[np.float64, np.float32], ensure_all_finite=False)
    np.testing.assert_array_equal(read_matrix(values, finite=False), expected)
    with pytest.raises(ValueError, match="NaN"):
        read_matrix(values)


BAD: dict[str, tuple[Any, str]] = {
    "a number": (3.0, "Expected 2D array, got scalar array instead"),
    "one axis": (ROWS[0], "Expected 2D array, got 1D array instead.*Reshape your data"),
    "three axes": (ROWS[None], "dim 3"),
    "ragged": ([[1.0, 2.0], [3.0]], "inhomogeneous"),
    "words": (np.array([["a", "b"]]), "could not convert string to float"),
    "complex numbers": (ROWS + 1j, "Complex data not supported"),
    "a dictionary": (np.array([[{}, 1.0]], object), "argument must be .* string.* number"),
    "sparse": (sparse.csr_array(ROWS), "[Ss]parse"),
    "a matrix": (ROWS.view(np.matrix), "np.matrix is not supported"),
    "no rows": (ROWS[:0], r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required"),
    "no columns": (ROWS[:, :0], r"0 feature\(s\) \(shape=\(4, 0\)\) while a minimum of 1 is required"),
}


@pytest.mark.parametrize(("values", "words"), BAD.values(), ids=BAD)
def test_what_scikit_learn_refuses_is_refused_with_its_error(values: Any, words: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises((TypeError, ValueError)) as theirs:
            check_array(values, dtype=[np.float64, np.float32])
    with pytest.raises(type(theirs.value), match=words):
        read_matrix(values)
