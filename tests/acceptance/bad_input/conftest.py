"""The command line as bad input meets it: one line that says what to do, nothing left behind, in time and memory."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autoencode as ae
from autoencode.cli.main import main
from autoencode.estimators import fit_recorded

SECONDS = 30
"""How long a case may take; one that waits for ever ends here."""

MORE_BYTES = 3 * 2**30  # a first program that XLA compiles takes two of them
"""How much address space a case may take beside what is taken already."""

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST = 700
ROWS = 40


class TooSlowError(BaseException):
    """A case took longer than it may."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Limit time and memory, so that what hangs or allocates without end fails instead."""

    def stop(_signal: int, _frame: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MORE_BYTES, hard))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@dataclass(frozen=True)
class Outcome:
    """What a command line gave."""

    code: int
    out: str
    err: str


def survey(folder: Path) -> dict[str, tuple[int, ...]]:
    """Return what lies in a folder, such that a change of anything in it shows."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        # A folder's own time says that a file came and went, which is allowed.
        changed = () if path.is_dir() else (status.st_size, status.st_mtime_ns)
        found[str(path.relative_to(folder))] = (status.st_mode, *changed)
    return found


def check_refusal(outcome: Outcome, says: Sequence[str] = (), code: int = 2) -> str:
    """Check that a command line was refused in one line with these words, and return it."""
    shown = f"{outcome.code}\n{outcome.err[-3000:]}\n{outcome.out[-1000:]}"
    assert outcome.code == code, shown
    assert "Traceback" not in outcome.err, shown
    assert not CONTROL.search(outcome.err), repr(outcome.err)
    lines = outcome.err.splitlines()
    assert [number for number, line in enumerate(lines, 1) if line.startswith("error: ")] == [len(lines)], shown
    assert len(lines[-1]) <= LONGEST, shown
    assert outcome.out == "", shown
    for words in says:
        assert words in lines[-1], shown
    return lines[-1]


class Shell:
    """The command line of a folder.

    Attributes
    ----------
    folder
        Where it is run, with the files of the case in it.
    """

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]):
        self.folder = folder
        self._capture = capture

    check = staticmethod(check_refusal)

    def __call__(self, *words: object) -> Outcome:
        self._capture.readouterr()
        with limited():
            code = main([str(word) for word in words])
        captured = self._capture.readouterr()
        return Outcome(code, captured.out, captured.err)

    def refuses(self, *words: object, says: Sequence[str] = (), code: int = 2) -> str:
        """Run a command line that must be refused, and check that it changed no file; return what it said."""
        before = survey(self.folder)
        message = check_refusal(self(*words), says, code)
        assert survey(self.folder) == before
        return message

    def accepts(self, *words: object) -> Outcome:
        """Run a command line that must work."""
        outcome = self(*words)
        assert outcome.code == 0, outcome.err
        assert not CONTROL.search(outcome.err), repr(outcome.err)
        assert "error:" not in outcome.err, outcome.err
        return outcome

    def errors(self, model: Path, data: object) -> np.ndarray:
        """Return the errors of samples that must be taken."""
        path = self.folder / "errors-of-it.npy"
        path.unlink(missing_ok=True)
        self.accepts("errors", model, data, path)
        return np.load(path, allow_pickle=False)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shell:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("AUTOENCODE_DEBUG", raising=False)
    monkeypatch.setenv("AUTOENCODE_OFFLINE", "1")
    return Shell(folder, capfd)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a process of its own, which writes no compiled programs."""
    for name in ("AUTOENCODE_DEBUG", "JAX_COMPILATION_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return dict(os.environ) | {"AUTOENCODE_OFFLINE": "1", "AUTOENCODE_PROGRAMS": "off"}


# ---------------------------------------------------------------------- models


@dataclass(frozen=True)
class Trained:
    """A small model, its run, and the file or folder that it was trained on."""

    model: Any
    run: Path
    data: Path

    def __str__(self) -> str:
        return str(self.run)


Train = Callable[..., Trained]


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    def train(data: Path, **parameters: Any) -> Trained:
        model = ae.Autoencoder(2, hidden=(), epochs=1, random_state=0, **parameters)
        run = tmp_path_factory.mktemp("models") / "run"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ae.DiagnosisWarning)  # one epoch is too little, as is known
            fit_recorded(model, str(data), run)
        return Trained(model, run, data)

    return train


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with good samples of every kind."""
    folder = tmp_path_factory.mktemp("material")
    random = np.random.default_rng(0)
    numbers = random.normal(size=(ROWS, 3)).round(3)
    lines = ["a,b,c", *(",".join(map(str, row)) for row in numbers)]
    (folder / "numbers.csv").write_text("\n".join(lines) + "\n")
    lines = ["age,city,member,day"]
    for row in range(ROWS):
        city, member = ("Rome", "Oslo")[row % 2], ("true", "false")[row % 3 > 0]
        lines.append(f"{20 + 7 * row % 31},{city},{member},2024-01-{1 + row % 28:02}")
    (folder / "mixed.csv").write_text("\n".join(lines) + "\n")
    np.save(folder / "array.npy", random.normal(size=(ROWS, 3)))
    (folder / "images").mkdir()
    for index in range(12):
        Image.fromarray(random.integers(0, 256, (4, 6), np.uint8)).save(folder / "images" / f"{index}.png")
    return folder


@pytest.fixture(scope="session")
def numbers(train: Train, material: Path) -> Trained:
    """A model of a table of numbers."""
    return train(material / "numbers.csv")


@pytest.fixture(scope="session")
def mixed(train: Train, material: Path) -> Trained:
    """A model of a mixed table."""
    return train(material / "mixed.csv")


@pytest.fixture(scope="session")
def array(train: Train, material: Path) -> Trained:
    """A model of an array."""
    return train(material / "array.npy")


@pytest.fixture(scope="session")
def images(train: Train, material: Path) -> Trained:
    """A model of grey images of 4 × 6 pixels."""
    return train(material / "images")
