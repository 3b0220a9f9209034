from __future__ import annotations

import datetime
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.data import Reading, read, workbook
from autoencode.data.table_options import TableOptions
from autoencode.exceptions import AutoencodeError, CorruptDataError, InvalidInputError

ROWS = [["a", "b", "c"], [1, 1.5, "0012"], [2, None, "x"]]
COLUMNS = {"a": [1, 2], "b": [1.5, None], "c": ["0012", "x"]}


def write(path: Path, *rows: list[Any], at: str = "A1", **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for title, content in {"": list(rows), **sheets}.items():
        sheet = book.create_sheet(title) if title else first
        corner = sheet[at]
        for down, row in enumerate(content):
            for right, cell in enumerate(row):
                sheet.cell(corner.row + down, corner.column + right, cell)
    book.save(path)
    return path


def load(path: Path, **options: Any) -> pa.Table:
    return read(path, reading=Reading("table", table=TableOptions(**options))).values  # type: ignore[return-value]


def change(path: Path, member: str, old: str, new: str) -> Path:
    """Replace text in a member of a workbook."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in contents[member]
    contents[member] = contents[member].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["t.xlsx", "T.XLSX", "t.xlsm", "t.csv", "noending", "tâble x.xlsx"])
def test_a_sheet_is_a_table(tmp_path: Path, name: str) -> None:
    content = write(tmp_path / "t.xlsx", *ROWS).read_bytes()
    (tmp_path / name).write_bytes(content)
    table = load(tmp_path / name)
    assert table.to_pydict() == COLUMNS
    assert table.schema.types == [pa.int64(), pa.float64(), pa.string()]


def test_kinds(tmp_path: Path) -> None:
    day, moment = datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5)
    rows = [
        ["whole", "half", "flag", "day", "moment", "both", "time", "error", "mixed", "none", "text"],
        [1, 1, True, day, moment, day, datetime.time(1, 2), "#DIV/0!", 1, None, "2024-01-02"],
        [-2, 0.5, False, day, moment, moment, datetime.time(0, 0), 2, "x", None, "1.50"],
    ]
    table = load(write(tmp_path / "t.xlsx", *rows))
    assert [str(kind) for kind in table.schema.types] == [
        *("int64", "double", "bool", "date32[day]", "timestamp[us]", "timestamp[us]", "time64[us]", "int64"),
        *("string", "null", "string"),
    ]
    assert table.column("error").to_pylist() == [None, 2]
    assert table.column("mixed").to_pylist() == ["1", "x"]
    assert table.column("both").to_pylist() == [datetime.datetime(2024, 1, 2), moment]
    assert table.column("text").to_pylist() == ["2024-01-02", "1.50"]


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        (ROWS, "B1"),
        (ROWS, "A4"),
        (ROWS, "D7"),
        ([["Report for 2024"], [], *ROWS], "A1"),
        ([["Report"], ["by the office"], [None], *ROWS], "B2"),
        ([["Report"], [None, *ROWS[0]], [None, *ROWS[1]], [None, *ROWS[2]]], "A1"),
        ([ROWS[0], [None], ROWS[1], [None], ROWS[2], [None]], "A1"),
    ],
)
def test_the_table_is_found_in_the_sheet(tmp_path: Path, rows: list[list[Any]], at: str) -> None:
    assert load(write(tmp_path / "t.xlsx", *rows, at=at)).to_pydict() == COLUMNS


def test_names_that_are_no_text(tmp_path: Path) -> None:
    rows = [["country", 1990, 1991.0, 1992.5], ["x", 1, 2, 3], ["y", 4, 5, 6]]
    assert load(write(tmp_path / "t.xlsx", *rows)).column_names == ["country", "1990", "1991", "1992.5"]
    rows[0] = [0, 1, 2, 3]  # as pandas writes columns without names
    assert load(write(tmp_path / "t.xlsx", *rows)).column_names == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[5.1, 3.5, "x"], [4.9, 3.0, "y"]], r"names in row 1, found what looks like a sample \('5\.1', '3\.5', 'x'"),
        ([[1, 2], [3, 4]], "looks like a sample"),
        ([["x", True], ["y", False]], "looks like a sample"),
        ([["a", None, "c"], [1, 2, 3]], r"row 1 names 2 of 3 columns; name all of them, or say by skip="),
        ([["a", "b", None], [1, 2, None], [3, 4, "note"]], "row 1 names 2 of 3 columns"),
        ([["a"], [None, 2]], "no row names all 2 columns"),
        ([["a", "a"], [1, 2]], "2 columns are called 'a'"),
        ([[None, "a", "b"], [0, 1, 2]], "column 1 of 3 has no name"),
        ([["a", "b"]], "has columns but no rows"),
        ([["a\nb", "c"], [1, 2]], "has a line break"),
        ([], "has no sheet with anything in it"),
    ],
)
def test_what_is_refused(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    with pytest.raises((CorruptDataError, InvalidInputError), match=message) as error:
        load(write(tmp_path / "t.xlsx", *rows))
    assert len(str(error.value).splitlines()) == 1


def test_where_the_table_begins_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", ["a", "note"], ["by me", "2024"], *ROWS)
    assert load(path, skip=2).to_pydict() == COLUMNS
    assert load(write(tmp_path / "t.xlsx", [1, 2], [3, 4]), header=False).num_rows == 2
    assert load(write(tmp_path / "t.xlsx", [1, 2], [3, 4]), header=True).to_pydict() == {"1": [3], "2": [4]}


def test_a_name_that_comes_late_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoencode.data.excel_file._SEARCHED_ROWS", 3)
    with pytest.raises(InvalidInputError, match="has 'note' in a column that has no name"):
        load(write(tmp_path / "t.xlsx", *ROWS, [3, 4, "z"], [5, 6, "z", "note"]))


def test_several_sheets_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", *ROWS, June=[["a"], [7]], Empty=[])
    with pytest.raises(InvalidInputError, match=r"has 2 sheets: 'Sheet' and 'June'; name the one to read by table="):
        load(path)
    assert load(path, table="Sheet").to_pydict() == COLUMNS
    assert load(path, table="June").to_pydict() == {"a": [7]}
    with pytest.raises(InvalidInputError, match=r"has no sheet 'june', but 'Sheet', .*did you mean 'June'\?"):
        load(path, table="june")
    with pytest.raises(CorruptDataError, match="the sheet is empty"):
        load(path, table="Empty")
    with pytest.raises(InvalidInputError, match="has no sheet 'July', but 'Sheet'"):
        load(write(tmp_path / "t.xlsx", *ROWS), table="July")


def test_a_hidden_sheet_is_read_only_when_it_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", *ROWS, Lists=[["a"], [7]])
    change(
        path, "xl/workbook.xml", 'name="Lists" sheetId="2" state="visible"', 'name="Lists" sheetId="2" state="hidden"'
    )
    assert load(path).to_pydict() == COLUMNS
    assert load(path, table="Lists").to_pydict() == {"a": [7]}


def test_left_out_columns_are_not_judged(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", *ROWS)
    assert load(path, drop=("b",)).column_names == ["a", "c"]
    with pytest.raises(InvalidInputError, match="has no column 'B'; did you mean 'b'"):
        load(path, drop=("B",))


@pytest.mark.parametrize("formula", ["=A2*2", '="x"', "=SUM(A2:A3)"])
def test_formulas_without_values_are_refused(tmp_path: Path, formula: str) -> None:
    path = write(tmp_path / "t.xlsx", ["a", "b"], [1, 2], [3, formula], Other=[])
    with pytest.raises(InvalidInputError, match=r"cell B3 has a formula whose value is not stored; open the file in"):
        load(path)
    text = f"<f>{formula[1:]}</f>"
    change(path, "xl/worksheets/sheet1.xml", f"{text}<v />", f"{text}<v>5</v>")
    assert load(path).column("b").to_pylist() == [2, 5]


def test_formulas_of_another_sheet_are_no_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "t.xlsx", *ROWS, Other=[["a"], ["=1+1"]])
    assert load(path, table="Sheet").to_pydict() == COLUMNS


def test_a_password_is_said(tmp_path: Path) -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    for stream in ("EncryptionInfo", "EncryptedPackage"):
        head += stream.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HB", 2 * len(stream) + 2, 2) + bytes(61)
    for name in ("t.xlsx", "t.xls", "t.csv"):
        (tmp_path / name).write_bytes(head + bytes(2000))
        with pytest.raises(InvalidInputError, match="is locked by a password; save it without one"):
            load(tmp_path / name)


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_SUSPECT_BYTES", 2**20)
    path = write(tmp_path / "t.xlsx", *ROWS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image.bin", bytes(2**23))
    with pytest.raises(CorruptDataError, match=r"expand to 8,\d+,\d+ in \d+ parts, as if made to fill the memory"):
        load(path)
    # One that declares less than it holds is found as it is looked through, before it is read.
    content = bytearray(path.read_bytes())
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/media"))
    content[place + 24 : place + 28] = struct.pack("<I", 1000)
    path.write_bytes(content)
    with pytest.raises(CorruptDataError, match="is a damaged or truncated workbook"):
        load(path)


@pytest.mark.parametrize("place", ['r="XFD1048576"', "r='XFD1048576'", 'r = "xfd1048576"', 'r\n= "XFD1048576"'])
def test_a_sheet_of_two_cells_far_apart_does_not_fill_the_memory(tmp_path: Path, place: str) -> None:
    path = write(tmp_path / "t.xlsx", ["a", "b"], [1, 2])
    change(path, "xl/worksheets/sheet1.xml", 'r="B2"', place)
    with pytest.raises(InvalidInputError, match=r"a sheet of 1,048,576 × 16,384 places: needs 512\.0 GiB of memory"):
        load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "is a damaged or truncated workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is a damaged or truncated workbook"),
        (b"\x93NUMPY", "expected a workbook, found a NumPy array"),
        (b"<html><table>", "expected a workbook, found a web page"),
        (b"<?xml version='1.0'?><Workbook/>", "expected a workbook, found XML"),
        (b"\0\1\2", "expected a workbook, found something else"),
        (b"", "the file is empty"),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["t.xlsx", "t.xls", "t.ods"])
def test_what_is_no_workbook(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorruptDataError, match=message):
        load(tmp_path / name)


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("t.csv", "a\n1\n")
    with pytest.raises(CorruptDataError, match="is a zip file, but no workbook; unpack it first"):
        load(tmp_path / "t.xlsx")


def test_text_that_calls_itself_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_text("a\tb\n1\tx\n2\ty\n")
    assert load(tmp_path / "t.xls").to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def build_record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def build_cell(down: int, right: int, cell: float | str) -> bytes:
    place = struct.pack("<HHH", down, right, 0)
    if isinstance(cell, str):
        return build_record(0x0204, place + struct.pack("<HB", len(cell), 0) + cell.encode())
    return build_record(0x0203, place + struct.pack("<d", cell))


def build_xls(rows: list[list[Any]]) -> bytes:
    """Build the stream of a sheet (BIFF8) in the one file of a compound file of 512-byte sectors."""
    start = [build_record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0)) for kind in (0x0005, 0x0010)]
    end = build_record(0x000A, b"")
    here = len(start[0]) + 4 + 8 + len("Data") + len(end)
    names = build_record(0x0085, struct.pack("<IHBB", here, 0, 4, 0) + b"Data")
    cells = [build_cell(d, r, cell) for d, row in enumerate(rows) for r, cell in enumerate(row) if cell is not None]
    stream = b"".join([start[0], names, end, start[1], *cells, end]).ljust(4096, b"\0")
    mark = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head = mark + struct.pack(
        "<HHHHH6xIIIIIIIIII", 62, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0
    )
    sectors = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    tree = b""
    for name, kind, child, first, size in (("Root Entry", 5, 1, 0xFFFFFFFE, 0), ("Workbook", 2, 0xFFFFFFFF, 2, 4096)):
        entry = name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
        tree += entry + struct.pack("<III36xIQ", 0xFFFFFFFF, 0xFFFFFFFF, child, first, size)
    table = struct.pack(f"<{len(sectors)}I", *sectors).ljust(512, b"\xff")
    return head.ljust(512, b"\xff") + table + tree.ljust(512, b"\0") + stream


def test_xls(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_bytes(build_xls(ROWS))
    assert load(tmp_path / "t.xls").to_pydict() == COLUMNS
    assert load(tmp_path / "t.xls", table="Data").to_pydict() == COLUMNS


ODS = """<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="S">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""
MANIFEST = """<?xml version="1.0"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
</manifest:manifest>"""


def write_ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", ODS.format(rows))
    return path


def word(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def number(value: float, more: str = "") -> str:
    return f'<table:table-cell {more} office:value-type="float" office:value="{value}"/>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def test_ods(tmp_path: Path) -> None:
    day = '<table:table-cell office:value-type="date" office:date-value="2024-01-02"/>'
    rest = row('<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="1048000"')
    rows = row(word("a"), word("b"), word("c")) + row(number(1), day, word("x")) + rest
    table = load(write_ods(tmp_path / "t.ods", rows))
    assert table.to_pydict() == {"a": [1], "b": [datetime.date(2024, 1, 2)], "c": ["x"]}


def test_ods_that_repeats_without_end_is_refused(tmp_path: Path) -> None:
    many = 'table:number-columns-repeated="16384"'
    path = write_ods(tmp_path / "t.ods", row(number(1, many), more='table:number-rows-repeated="1000000000"'))
    with pytest.raises(CorruptDataError, match="is a damaged or truncated workbook: Cell limit exceeded"):
        load(path)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = write(tmp_path_factory.mktemp("excel") / "t.xlsx", *ROWS)
    with zipfile.ZipFile(path) as archive:
        contents = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    for name in data.draw(st.lists(st.sampled_from(sorted(contents)), min_size=1, max_size=3)):
        content = contents[name]
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
            content[place] = data.draw(st.sampled_from(b'<>/"=A9 \0'))
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, bytes(content))
    path.write_bytes(stored.getvalue())
    message = ""
    try:
        load(path)
    except AutoencodeError as error:
        message = str(error)
    assert len(message.splitlines()) <= 1
