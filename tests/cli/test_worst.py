"""`autoencode worst`: the rows that Python ranks first, with the columns that make them so."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main


def ranked(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict]:
    assert main(["worst", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("data", ["people.csv", "numbers.csv", "images", "digits:test"])
def test_rows_are_those_of_the_largest_errors(here: Path, data: str, capsys: pytest.CaptureFixture[str]) -> None:
    model = data.split(".")[0].split(":")[0]
    errors = ae.load(f"runs/{model}").errors(data)
    found = ranked(capsys, model, data, "--n", "4")
    assert [sample["row"] for sample in found] == np.argsort(-errors, kind="stable")[:4].tolist()
    assert [sample["error"] for sample in found] == sorted(errors.tolist(), reverse=True)[:4]


def test_a_cell_that_was_spoilt_is_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = Path("people.csv").read_text().splitlines()
    cells = rows[8].split(",")
    cells[2] = "500.0"
    Path("spoilt.csv").write_text("\n".join([*rows[:8], ",".join(cells), *rows[9:]]))
    first = ranked(capsys, "people", "spoilt.csv", "--n", "1")[0]
    assert first["row"] == 7
    assert first["columns"][0]["column"] == "height"
    assert first["columns"][0]["cell"] == 500
    assert first["columns"][0]["share"] > 0.5
    assert main(["worst", "people", "spoilt.csv", "--n", "1"]) == 0
    assert "height" in capsys.readouterr().out


@pytest.mark.parametrize("measure", ["auto", "mse", "mae", "signed_sum"])
@pytest.mark.parametrize("data", ["people.csv", "numbers.csv"])
def test_every_measure(here: Path, data: str, measure: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = ranked(capsys, data.removesuffix(".csv"), data, "--n", "2", "--measure", measure)
    assert len(found) == 2
    for sample in found:
        shares = [part["share"] for part in sample["columns"]]
        assert 0 < sum(shares) <= 1 + 1e-9
        assert shares == sorted(shares, reverse=True)


def test_names_and_labels_of_images(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worst", "images", "images", "-n", "2"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == ["row", "name", "label", "error"]
    assert rows[0]["name"] == f"{rows[0]['label']}/{Path(rows[0]['name']).name}"


def test_there_may_be_fewer_than_n(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(ranked(capsys, "images", "images", "--n", "100")) == 12
    assert main(["worst", "images", "images", "--n", "0"]) == 2


def test_text_of_a_table_starts_no_formula(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("formula.csv").write_text(Path("people.csv").read_text().replace("name,age", "name,age", 1))
    assert main(["errors", "people", "people.csv", "out.csv", "--per", "column"]) == 0
    assert main(["worst", "people", "formula.csv", "--n", "5"]) == 0
    for row in csv.reader(io.StringIO(capsys.readouterr().out)):
        assert not any(cell.startswith(("=", "+", "@")) for cell in row)


def test_the_figure(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for data, name in (("digits", "worst.png"), ("images", "worst.svg")):
        assert main(["worst", data, data, "--n", "3", "--figure", name]) == 0
        assert (here / name).stat().st_size > 1000
        assert f"drew {name}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "figure", "words"),
    [
        ("people.csv", "x.png", "shows images, but people.csv holds none"),
        ("digits", "x.jpeg", "ends in .png, .svg or .pdf"),
        ("digits", "no/x.png", "there is no folder no"),
    ],
)
def test_a_figure_that_cannot_be_is_2(
    here: Path, data: str, figure: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["worst", data.removesuffix(".csv"), data, "--figure", figure]) == 2
    assert words in capsys.readouterr().err


def test_cells_of_every_kind_have_a_json_form(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import datetime
    import decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=7 * row) for row in range(40)]
    prices = [decimal.Decimal(row) / 4 for row in range(40)]
    kinds = ["red", "blue"] * 20
    moments = [datetime.datetime(2024, 1, 1, row % 24, 30) for row in range(40)]
    pq.write_table(pa.table({"day": days, "price": prices, "kind": kinds, "moment": moments}), "kinds.parquet")
    assert main(["train", "kinds.parquet", "--epochs", "1", "--run", "kinds"]) == 0
    capsys.readouterr()
    assert main(["worst", "kinds", "kinds.parquet", "--json"]) == 0
    cells = [part["cell"] for sample in json.loads(capsys.readouterr().out) for part in sample["columns"]]
    assert any(isinstance(cell, str) and cell.startswith("2024-") for cell in cells)
