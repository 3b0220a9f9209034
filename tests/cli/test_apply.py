"""`summary`, `encode`, `decode`, `reconstruct` and `errors`: what a model does to files is what it does in Python."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import pytest

import autoencode as ae
from autoencode.cli import samples as cli_samples
from autoencode.cli.main import main

DATA = ["people.csv", "numbers.csv", "images", "digits"]


def model_of(data: str) -> str:
    return data.removesuffix(".csv")


# ---------------------------------------------------------------------- encode, decode, reconstruct


@pytest.mark.parametrize("data", DATA)
def test_encode_writes_the_codes_of_python(here: Path, data: str) -> None:
    codes = ae.load(f"runs/{model_of(data)}").transform(data)
    assert main(["encode", model_of(data), data, "codes.npy"]) == 0
    assert np.array_equal(np.load("codes.npy"), codes)
    assert main(["encode", f"runs/{model_of(data)}", data, "codes.parquet"]) == 0
    table = pyarrow.parquet.read_table("codes.parquet")
    names = [f"code_{unit}" for unit in range(codes.shape[1])]
    assert table.column_names == (["row_name", *names] if data == "images" else names)
    assert np.array_equal(np.column_stack([table[name].to_numpy() for name in names]), codes)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("codes", ["codes.csv", "codes.npy"])
def test_decode_of_encode_is_reconstruct(here: Path, data: str, codes: str) -> None:
    model = model_of(data)
    output = "table.csv" if data.endswith(".csv") else "array.npy"
    assert main(["encode", model, data, codes]) == 0
    assert main(["decode", model, codes, output]) == 0
    decoded = Path(output).read_bytes()
    assert main(["reconstruct", model, data, output]) == 0
    assert Path(output).read_bytes() == decoded


def test_blocks_change_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for data, output in (("people.csv", "whole.csv"), ("digits", "whole.npy")):
        assert main(["reconstruct", model_of(data), data, output]) == 0
        monkeypatch.setattr(cli_samples, "BLOCK_NUMBERS", 300)
        assert main(["reconstruct", model_of(data), data, f"blocks-{output}"]) == 0
        assert Path(output).read_bytes() == Path(f"blocks-{output}").read_bytes()


def test_images_become_a_folder_of_the_same_names(here: Path) -> None:
    assert main(["reconstruct", "images", "images", "rebuilt/"]) == 0
    names = {path.relative_to("images").as_posix() for path in Path("images").rglob("*.png")}
    assert {path.relative_to("rebuilt").as_posix() for path in Path("rebuilt").rglob("*.png")} == names
    assert ae.data.read("rebuilt").values.shape == (12, 6, 8)


def test_a_table_comes_back_as_a_table(here: Path) -> None:
    assert main(["reconstruct", "people", "people.csv", "back.csv"]) == 0
    header = next(csv.reader(io.StringIO(Path("back.csv").read_text())))
    assert {"age", "height", "weight", "group", "member"} <= set(header)
    assert pyarrow.csv.read_csv("back.csv").num_rows == 120


def test_a_table_of_other_columns_is_refused_by_their_names(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.csv").write_text("e,f\n" + "1,2\n" * 3)
    assert main(["errors", "numbers", "other.csv"]) == 2
    expected = "error: other.csv: has none of the columns that the model was trained on: 'a', 'b', 'c' and 'd'"
    assert expected in capsys.readouterr().err


def test_columns_that_a_model_does_not_know_are_left_out_and_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_more = ["label,d,c,b,a", *("x,4,3,2,1" for _ in range(3))]
    Path("more.csv").write_text("\n".join(with_more))
    assert main(["errors", "numbers", "more.csv"]) == 0
    out, err = capsys.readouterr()
    assert "left out, for the model was not trained on them: 'label'" in err
    table = pyarrow.table({name: [float(value)] for value, name in enumerate("abcd", start=1)})
    expected = ae.load("runs/numbers").errors(table)[0]
    assert float(out.splitlines()[1].split(",")[1]) == expected


@pytest.mark.parametrize(
    ("output", "words"),
    [("codes.txt", "expected a name that ends in"), ("no/codes.csv", "there is no folder no"), ("images.d/x.csv", "")],
)
def test_a_target_that_cannot_be_is_said_before_the_work(
    here: Path, output: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "folder.csv").mkdir()
    for verb in ("encode", "reconstruct", "errors"):
        assert main([verb, "digits", "no-such-data", output]) == 2
        assert "OUTPUT" in capsys.readouterr().err
    assert main(["encode", "digits", "digits", "folder.csv"]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_codes_of_another_size_or_kind_are_2(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("wide.npy", np.zeros((3, 5)))
    assert main(["decode", "digits", "wide.npy", "x.npy"]) == 2
    assert "codes must have 4 units each" in capsys.readouterr().err
    assert main(["decode", "digits", "people.csv", "x.npy"]) == 2
    assert "must hold numbers alone" in capsys.readouterr().err


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize("data", DATA)
def test_errors_are_those_of_python(here: Path, data: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = ae.load(f"runs/{model_of(data)}").errors(data)
    assert main(["errors", model_of(data), data]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [float(row["error"]) for row in rows] == expected.tolist()
    assert main(["errors", model_of(data), data, "--json"]) == 0
    assert [row["error"] for row in json.loads(capsys.readouterr().out)] == expected.tolist()
    assert main(["errors", model_of(data), data, "errors.parquet"]) == 0
    assert pyarrow.parquet.read_table("errors.parquet")["error"].to_pylist() == expected.tolist()
    assert main(["errors", model_of(data), data, "errors.npy"]) == 0
    assert np.array_equal(np.load("errors.npy"), expected)


def test_measure_units_and_per(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = ae.load("runs/numbers")
    assert main(["errors", "numbers", "numbers.csv", "--per", "feature", "--measure", "mae", "--units", "scaled"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    expected = model.errors("numbers.csv", per="feature", measure="absolute_error", units="scaled")
    assert [row["feature"] for row in rows] == ["a", "b", "c", "d"]
    assert [float(row["error"]) for row in rows] == expected.tolist()


def test_errors_of_columns_have_units(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "people", "people.csv", "--per", "column", "--json"]) == 0
    found = {(row["column"], row["kind"]): row for row in json.loads(capsys.readouterr().out)}
    assert found["height", "numeric"]["measure"] == "root mean squared error"
    assert 0 <= found["group", "category"]["error"] <= 1
    expected = ae.load("runs/people").column_errors("people.csv")
    assert [row["error"] for row in found.values()] == [error.error for error in expected]
    assert main(["errors", "people", "people.csv", "columns.csv", "--per", "column"]) == 0
    assert pyarrow.csv.read_csv("columns.csv").num_rows == len(expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--measure", "squared_eror"], "did you mean 'squared_error'?"),
        (["--per", "samples"], "did you mean 'sample'?"),
        (["--units", "orginal"], "did you mean 'original'?"),
    ],
)
def test_unknown_words_are_2(here: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "digits", "digits", *words]) == 2
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["encode", "reconstruct", "errors"])
def test_samples_of_another_shape_are_2(here: Path, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "digits", "numbers.csv", "x.npy"]) == 2
    assert main([verb, "numbers", "digits", "x.npy"]) == 2
    assert main([verb, "people", "numbers.csv", "x.npy"]) == 2
    err = capsys.readouterr().err
    assert err.count("error: ") == 3
    assert "Traceback" not in err
    assert not Path("x.npy").exists()


# ---------------------------------------------------------------------- the model, and summary


def test_a_model_is_a_file_a_folder_or_a_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = set()
    for model in ("digits", "runs/digits", "runs/digits/", "runs/digits/model.safetensors"):
        assert main(["summary", model]) == 0
        shown.add(capsys.readouterr().out)
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("digist", "did you mean 'digits'?"),
        ("people.csv", "is not a model file"),
        ("images", None),
        ("", "there is no model ''"),
    ],
)
def test_what_is_no_model_is_2(
    here: Path, model: str, expected: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["summary", model])
    err = capsys.readouterr().err
    if expected is None:  # a folder of images of that name does not hide the run
        assert code == 0
    else:
        assert code == 2
        assert expected in err


def test_a_run_without_a_model_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "runs" / "digits" / "model.safetensors").unlink()
    assert main(["summary", "digits"]) == 2
    assert "has no model" in capsys.readouterr().err


def test_summary(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "people"]) == 0
    out = capsys.readouterr().out
    for words in ("encoder_1", "(samples, 2)", "total", "was auto", "random_state", "group", "category"):
        assert words in out
    assert main(["summary", "people", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["settings"]["hidden"] == [6]
    assert f"{summary['fingerprint'][:16]}…" in out
    assert f"xla {summary['threads']['xla']}, blas {summary['threads']['blas'] or 'none'}" in out
    assert summary["parameters"] == sum(layer["parameters"] for layer in summary["layers"])
    assert summary["columns"][1]["column"] == "age"
