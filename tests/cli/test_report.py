"""`autoencode report`: which samples it shows, where the page goes, and what is refused."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
import autoencode.report
from autoencode.cli.held_out import find_held_out
from autoencode.cli.main import main
from autoencode.cli.samples import load_model
from autoencode.model.samples import split_samples
from autoencode.report.study import Study, StudySamples

QUICK = ["--epochs", "2", "--seed", "3"]


@pytest.fixture
def studies(monkeypatch: pytest.MonkeyPatch) -> list[Study]:
    """The studies of the reports that a test writes, which are pages of a few words."""
    found: list[Study] = []

    def make_report(given: Sequence[Study], comparison: Any = None) -> autoencode.report.Report:
        assert (comparison is None) == (len(given) == 1)
        found[:] = given
        return autoencode.report.Report("<!doctype html>")

    monkeypatch.setattr(autoencode.report, "make_report", make_report)
    return found


def samples_of(found: list[Study]) -> StudySamples:
    assert found[0].samples is not None
    return found[0].samples


def test_a_page_in_the_runs_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "digits"]) == 0
    out, err = capsys.readouterr()
    assert out == "runs/digits/report.html\n"
    assert err == "the report is about 360 held-out samples of digits\n"
    page = (here / "runs" / "digits" / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "Content-Security-Policy" in page
    assert main(["runs", "remove", "digits"]) == 0
    assert not (here / "runs" / "digits").exists()


def test_several_runs_stand_on_one_page_here(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", "--layers", "6", *QUICK]) == 0
    capsys.readouterr()
    assert main(["report", "digits", "digits-2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result == {"report": "report.html", "bytes": Path("report.html").stat().st_size, "samples": 360}
    page = Path("report.html").read_text(encoding="utf-8")
    assert "digits-2" in page


def test_images_keep_their_names_and_classes(here: Path, studies: list[Study]) -> None:
    assert main(["report", "images"]) == 0
    samples = samples_of(studies)
    every = ae.data.read("images", size=(6, 8))
    places = split_samples(np.arange(12), 0.1, 1)[1]
    assert every.row_names is not None
    assert every.labels is not None
    assert samples.rows.tolist() == places.tolist()
    assert samples.row_names == tuple(every.row_names[place] for place in places)
    assert samples.labels == tuple(str(every.labels[place]) for place in places)
    np.testing.assert_array_equal(samples.features, np.asarray(every.values)[places].reshape(len(places), -1))
    assert (samples.kind, samples.name, samples.held_out) == ("images", "images", True)
    assert studies[0].card.path == "runs/images"


def test_what_a_named_set_holds_out_has_its_labels(here: Path) -> None:
    known = find_held_out("report", {"digits": load_model("digits")})
    held_out = ae.data.read("digits:test")
    assert (known.name, known.source) == ("digits:test", "held-out samples of digits")
    np.testing.assert_array_equal(known.values, held_out.values)
    np.testing.assert_array_equal(known.labels, held_out.labels)


def test_samples_of_ones_own(here: Path, studies: list[Study], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "people", "--on", "people.csv", "-o", "people.html"]) == 0
    out, err = capsys.readouterr()
    assert out == "people.html\n"
    assert "left out, for the model was not trained on them" not in err
    samples = samples_of(studies)
    assert (samples.source, samples.name) == ("120 samples of people.csv", "people.csv")
    assert samples.columns[0].cells[0] == "person 0"


def test_where_nothing_was_held_out_it_says_so_loudly(
    here: Path, studies: list[Study], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "numbers.csv", "--validation-fraction", "none", "--run", "all", *QUICK]) == 0
    capsys.readouterr()
    assert main(["report", "all"]) == 0
    assert "warning: all held nothing out, so the report shows the samples that it was" in capsys.readouterr().err
    assert samples_of(studies).source == "60 training samples of numbers.csv"
    assert not samples_of(studies).held_out
    assert main(["report", "all", "numbers"]) == 2
    assert "did not hold out the same samples" in capsys.readouterr().err
    with Path("numbers.csv").open("a") as file:
        file.write("1,2,3,4\n")
    assert main(["report", "all"]) == 2
    assert "is not known any more; name samples by --on" in capsys.readouterr().err


def test_a_model_file_alone_needs_samples(here: Path, studies: list[Study], capsys: pytest.CaptureFixture[str]) -> None:
    Path("runs/digits/model.safetensors").rename("alone.safetensors")
    assert main(["report", "alone.safetensors"]) == 2
    assert "--on" in capsys.readouterr().err
    assert main(["report", "alone.safetensors", "--on", "digits:test"]) == 0
    assert capsys.readouterr().out == "report.html\n"
    assert studies[0].card.path == "alone.safetensors"


def test_data_that_have_changed_are_not_what_was_held_out(
    here: Path, studies: list[Study], capsys: pytest.CaptureFixture[str]
) -> None:
    head, *rows = Path("numbers.csv").read_text().splitlines()
    assert main(["report", "numbers"]) == 0
    Path("numbers.csv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    capsys.readouterr()
    for verb in ("report", "compare"):
        assert main([verb, "numbers"]) == 2
        assert "held out of numbers.csv is not known any more" in capsys.readouterr().err


def test_a_folder_that_takes_no_file_is_said_first(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("autoencode.cli.samples.load_model", None)
    assert main(["report", "digits"]) == 2
    where = "runs/digits/report.html cannot be written, for nothing can be written to runs/digits"
    assert capsys.readouterr().err == f"error: --out: {where}: Permission denied.\n"


# ---------------------------------------------------------------------- train --report


def test_a_training_may_end_with_a_report(here: Path, studies: list[Study], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "people.csv", "--layers", "4-2", "--run", "mine", "--report", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "report     runs/mine/report.html" in out
    assert "the report is about 12 held-out samples of people.csv" in err
    assert "autoencode report" not in err
    assert samples_of(studies).rows.tolist() == split_samples(np.arange(120), 0.1, 3)[1].tolist()
    assert studies[0].name == "mine"
    words = ["train", "numbers.csv", "--run", "new", "--report", "--json", *QUICK]
    assert main([*words, "--validation", "numbers.csv"]) == 0
    assert json.loads(capsys.readouterr().out)["report"] == "runs/new/report.html"
    assert (samples_of(studies).source, samples_of(studies).name) == (
        "60 held-out samples of numbers.csv",
        "numbers.csv",
    )
    assert main([*words, "--force", "--validation-fraction", "none"]) == 0
    assert not samples_of(studies).held_out


def test_a_run_that_is_replaced_takes_its_report_along(
    here: Path, studies: list[Study], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "numbers"]) == 0
    assert main(["train", "people.csv", "--run", "numbers", "--force", "--epochs", "0"]) == 2
    assert Path("runs/numbers/report.html").is_file()
    assert main(["train", "people.csv", "--run", "numbers", "--force", *QUICK]) == 0
    assert not Path("runs/numbers/report.html").exists()
    assert "autoencode report numbers" in capsys.readouterr().err


# ---------------------------------------------------------------------- where it goes


def test_an_old_page_is_replaced_whole(here: Path, studies: list[Study], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("page.html").write_text("old" * 1000)
    assert main(["report", "digits", "-o", "page.html"]) == 0
    assert Path("page.html").read_text() == "<!doctype html>"

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["report", "digits", "-o", "page.html"]) == 4
    assert Path("page.html").read_text() == "<!doctype html>"
    assert not list(here.rglob("*.partial"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["digist"], "did you mean 'digits'?"),
        (["digits", "digits"], "is there twice"),
        (["digits", "runs/digits"], "'runs/digits' is there twice, also as 'digits'"),
        (["digits", "runs/digits/model.safetensors"], "also as 'digits'"),
        (["model.html", "--on", "digits:test", "-o", "model.html"], "is read for this"),
        (["digits", "numbers"], "did not hold out the same samples"),
        (["digits", "numbers", "--on", "digits:test"], "was fitted on (4,)"),
        (["digits", "-o", "no/page.html"], "no folder no"),
        (["digits", "-o", "page.txt"], "ends in .html"),
        (["digits", "-o", "runs/digits/model.safetensors"], "ends in .html"),
        (["digits", "-o", "folder.html"], "is a folder"),
        (["digits", "--on", "no.csv"], "no.csv"),
        (["digits", "--on", "people.csv"], "name"),
        ([], "Missing argument"),
    ],
    ids=" ".join,
)
def test_bad_input_is_2(
    here: Path, words: list[str], expected: str, studies: list[Study], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder.html").mkdir()
    Path("model.html").write_bytes(Path("runs/digits/model.safetensors").read_bytes())
    assert main(["report", *words]) == 2
    out, err = capsys.readouterr()
    assert expected in err
    assert out == ""
    assert "Traceback" not in err
    assert not list(here.rglob("report.html"))
