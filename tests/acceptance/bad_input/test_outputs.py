"""Where nothing can be written, or should not; and processes that are interrupted or cut off."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode.data.writing import write_samples
from autoencode.runs import RunFolder

SECONDS = 90

REFUSED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an unknown ending": (("encode", "MODEL", "DATA", "x.xlsx"), ("OUTPUT", ".csv, .parquet or .npy", "'x.xlsx'")),
    "no ending": (("encode", "MODEL", "DATA", "codes"), ("folder of images", ".csv")),
    "an empty name": (("encode", "MODEL", "DATA", ""), ("OUTPUT|path",)),
    "a folder that is not there": (
        ("encode", "MODEL", "DATA", "no/x.csv"),
        ("OUTPUT", "no folder no", "make it first"),
    ),
    "a folder below a file": (
        ("encode", "MODEL", "DATA", "file/x.csv"),
        ("OUTPUT", "file/x.csv", "file is a file, no folder"),
    ),
    "a folder of that name": (("encode", "MODEL", "DATA", "folder.csv"), ("OUTPUT", "folder.csv is a folder")),
    "errors to an unknown ending": (("errors", "MODEL", "DATA", "x.json"), ("OUTPUT", ".csv, .parquet or .npy")),
    "a mixed table to .npy": (("reconstruct", "MIXED", "MIXED.csv", "x.npy"), (".csv or .parquet",)),
    "a folder that somebody else made": (("reconstruct", "IMAGES", "PHOTOS", "full/"), ("full", "precious.txt")),
    "a name beyond the file system's": (("encode", "MODEL", "DATA", "x" * 300 + ".csv"), ("xxx", "too long")),
    "a folder that takes no files": (("encode", "MODEL", "DATA", "/proc/x.csv"), ("/proc/x.csv",)),
    "a picture in no folder": (("worst", "IMAGES", "PHOTOS", "--figure", "no/x.png"), ("--figure", "no folder no")),
    "a picture of an unknown ending": (("worst", "IMAGES", "PHOTOS", "--figure", "x.bmp"), ("--figure", ".png")),
    "a report in no folder": (("report", "MODEL", "-o", "no/x.html"), ("--out", "no folder no", "make it first")),
    "a report of another ending": (("report", "MODEL", "-o", "file"), ("--out", "ends in .html", "'file'")),
    "a report onto a folder": (("report", "MODEL", "-o", "folder.html"), ("--out", "folder.html is a folder")),
    "a report without a name": (("report", "MODEL", "-o", ""), ("--out", "ends in .html")),
    "an export onto a file": (("export", "MODEL", "file"), ("file",)),
    "an export below a file": (("export", "MODEL", "file/onnx"), ("file",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_output_is_refused(case: str, shell: Any, numbers: Any, mixed: Any, images: Any) -> None:
    words, says = REFUSED[case]
    if "/proc" in "".join(words) and not Path("/proc/self").exists():
        pytest.skip("there is no /proc here")
    names = {"MODEL": numbers.run, "DATA": numbers.data, "MIXED": mixed.run, "MIXED.csv": mixed.data}
    names |= {"IMAGES": images.run, "PHOTOS": images.data}
    (shell.folder / "file").write_text("precious")
    (shell.folder / "folder.csv").mkdir()
    (shell.folder / "folder.html").mkdir()
    (shell.folder / "full").mkdir()
    (shell.folder / "full" / "precious.txt").write_text("mine")
    message = shell.refuses(*(names.get(word, word) for word in words))
    for alternatives in says:
        assert any(words in message for words in alternatives.split("|")), message


def test_the_samples_that_are_read_are_not_written_over(shell: Any, numbers: Any, images: Any, material: Path) -> None:
    shutil.copytree(material, shell.folder / "data")
    (shell.folder / "link.csv").symlink_to("data/numbers.csv")
    data = shell.folder / "data" / "numbers.csv"
    for verb in ("encode", "reconstruct", "errors"):
        for output in (data, "data/numbers.csv", "./data/../data/numbers.csv", "link.csv"):
            shell.refuses(verb, numbers, "data/numbers.csv", output, says=("OUTPUT", "is read"))
        shell.refuses(verb, numbers, "data/numb*.csv", data, says=("OUTPUT", "is read"))
    shell.accepts("encode", numbers, "data/numbers.csv", "data/codes.csv")
    shell.refuses("decode", numbers, "data/codes.csv", "data/codes.csv", says=("OUTPUT", "is read"))
    shell.accepts("reconstruct", images, "data/images", "rebuilt/")
    shell.refuses("reconstruct", images, "rebuilt", "rebuilt/", says=("OUTPUT", "is read"))
    shell.refuses("reconstruct", images, "rebuilt", "rebuilt/inner/", says=("OUTPUT", "is read"))
    shell.refuses("worst", images, "data/images", "--figure", "data/images/0.png", says=("--figure", "is read"))
    shell.accepts("reconstruct", images, "data/images", "rebuilt/")


def test_an_old_output_stays_where_the_new_one_is_refused(shell: Any, numbers: Any) -> None:
    shell.accepts("encode", numbers, numbers.data, "codes.csv")
    (shell.folder / "bad.csv").write_text("a,b,c\n1,2,x\n")
    shell.refuses("encode", numbers, "bad.csv", "codes.csv", says=("'c'",))


@pytest.fixture
def shut(shell: Any, numbers: Any) -> Iterator[Path]:
    """A folder of files and folders that may not be read or written, for a process without privileges."""
    shell.accepts("errors", numbers, numbers.data)  # all that is imported on the way is imported now
    folder = Path(tempfile.mkdtemp())
    (folder / "open.csv").write_text(numbers.data.read_text())
    (folder / "open.safetensors").write_bytes((numbers.run / "model.safetensors").read_bytes())
    for name in ("shut.csv", "shut.npy", "shut.parquet", "shut.safetensors", "shut.toml"):
        (folder / name).write_text("a,b\n1,2\n")
        (folder / name).chmod(0)
    (folder / "runs" / "shut").mkdir(parents=True)
    (folder / "runs" / "open").mkdir()
    shutil.copy(numbers.run / "config.json", folder / "runs" / "open")
    (folder / "photos" / "shut").mkdir(parents=True)
    for inner in ("runs/shut", "photos/shut"):
        (folder / inner).chmod(0)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    os.chdir(folder)
    here, shell.folder = shell.folder, folder
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        os.chdir(here)
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)


def test_what_may_not_be_read_or_written_is_refused(shut: Path, shell: Any) -> None:
    elsewhere = str(Path(tempfile.gettempdir()) / "autoencode-tests-make-no-run-here")
    for name in ("shut.csv", "shut.npy", "shut.parquet", "photos"):
        shell.refuses("train", name, "--run", elsewhere, says=("shut", "ermission denied"))
    shell.refuses("train", "--config", "shut.toml", says=("shut.toml", "ermission denied"))
    shell.refuses("errors", "open.safetensors", "shut.csv", says=("shut.csv", "ermission denied"))
    shell.refuses("errors", "shut.safetensors", "open.csv", says=("shut.safetensors", "ermission denied"))
    shell.refuses("summary", "runs/shut", says=("shut",))
    shell.refuses("encode", "open.safetensors", "open.csv", "codes.csv", says=("codes.csv", "ermission denied"))
    shell.refuses("encode", "open.safetensors", "open.csv", "open.csv", says=("OUTPUT",))
    shell.refuses("train", "open.csv", "--run", "./run", "--epochs", 1, says=("run", "ermission denied"))
    shell.refuses("runs", "remove", "open", says=("ermission denied",))
    assert "open" in shell.accepts("runs", "list").out


# ---------------------------------------------------------------------- processes of their own


def start(*words: object, environment: dict[str, str], before: str = "") -> subprocess.Popen[str]:
    """Start the command line in a process of its own, with a line of Python before it."""
    code = f"import sys\n{before}\nfrom autoencode.cli.main import run\nrun()"
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def test_a_full_disk_is_4(shell: Any, numbers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is imported meanwhile would leave torn byte code behind, at which every later import ends.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    write_samples(pa.table({name: np.tile(np.arange(100.0), 300) for name in "abc"}), "large.csv")
    (shell.folder / "codes.csv").write_text("precious")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for words in (
        ("encode", numbers, "large.csv", "codes.csv"),
        ("reconstruct", numbers, "large.csv", "codes.parquet"),
        ("errors", numbers, "large.csv", "errors.npy"),
    ):
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            shell.refuses(*words, code=4, says=("no room left", words[-1]))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_ends_a_training_with_4(shell: Any, numbers: Any, environment: dict[str, str]) -> None:
    full = (
        "import resource, sys; sys.dont_write_bytecode = True; resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))"
    )
    process = start("train", numbers.data, "--run", "./run", "--epochs", 50, environment=environment, before=full)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 4, err
    assert err.splitlines()[-1].startswith("error: no room left"), err
    assert "Traceback" not in err
    assert not list(shell.folder.rglob("*.partial"))


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_a_training_that_is_ended_leaves_its_model(
    kind: signal.Signals, code: int, shell: Any, numbers: Any, environment: dict[str, str]
) -> None:
    process = start("train", numbers.data, "--run", "./run", "--epochs", 1_000_000, environment=environment)
    history = shell.folder / "run" / "history.jsonl"
    end = time.monotonic() + SECONDS
    while not (history.is_file() and history.read_text().count("\n") >= 3):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(kind)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (code, ""), err
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("error: ")
    assert "saved in run" in err
    model, run = ae.load("run"), RunFolder(Path("run"))
    assert run.status == "interrupted"
    assert model.history_.epochs == len(run.read_history()) >= 3
    assert json.loads(run.result.read_text())["finished"] is False
    assert not list(shell.folder.rglob("*.partial"))


def test_a_name_is_shown_in_a_terminal_and_not_obeyed(shell: Any, environment: dict[str, str]) -> None:
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "autoencode", "train", "x[/b]\x1b]0;owned\x07.csv"]
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment | {"TERM": "xterm"})
    os.close(child)
    shown = b""
    with contextlib.suppress(OSError):  # which ends what a terminal shows on Linux
        while part := os.read(parent, 65536):
            shown += part
    os.close(parent)
    assert process.wait(timeout=SECONDS) == 2, shown
    assert b"error: x[/b]\\x1b]0;owned\\x07.csv: no file fits" in shown
    assert b"\x1b]" not in shown


def test_a_reader_that_has_gone_is_no_error(shell: Any, numbers: Any, environment: dict[str, str]) -> None:
    write_samples(pa.table({name: np.tile(np.arange(100.0), 300) for name in "abc"}), "large.csv")
    process = start("errors", numbers, "large.csv", environment=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "row,error\n"
    process.stdout.close()
    assert process.stderr is not None
    assert (process.stderr.read(), process.wait(timeout=SECONDS)) == ("", 0)
    process.stderr.close()
