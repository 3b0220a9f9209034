"""Where results shall be written is tried before any work, and a result that cannot be written is kept."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from autoencode.cli.main import main
from autoencode.cli.targets import check_folder, check_place, write_or_keep
from autoencode.data import source
from autoencode.exceptions import InvalidInputError

VERBS = {
    "detect --out": ("detect numbers.csv --out", ".csv"),
    "detect --report": ("detect numbers.csv --report", ".html"),
    "sweep --out": ("sweep numbers.csv --out", ".json"),
    "sweep --figure": ("sweep numbers.csv --figure", ".png"),
    "encode": ("encode digits digits", ".npy"),
    "reconstruct": ("reconstruct numbers numbers.csv", ".csv"),
    "errors": ("errors numbers numbers.csv", ".parquet"),
    "decode": ("decode numbers numbers.csv", ".csv"),
    "sample": ("sample numbers --out", ".csv"),
    "worst": ("worst digits digits --figure", ".svg"),
    "report": ("report numbers --out", ".html"),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_tries_its_output_before_it_reads(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("it was read first")

    monkeypatch.setattr(source, "read", fail)
    monkeypatch.setattr("autoencode.data.read", fail, raising=False)
    words, ending = VERBS[verb]
    Path(f"taken{ending}").mkdir()
    targets = {
        f"no/where{ending}": "there is no folder",
        f"numbers.csv/out{ending}": "is a file, no folder",
        f"taken{ending}": "is a folder",
        f"{'x' * 300}{ending}": "File name too long",
        f"/proc/self/out{ending}": "nothing can be written to",
        "out.exe": "expected a name that ends in",
    }
    for target, said in targets.items():
        assert main([*words.split(), target]) == 2, target
        message = capsys.readouterr().err
        assert message.startswith("error: ")
        assert message.count("\n") == 1
        assert said in message


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "words",
    [
        "train digits --run numbers.csv/x",
        "train digits --run /proc/self/x",
        "export numbers numbers.csv",
        "export numbers numbers.csv/onnx",
        "reproduce --run numbers.csv/x",
    ],
)
def test_folders_are_tried_first_too(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_place(tmp_path: Path) -> None:
    check_place("--out", tmp_path / "new.csv")
    check_place("OUTPUT", tmp_path / "images", is_folder=True)
    check_place("OUTPUT", tmp_path, is_folder=True)
    check_folder("--run", tmp_path / "not" / "yet")
    os.mkfifo(tmp_path / "pipe.csv")
    for path, options in (
        (tmp_path / "pipe.csv", {}),
        (Path(os.devnull), {}),
        (tmp_path / "pipe.csv", {"is_folder": True}),
    ):
        with pytest.raises(InvalidInputError, match="a pipe, socket or device"):
            check_place("--out", path, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe.csv"]


def test_a_full_disk_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    for check in (lambda: check_place("--out", tmp_path / "out.csv"), lambda: check_folder("--run", tmp_path)):
        with pytest.raises(OSError, match="No space left") as refused:
            check()
        assert refused.value.filename == str(tmp_path)


def test_a_result_that_cannot_be_written_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    target = tmp_path / "full" / "codes.csv"
    with pytest.raises(FileNotFoundError):
        write_or_keep(lambda path: Path(path).write_text("a"), str(target))
    (kept,) = tmp_path.glob("autoencode-*/codes.csv")
    assert kept.read_text() == "a"
    assert capsys.readouterr().err == f"what could not be written to {target} is kept in {kept}\n"


@pytest.mark.usefixtures("here")
def test_detect_prints_what_it_cannot_write(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from autoencode.cli.anomalies import Anomalies

    def refuse(_: Anomalies, path: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", path)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Anomalies, "write", refuse)
    assert main(["detect", "numbers.csv", "--false-alarm-rate", "0.1", "--seed", "0", "--out", "found.csv"]) == 4
    printed = capsys.readouterr()
    assert "p-value" in printed.out
    assert "No space left on device: 'found.csv'" in printed.err.splitlines()[-1]
