from __future__ import annotations

import datetime
import gzip
import warnings
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.data import compression, csv_text, read
from autoencode.data.cell_table import MISSING
from autoencode.exceptions import AutoencodeError, AutoencodeWarning, CorruptDataError, InvalidInputError


def parse(tmp_path: Path, content: str | bytes, name: str = "t.csv") -> pa.Table:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    table = read(path).values
    assert isinstance(table, pa.Table)
    return table


def describe(table: pa.Table) -> dict[str, tuple]:
    return {field.name: (str(field.type), *table.column(field.name).to_pylist()) for field in table.schema}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2.5\n", {"a": ("int64", 1), "b": ("double", 2.5)}),
        ("a,b\r\n1,2\r\n3,4", {"a": ("int64", 1, 3), "b": ("int64", 2, 4)}),
        ("a,b\r1,2\r", {"a": ("int64", 1), "b": ("int64", 2)}),
        ("\ufeffa,b\n1,2\n", {"a": ("int64", 1), "b": ("int64", 2)}),
        ("\n\na,b\n\n1,2\n\n", {"a": ("int64", 1), "b": ("int64", 2)}),
        ("a,b\n 1, 2\n3 ,4\n", {"a": ("int64", 1, 3), "b": ("int64", 2, 4)}),
        ("a\tb\n1\t2\n", {"a": ("int64", 1), "b": ("int64", 2)}),
        ("a|b\n1|2\n", {"a": ("int64", 1), "b": ("int64", 2)}),
        ("a;b\n1,5;2\n-,5;3e+2\n", {"a": ("double", 1.5, -0.5), "b": ("double", 2.0, 300.0)}),
        ('"a;x",b\n1,2\n', {"a;x": ("int64", 1), "b": ("int64", 2)}),
        ("only\n1\n2\n", {"only": ("int64", 1, 2)}),
        ("country,1990,1991\nx,1,2\n", {"country": ("string", "x"), "1990": ("int64", 1), "1991": ("int64", 2)}),
        ("0,1,2\n3,4,5\n", {"0": ("int64", 3), "1": ("int64", 4), "2": ("int64", 5)}),
        ("=cmd(),b\n1,2\n", {"=cmd()": ("int64", 1), "b": ("int64", 2)}),
        ('a,b\n1,"x\ny"\n2,"say ""z"""\n', {"a": ("int64", 1, 2), "b": ("string", "x\ny", 'say "z"')}),
        ('a,b\n5" pipe,3\n6" pipe,4\n', {"a": ("string", '5" pipe', '6" pipe'), "b": ("int64", 3, 4)}),
        ("a,b\n1,\n,x\n", {"a": ("int64", 1, None), "b": ("string", None, "x")}),
        ("a,b\n1,NA\n2,nan\n", {"a": ("int64", 1, 2), "b": ("null", None, None)}),
        ("a,b\nTrue,1\nfalse,2\n,3\n", {"a": ("bool", True, False, None), "b": ("int64", 1, 2, 3)}),
        ("a,b\n9007199254740993,1\n", {"a": ("int64", 9007199254740993), "b": ("int64", 1)}),
        ("a,b\n10000000000000000000,inf\n", {"a": ("double", 1e19), "b": ("string", "inf")}),
        ("a,b\n1.5,2\n1e5,2\n", {"a": ("double", 1.5, 1e5), "b": ("int64", 2, 2)}),
        ("a,b\nx,2024-02-29\n", {"a": ("string", "x"), "b": ("date32[day]", datetime.date(2024, 2, 29))}),
    ],
)
def test_what_is_read(tmp_path: Path, content: str, expected: dict[str, tuple]) -> None:
    table = parse(tmp_path, content)
    assert describe(table) == expected
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        assert parse(tmp_path, content.removeprefix("\ufeff").encode(encoding)).equals(table), encoding
    assert parse(tmp_path, gzip.compress(content.encode())).equals(table)


