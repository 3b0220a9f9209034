"""One table is one model, to the bit, whatever it is kept in."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

import autoencode as ae

ROWS = 60
pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")


def make_table() -> pa.Table:
    """Numbers of at most 15 digits, whole ones, text that is no number, booleans, dates, and missing cells of each."""
    draw = np.random.default_rng(0)
    gaps = np.arange(ROWS) % 17 == 5
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(int(day)) for day in draw.integers(0, 400, ROWS)]
    return pa.table(
        {
            "weight": pa.array(np.round(draw.normal(50, 9, ROWS), 6), mask=gaps),
            "count": pa.array(draw.integers(0, 9, ROWS), mask=np.roll(gaps, 3)),
            "kind": pa.array(np.array(["lamp", "brick", "rug, red"])[draw.integers(0, 3, ROWS)], mask=np.roll(gaps, 6)),
            "new": pa.array(draw.integers(0, 2, ROWS).astype(bool), mask=np.roll(gaps, 9)),
            "day": pa.array(days, mask=np.roll(gaps, 12)),
        }
    )


TABLE = make_table()


def write_json(path: Path) -> None:
    frame = TABLE.set_column(4, "day", TABLE["day"].cast(pa.string())).to_pandas()
    path.write_text(frame.to_json(orient="records", lines=True, double_precision=15))


def write_sqlite(path: Path) -> None:
    """SQLite has neither booleans nor dates: they are kept as text."""
    text = {name: TABLE[name].cast(pa.string()).to_pylist() for name in ("new", "day")}
    columns = {name: text.get(name, TABLE[name].to_pylist()) for name in TABLE.column_names}
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("create table t (weight real, count integer, kind text, new text, day text)")
        base.executemany("insert into t values (?, ?, ?, ?, ?)", list(zip(*columns.values(), strict=True)))


def write_excel(path: Path) -> None:
    TABLE.to_pandas().to_excel(path, index=False)


FILES: dict[str, Callable[[Path], object]] = {
    "t.csv": lambda path: csv.write_csv(TABLE, path),
    "t.tsv": lambda path: csv.write_csv(TABLE, path, csv.WriteOptions(delimiter="\t")),
    "t.parquet": lambda path: parquet.write_table(TABLE, path),
    "t.feather": lambda path: feather.write_feather(TABLE, str(path)),
    "t.jsonl": write_json,
    "t.sqlite": write_sqlite,
    "t.xlsx": write_excel,
}


def use_duckdb() -> Any:
    import duckdb

    return duckdb.from_arrow(TABLE)


FRAMES: dict[str, Callable[[], Any]] = {
    "pandas, NumPy": TABLE.to_pandas,
    "pandas, nullable": lambda: TABLE.to_pandas().convert_dtypes(dtype_backend="numpy_nullable"),
    "pandas, Arrow": lambda: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda: polars.from_arrow(TABLE),
    "pyarrow": lambda: TABLE,
    "DuckDB": use_duckdb,
}


def fit(source: Any) -> tuple[np.ndarray, ...]:
    model = ae.Autoencoder(code_size=2, hidden=(8,), epochs=2, batch_size=16, random_state=0, engine="xla").fit(source)
    return model.transform(source), model.errors(source)


@pytest.fixture(scope="module")
def expected() -> tuple[np.ndarray, ...]:
    return fit(TABLE)


@pytest.mark.parametrize("name", FILES)
def test_files_give_one_model(name: str, tmp_path: Path, expected: tuple[np.ndarray, ...]) -> None:
    FILES[name](tmp_path / name)
    for came, right in zip(fit(tmp_path / name), expected, strict=True):
        np.testing.assert_array_equal(came, right)


@pytest.mark.parametrize("name", FRAMES)
def test_frames_give_one_model(name: str, expected: tuple[np.ndarray, ...]) -> None:
    for came, right in zip(fit(FRAMES[name]()), expected, strict=True):
        np.testing.assert_array_equal(came, right)
