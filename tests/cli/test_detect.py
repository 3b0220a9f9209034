"""`autoencode detect`: what it ranks first, what it writes, and what it refuses."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import autoencode as ae
from autoencode.cli.anomalies import Anomalies
from autoencode.cli.anomaly_labels import split_labels
from autoencode.cli.main import main
from autoencode.data import Samples
from autoencode.data.samples import Reading

SEED = ["--seed", "3"]
COLUMNS = ["parcel", "size", "weight", "kind", "score", "wrong"]


@pytest.fixture
def parcels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `parcels.csv`: 200 rows, of which two are wrong; and `good.csv`, 420 rows that are right."""
    random = np.random.default_rng(0)
    for name, rows, wrong in (("parcels", 200, True), ("good", 420, False)):
        lines = [",".join(COLUMNS)]
        for row in range(rows):
            size = random.integers(1, 9)
            weight = 2.0 * size + 0.1 * random.normal()
            is_wrong = wrong and row in (40, 90)
            if is_wrong:
                weight *= 10
            kind = "=bulk" if size > 5 else "post"
            lines.append(f"P{row},{size},{weight:.2f},{kind},{row % 7},{str(is_wrong).lower()}")
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["detect", *words, *SEED, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_wrong_rows_come_first_with_the_guilty_column(parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "parcels.csv", "--drop", "wrong")
    assert {row["row"] for row in result["anomalies"][:2]} == {40, 90}
    assert all(row["reasons"][0].startswith("weight is ") for row in result["anomalies"][:2])
    assert (result["samples"], result["flagged"], result["expected_false_alarms"]) == (200, 2, 2.0)
    assert result["against"] is result["discoveries"] is result["quality"] is None
    assert [row["p_value"] for row in result["anomalies"][:2]] == [1 / 200, 2 / 200]
    assert len(result["anomalies"]) == 10


def test_against_a_reference(parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "parcels.csv", "--against", "good.csv", "--label", "wrong", "--false-alarm-rate", "0.02")
    assert result["against"] == "good.csv"
    assert result["calibration_samples"] == 105
    assert {row["row"] for row in result["anomalies"][:2]} == {40, 90}
    quality = result["quality"]
    assert quality["auroc"] == quality["average_precision"] == quality["power"] == 1.0
    assert quality["hits"] + quality["false_alarms"] == result["flagged"]


def test_what_is_written(parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["parcels.csv", "--label", "wrong", "--drop", "parcel"]
    result = found(capsys, *words, "--out", "out.csv")
    rows = list(csv.DictReader((parcels / "out.csv").read_text().splitlines()))
    ours = ["row", "score", "p_value", "flagged", "anomaly", "reason_1", "reason_2", "reason_3", "nearest"]
    assert list(rows[0]) == [*ours, "parcel", "size", "weight", "kind", "score in DATA", "wrong"]
    assert len(rows) == 200
    assert sorted(int(row["row"]) for row in rows) == list(range(200))
    assert all(row["parcel"] == f"P{row['row']}" for row in rows)
    assert [float(row["score"]) for row in rows] == sorted((float(row["score"]) for row in rows), reverse=True)
    assert [row["reason_1"] for row in rows[:2]] == [row["reasons"][0] for row in result["anomalies"][:2]]
    assert [row["flagged"] for row in rows].count("true") == result["flagged"]
    assert {row["kind"] for row in rows} == {"=bulk", "post"}
    assert not any(row[name].startswith(("=", "'")) for row in rows for name in ours)
    assert all(row["reason_1"] for row in rows[:100])
    assert not any(row["reason_1"] for row in rows[100:])
    assert found(capsys, *words, "--out", "again.parquet") | {"out": "out.csv"} == result
    assert pq.read_table("again.parquet").column("row").to_pylist() == [int(row["row"]) for row in rows]


def test_what_is_printed(parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "parcels.csv", "--label", "wrong", *SEED]) == 0
    printed = capsys.readouterr()
    assert re.search(r"^ *(40|90) .*weight is ", printed.out, re.MULTILINE)
    assert "Of 200 samples 2 are flagged; were all normal, about 2.0 would be." in printed.out
    assert "area under the ROC curve 1.000" in printed.out
    assert "training on 100 of 200 samples (1 of 2)" in printed.err
    assert main(["detect", "parcels.csv", "--drop", "wrong"]) == 0
    assert re.search(r"--seed \d+ finds the same again", capsys.readouterr().err)


@pytest.mark.filterwarnings("ignore:the networks learnt nothing:autoencode.DiagnosisWarning")
def test_the_tables_own_cells_come_out_as_they_came(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    size = random.normal(size=60)
    text = {
        "account": [f"{number:06}" for number in range(60)],
        "part": [["9E9", "0x0F08", "=1+1", "NA"][row % 4] for row in range(60)],
        "row": [f"-{row}," for row in range(60)],
        "row in DATA": [f' "{row}" ' for row in range(60)],
        "=size": [f"{number:+.2f}" for number in size],
        "gone": [None if row % 5 else "" for row in range(60)],
        "order_id": [f"00{7 * row}" for row in range(60)],
    }
    values = pa.table({"order_id": pa.array(range(0, 420, 7)), "=size": size, "kind": ["a", "b"] * 30})
    samples = Samples(values, "made", Reading("table"), cells=lambda: pa.table(text))
    found = ae.detect(samples, autoencoder=ae.Autoencoder(epochs=1), false_alarm_rate=0.1, random_state=0)
    anomalies = Anomalies(found, samples, None, None)
    anomalies.write(str(tmp_path / "out.csv"))
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:3] == ["row", "order_id", "score"]
    places = [int(row["row"]) for row in rows]
    for name, cells in text.items():
        written = {"row": "row in DATA in DATA"}.get(name, name)
        assert [row[written] for row in rows] == [cells[place] or "" for place in places]
    anomalies.write(str(tmp_path / "out.parquet"))
    written = pq.read_table(tmp_path / "out.parquet")
    assert written["account"].to_pylist() == [text["account"][place] for place in places]
    assert anomalies.list()[0]["ids"] == {"order_id": text["order_id"][places[0]]}


def test_ids_are_named_beside_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    size = np.random.default_rng(0).normal(size=120)
    size[17] = 50
    lines = [f"{row},{number:.3f},{'ab'[row % 2]}" for row, number in zip(range(9000, 9840, 7), size, strict=True)]
    Path("x.csv").write_text("\n".join(["orderId,size,kind", *lines]))
    assert main(["detect", "x.csv", *SEED]) == 0
    printed = capsys.readouterr()
    head, first = printed.out.splitlines()[:2]
    assert head.split()[:3] == ["row", "orderId", "p-value"]
    assert first.split()[:2] == ["17", str(9000 + 7 * 17)]
    assert re.search("^orderId +left out +an id, named beside results", printed.err, re.MULTILINE)


LEFT_OUT = {"parcel": "an id, named beside results", "wrong": "the label, as asked"}


@pytest.mark.parametrize("against", [False, True])
def test_columns_that_are_left_out_are_said(parcels: Path, capsys: pytest.CaptureFixture[str], against: bool) -> None:
    text = (parcels / "parcels.csv").read_text().splitlines()
    (parcels / "more.csv").write_text(
        "\n".join(f"{line},{'only' if not row else row % 3}" for row, line in enumerate(text))
    )
    words = ["more.csv", "--label", "wrong", "--out", "out.csv", "--report", "page.html", *SEED]
    words += ["--against", "good.csv"] if against else ["--drop", "only"]
    assert main(["detect", *words, "--json"]) == 0
    printed = capsys.readouterr()
    columns = {column.pop("name"): column for column in json.loads(printed.out)["columns"]}
    assert set(columns) == {*COLUMNS, "only"}
    assert columns["weight"]["features"] > 0
    assert json.loads((parcels / "out.csv.columns.json").read_text())["columns"] == json.loads(printed.out)["columns"]
    page = (parcels / "page.html").read_text()
    assert "Columns that were left out" in page
    for name, why in {**LEFT_OUT, "only": "not in the reference" if against else "dropped, as asked"}.items():
        assert columns[name]["read_as"] == "left out"
        assert why in columns[name]["note"]
        assert re.search(rf"^{name} +left out +.*{why}", printed.err, re.MULTILINE)
    assert main(["detect", *words]) == 0
    assert re.search(r"^parcel +left out", capsys.readouterr().err, re.MULTILINE)


def test_columns_of_numbers_and_of_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).normal(size=(120, 2))
    np.savetxt("x.csv", X, delimiter=",", header="a,b", comments="")
    np.save("x.npy", X)
    columns = found(capsys, "x.csv", "--out", "out.csv")["columns"]
    assert columns == [{"name": name, "read_as": "number", "features": 1, "note": ""} for name in "ab"]
    assert found(capsys, "x.npy", "--out", "array.csv")["columns"] == []
    assert not Path("array.csv.columns.json").exists()


