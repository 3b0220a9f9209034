"""Tables that are too large for memory: read block by block into files, they are the tables that are read at once."""

from __future__ import annotations

import errno
import gzip
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from autoencode import Autoencoder, stored_tables
from autoencode.data import csv_file, many_texts, read
from autoencode.exceptions import AutoencodeError, CorruptDataError
from autoencode.memory_budget import limit_memory
from autoencode.stored_arrays import can_store
from autoencode.stored_tables import Shelf, map_column, map_parts, pick_table_rows

pytestmark = [
    pytest.mark.skipif(not can_store(), reason="this system does not let go of mapped files"),
    pytest.mark.filterwarnings("ignore::autoencode.AutoencodeWarning"),
]

ODD_CELLS: dict[str, list[str]] = {
    "whole": ["1", "20", "-3", "+4", "0"],
    "huge": ["12345678901234567890", "9007199254740993", "10000000000000000000"],
    "codes": ["0012", "007", "0100", "1E5"],
    "decimal": ["1.5", "2.25", "-0.125", ".5", "3."],
    "comma": ['"1,5"', '"2,25"', '"-0,5"', '"1.234,5"'],
    "thousands": ["1.234", "12.345", "100.000", '"1,234"', '"12,345"'],
    "money": ["$5", "$1.50", "€7", '"5,00 €"', "(3)", "7-", "1'000"],
    "percent": ["5%", "7 %", "0"],
    "iso": ["2024-02-29", "1999-12-31", "2024-02-29 12:30:00", "2024-01-01T00:00:00.5"],
    "dates": ["03/02/2024", "16/02/2024", "02/16/2024", "1/2/24", "03.04.2024", "16 Jul 2024"],
    "times": ["12:30", "1:05 PM", "23:59:59"],
    "truths": ["True", "false", "TRUE"],
    "words": ["lamp", '"brick\nred"', '"say ""x"""', " padded ", "é", "5 pieces"],
    "missing": ["", "NA", "-", "?", "n/d", '""', " "],
}


