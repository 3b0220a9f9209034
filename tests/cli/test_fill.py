"""`autoencode fill`: a table whose missing cells are filled, and whose others are those of its file."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from autoencode.cli.main import main


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    rows = []
    for row in range(300):
        size = random.normal()
        cells = [
            f"00{row}",
            random.choice(["yes", "no"]),
            f"{size:.3f}",
            f"{2 * size:.1f}".replace(".", ","),
            f"{30 + 9 * size:.0f}",
        ]
        rows.append([cell if place in (0, 2) or random.random() > 0.2 else "NA" for place, cell in enumerate(cells)])
    with open("trees.csv", "w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["code", "green", "size", "width", "rings"], *rows])
    return rows


def read(path: str) -> list[list[str]]:
    with open(path, newline="") as file:
        return list(csv.reader(file))


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_only_missing_cells_are_written_anew(table: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--out", "filled.csv", "--seed", "0", "--type", "width=text"]
    assert main(["fill", "trees.csv", *words]) == 0
    header, *rows = read("filled.csv")
    assert header == ["code", "green", "size", "width", "rings"]
    for before, after in zip(table, rows, strict=True):
        assert [new for old, new in zip(before, after, strict=True) if old != "NA"] == [
            old for old in before if old != "NA"
        ]
        assert "NA" not in [after[1], after[4]]
        assert after[1] in ("yes", "no")
        assert after[4].isdecimal()
    assert "rings" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_a_run_fills_too_and_says_so_as_json(table: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "trees.csv", "--run", "trees", "--epochs", "3", "--seed", "0"]) == 0
    capsys.readouterr()
    assert main(["fill", "trees.csv", "--model", "trees", "--out", "filled.csv", "--json"]) == 0
    columns = {column["column"]: column for column in json.loads(capsys.readouterr().out)["columns"]}
    assert columns["rings"]["filled"] == sum(row[4] == "NA" for row in table)
    assert columns["rings"]["measure"] == "deviations"
    assert columns["rings"]["simple_error"] == pytest.approx(1, abs=0.5)
    assert columns["green"]["simple"] in ("yes", "no", True, False)


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_dates_and_decimals_are_written_as_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [[f"{1 + row % 28:02}.{1 + row % 12:02}.2024", f"{row / 8:.2f}".replace(".", ",")] for row in range(99)]
    rows[7][0] = rows[50][0] = rows[30][1] = ""
    with open("days.csv", "w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([["day", "cost"], *rows])
    assert main(["fill", "days.csv", "--out", "filled.csv", "--seed", "0"]) == 0
    filled = read("filled.csv")[1:]
    for row in (7, 50):
        assert datetime.strptime(filled[row][0], "%d.%m.%Y").year in (2023, 2024, 2025)
    assert re.fullmatch(r"\d+(,\d{1,2})?", filled[30][1])


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_draws_stand_below_each_other(table: list[list[str]]) -> None:
    assert main(["fill", "trees.csv", "--draws", "2", "--out", "filled.csv", "--seed", "0"]) == 0
    header, *rows = read("filled.csv")
    assert header[0] == "draw"
    assert [row[0] for row in rows] == ["1"] * len(table) + ["2"] * len(table)
    assert [row[1] for row in rows] == [row[0] for row in table] * 2
    assert rows[: len(table)] != [["1", *row[1:]] for row in rows[len(table) :]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["whole.csv", "--out", "filled.csv"], "no cell is missing"),
        (["digits", "--out", "filled.csv"], "expected a table"),
        (["trees.csv", "--out", "filled.npy"], ".csv or .parquet"),
        (["trees.csv", "--out", "trees.csv"], "trees.csv"),
        (["trees.csv", "--model", "trees", "--seed", "1", "--out", "filled.csv"], "--random-state"),
    ],
)
def test_wrong_input_ends_with_2(
    table: list[list[str]], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("whole.csv").write_text("a,b\n1,2\n3,5\n4,4\n")
    assert main(["fill", *words]) == 2
    assert said in capsys.readouterr().err
    assert not Path("filled.csv").exists()
