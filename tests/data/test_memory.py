from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autoencode.data import read
from autoencode.exceptions import InvalidInputError

numbers = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_]),
    hnp.array_shapes(min_dims=2, max_dims=3, max_side=4),
)


@settings(max_examples=50)
@given(numbers)
def test_an_array_is_taken_as_it_is(array: np.ndarray) -> None:
    assert read(array).values is array
    assert read(array).reading.kind == "array"
    np.testing.assert_array_equal(read(array.tolist()).values, array)
    np.testing.assert_array_equal(read(array.astype(object)).values, array)


def test_frames_of_every_library_are_one_table() -> None:
    columns = {"a": [1, 2, 3], "b": [0.5, None, 2.5], "c": ["x", None, "z"], "d": [True, False, True]}
    expected = pa.table(columns)
    for frame in (expected, pl.DataFrame(columns), pd.DataFrame(columns), pd.DataFrame(columns, index=[7, 8, 9])):
        samples = read(frame)
        assert samples.reading.kind == "table"
        assert samples.values.to_pydict() == columns
        assert samples.values.schema.metadata is None
    named = pd.DataFrame(columns).set_index("a")
    assert read(named).values.column_names == ["b", "c", "d"], "an index is no column"
    assert read(pd.DataFrame(np.eye(2))).values.column_names == ["0", "1"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "got NoneType; give numbers, a data frame, or the path"),
        (3, "got int"),
        ({"a": [1]}, "got dict"),
        (b"x.csv", "got bytes"),
        (object(), "got object"),
        ([["a", "b"]], "array of numbers, got one of <U1"),
        ([[1], [2, 3]], "got list: setting an array element"),
        (np.array([["x", 1]], dtype=object), "got ndarray: could not convert string"),
        (np.eye(2) * 1j, "got one of complex128"),
        (np.array(["2024-01-01"], dtype="M8[D]"), r"got one of datetime64\[D\]"),
        (np.ma.masked_equal(np.eye(2), 0), "has masked cells"),
        (scipy.sparse.eye(3).tocsr(), r"got csr_matrix; call its \.toarray\(\)"),
        (pl.LazyFrame({"a": [1]}), r"call its \.collect\(\)"),
        (pd.Series([1, 2]), r"by \.to_frame\(\)"),
        (pl.Series([1, 2]), r"by \.to_frame\(\)"),
        (pd.DataFrame({"a": [1, "x"]}), "Could not convert 'x' .* column a"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "unique column names"),
        (pd.DataFrame({"a": [[1], [2]]}), "column 'a' holds list"),
        (pd.DataFrame({"a": pd.period_range("2024", periods=2)}), "column 'a' holds .* no feature"),
        (pl.DataFrame({"a": [{"x": 1}]}), "column 'a' holds struct"),
        (pl.DataFrame({"a\n": [1]}), r"'a\\n', has a line break"),
        (pd.DataFrame({"a": [1j]}), "cannot be read"),
        (pd.DataFrame({"a": [2**70]}), "cannot be read"),
        (pd.DataFrame(), "has no columns"),
    ],
)
def test_what_is_no_samples_is_refused(data: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as error:
        read(data)
    assert len(str(error.value).splitlines()) == 1


def test_a_masked_array_without_masked_cells_is_an_array() -> None:
    np.testing.assert_array_equal(read(np.ma.masked_equal(np.eye(2), 7)).values, np.eye(2))
