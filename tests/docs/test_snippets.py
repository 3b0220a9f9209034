"""Every Python block and every command that the documents show is run.

Python blocks of a page run in order, in one process, in an empty folder. The one mark that leaves a block out is the
title "Keras, for comparison". Commands run as a newcomer would type them, MNIST coming from a server on this machine.
"""

from __future__ import annotations

import ast
import functools
import http.server
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

PYTHON, SHELL, TEXT = "python", "sh", "text"
KERAS = 'python title="Keras, for comparison"'
KERAS_PAGES = {"tutorial.md": 4, "coming-from-keras.md": 1}

# MNIST where it is not at hand: digits enlarged to 28 × 28, so that a page runs, though not with its figures.
STAND_IN = """
import os
if not os.environ.get("AUTOENCODE_DATA"):
    import numpy as np
    import autoencode.data
    real_load = autoencode.data.load
    def load(name, **options):
        if name != "mnist":
            return real_load(name, **options)
        digits = real_load("digits")
        enlarge = lambda flat: np.pad(
            np.kron(flat.reshape(-1, 8, 8), np.ones((1, 3, 3), np.float32)), ((0, 0), (2, 2), (2, 2))
        ).reshape(-1, 784)
        return autoencode.data.Dataset("mnist", enlarge(digits.train), enlarge(digits.test), (28, 28))
    autoencode.data.load = load
"""


class Block(NamedTuple):
    """A fenced block: its info string and its text."""

    kind: str
    text: str


def read_blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text(encoding="utf-8"))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def python_of(page: Path) -> list[str]:
    return [block.text for block in read_blocks(page) if block.kind == PYTHON]


def commands_of(page: Path) -> list[str]:
    lines = [line for block in read_blocks(page) if block.kind == SHELL for line in block.text.splitlines()]
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


# Pages whose Python writes the file that their commands read.
MADE_BY_PYTHON = {"table-to-anomalies.md", "find-anomalies.md"}
PYTHON_PAGES = [page for page in PAGES if python_of(page)]
COMMAND_PAGES = [page for page in PAGES if any(line.startswith("autoencode ") for line in commands_of(page))]
REPRODUCTIONS = sorted({line for page in PAGES for line in commands_of(page) if line.startswith("autoencode repro")})


def run(arguments: list[str], folder: Path, environment: dict[str, str], seconds: int = 300) -> str:
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, f"{shlex.join(arguments[-3:])}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_are_of_a_known_kind(page: Path) -> None:
    kinds = [block.kind for block in read_blocks(page)]
    assert set(kinds) <= {PYTHON, SHELL, TEXT, KERAS}
    assert kinds.count(KERAS) == KERAS_PAGES.get(page.name, 0)
    assert page.read_text(encoding="utf-8").count("```") == 2 * len(kinds)


@pytest.mark.parametrize("name", KERAS_PAGES)
def test_keras_blocks_are_python_at_least(name: str) -> None:
    page = next(page for page in PAGES if page.name == name)
    for block in read_blocks(page):
        if block.kind == KERAS:
            ast.parse(block.text)


LONG_PAGES = {"table-to-anomalies.md", "find-anomalies.md", "photographs.md", "read-a-report.md", "command-line.md"}
"""Pages whose commands take half a minute or more each; `make test-all` runs them."""


LONG_PYTHON = {"several-processes.md", "read-a-report.md"}
"""Pages whose Python takes as long."""


def _mark_long(page: Path, pages: set[str]) -> Any:
    return pytest.param(page, marks=pytest.mark.slow) if page.name in pages else page


@pytest.mark.parametrize("page", [_mark_long(page, LONG_PYTHON) for page in PYTHON_PAGES], ids=name_of)
def test_python_runs(page: Path, tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text("\n".join([STAND_IN, *python_of(page)]), encoding="utf-8")
    run([sys.executable, str(script)], tmp_path, {**os.environ, "AUTOENCODE_OFFLINE": "1"})


@pytest.fixture(scope="module")
def mirror() -> Iterator[str | None]:
    """Serve the MNIST files of this machine, where it has them, under their usual names."""
    root = os.environ.get("AUTOENCODE_DATA")
    folder = Path(root) / "mnist" if root else None
    if folder is None or not folder.is_dir():
        yield None
        return

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Stay silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def newcomer(home: Path, mirror: str | None) -> dict[str, str]:
    """Return the environment of somebody who has nothing yet."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTOENCODE_")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "NO_PROXY": "127.0.0.1"}
    environment |= {"no_proxy": "127.0.0.1", "COLUMNS": "200"}
    return environment | ({"AUTOENCODE_OFFLINE": "1"} if mirror is None else {"AUTOENCODE_MNIST_MIRRORS": mirror})


def run_command(line: str, folder: Path, environment: dict[str, str], seconds: int = 300) -> str:
    words = shlex.split(line)
    return run([sys.executable, "-m", *words], folder, environment, seconds)


@pytest.mark.parametrize("page", [_mark_long(page, LONG_PAGES) for page in COMMAND_PAGES], ids=name_of)
def test_commands_run(page: Path, tmp_path: Path, mirror: str | None) -> None:
    environment = newcomer(tmp_path, mirror)
    lines = [line for line in commands_of(page) if line not in REPRODUCTIONS]
    if mirror is None and any("mnist" in line for line in lines):
        pytest.skip("AUTOENCODE_DATA names no folder with mnist/")
    if page.name in MADE_BY_PYTHON:
        run([sys.executable, "-c", "\n".join(python_of(page))], tmp_path, environment)
    for line in lines:
        if line.startswith("export "):
            name, value = line.removeprefix("export ").split("=")
            environment[name] = value
        elif line.startswith("autoencode "):
            run_command(line, tmp_path, environment)


@pytest.mark.slow
@pytest.mark.parametrize("line", REPRODUCTIONS)
def test_reproductions_run(line: str, tmp_path: Path, mirror: str | None) -> None:
    out = run_command(line, tmp_path, newcomer(tmp_path, mirror), seconds=1200)
    assert "Verdict" in out
    assert len(list(tmp_path.glob("runs/*/report.html"))) == 1


@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page)], ids=name_of)
def test_other_commands_name_what_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for line in commands_of(page):
        words = shlex.split(line)
        if words[0] == "make":
            assert set(words[1:]) <= targets, line
        elif words[:2] == ["pip", "install"]:
            place, _, extra = words[-1].rstrip("]").partition("[")
            assert place == "."
            assert not extra or extra in extras, line
        elif words[0] == "export":
            assert re.fullmatch(r"AUTOENCODE_[A-Z_]+=\w+", words[1]), line
        else:
            assert words[0] == "autoencode", line