def test_photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for folder, count in (("good", 80), ("new", 12)):
        Path(folder).mkdir()
        for number in range(count):
            picture = np.tile(np.linspace(0, 200, 12), (10, 1)) + random.integers(0, 30, (10, 12))
            if folder == "new" and number == 5:
                picture[2:7, 1:5] = 255
            Image.fromarray(picture.astype(np.uint8)).save(f"{folder}/{number:02}.png")
    words = ["new", "--against", "good", "--false-alarm-rate", "0.05", "--out", "out.csv", "--report", "page.html"]
    result = found(capsys, *words)
    first = result["anomalies"][0]
    assert (first["name"], first["reasons"], first["flagged"]) == ("05.png", [], True)
    assert (Path("good") / first["nearest"]).is_file()
    head, row = list(csv.reader(Path("out.csv").read_text().splitlines()))[:2]
    assert head == ["row", "row_name", "score", "p_value", "flagged", "nearest"]
    assert row[1] == "05.png"
    page = Path("page.html").read_text()
    assert "05.png" in page
    assert page.count('alt="nearest normal sample"') == 12


@pytest.mark.parametrize(
    ("label", "anomalies"),
    [("wrong", 2), ("wrong=false", 198), ("kind==bulk", None), ("size=3", None)],
)
def test_labels(parcels: Path, label: str, anomalies: int | None) -> None:
    samples, labels = split_labels(ae.data.read("parcels.csv"), label)
    left: Any = samples.values
    assert left.column_names == [name for name in COLUMNS if name != label.split("=")[0]]
    assert labels.sum() == anomalies if anomalies else 0 < labels.sum() < 200