@st.composite
def draw_column(draw: st.DrawFn, rows: int) -> list[str]:
    """Cells of one kind, some missing; and late among them, perhaps, some of another."""
    kinds = st.sampled_from(sorted(ODD_CELLS))
    kind, late, gaps = draw(kinds), draw(kinds), draw(st.booleans())
    start = draw(st.integers(rows // 2, 2 * rows))
    columns = [ODD_CELLS[late if row >= start else kind] for row in range(rows)]
    return [draw(st.sampled_from(cells + ODD_CELLS["missing"] * gaps)) for cells in columns]


@st.composite
def draw_text(draw: st.DrawFn) -> str:
    rows = draw(st.integers(2, 30))
    columns = [draw(draw_column(rows)) for _ in range(draw(st.integers(1, 4)))]
    header = ",".join(f"c{place}" for place in range(len(columns)))
    lines = [",".join(cells) for cells in zip(*columns, strict=True)]
    for place in draw(st.lists(st.integers(0, rows), max_size=2)):
        lines.insert(place, header)
    return "\n".join([header, *lines]) + "\n"


def look(path: Path, budget: int) -> Any:
    """Return all that reading comes to: the table, how it was read, what was said; or what was wrong."""
    with limit_memory(budget), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            samples = read(path)
        except AutoencodeError as error:
            return type(error), str(error)
        table = samples.values
        assert isinstance(table, pa.Table)
        cells = samples.own_cells()
        assert cells is not None
        words = [str(warning.message) for warning in said]
        return table.schema, str(table.to_pydict()), samples.reading.to_dict(), words, cells.to_pydict()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "PARSED_BYTES", 64)
    monkeypatch.setattr(csv_file, "_BLOCK_LINES", 1)
    monkeypatch.setattr(many_texts, "MANY_VALUES", 3)
    monkeypatch.setattr(stored_tables, "COUNTED_ROWS", 5)
    monkeypatch.setattr(stored_tables, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(stored_tables, "LEAST_BYTES", 1000)


@pytest.mark.usefixtures("small_blocks")
def test_a_text_read_into_files_is_the_one_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    @given(draw_text())
    @settings(max_examples=50, deadline=None)
    def check(text: str) -> None:
        path.write_text(text)
        assert look(path, 1) == look(path, 10**9)

    check()


LATE = "a,b\n" + "1,2\n" * 300


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (LATE.encode() + b"3\n" + b"1,2\n" * 9, r"row 300 \(line 302\): expected 2 cells"),
        (LATE.encode() + b"1,\xff\xfe\x81\n", "cp1252|no text"),
        (LATE.encode() + b'1,"x\n2,3\n', "a quote is opened and never closed"),
        (LATE.encode() + b'1,"x"y"\n2,3\n', ""),
        (b"a,b\n", "no rows"),
        (LATE.encode() + b"1," + b"x" * 5000 + b"\n", ""),
        (LATE.encode("utf-16"), ""),
        (gzip.compress(LATE.encode()), ""),
        (gzip.compress(LATE.encode())[:-9], "damaged or truncated gzip data"),
        (b"# note\na;b\n" + b'1;"2"  \n' * 40, ""),
        ((",".join(f"c{place}" for place in range(1500)) + "\n" + 3 * (",".join(["1"] * 1500) + "\n")).encode(), ""),
    ],
    ids=["ragged", "bad byte", "open quote", "odd quote", "header", "long", "utf-16", "gzip", "torn", "odd", "wide"],
)
def test_odd_files_come_to_the_same(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    found = look(path, 1)
    assert found == look(path, 10**9)
    if isinstance(found[0], type):
        assert says
        assert says.split("|")[-1].split("\\")[0] in found[1]


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_is_written_to_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, reading = tmp_path / "table.csv", csv_file.read_batches
    path.write_text(LATE)

    def read_and_write(*arguments: Any, **options: Any) -> Iterator[pa.Table]:
        for batch in reading(*arguments, **options):
            path.write_text(LATE + "5,6\n")
            yield batch

    monkeypatch.setattr(csv_file, "read_batches", read_and_write)
    with limit_memory(1), pytest.raises(CorruptDataError, match="changed while it was read"):
        read(path)


def test_a_full_disk_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path, table = tmp_path / "table.csv", pa.table({"a": [1.5, 2.5]})
    path.write_text(LATE)
    parquet.write_table(table, tmp_path / "table.parquet")
    monkeypatch.setattr(stored_tables, "_write", refuse)
    for data in (path, tmp_path / "table.parquet"):
        with limit_memory(1), pytest.raises((OSError, AutoencodeError), match="do not fit on the disk of"):
            read(data)


def test_categories_that_change_from_part_to_part_are_kept(tmp_path: Path) -> None:
    kinds = [pa.chunked_array([words * 50]).dictionary_encode() for words in (["a", "b"], ["c", "a"], ["b", None])]
    table = pa.concat_tables([pa.table({"kind": kind, "n": list(range(100))}) for kind in kinds])
    parquet.write_table(table, tmp_path / "table.parquet", row_group_size=50)
    with limit_memory(1):
        stored = read(tmp_path / "table.parquet").values
    assert isinstance(stored, pa.Table)
    assert stored["kind"].to_pylist() == table["kind"].to_pylist()


@pytest.mark.parametrize("budget", [10**9, 100])
def test_rows_and_columns_are_the_same_in_files(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_tables, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(stored_tables, "LEAST_BYTES", 1000)
    table = pa.table({"n": list(range(200)), "kind": pa.array(["a", None] * 100).dictionary_encode()})
    with limit_memory(budget):
        picked = pick_table_rows(table, list(range(199, 0, -3)))
        kept = map_parts(lambda part: part.filter(pa.compute.greater(part["n"], 150)), table)
        doubled = map_column(lambda cells, _: pa.compute.multiply(cells, 2), table["n"], pa.int64())
        shelf = Shelf()
        places = [shelf.add(column) for column in (table["n"], table["kind"], doubled)]
    assert picked.to_pydict() == table.take(list(range(199, 0, -3))).to_pydict()
    assert kept["n"].to_pylist() == list(range(151, 200))
    assert doubled.to_pylist() == [2 * number for number in range(200)]
    assert [shelf[place].to_pylist() for place in places] == [
        column.to_pylist() for column in (table["n"], table["kind"], doubled)
    ]


def test_one_file_and_ten_parts_make_one_model(tmp_path: Path) -> None:
    rows = [f"{row},{row % 7 / 4},{'abc'[row % 3]},2024-01-{row % 28 + 1:02}" for row in range(3000)]
    (tmp_path / "whole.csv").write_text("\n".join(["n,x,kind,day", *rows]) + "\n")
    with limit_memory(10**9):
        table = read(tmp_path / "whole.csv").values
    assert isinstance(table, pa.Table)
    for folder in ("text", "parquet"):
        (tmp_path / folder).mkdir()
        for part in range(10):
            name = tmp_path / folder / f"part-{part}"
            some = slice(300 * part, 300 * (part + 1))
            if folder == "text":
                name.with_suffix(".csv").write_text("\n".join(["n,x,kind,day", *rows[some]]) + "\n")
            else:
                parquet.write_table(table.slice(some.start, 300), name.with_suffix(".parquet"))
    found = set()
    for budget, data in ((10**9, table), *((10**4, tmp_path / data) for data in ("whole.csv", "text", "parquet"))):
        model = Autoencoder(2, epochs=1, random_state=0, validation_fraction=0.2)
        with limit_memory(budget):
            found.add(model.fit(data).fitted_.fingerprint)
    assert len(found) == 1
