"""Columns taken at once are fitted and encoded as each of them is by itself, to the bit, and refused in their order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.tables import TableEncoder, number_block, table_columns
from autoencode.tables.column_choice import choose_column


def make_table(rows: int, seed: int = 0) -> pa.Table:
    """Return a table with columns of every kind, most of them several times, with and without missing cells."""
    rng = np.random.default_rng(seed)
    columns = {}
    for place in range(4):
        mask = rng.random(rows) < 0.2 if place % 2 else None
        seconds = rng.integers(-(10**9), 10**9, rows)
        cells = {
            "float": rng.normal(size=rows) * 10.0 ** rng.integers(-8, 8),
            "single": rng.normal(size=rows).astype(np.float32),
            "half": rng.normal(size=rows).astype(np.float16),
            "whole": rng.integers(-50, 50, rows),
            "byte": rng.integers(0, 9, rows).astype(np.uint8),
            "boolean": rng.random(rows) < 0.5,
            "text": np.array(["a", "b", "c"], object)[rng.integers(3, size=rows)],
            "day": rng.integers(-20_000, 20_000, rows).astype("datetime64[D]"),
            "moment": seconds.astype("datetime64[s]").astype("datetime64[us]"),
            "duration": seconds.astype("timedelta64[ms]"),
        }
        columns |= {f"{kind} {place}": pa.array(values, mask=mask) for kind, values in cells.items()}
        columns[f"zoned {place}"] = columns[f"moment {place}"].cast(pa.timestamp("ns", "Europe/Berlin"))
        columns[f"time {place}"] = pa.array(seconds % 86_400, pa.int32()).cast(pa.time32("s"))
        columns[f"constant {place}"] = pa.array(np.full(rows, place))
    return pa.table(columns)


@pytest.mark.parametrize("unseen", ["refuse", "encode"])
@pytest.mark.parametrize("rows", [2, 97])
@pytest.mark.parametrize("cells", [100, 1 << 20])
def test_what_is_taken_at_once_is_what_each_column_gives(
    unseen: str, rows: int, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_block, "BLOCK_CELLS", cells)
    table = make_table(rows)
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    encoder = TableEncoder(unseen=unseen).fit(chunked)
    features = encoder.transform(chunked)
    alone = [choose_column(name, table[name], False, encoder.fitted_.choices) for name in table.column_names]
    assert list(encoder.columns_) == alone
    expected = [column.encode(table[column.name]) for column in alone if column.groups]
    np.testing.assert_array_equal(features, np.concatenate(expected, axis=1))


def test_most_columns_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []

    def spy(*arguments):
        kept = number_block.encode_at_once(*arguments)
        left.extend(column.name for column, _, _ in kept)
        return kept

    monkeypatch.setattr(table_columns, "encode_at_once", spy)
    table = make_table(97)
    TableEncoder().fit(table).transform(table)
    assert {name.split()[0] for name in left if name.endswith("0")} == {"half", "text", "time"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (pa.array([1.0, np.inf, 2.0]), "'b' is inf in row 1"),
        (pa.array([1.0, 2.0, 1e300]), r"'b' is 1e\+300 in row 2, too far"),
        (pa.array([1.0, None, 2.0]), "'b' is missing in 1 row"),
        (pa.array([1, 2**53 + 1, 2]), r"'b' holds whole numbers beyond 2\*\*53"),
        (pa.array(["1", "2", "?"]), "'b' holds '\\?' in row 2, but held numbers"),
    ],
)
def test_the_first_column_that_is_to_be_refused_is_named(cells: pa.Array, said: str) -> None:
    fine, many = pa.array([1.0, 2.0, 3.0]), pa.array(["x", "y", None])
    encoder = TableEncoder().fit(pa.table({"a": fine, "b": fine, "c": fine, "d": ["x", "y", "x"]}))
    with pytest.raises(InvalidInputError, match=said):
        encoder.transform(pa.table({"d": many, "c": cells, "b": cells, "a": fine}))


def test_a_time_that_numpy_takes_for_none_is_refused() -> None:
    kind = pa.timestamp("s")
    encoder = TableEncoder().fit(pa.table({"a": pa.array([1, 10**9, None], kind)}))
    with pytest.raises(InvalidInputError, match="'a' lies outside of years 1 to 9999 in row 1"):
        encoder.transform(pa.table({"a": pa.array([1, -(2**63), None], kind)}))
