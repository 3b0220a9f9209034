"""`autoencode score`: what a detector that is kept says of new samples, and what it refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main

Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------------- what it says


@pytest.mark.parametrize("name", ["parcels", "good"])
def test_rows_stand_as_they_came_with_what_python_says(place: Path, name: str) -> None:
    rate = "0.05" if name == "parcels" else "0.01"  # anomalies are among what calibrates the pair
    assert main(["score", name, "new.csv", "--out", "scored.csv", "--false-alarm-rate", rate]) == 0
    rows, own = read(place / "scored.csv"), read(place / "new.csv")
    detector: Any = ae.load(f"runs/{name}")
    detector.fitted_ = detector.fitted_.at_rate(float(rate))
    assert [int(row["row"]) for row in rows] == list(range(30))
    np.testing.assert_allclose([float(row["score"]) for row in rows], -detector.score_samples("new.csv"), rtol=1e-15)
    np.testing.assert_allclose([float(row["p_value"]) for row in rows], detector.p_values("new.csv"), rtol=1e-15)
    flagged = [row["flagged"] == "true" for row in rows]
    assert flagged == (detector.predict("new.csv") == -1).tolist()
    assert flagged[7]
    assert rows[7]["reason_1"].startswith("weight is ")
    assert int(rows[7]["nearest"]) in detector.reference_
    assert not rows[8]["reason_1"]
    for column in ("parcel", "size", "weight", "kind"):  # to the character
        assert [row[column] for row in rows] == [row[column] for row in own]
    assert [row["score in DATA"] for row in rows] == [row["score"] for row in own]
    assert list(rows[0])[:2] == ["row", "parcel"]


def test_json_has_what_is_flagged_and_what_was_promised(place: Path, score: Any) -> None:
    found = score("good", "new.csv")
    assert (found["samples"], found["judged"], found["more_than_promised"]) == (30, 30, False)
    assert found["anomalies"][0]["row"] == 7
    assert found["anomalies"][0]["ids"] == {"parcel": "P7"}
    assert found["flagged"] == len(found["anomalies"])
    assert found["calibrated_on"] == "normal samples"


def test_another_rate_needs_no_training(place: Path, capsys: Capture, score: Any) -> None:
    few, many = (score("good", "new.csv", "--false-alarm-rate", rate) for rate in ("0.01", "0.4"))
    assert few["flagged"] < many["flagged"]
    assert main(["score", "good", "new.csv", "--false-alarm-rate", "0.0001"]) == 2
    assert "calibration samples" in capsys.readouterr().err


def test_a_page_shows_them_beside_the_normal_samples_inside(place: Path) -> None:
    for name in ("parcels", "good"):
        assert main(["score", name, "new.csv", "--report", f"{name}.html", "--false-alarm-rate", "0.05"]) == 0
        text = (place / f"{name}.html").read_text()
        assert "weight is " in text
        assert f"trained on {name}" in text
    assert main(["report", "good", "--on", "new.csv", "--out", "again.html"]) == 0
    assert (place / "again.html").is_file()
    assert main(["report", "good"]) == 2


@pytest.mark.parametrize("name", ["parcels", "good"])
def test_a_repaired_file_is_normal_and_otherwise_the_same(place: Path, name: str, capsys: Capture, score: Any) -> None:
    words = ["--false-alarm-rate", "0.05"]
    found = score(name, "new.csv", "--repair", "fixed.csv", *words)
    assert [one["row"] for one in found["repairs"]] == sorted(row["row"] for row in found["anomalies"])
    mended = {one["row"] for one in found["repairs"] if one["cells"]}
    assert 7 in mended
    own, fixed = read(place / "new.csv"), read(place / "fixed.csv")
    for row, (before, after) in enumerate(zip(own, fixed, strict=True)):
        changed = {column for column in before if before[column] != after[column]}
        wanted = {cell["column"] for one in found["repairs"] if one["row"] == row for cell in one["cells"]}
        assert changed == wanted
    assert fixed[7]["weight"] != own[7]["weight"]
    again = score(name, "fixed.csv", *words)
    assert not mended & {row["row"] for row in again["anomalies"]}
    assert main(["score", name, "new.csv", "--repair", "fixed.csv", *words]) == 0
    assert "row 7: weight " in capsys.readouterr().out


def test_too_many_flags_are_warned_of(place: Path, capsys: Capture, score: Any) -> None:
    lines = (place / "normal.csv").read_text().splitlines()
    other = [lines[0], *(line.replace(",post,", ",lost,") for line in lines[1:])]
    (place / "other.csv").write_text("\n".join(other) + "\n")
    assert score("good", "normal.csv")["more_than_promised"] is False
    assert score("good", "other.csv")["more_than_promised"] is True
    assert main(["score", "good", "other.csv"]) == 0
    said = capsys.readouterr().err
    assert "are flagged, where at most 1% of normal samples are" in said.replace("\n", " ")
    assert "autoencode calibrate good NORMAL" in said.replace("\n", " ")


@pytest.mark.parametrize(("limit", "code"), [("0", 1), ("1", 0), ("2%", 1), ("0.5", 0), ("50%", 0)])
def test_more_than_a_limit_ends_with_1(place: Path, limit: str, code: int) -> None:
    assert main(["score", "good", "new.csv", "--fail-on", limit, "--out", "scored.csv"]) == code
    assert len(read(place / "scored.csv")) == 30


@pytest.mark.parametrize("limit", ["many", "-1", "1.5", "nan", "120%"])
def test_a_limit_that_is_none_is_refused(place: Path, limit: str, capsys: Capture) -> None:
    assert main(["score", "good", "new.csv", f"--fail-on={limit}"]) == 2
    assert "--fail-on" in capsys.readouterr().err


def test_every_call_is_counted_in_the_run(place: Path, capsys: Capture) -> None:
    for _ in range(2):
        assert main(["score", "good", "new.csv"]) == 0
    capsys.readouterr()
    assert main(["runs", "show", "good", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert (about["kind"], about["calls"], about["judged"], about["flagged"]) == ("detector", 2, 60, 2)
    assert about["last_call"]["data"] == "new.csv"
    (place / "runs" / "good" / "scored.jsonl").unlink()
    (place / "runs" / "good" / "scored.jsonl").mkdir()
    assert main(["score", "good", "new.csv"]) == 0
    assert "is not noted in" in capsys.readouterr().err


# ---------------------------------------------------------------------- rows that cannot be used


def spoil(place: Path) -> None:
    lines = (place / "new.csv").read_text().splitlines()
    lines[4] = "P3,heavy,6.1,post,3"
    (place / "bad.csv").write_text("\n".join(lines) + "\n")


def test_one_bad_row_refuses_all_unless_it_is_marked(place: Path, capsys: Capture, score: Any) -> None:
    spoil(place)
    assert main(["score", "good", "bad.csv", "--out", "scored.csv"]) == 2
    assert "heavy" in capsys.readouterr().err
    assert not (place / "scored.csv").exists()
    assert main(["score", "good", "bad.csv", "--out", "scored.csv", "--on-bad-row", "mark"]) == 0
    rows = read(place / "scored.csv")
    assert "heavy" in rows[3]["reason_1"]
    assert rows[3]["score"] == rows[3]["p_value"] == rows[3]["flagged"] == ""
    assert main(["score", "good", "new.csv", "--out", "whole.csv"]) == 0
    whole = read(place / "whole.csv")
    assert [row["score"] for k, row in enumerate(rows) if k != 3] == [
        row["score"] for k, row in enumerate(whole) if k != 3
    ]
    found = score("good", "bad.csv", "--on-bad-row", "mark")
    assert (found["samples"], found["judged"]) == (30, 29)
    assert [row["row"] for row in found["not_judged"]] == [3]


def test_arrays_with_missing_numbers_are_marked_too(place: Path, score: Any) -> None:
    rows = np.random.default_rng(0).normal(size=(300, 3))
    np.save("rows.npy", rows)
    rows[[2, 5], 1] = np.nan
    np.save("holes.npy", rows[:9])
    assert main(["detect", "rows.npy", "--keep", "rows", "--seed", "0"]) == 0
    assert main(["score", "rows", "holes.npy"]) == 2
    found = score("rows", "holes.npy", "--on-bad-row", "mark")
    assert [row["row"] for row in found["not_judged"]] == [2, 5]


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["score", "model", "new.csv"], "is an autoencoder, no detector"),
        (["score", "godo", "new.csv"], "did you mean 'good'?"),
        (["score", "good", "none.csv"], "none.csv"),
        (["score", "good", "new.csv", "--out", "new.csv"], "--out"),
        (["score", "good", "new.csv", "--out", "x.txt"], "--out"),
        (["score", "good", "new.csv", "--out", "-", "--json"], "standard output"),
        (["score", "good", "new.csv", "--false-alarm-rate", "2"], "between 0 and 1"),
        (["score", "good", "digits"], ""),
        (["errors", "good", "new.csv"], "holds a detector"),
        (["calibrate", "model", "normal.csv"], "is an autoencoder, no detector"),
        (["train", "good.csv", "--run", "good", "--force"], "is a detector that is kept"),
        (["detect", "parcels.csv", "--keep", "model"], "is the run of an autoencoder"),
        (["detect", "parcels.csv", "--keep", "a@1"], "names a version"),
        (["detect", "parcels.csv", "--keep", ".."], "--keep"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(place: Path, words: list[str], said: str, capsys: Capture) -> None:
    before = sorted(path for path in place.rglob("*"))
    capsys.readouterr()
    assert main(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert sorted(path for path in place.rglob("*")) == before


def test_a_table_without_a_column_of_training_is_refused(place: Path, capsys: Capture) -> None:
    (place / "less.csv").write_text("parcel,size,kind,score\nP0,3,post,1\nP1,4,post,2\n")
    assert main(["score", "good", "less.csv", "--on-bad-row", "mark"]) == 2
    assert "weight" in capsys.readouterr().err
