from __future__ import annotations

import datetime
import gzip
import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.data import Reading, cell_columns, read
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import AutoencodeError, CorruptDataError, InvalidInputError


def load(path: Path, content: str | bytes, **options: Any) -> pa.Table:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, reading=Reading("table", table=TableOptions(**options))).values  # type: ignore[return-value]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


ROWS = [{"a": 1, "b": "0012", "c": True}, {"b": "x\n1", "a": 2}, {"a": None, "c": False, "d": 0.5}]
COLUMNS = {"a": [1, 2, None], "b": ["0012", "x\n1", None], "c": [True, None, False], "d": [None, None, 0.5]}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.jsonl", lines(*ROWS)),
        ("t.ndjson", "\n" + lines(*ROWS).replace("\n", "\r\n\r\n")),
        ("t.json", json.dumps(ROWS, indent=2)),
        ("t.json", lines(*ROWS)),
        ("t.jsonl", json.dumps(ROWS)),
        ("t.jsonl", "\ufeff" + lines(*ROWS)),
        ("t.jsonl.gz", gzip.compress(lines(*ROWS).encode(), mtime=0)),
        ("t.jsonl", lines(*ROWS).encode("utf-16")),
        ("t.txt", lines(*ROWS)),
        ("t.csv", json.dumps(ROWS)),
        ("noending", lines(*ROWS)),
    ],
    ids=[
        "lines",
        "blank lines",
        "array",
        "lines as .json",
        "array as lines",
        "mark",
        "gzip",
        "utf-16",
        "txt",
        "csv",
        "bare",
    ],
)
@pytest.mark.parametrize("block_rows", [1, 2, 99])
def test_objects_are_rows_wherever_they_stand(
    tmp_path: Path, name: str, content: str | bytes, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.data.json_file.BLOCK_ROWS", block_rows)
    table = load(tmp_path / name, content)
    assert table.to_pydict() == COLUMNS
    assert table.schema.types == [pa.int64(), pa.string(), pa.bool_(), pa.float64()]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1, 2.5], [1.0, 2.5]),
        ([1, "2"], [1, 2]),
        ([1.5, "x"], ["1.5", "x"]),
        ([True, 1], ["true", "1"]),
        ([True, "no"], ["true", "no"]),
        ([2**63 + 1, 1], [str(2**63 + 1), "1"]),
        ([-(2**63), 1], [-(2**63), 1]),
        ([2**53, 0.5], [2.0**53, 0.5]),
        ([math.nan, 1.5], [None, 1.5]),
        ([math.inf, 1.5], [math.inf, 1.5]),
        ([None, None], [None, None]),
        (["2024-01-02", None], [datetime.date(2024, 1, 2), None]),
        (["", "x"], [None, "x"]),
        (["0012", "7"], ["0012", "7"]),
    ],
)
@pytest.mark.parametrize("block_rows", [1, 99])
def test_kinds_are_decided_on_all_rows(
    tmp_path: Path, cells: list, expected: list, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.data.json_file.BLOCK_ROWS", block_rows)
    for order in (1, -1):
        table = load(tmp_path / "t.jsonl", lines(*({"a": cell, "n": 1} for cell in cells[::order])))
        assert table.column("a").to_pylist() == expected[::order]


def test_objects_within_objects_name_columns(tmp_path: Path) -> None:
    rows = [{"a": {"b": 1, "c": {"d": "x"}}, "e": {}}, {"a": None}, {"a": {"b": 2}, "e": None}]
    assert load(tmp_path / "t.jsonl", lines(*rows)).to_pydict() == {"a.b": [1, None, 2], "a.c.d": ["x", None, None]}


def test_left_out_columns_are_not_judged(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": [1], "c": {"d": [2], "e": 3}}, {"a": 2, "f": 10**400}]
    text = lines(*rows)
    assert load(tmp_path / "t.jsonl", text, drop=("b", "c.d", "f")).to_pydict() == {"a": [1, 2], "c.e": [3, None]}
    assert load(tmp_path / "t.jsonl", text, drop=("b", "c", "f")).column_names == ["a"]
    with pytest.raises(InvalidInputError, match=r"drop: .* has no column 'bb'; did you mean 'b'\?"):
        load(tmp_path / "t.jsonl", lines({"a": 1, "b": 2}), drop=("bb",))
    samples = read(tmp_path / "t.jsonl", reading=Reading("table", table=TableOptions(drop=("a",))))
    assert samples.values.column_names == ["b"]  # type: ignore[union-attr]
    assert samples.own_cells().column_names == ["a", "b"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}\n{"a": \n', "line 2: expected a JSON object on each line, .* found no JSON"),
        ('{"a": 1}\n[1]\n', r"line 2: expected a JSON object on each line, .* found '\[1\]'"),
        ('[{"a": 1}, 2]', "entry 2: .* found '2'"),
        ("[1, 2]\n[3, 4]\n", "found no JSON: Extra data"),
        ('{"a": 1}\n{"a": [1]}', r"line 2: column 'a' holds a list, .*drop="),
        ('{"a": 1, "a": 2}', "an object has the key 'a' twice"),
        ('{"a.b": 1, "a": {"b": 2}}', "line 1: two keys stand for column 'a.b'"),
        ('{"": 1}', "column 1 of 1 has no name"),
        ('{"a\\u001b": 1}', "control character"),
        ('{"a": "\\ud800"}', "column 'a' has a cell that is no text"),
        (b'{"a": "\xff"}', "is no text in its encoding: .* encoding="),
        ("[" * 100_000, "objects without end|no JSON"),
        ('{"a":' * 100_000, "objects without end|no JSON"),
        ("", "the file is empty"),
        ("\n \n", "has no columns|no rows"),
        ("[]", "has no columns"),
        ("{}\n{}\n", "has no columns"),
        ('{"a": 0.5}\n{"a": 9007199254740993}', "'9007199254740993', a whole number that would lose digits"),
        ("PAR2 and other text", "found no JSON"),
        (b"\x80\x04..", "it is a pickle"),
        ('{"a": %s}' % ("9" * 5000), "Exceeds the limit"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises((CorruptDataError, InvalidInputError), match=message) as error:
        load(tmp_path / "t.jsonl", content)
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 500


def test_a_whole_table_in_one_object_is_no_row(tmp_path: Path) -> None:
    with pytest.raises(CorruptDataError, match=r"found one object of objects .*orient='records'"):
        load(tmp_path / "t.json", '{"a": {"0": 1, "1": 2}, "b": {"0": 3, "1": 4}}')


def test_rows_that_each_name_other_columns_do_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.data.regular_file.count_memory", lambda: 1_000_000)
    with pytest.raises(InvalidInputError, match="of memory, this machine has"):
        load(tmp_path / "t.jsonl", lines(*({f"k{number}": 1} for number in range(2000))))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_content_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("json") / "t.jsonl"
    content = bytearray(lines(*ROWS).encode())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.sampled_from(b'{}[]":,\\0a\n\xff'))
    message = ""
    try:
        load(path, bytes(content))
    except AutoencodeError as error:
        message = str(error)
    assert len(message.splitlines()) <= 1


def test_blocks_have_a_size() -> None:
    assert cell_columns.BLOCK_ROWS > 1000