def test_every_word_for_missing(tmp_path: Path) -> None:
    table = parse(tmp_path, "a,b,c\n" + "".join(f'{word},"{word}",{n}\n' for n, word in enumerate(MISSING)) + "1,x,9\n")
    assert table.column("a").to_pylist() == [None] * len(MISSING) + [1]
    assert table.column("b").to_pylist() == [None] * len(MISSING) + ["x"]
    assert len(set(MISSING)) == len(MISSING)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("a,b", "has a header but no rows"),
        ("a,b,c\n1,2,3\nmade by hand\n", "found 1: 'made by hand'; delete the line if it is a note, else name another"),
        ("a,b\n1,2\n3\n", r"row 1 \(line 3\): expected 2 cells, separated by ',', found 1: '3'; add the missing"),
        ("a,b\n1,2\n3,4,5\n", r"row 1 \(line 3\): expected 2 cells, .* found 3: '3,4,5'; quote cells"),
        ('a,b\n"1,x\n2,y\n', "row 0: .* is a quote left open there"),
        ('a,b\n1,"x\n2,y\n3,z\n', "row 0: a quote is opened and never closed"),
        ("a,b\n1,\0\n", r"row 0 \(line 2\): column 'b' has a zero byte"),
        ("a,b\n1,x\n".encode("utf-16") + b"\0", "expected text in UTF-16"),
        ("a,b\n1,x\n".encode("utf-16") + b"\x00\xd8\x00\x00", "expected text in UTF-16"),
        ("a,\x1b[31mb\n1,2\n", r"the name of column 2, '\\x1b\[31mb', has .* control character"),
        ("x" * 10_000 + ",b\n1,2\n", "the name of column 1 has 10,000 characters"),
        ("a,b\n1,1\n-1e999,1\n", r"row 1 \(line 3\): column 'a' has '-1e999', beyond the largest number"),
        (b"PAR1....PAR1", "damaged or truncated Parquet file"),
        (b"PK\x03\x04....", "damaged or truncated workbook"),
        (b"\x80\x04\x95....", "it is a pickle, which is never read"),
        (b"<!DOCTYPE html>", "it is a web page"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:-20], "damaged or truncated gzip data"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6] + b"123456", "damaged or truncated gzip data"),
        (b"\x1f\x8b", "damaged or truncated gzip data"),
        (gzip.compress(gzip.compress(b"a,b\n1,2\n", mtime=0), mtime=0), "compressed with gzip"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises((CorruptDataError, InvalidInputError), match=message) as error:
        parse(tmp_path, content)
    assert str(error.value).startswith(str(tmp_path / "t.csv"))
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 500


def test_a_late_float_or_word_changes_the_whole_column(tmp_path: Path) -> None:
    rows = "1,2,3\n" * 1_000_000
    table = parse(tmp_path, f"a,b,c\n{rows}1.5,2,3\n")
    assert table.schema.types == [pa.float64(), pa.int64(), pa.int64()]
    with pytest.warns(AutoencodeWarning, match="column 'b' is read as text, as row 1000000 .* has 'x'"):
        table = parse(tmp_path, f"a,b,c\n{rows}1,x,3\n")
    assert table.schema.types == [pa.int64(), pa.string(), pa.int64()]
    assert table.column("b")[0].as_py() == "2"
    with pytest.raises(CorruptDataError, match=r"row 1000000 .*: expected 3 cells"):
        parse(tmp_path, f"a,b,c\n{rows}1,2\n")


@pytest.mark.parametrize(("cells", "odd"), [("12x3", "x"), ("1y23", "y"), ("123=", "=")])
def test_numbers_with_a_word_among_them_are_text_and_say_so(tmp_path: Path, cells: str, odd: str) -> None:
    with pytest.warns(
        AutoencodeWarning, match=f"has '{odd}', although 3 of its 4 cells are numbers; where that stands for a missing"
    ):
        table = parse(tmp_path, "a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    assert table.column("a").to_pylist() == list(cells)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(tmp_path, "a\n1\nx\n")
        parse(tmp_path, "a\nx\n\n")


def test_a_late_zero_byte_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptDataError, match=r"row 600000 .*: column 'b' has a zero byte"):
        parse(tmp_path, "a,b\n" + "1,x\n" * 600_000 + "1,\0\n")


def test_a_huge_cell_is_read_and_a_larger_row_refused(tmp_path: Path) -> None:
    assert parse(tmp_path, f"a,b\n1,{'x' * 2**23}\n").column("b")[0].as_py() == "x" * 2**23
    with pytest.raises(CorruptDataError, match="a row longer than 16 MiB; is a quote left open"):
        parse(tmp_path, "a,b\n" + "1,y\n" * 2**19 + f"1,{'x' * 2**25}\n")


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "_SUSPECT_BYTES", 2**21)
    content = gzip.compress(b"a,b\n" + b"1,1\n" * 2**20)
    with pytest.raises(CorruptDataError, match=r"bytes expand to more than 200 times as many; if that is right, decom"):
        parse(tmp_path, content, "t.csv.gz")
    monkeypatch.setattr(compression, "_SUSPECT_BYTES", 2**23)
    assert len(parse(tmp_path, content, "t.csv.gz")) == 2**20


