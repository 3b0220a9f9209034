"""Samples larger than memory are read block by block, and what is written has the bytes that reading them whole has."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from autoencode.cli.main import main
from autoencode.data import csv_blocks, csv_file, read, table_writing

Capture = pytest.CaptureFixture[str]
Cut = Callable[[int], None]

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")

WHOLE = 10**9


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Cut:
    """What sets how many rows a block has."""
    monkeypatch.setattr(csv_blocks, "STREAMED_BYTES", 900)
    monkeypatch.setattr(csv_file, "_BLOCK_LINES", 1)
    monkeypatch.setattr(table_writing, "GROUP_ROWS", 50)
    return lambda rows: monkeypatch.setattr("autoencode.cli.budget.Budget.count_rows", lambda *_: rows)


def write_parts(table: pa.Table, ending: str) -> None:
    """Write a table in three files of a folder."""
    Path("parts").mkdir()
    for number, start in enumerate((0, 50, 57)):
        part = table.slice(start, (50, 7, WHOLE)[number])
        if ending == "parquet":
            parquet.write_table(part, f"parts/{number}.parquet", row_group_size=11)
        else:
            Path(f"parts/{number}.csv").write_text("\n".join([HEADER, *LINES[start : start + len(part)]]) + "\n")


HEADER, LINES = "", [""]


@pytest.fixture(params=["people.csv", "people.parquet", "parts/*.csv", "parts"])
def people(here: Path, request: pytest.FixtureRequest) -> str:
    """The table of people in one file, or in several."""
    global HEADER, LINES
    HEADER, *LINES = (here / "people.csv").read_text().splitlines()
    table = read("people.csv").values
    if request.param == "people.parquet":
        parquet.write_table(table, "people.parquet", row_group_size=40)
    elif request.param != "people.csv":
        write_parts(table, "csv" if "*" in request.param else "parquet")
    return request.param


def test_no_block_size_changes_a_byte(people: str, cut: Cut, capsys: Capture) -> None:
    for verb, ending in (("errors", "csv"), ("encode", "parquet"), ("reconstruct", "csv")):
        written = []
        for rows in (WHOLE, 7, 64):
            cut(rows)
            assert main([verb, "people", people, f"out.{ending}"]) == 0, capsys.readouterr().err
            written.append(Path(f"out.{ending}").read_bytes())
        assert len(set(written)) == 1, verb


def test_arrays_too(here: Path, cut: Cut) -> None:
    np.save("digits.npy", read("digits:test").values.astype(">f8"))  # pyright: ignore[reportAttributeAccessIssue]
    for verb, ending in (("errors", "npy"), ("encode", "csv"), ("reconstruct", "npy")):
        written = []
        for rows in (WHOLE, 100):
            cut(rows)
            assert main([verb, "digits", "digits.npy", f"out.{ending}"]) == 0
            written.append(Path(f"out.{ending}").read_bytes())
        assert written[0] == written[1], verb
    assert np.load("out.npy").shape == (360, 8, 8)


def test_very_many_rows_are_judged_in_little_memory_and_written_as_they_came(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet.write_table(read("people.csv").values, "people.parquet")
    words = ["detect", "people.parquet", "--label", "member", "--seed", "0", "--json", "--out"]
    assert main([*words, "sorted.csv"]) == 0
    before = capsys.readouterr().out
    monkeypatch.setattr("autoencode.cli.anomalies.MOST_SORTED", 50)
    assert main([*words, "kept.csv", "--memory", "8KB"]) == 0
    said = capsys.readouterr()
    assert said.out.replace("kept.csv", "sorted.csv") == before, "no budget changes a number"
    assert "wrote 120 rows in their own order to kept.csv" in said.err
    ranked, kept = (list(csv.DictReader(Path(name).read_text().splitlines())) for name in ("sorted.csv", "kept.csv"))
    assert [int(row["row"]) for row in kept] == list(range(120))
    kept.sort(key=lambda row: int(row.pop("rank")))
    assert kept == ranked


def test_the_worst_of_blocks_are_those_of_all(people: str, cut: Cut, capsys: Capture) -> None:
    said = []
    for rows in (WHOLE, 7, 64):
        cut(rows)
        assert main(["worst", "people", people, "--n", "12", "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert len(set(said)) == 1


def test_of_equal_errors_the_first_is_worst(here: Path, cut: Cut, capsys: Capture) -> None:
    np.save("same.npy", np.tile([[0.5, 1.0, 1.5, 2.0], [9.0, 0.0, 9.0, 0.0]], (40, 1)))
    for rows in (WHOLE, 7):
        cut(rows)
        assert main(["worst", "numbers", "same.npy", "--n", "3", "--json"]) == 0
        assert [row["row"] for row in json.loads(capsys.readouterr().out)] == [1, 3, 5]


def test_sums_over_blocks_are_those_of_all(people: str, cut: Cut, capsys: Capture) -> None:
    for words in (["column"], ["column", "--units", "original"], ["feature", "--measure", "mae"]):
        said = []
        for rows in (WHOLE, 7, 64):
            cut(rows)
            assert main(["errors", "people", people, "--per", *words]) == 0
            said.append(capsys.readouterr().out)
        assert len(set(said)) == 1, words
        assert said[0].count("\n") > 4


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_detectors_judge_block_by_block(place: Path, cut: Cut, ending: str, capsys: Capture) -> None:
    parquet.write_table(read("new.csv").values, "new.parquet")
    said = []
    for new in ("new.csv", "new.parquet"):
        written = []
        for rows in (WHOLE, 7):
            cut(rows)
            capsys.readouterr()
            assert main(["score", "good", new, "--out", f"{rows}.{ending}", "--false-alarm-rate", "0.2"]) == 0
            written.append(Path(f"{rows}.{ending}").read_bytes())
            said.append(capsys.readouterr().out)
        assert len(set(written)) == 1
    assert len(set(said)) == 1


# ---------------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (("height", "tall"), "people.csv: row 100 (line 102): column 'height' has 'tall', but held numbers when"),
        (("height", ""), "row 100 (line 102)"),
        (("group", "b,c"), "people.csv: row 100 (line 102): expected 6 cells, separated by ',', found 7"),
        (("group", "\udcff"), "people.csv: expected text in UTF-8, but line 102 has the byte 0xff"),
    ],
)
def test_a_cell_that_does_not_fit_is_named_and_nothing_is_written(
    here: Path, cut: Cut, cell: tuple[str, str], words: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoencode.data.csv_text._HEAD_BYTES", 500)
    lines = Path("people.csv").read_text().splitlines()
    cells = lines[101].split(",")
    cells[lines[0].split(",").index(cell[0])] = cell[1]
    lines[101] = ",".join(cells)
    Path("people.csv").write_bytes("".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape"))
    Path("out.csv").write_text("of before")
    cut(7)
    before = sorted(os.listdir())
    assert main(["errors", "people", "people.csv", "out.csv"]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "kept in" not in said
    assert Path("out.csv").read_text() == "of before"
    assert sorted(os.listdir()) == before


@pytest.mark.parametrize("change", ["grows", "shrinks", "is another"])
@pytest.mark.parametrize("name", ["people.csv", "people.parquet", "rows.npy"])
def test_a_file_that_changes_meanwhile_is_refused(
    here: Path, cut: Cut, name: str, change: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    parquet.write_table(read("people.csv").values, "people.parquet")
    np.save("rows.npy", np.random.default_rng(0).random((100, 4)))
    path, model = Path(name), "numbers" if name == "rows.npy" else "people"
    from autoencode.model.fitted import Fitted

    encode = Fitted.encode

    def change_file(*arguments: object) -> np.ndarray:
        content = path.read_bytes()
        if change == "is another":
            shutil.copy("images/cats/1.png", "other")
            os.replace("other", name)
        elif len(content) > 200:
            path.write_bytes(content + content[-50:] if change == "grows" else content[:150])
        return encode(*arguments)  # pyright: ignore[reportArgumentType]

    cut(40)
    monkeypatch.setattr(Fitted, "encode", change_file)
    assert main(["encode", model, name, "codes.csv"]) == 2
    assert f"{name}: changed while it was read" in capsys.readouterr().err
    assert not Path("codes.csv").exists()


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        ("much", "--memory: expected an amount such as 1GB or 512MB, got 'much'"),
        ("0", "--memory: expected an amount such as 1GB"),
        ("1MB", "--memory: expected at least 71MB for samples of 6 numbers, got 1MB."),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(here: Path, memory: str, words: str, capsys: Capture) -> None:
    assert main(["errors", "people", "people.csv", "out.csv", "--memory", memory]) == 2
    assert words in capsys.readouterr().err
    assert main(["errors", "people", "people.csv", "out.csv", "--memory", "100MiB"]) == 0
