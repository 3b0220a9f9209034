"""The command line as a whole: its exit codes, its two streams, signals, terminals."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.exceptions import CorruptDataError, TrainingDivergedError
from autoencode.interruption import HungUp, Terminated
from autoencode.runs import RunFolder

ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-79]|4[0-79]|9[0-7])m")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A shell's environment in which MNIST cannot be had, in an empty folder."""
    for name in ("AUTOENCODE_DATA", "AUTOENCODE_DEBUG", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUTOENCODE_OFFLINE", "1")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TERM", "xterm")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return dict(os.environ)


def shell(*words: str, environment: dict[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autoencode", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    assert "Traceback" not in done.stderr, done.stderr
    assert ESCAPE not in done.stdout + done.stderr
    return done


# ---------------------------------------------------------------------- real processes


def test_version_and_help_of_a_real_process(environment: dict[str, str]) -> None:
    done = shell("--version", environment=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"autoencode {ae.__version__}\n", "")
    done = shell("--help", environment=environment)
    assert done.returncode == 0
    assert "reproduce" in done.stdout
    assert "data" in done.stdout


def test_the_script_is_the_module(environment: dict[str, str]) -> None:
    script = Path(sys.executable).with_name("autoencode")
    if not script.exists():
        pytest.skip("autoencode is not installed beside this Python")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, env=environment, timeout=60)
    assert done.stdout == f"autoencode {ae.__version__}\n"


def test_bad_usage_of_a_real_process(environment: dict[str, str]) -> None:
    done = shell("reprduce", environment=environment)
    assert done.returncode == 2
    assert "reproduce" in done.stderr
    assert done.stdout == ""


def test_a_reader_that_has_gone_is_no_error(environment: dict[str, str]) -> None:
    for words in ("data list", "data list --json", "--help", "reproduce --help"):
        command = f"{sys.executable} -m autoencode {words} | head -n 1"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env=environment, timeout=60
        )
        assert done.stderr == "", words
        assert len(done.stdout.splitlines()) == 1
    closed = f"{sys.executable} -m autoencode data list | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", closed], capture_output=True, text=True, env=environment, timeout=60)
    assert done.stderr == ""
    assert done.stdout.strip() == "0"