def test_the_ending_decides_between_separators(tmp_path: Path) -> None:
    assert parse(tmp_path, "a,b\tc,d\n1\t2\n", "t.tsv").column_names == ["a,b", "c,d"]
    assert parse(tmp_path, "a\n1\n", "t.tsv").column_names == ["a"]
    assert parse(tmp_path, gzip.compress(b"a\tb\n1,5\t2\n"), "t.tsv.gz").column("a").to_pylist() == [1.5]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    text = data.draw(st.text('ab1,;"\n\r\t .é\0', max_size=60)).encode()
    content = data.draw(st.sampled_from([text, b"a,b\n" + text, data.draw(st.binary(max_size=40))]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AutoencodeWarning)
        message = ""
        try:
            table = parse(tmp_path_factory.mktemp("csv"), content)
            table.validate(full=True)
            table.to_pylist()
        except AutoencodeError as error:
            message = str(error)
        assert len(message.splitlines()) <= 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_a_long_header_is_no_file_without_rows(tmp_path: Path, ending: str) -> None:
    names = [f"{'c' * 450}{place}" for place in range(2500)]
    content = ",".join(names) + (ending or "\n") + ",".join(["1.5"] * len(names)) + ending
    assert len(",".join(names)) > csv_text._HEAD_BYTES
    table = parse(tmp_path, content)
    assert (table.shape, table.column_names) == ((1, 2500), names)
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(content.encode(), 1))
    assert read(packed).values.equals(table)  # pyright: ignore[reportAttributeAccessIssue]


def test_a_header_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "_LONGEST_HEADER", 1 << 21)
    with pytest.raises(CorruptDataError, match=r"t\.csv: its first line is longer than 2 MiB"):
        parse(tmp_path, "a" * (1 << 22))


def test_more_columns_than_memory_are_refused_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.data.regular_file.count_memory", lambda: 9_999_999)
    with pytest.raises(InvalidInputError, match=r"t\.csv, with 2,000 columns: needs 0\.0 GiB of memory"):
        parse(tmp_path, ",".join(map(str, range(2000))) + "\n" + "1," * 1999 + "1\n")


def test_a_wide_table_of_decimal_commas_is_numbers(tmp_path: Path) -> None:
    names = [f"c{place}" for place in range(300)]
    table = parse(tmp_path, "\n".join([";".join(names), ";".join(["1,5"] * 300), ";".join(["-2,25"] * 300)]))
    assert table.to_pydict() == {name: [1.5, -2.25] for name in names}
