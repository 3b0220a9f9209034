"""A table's own cells are those of its file, to the character."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autoencode.data import read
from autoencode.exceptions import AutoencodeError

CELLS = st.one_of(
    st.text("ab7é \"',;\n.-=+@#€0", max_size=6),
    st.sampled_from(
        ["NA", "", "0012", "9E9", "0x0F", "1,234", "07/08/2024", " 5", "5 ", "?", "TRUE", "1e5", "-", "null"]
    ),
)


def list_cells(table: object) -> list[list[str]]:
    return [list(row.values()) for row in table.to_pylist()]  # type: ignore[attr-defined]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), st.sampled_from(",;\t|"), st.booleans())
@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_cells_are_those_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], separator: str, quotes_all: bool
) -> None:
    names = ("first name", "second", "third")
    assume(any(any(row) for row in rows))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL)
    writer.writerows([names, *rows])
    path = tmp_path_factory.mktemp("cells") / "t.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    try:
        samples = read(path, separator=separator, header=True, skip=0)
    except AutoencodeError:
        assume(False)
    own = samples.own_cells()
    assert own is not None
    assert own.column_names == list(names)
    assert list_cells(own) == [list(row) for row in rows]


def test_columns_that_were_left_out_and_words_for_missing_come_too(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,code,x\n1,0012,NA\n2,0x0F,\n3,9E9,7.50\n")
    samples = read(tmp_path / "t.csv", drop=("code",))
    assert samples.values.column_names == ["id", "x"]  # pyright: ignore[reportAttributeAccessIssue]
    own = samples.own_cells()
    assert own is not None
    assert own.to_pydict() == {"id": ["1", "2", "3"], "code": ["0012", "0x0F", "9E9"], "x": ["NA", "", "7.50"]}


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
@pytest.mark.parametrize("index", ["Unnamed: 0", ""])
def test_an_index_and_a_header_that_comes_again_leave_as_many_rows(tmp_path: Path, index: str) -> None:
    head = f"{index},a,b\n"
    (tmp_path / "t.csv").write_text(f"{head}0,1,x\n1,2,y\n{head}2,3,x\n")
    samples = read(tmp_path / "t.csv")
    own = samples.own_cells()
    assert own is not None
    assert samples.values.column("a").to_pylist() == [1, 2, 3]  # pyright: ignore[reportAttributeAccessIssue]
    assert own.column("a").to_pylist() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a;b;c\n;;"; "\n;; 5\n1;2;3\n', [["", "", "; "], ["", "", " 5"], ["1", "2", "3"]]),
        ('# made by hand\na,b\n x, 5\ny,"6"\n', [[" x", " 5"], ["y", "6"]]),
        ("a,b\n x, 5\n   \ny,6\n", [[" x", " 5"], ["y", "6"]]),
        ('a, "b"\nx, "5, 1"\ny, "6, 2"\n', [["x", "5, 1"], ["y", "6, 2"]]),
    ],
    ids=["a quoted separator and a blank", "a comment", "a line of blanks", "blanks before quotes are no cell's"],
)
@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_blanks_that_begin_a_cell_are_its_own(tmp_path: Path, text: str, cells: list[list[str]]) -> None:
    (tmp_path / "t.csv").write_text(text)
    own = read(tmp_path / "t.csv").own_cells()
    assert own is not None
    assert list_cells(own) == cells