def test_a_terminal_of_few_letters_is_no_bug(environment: dict[str, str]) -> None:
    done = shell("data", "list", environment=environment | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "mnist" in done.stdout


def test_help_and_completion_import_nothing_heavy(environment: dict[str, str]) -> None:
    program = (
        "import sys; from autoencode.cli.main import main\n"
        "main(['reproduce', '--help'])\n"
        "print([m for m in ('jax', 'sklearn', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


# ---------------------------------------------------------------------- exit codes


@pytest.mark.parametrize("verb", ["reprduce", "reproduc", "dat", "Data"])
def test_an_unknown_verb_suggests(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb]) == 2
    err = capsys.readouterr().err
    assert "No such command" in err
    assert ("reproduce" if verb.startswith("rep") else "data") in err


@pytest.mark.parametrize(
    "words",
    [
        ["reproduce", "another-post"],
        ["reproduce", "--seed", "-1"],
        ["reproduce", "--seed", "4294967296"],
        ["reproduce", "--seed", "x"],
        ["reproduce", "--colour"],
        ["data", "fetch", "mnits"],
        ["data", "fetch"],
        ["data", "verify", "nothing"],
    ],
    ids=" ".join,
)
def test_bad_input_is_2_and_no_traceback(
    words: list[str], environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert err.strip()
    assert out == ""


def test_no_verb_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = "".join(capsys.readouterr())
    assert "reproduce" in shown
    assert "Example" in shown


def test_verify_says_no_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mnist"
    folder.mkdir()
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x01\x05")
    assert main(["data", "verify", "mnist", "--folder", str(folder)]) == 1
    assert "files are not what they must be" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (TrainingDivergedError("the loss became infinite"), 3, "the loss became infinite"),
        (OSError(errno.ENOSPC, "No space left on device"), 4, "no room left"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 4, "no room left"),
        (MemoryError(), 4, "out of memory"),
        (RuntimeError("RESOURCE_EXHAUSTED: out of memory allocating 9 bytes"), 4, "out of memory"),
        (CorruptDataError("train-images is not what it must be"), 2, "train-images"),
        (PermissionError(errno.EACCES, "Permission denied", "runs"), 2, "Permission denied"),
        (RuntimeError("a surprise"), 70, "RuntimeError: a surprise (a bug; AUTOENCODE_DEBUG=1 shows where)"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (Terminated(), 143, "terminated"),
        (HungUp(), 129, "hung up"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value)[:20],
)
def test_every_error_has_its_exit_code(
    error: BaseException,
    code: int,
    words: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import autoencode.reproduce

    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(autoencode.reproduce, "reproduce", fail)
    assert main(["reproduce"]) == code
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert out == ""
    if code == 70:
        monkeypatch.setenv("AUTOENCODE_DEBUG", "1")
        with pytest.raises(RuntimeError, match="a surprise"):
            main(["reproduce"])


# ---------------------------------------------------------------------- where the run shall be


def test_a_file_where_the_folder_should_be_is_2(
    environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["reproduce", "--run", str(tmp_path / "file")]) == 2
    assert "is a file" in capsys.readouterr().err
    assert main(["reproduce", "--run", str(tmp_path / "file" / "below")]) == 2
    assert (tmp_path / "file").read_text() == "mine"
    assert "error: " in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_2(
    environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = "/proc/autoencode-run" if os.geteuid() == 0 and sys.platform == "linux" else str(tmp_path / "ro" / "run")
    (tmp_path / "ro").mkdir(mode=0o500)
    assert main(["reproduce", "--run", target]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_is_4(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["reproduce", "--run", str(tmp_path / "run")]) == 4
    assert "no room left" in capsys.readouterr().err
    assert not list((tmp_path / "run").rglob("*.partial"))


def test_a_data_folder_without_mnist_is_2(
    environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "--folder", str(tmp_path / "nothing"), "--run", str(tmp_path / "run")]) == 2
    assert "nothing" in capsys.readouterr().err


# ---------------------------------------------------------------------- signals and terminals


def wait_for_epochs(history: Path, process: subprocess.Popen[bytes], epochs: int, timeout: float = 90) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if history.exists() and history.read_text().count("\n") >= epochs:
            return
        assert process.poll() is None, "the training ended before it was interrupted"
        time.sleep(0.01)
    pytest.fail("no epoch was written")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="SIGINT"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_a_signal_leaves_a_run_that_can_be_read(
    environment: dict[str, str], tmp_path: Path, kind: signal.Signals, code: int
) -> None:
    earlier, path = tmp_path / "run", tmp_path / "run-2"
    earlier.mkdir()
    (earlier / "result.json").write_text("{}")
    command = [sys.executable, "-m", "autoencode", "reproduce", "--run", str(earlier)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    wait_for_epochs(path / "vanilla" / "history.jsonl", process, 2)
    process.send_signal(kind)
    out, err = process.communicate(timeout=60)
    words = err.decode()
    assert process.returncode == code, words
    assert "Traceback" not in words
    assert f"the earlier reproduction in {earlier} is as it was" in words
    assert f"what was trained so far is saved in {path}" in words
    assert out == b""
    run = RunFolder(path / "vanilla")
    model = ae.load(run.path)
    history = run.read_history()
    assert model.history_.epochs == len(history) < 10
    assert history[-1]["epoch"] == len(history)
    assert json.loads(run.result.read_text())["finished"] is False
    assert model.transform(ae.data.load("uniform-table").test[:3]).shape == (3, 2)
    assert json.loads((path / "digits" / "result.json").read_text())["finished"] is True
    assert not (path / "result.json").exists()
    assert [(file.name, file.read_text()) for file in earlier.iterdir()] == [("result.json", "{}")]
    assert not list(path.rglob("*.partial"))


def read_terminal(words: list[str], environment: dict[str, str], until: str) -> str:
    """Run the command line in a pseudo-terminal until it has written something, interrupt it, return what it wrote."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "autoencode", *words]
    process = subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment, close_fds=True)
    os.close(child)
    written, end, asked = b"", time.monotonic() + 90, False
    while time.monotonic() < end:
        ready, _, _ = select.select([parent], [], [], 1)
        try:
            part = os.read(parent, 65536) if ready else b""
        except OSError:
            break
        if ready and not part:
            break
        written += part
        if until.encode() in written and not asked:
            process.send_signal(signal.SIGINT)
            asked = True
        if process.poll() is not None and not ready:
            break
    process.wait(timeout=60)
    os.close(parent)
    return written.decode(errors="replace")


@pytest.mark.parametrize("colour", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_terminal_shows_a_live_line(environment: dict[str, str], tmp_path: Path, colour: bool) -> None:
    variables = environment | ({} if colour else {"NO_COLOR": "1"})
    shown = read_terminal(["reproduce", "--run", str(tmp_path / "run")], variables, until="/10 · loss")
    assert re.search(r"epoch +\d+/10 · loss", shown)
    assert re.search(r"held-out 0\.\d+ · [\d,]+/s", shown)
    assert ESCAPE + "[2K" in shown, "the line is written over itself"
    assert bool(COLOUR.search(shown)) is colour
    assert "Traceback" not in shown
    assert "MNIST CANNOT BE HAD" in shown
