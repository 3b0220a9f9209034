"""CSV files that are odd or wrong, from the command line."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

ESCAPE = "\x1b[2J\x1b]0;owned\x07"
TRAIN = ("--epochs", "1", "--seed", "0", "--run", "./run")


def rows(*lines: str, count: int = 10) -> bytes:
    """Return a table with a header, some lines, and good ones after them."""
    head, *others = lines
    cells = head.count(",") + 1
    good = [",".join(str(row + cell) for cell in range(cells)) for row in range(count)]
    return ("\n".join([head, *others, *good]) + "\n").encode()


REFUSED: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "no bytes": (b"", ("x.csv: the file is empty",)),
    "blank lines": (b"\n\n \n", ("x.csv: the file is empty",)),
    "only a mark": (b"\xef\xbb\xbf", ("x.csv",)),
    "header alone": (b"a,b,c\n", ("x.csv: has columns but no rows",)),
    "one sample": (b"a,b\n1,2\n", ("minimum of 2",)),
    "ragged: too few": (
        rows("a,b,c", "1,2"),
        ("x.csv: row 0 (line 2)", "expected 3 cells", "found 2", "add the missing"),
    ),
    "ragged: too many": (
        rows("a,b,c", "1,2,3,4"),
        ("x.csv: row 0 (line 2)", "expected 3 cells", "found 4", "quote cells"),
    ),
    "quote left open": (rows("a,b,c", '1,2,"3'), ("x.csv", "quote")),
    "UTF-16 cut in a character": (rows("a,b").decode().encode("utf-16")[:-1], ("x.csv",)),
    "zero byte": (rows("a,b,c", "1,2,x\0y"), ("x.csv", "zero byte")),
    "binary": (bytes(range(256)) * 20, ("x.csv", "zero byte")),
    "PNG called .csv": (b"\x89PNG\r\n\x1a\n" + bytes(99), ("x.csv", "PNG image", "must end in .png")),
    "sheet called .csv": (b"PK\x03\x04" + bytes(99), ("x.csv", "damaged or truncated workbook")),
    "pickle called .csv": (b"\x80\x05\x95" + bytes(99), ("x.csv", "pickle", "never read")),
    "web page": (b"<!DOCTYPE html><html></html>\n", ("x.csv", "web page")),
    "pointer of Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", ("x.csv", "git lfs pull")),
    "a name that commands the terminal": (rows(f"a,{ESCAPE},c"), ("x.csv", "column 2", r"\x1b[2J", "rename it")),
    "a name that turns the text round": (rows("a,b\u202e,c"), ("x.csv", "column 2", "rename it")),
    "a name of 10,000 letters": (rows(f"a,{'b' * 10_000},c"), ("x.csv", "column 2", "10,000 char", "at most 500")),
    "an infinite number": (rows("a,b,c", "1,inf,3"), ("infinity", "'b' of sample 0", "leave the sample out")),
    "minus infinity": (rows("a,b,c", "1,-inf,3"), ("infinity", "'b' of sample 0", "leave the sample out")),
    "an infinite number beside text": (rows("a,b,c", "1,inf,x"), ("'b'", "inf")),
    "a number too large": (rows("a,b,c", "1,1e999,3"), ("x.csv: row 0 (line 2)", "'b'", "'1e999'", "correct it")),
    "names of rows beyond 2**53": (rows("a,b,c", "1,9007199254740993,3"), ("'b'", "9007199254740993", "text")),
    "separators of thousands": (
        b'a,b\n"1,234",1\n"5,678",2\n"9,012",3\n',
        ("x.csv: row 0 (line 2)", "'a'", "'1,234'", "--thousands"),
    ),
    "every cell missing": (b"a,b\n,\n,\n,\n", ("no column to learn from", "'a'", "missing")),
    "every column constant": (b"a,b\n1,x\n1,x\n1,x\n", ("no column to learn from", "'a'", "constant")),
    "a text that never comes back": (
        ("a\n" + "\n".join(f"x{row}" for row in range(50))).encode(),
        ("no column to learn from", "'a'"),
    ),
    "gzip cut in the middle": (gzip.compress(rows("a,b,c"))[:-12], ("x.csv", "truncated gzip")),
    "gzip of noise": (b"\x1f\x8b\x08\x00" + bytes(range(99)), ("x.csv", "gzip")),
    "gzip in gzip": (gzip.compress(gzip.compress(rows("a,b,c"))), ("x.csv", "gzip")),
    "a row of 50 MB": (rows("a,b", count=2**18) + b"1" * 50_000_000 + b",2\n", ("x.csv", "row longer than")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_is_refused(case: str, shell: Any) -> None:
    content, says = REFUSED[case]
    (shell.folder / "x.csv").write_bytes(content)
    shell.refuses("train", "x.csv", *TRAIN, says=says)


READ: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a sample in place of the header": (rows("1.5,2.5,3.5"), ("column_1", "--header")),
    "Latin-1": (rows("a,b,c", "1,2,Malmö").decode().encode("latin-1"), ("cp1252", "--encoding")),
    "UTF-16 without its mark": (rows("a,b,c").decode().encode("utf-16-le"), ("utf-16-le", "--encoding")),
    "twice the same name": (rows("a,b,a"), ("'a'", "'a_2'")),
    "a name that is empty": (rows("a,,c"), ("'column_2'",)),
    "a name of blanks": (rows("a,  ,c"), ("'column_2'",)),
    "a name with a line break": (rows('a,"b\nb",c'), (r"'b\nb'", "'b b'")),
    "names of rows beyond 2**64": (rows("a,b,c", "1,99999999999999999999,3"), ("b       category",)),
    "points and decimal commas": (b"a;b\n1,5;1.5\n2,5;2.5\n3,5;4.5\n", ("x.csv: 3 samples of 2 columns",)),
}


@pytest.mark.parametrize("case", READ)
def test_a_table_that_was_refused_once_is_read_and_said(case: str, shell: Any) -> None:
    content, says = READ[case]
    (shell.folder / "x.csv").write_bytes(content)
    told = shell.accepts("train", "x.csv", *TRAIN).err
    assert [words for words in says if words not in told] == [], told


def plain(material: Path) -> str:
    return (material / "numbers.csv").read_text()


def with_commas(text: str) -> str:
    return text.replace(",", ";").replace(".", ",")


TAKEN: dict[str, Any] = {
    "as it is": str.encode,
    "mark of UTF-8": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, the other order": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "semicolons and decimal commas": lambda text: with_commas(text).encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "ends of lines of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "no end of the last line": lambda text: text.rstrip("\n").encode(),
    "blank lines at the end": lambda text: (text + "\n\n\n").encode(),
    "gzipped under a plain name": lambda text: gzip.compress(text.encode()),
    "numbers in quotes": lambda text: "\n".join(
        [(lines := text.splitlines())[0], *(",".join(f'"{cell}"' for cell in line.split(",")) for line in lines[1:])]
    ).encode(),
    "columns in another order": lambda text: "\n".join(
        ",".join(np.array(line.split(","))[[2, 0, 1]]) for line in text.splitlines()
    ).encode(),
    "a column more": lambda text: "\n".join(
        f"{line},{'more' if row == 0 else row}" for row, line in enumerate(text.splitlines())
    ).encode(),
}


@pytest.mark.parametrize("case", TAKEN)
def test_a_table_is_read_as_what_it_is(case: str, shell: Any, numbers: Any, material: Path) -> None:
    (shell.folder / "x.csv").write_bytes(TAKEN[case](plain(material)))
    expected = numbers.model.errors(
        pd.DataFrame(np.loadtxt(material / "numbers.csv", delimiter=",", skiprows=1), columns=[*"abc"])
    )
    np.testing.assert_array_equal(shell.errors(numbers.run, "x.csv"), expected)


def test_a_column_more_is_named(shell: Any, numbers: Any, material: Path) -> None:
    lines = plain(material).splitlines()
    (shell.folder / "x.csv").write_text("\n".join(f"{line},{'more' if n == 0 else n}" for n, line in enumerate(lines)))
    assert "left out, for the model was not trained on them: 'more'" in shell.accepts("errors", numbers, "x.csv").err


SCORED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a column less": ("numbers", "a,b\n1,2\n3,4\n", ("'c'", "lacks")),
    "another name": ("numbers", "a,b,C\n1,2,3\n3,4,5\n", ("'c'", "lacks")),
    "text where numbers were": ("numbers", "a,b,c\n1,2,x\n3,4,y\n", ("'c'", "numbers")),
    "dates where numbers were": ("numbers", "a,b,c\n1,2,2024-01-01\n3,4,2024-01-02\n", ("'c'", "numbers")),
    "truth where numbers were": ("numbers", "a,b,c\n1,2,true\n3,4,false\n", ("'c'", "numbers")),
    "a missing number": ("numbers", "a,b,c\n1,2,\n3,4,5\n", ("'c'", "1 missing", "fill or drop")),
    "a column of missing numbers": ("numbers", "a,b,c\n1,2,\n3,4,\n", ("'c'", "2 missing")),
    "an infinite number": ("numbers", "a,b,c\n1,2,inf\n3,4,5\n", ("'c'", "inf")),
    "no rows": ("numbers", "a,b,c\n", ("no rows",)),
    "a mixed column less": ("mixed", "age,city,member\n30,Rome,true\n", ("'day'", "lacks")),
    "a mixed missing number": ("mixed", "age,city,member,day\n,Rome,true,2024-01-01\n", ("'age'", "1 ", "missing")),
    "a mixed missing date": ("mixed", "age,city,member,day\n30,Rome,true,\n", ("'day'", "1 ", "missing")),
    "a mixed infinite number": ("mixed", "age,city,member,day\ninf,Rome,true,2024-01-01\n", ("'age'", "inf")),
    "text where an age was": ("mixed", "age,city,member,day\nold,Rome,true,2024-01-01\n", ("'age'",)),
    "numbers where truth was": ("mixed", "age,city,member,day\n30,Rome,7,2024-01-01\n", ("'member'",)),
    "text where dates were": ("mixed", "age,city,member,day\n30,Rome,true,soon\n", ("'day'",)),
}


@pytest.mark.parametrize("case", SCORED)
def test_a_table_that_is_scored_is_refused(case: str, shell: Any, numbers: Any, mixed: Any) -> None:
    name, text, says = SCORED[case]
    (shell.folder / "x.csv").write_text(text)
    shell.refuses("errors", {"numbers": numbers, "mixed": mixed}[name], "x.csv", "errors.csv", says=says)


def test_a_wrong_cell_deep_in_a_table_can_be_found(
    shell: Any, numbers: Any, mixed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.cli.samples.BLOCK_NUMBERS", 30)
    lines = ["1,2,3"] * 37 + ["1,inf,3"] + ["1,2,3"] * 9
    (shell.folder / "x.csv").write_text("a,b,c\n" + "\n".join(lines) + "\n")
    shell.refuses("errors", numbers, "x.csv", says=("column 'b' of sample 37",))
    lines = ["30,Rome,true,2024-01-09"] * 8 + ["inf,Rome,true,2024-01-09"]
    (shell.folder / "x.csv").write_text("age,city,member,day\n" + "\n".join(lines) + "\n")
    shell.refuses("errors", mixed, "x.csv", says=("column 'age' is inf in row 8",))


def test_an_unseen_and_a_missing_city_are_other_cities(shell: Any, mixed: Any) -> None:
    lines = [f"30,{city},true,2024-01-09" for city in ("Rome", "Atlantis", "", "7", "=1+1", ESCAPE, "'; DROP TABLE")]
    (shell.folder / "x.csv").write_text("age,city,member,day\n" + "\n".join(lines) + "\n")
    rome, unseen, missing, *others = shell.errors(mixed.run, "x.csv")
    assert rome != unseen
    assert np.isfinite(missing)
    np.testing.assert_array_equal(others, [unseen] * 4)


def test_a_formula_is_a_name_like_others(shell: Any) -> None:
    (shell.folder / "x.csv").write_bytes(rows("=1+1,@b,c"))
    shell.accepts("train", "x.csv", *TRAIN)
    shell.accepts("reconstruct", "run", "x.csv", "rebuilt.csv")
    head = (shell.folder / "rebuilt.csv").read_text().splitlines()[0]
    assert head == '''"'=1+1","'@b","c"'''


def test_one_column_is_a_table(shell: Any) -> None:
    (shell.folder / "x.csv").write_bytes(rows("a"))
    shell.accepts("train", "x.csv", *TRAIN)
    assert shell.errors(Path("run"), "x.csv").shape == (10,)


def test_100_000_categories_are_no_features(shell: Any) -> None:
    lines = [f"{row % 7},name {row}" for row in range(100_000)]
    (shell.folder / "x.csv").write_text("number,who\n" + "\n".join(lines) + "\n")
    told = shell.accepts("train", "x.csv", *TRAIN).err
    (line,) = [line for line in told.splitlines() if line.startswith("who")]
    assert "left out" in line
    assert "90,000 different values" in line


def test_columns_without_anything_to_learn_are_named(shell: Any) -> None:
    lines = [f"{row % 7},1,,x" for row in range(20)]
    (shell.folder / "x.csv").write_text("weight,one,none,text\n" + "\n".join(lines) + "\n")
    told = shell.accepts("train", "x.csv", *TRAIN).err
    for column, words in (("one", "always 1"), ("none", "missing"), ("text", "always x")):
        assert any(line.startswith(column) and words in line for line in told.splitlines()), told


def test_a_file_name_never_commands_the_terminal(shell: Any) -> None:
    (shell.folder / f"{ESCAPE}\n.csv").write_bytes(b"a,b\n1\n")
    shell.refuses("train", f"{ESCAPE}\n.csv", *TRAIN, says=(r"\x1b[2J", r"\n.csv: row 0"))
    shell.refuses("errors", f"no\n{ESCAPE}", "x.csv", says=("there is no model",))


def test_a_cell_never_commands_the_terminal(shell: Any) -> None:
    lines = [f"{row},{ESCAPE if row % 2 else 'plain'}" for row in range(20)]
    (shell.folder / "x.csv").write_text("row,text\n" + "\n".join(lines) + "\n")
    told = shell.accepts("train", "x.csv", *TRAIN).err
    assert r"\x1b[2J" in told
    shell.accepts("summary", "run")
    shell.accepts("worst", "run", "x.csv")