@pytest.mark.parametrize("words", [("yes", "no"), ("Outlier", "inlier"), ("1", "0"), ("ANOMALY", "normal ")])
def test_words_of_labels(words: tuple[str, str]) -> None:
    table = pa.table({"x": [1.0, 2.0, 3.0], "a=b": [words[0], words[1], words[1]]})
    for label in ("a=b", f"a=b={words[0]}"):
        assert split_labels(ae.data.read(table), label)[1].tolist() == [True, False, False]


def test_labels_of_an_array(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).normal(size=(120, 3))
    X[:2] += 30
    np.savez("set.npz", X=X, y=np.arange(120) < 2)
    result = found(capsys, "set.npz", "--label", "label", "--false-alarm-rate", "0.02")
    assert result["quality"]["power"] == 1.0
    assert result["anomalies"][0]["reasons"][0].startswith("x")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["parcels.csv", "--false-alarm-rate", "0.001"], "needs at least 1,000 samples, but there are 200; give"),
        (["parcels.csv", "--against", "good.csv"], "needs at least 396 samples"),
        (["parcels.csv", "--false-alarm-rate", "0"], "expected a number between 0 and 1, got 0"),
        (["parcels.csv", "--false-alarm-rate", "nan"], "expected a number between 0 and 1, got nan"),
        (["parcels.csv", "--label", "wring"], "has no column 'wring'; did you mean 'wrong'?"),
        (["parcels.csv", "--label", "size"], "yes and no, anomaly and normal"),
        (["parcels.csv", "--label", "size=77"], "column 'size' never is '77'"),
        (["good.csv", "--label", "wrong"], "all samples are normal"),
        (["parcels.csv", "--out", "out.npy"], "--out: expected a name that ends in .csv or .parquet"),
        (["parcels.csv", "--out", "parcels.csv"], "is read for this"),
        (["parcels.csv", "--out", "no/out.csv"], "there is no folder no"),
        (["parcels.csv", "--report", "page.txt"], "--report: expected a name that ends in .html"),
        (["parcels.csv", "--drop", "sizes"], "did you mean 'size'?"),
        (["parcels.csv", "--recipe", "vea"], "did you mean 'vae'?"),
        (["nothing.csv"], "nothing.csv"),
        (["parcels.csv", "--against", "nothing.csv"], "nothing.csv"),
    ],
    ids=lambda words: "-".join(words).replace("/", ".") if isinstance(words, list) else "",
)
def test_what_cannot_be_is_2(parcels: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    if words == ["parcels.csv", "--against", "good.csv"]:
        rows = Path("good.csv").read_text().splitlines()
        Path("good.csv").write_text("\n".join(rows[:300]))
    assert main(["detect", *words, *SEED]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


def test_a_full_disk_is_4(parcels: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["detect", "parcels.csv", "--out", "out.csv", *SEED]) == 4
    assert "no room left" in capsys.readouterr().err
    assert sorted(path.name for path in parcels.iterdir()) == ["good.csv", "parcels.csv"]


def mark(parcels: Path, marks: dict[int, str], name: str = "marks.csv") -> str:
    """Write some rows of `parcels.csv` as they stand there, marked."""
    lines = (parcels / "parcels.csv").read_text().splitlines()
    chosen = [f"{lines[row + 1]},{word}" for row, word in marks.items()]
    (parcels / name).write_text("\n".join([f"{lines[0]},mark", *chosen]) + "\n")
    return name


@pytest.mark.parametrize("against", [[], ["--against", "good.csv"]])
def test_what_is_marked_normal_is_flagged_neither_again_nor_by_what_is_kept(
    parcels: Path, capsys: pytest.CaptureFixture[str], against: list[str]
) -> None:
    words = ["parcels.csv", *against, "--drop", "wrong", "--false-alarm-rate", "0.02"]
    before = {row["row"] for row in found(capsys, *words)["anomalies"] if row["flagged"]}
    assert {40, 90} <= before
    marks = mark(parcels, {40: "normal"})
    result = found(capsys, *words, "--feedback", marks, "--keep", "kept")
    after = {row["row"] for row in result["anomalies"] if row["flagged"]}
    assert 40 not in after
    assert after < before
    lost = len(before) - 1 - len(after)
    assert result["feedback"] == {"normal": 1, "anomalies": 0, "left": 0, "lost": lost, "gained": 0}
    assert main(["score", "kept", "parcels.csv", "--out", "scored.csv"]) == 0
    scored = list(csv.DictReader((parcels / "scored.csv").read_text().splitlines()))
    assert scored[40]["flagged"] == "false"
    capsys.readouterr()
    assert main(["runs", "show", "kept", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["config"]["parameters"]["feedback"] == "marks.csv"


def test_what_marks_changed_is_said(parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = mark(parcels, {40: "normal", 90: "anomaly"})
    assert main(["detect", "parcels.csv", "--feedback", marks, "--drop", "wrong", *SEED, "--report", "page.html"]) == 0
    said = "Feedback: 1 row marked normal, and 0 others lost their flag; 1 marked anomaly: 1 sample left the"
    assert said in " ".join(capsys.readouterr().out.split())
    assert said in (parcels / "page.html").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("parcel,size,weight,kind,score,wrong\nP40,1,20,post,5,false\n", "no column 'mark'"),
        ("parcel,size,weight,kind,score,mark\nP40,1,20,post,5,fine\n", "'fine'; expected normal, anomaly or nothing"),
        ("parcel,size,mark\nP40,1,normal\n", "lacks 'weight', 'kind' and 'score' of the columns"),
        ("parcel,size,weight,kind,score,mark\n", ""),
        ("parcel,size,weight,kind,score,mark\nP40,1,20,post,5,normal\nP41,1,20,post,5,anomaly\n", "the same cells"),
        ("", ""),
    ],
)
def test_marks_that_cannot_be_used_end_with_2(
    parcels: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (parcels / "marks.csv").write_text(text)
    assert main(["detect", "parcels.csv", "--drop", "wrong", *SEED, "--feedback", "marks.csv"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in " ".join(captured.err.split())
    assert main(["detect", "parcels.csv", *SEED, "--feedback", "nowhere.csv"]) == 2


def test_marks_are_no_place_for_results(parcels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marks = mark(parcels, {40: "normal"})
    assert main(["detect", "parcels.csv", *SEED, "--feedback", marks, "--out", marks]) == 2
    assert "marks.csv" in capsys.readouterr().err
