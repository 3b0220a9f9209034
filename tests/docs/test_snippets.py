"""Every Python block and every command that the documents show is run, and what it prints is what they show.

Python blocks of a page run in order, in one process, in an empty folder. The one mark that leaves a block out is the
title "Keras, for comparison". Commands run as a newcomer would type them, MNIST coming from a server on this machine.
How outputs are held against the page says ``printed_outputs``.
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
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from page_pictures import compare_pictures, refresh_pictures
from printed_outputs import ERRORS, PYTHON, SHELL, TEXT, Output, differences, read_blocks, refresh, source_of

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

# Files to write, and commands of other programs: neither run nor compared.
SHOWN = {"toml", "console"}
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


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def python_of(page: Path) -> dict[int, str]:
    """Return the blocks of Python, by their place on the page."""
    return {place: block.text for place, block in enumerate(read_blocks(page)) if block.kind == PYTHON}


def commands_of(page: Path) -> list[tuple[int, str]]:
    """Return the commands, each with the place of its block on the page."""
    blocks = [(place, block) for place, block in enumerate(read_blocks(page)) if block.kind == SHELL]
    lines = [(place, line.split("#")[0].strip()) for place, block in blocks for line in block.text.splitlines()]
    return [(place, line) for place, line in lines if line]


# Pages whose Python writes the file that their commands read.
MADE_BY_PYTHON = {
    *("README.md", "table-to-anomalies.md", "find-anomalies.md", "a-detector-in-production.md"),
    "fill-missing-cells.md",
    "larger-than-memory.md",
}
PYTHON_PAGES = [page for page in PAGES if python_of(page)]
COMMAND_PAGES = [page for page in PAGES if any(line.startswith("autoencode ") for _, line in commands_of(page))]
REPRODUCTIONS = sorted({line for page in PAGES for _, line in commands_of(page) if line.startswith("autoencode repro")})


def run(arguments: list[str], folder: Path, environment: dict[str, str], seconds: int = 300) -> Output:
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, f"{shlex.join(arguments[-3:])}\n{done.stdout}\n{done.stderr}"
    return Output(done.stdout, done.stderr)


def hold(page: Path, outputs: dict[int, Output], config: pytest.Config) -> None:
    """Hold what was printed against the page, or write it there where ``--refresh-docs`` is given."""
    found = refresh if config.getoption("--refresh-docs") else differences
    wrong = found(page, outputs)
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_are_of_a_known_kind(page: Path) -> None:
    blocks = read_blocks(page)
    kinds = [block.kind for block in blocks]
    assert set(kinds) <= {PYTHON, SHELL, TEXT, ERRORS, KERAS} | SHOWN
    assert [place for place, block in enumerate(blocks) if block.is_output and source_of(blocks, place) is None] == []
    assert kinds.count(KERAS) == KERAS_PAGES.get(page.name, 0)
    assert page.read_text(encoding="utf-8").count("```") == 2 * len(kinds)


@pytest.mark.parametrize("name", KERAS_PAGES)
def test_keras_blocks_are_python_at_least(name: str) -> None:
    page = next(page for page in PAGES if page.name == name)
    for block in read_blocks(page):
        if block.kind == KERAS:
            ast.parse(block.text)


LONG_PAGES = {
    *("README.md", "table-to-anomalies.md", "find-anomalies.md", "photographs.md", "read-a-report.md"),
    *(
        "command-line.md",
        "install-for-production.md",
        "around-a-code.md",
        "choose-a-recipe.md",
        "choose-a-code-size.md",
    ),
    *("a-detector-in-production.md", "fill-missing-cells.md", "get-mnist.md", "the-same-bits.md"),
    "larger-than-memory.md",
}
"""Pages whose commands take long; `make test-all` runs them."""


LONG_PYTHON = {
    *("several-processes.md", "read-a-report.md", "tutorial.md", "sequences.md", "own-callback-or-optimizer.md"),
    *("use-pyod.md", "choose-a-recipe.md", "live-directions.md", "choose-a-code-size.md", "export-onnx.md"),
    *("coming-from-scikit-learn.md", "photographs.md", "find-anomalies.md", "table-to-anomalies.md", "errors.md"),
    *(
        "add-a-part.md",
        "data-files.md",
        "run-folder.md",
        "fill-missing-cells.md",
        "defaults.md",
        "coming-from-keras.md",
    ),
    *("coming-from-keras.md", "anomaly-score.md", "around-a-code.md", "signed-sums.md", "false-alarm-rate.md"),
}
"""Pages whose Python takes as long."""


def _mark_long(page: Path, pages: set[str]) -> Any:
    return pytest.param(page, marks=pytest.mark.slow) if page.name in pages else page


MARK = "\x1e"
"""What a page's script prints after each block, to tell their outputs apart."""


def split_outputs(output: Output, places: Iterable[int]) -> dict[int, Output]:
    """Return what each block printed."""
    parts = zip(output.out.split(f"{MARK}\n"), output.err.split(f"{MARK}\n"), strict=True)
    return {place: Output(*part) for place, part in zip(places, parts, strict=False)}


@pytest.mark.parametrize("page", [_mark_long(page, LONG_PYTHON) for page in PYTHON_PAGES], ids=name_of)
def test_python_runs(page: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    blocks = python_of(page)
    end = f"\nfor stream in 'stdout', 'stderr': print({MARK!r}, file=getattr(__import__('sys'), stream), flush=True)\n"
    script = tmp_path / "page.py"
    script.write_text(STAND_IN + end.join([*blocks.values(), ""]), encoding="utf-8")
    output = run([sys.executable, str(script)], tmp_path, {**os.environ, "AUTOENCODE_OFFLINE": "1"})
    if os.environ.get("AUTOENCODE_DATA") or not any('"mnist"' in text for text in blocks.values()):
        compare = refresh_pictures if pytestconfig.getoption("--refresh-docs") else compare_pictures
        wrong = compare(page, tmp_path)
        hold(page, split_outputs(output, blocks), pytestconfig)
        assert not wrong


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


def run_command(line: str, folder: Path, environment: dict[str, str], seconds: int = 300) -> Output:
    words = shlex.split(line)
    return run([sys.executable, "-m", *words], folder, environment, seconds)


@pytest.mark.parametrize("page", [_mark_long(page, LONG_PAGES) for page in COMMAND_PAGES], ids=name_of)
def test_commands_run(page: Path, tmp_path: Path, mirror: str | None, pytestconfig: pytest.Config) -> None:
    environment = newcomer(tmp_path, mirror)
    lines = [(place, line) for place, line in commands_of(page) if line not in REPRODUCTIONS]
    if mirror is None and any("mnist" in line for _, line in lines):
        pytest.skip("AUTOENCODE_DATA names no folder with mnist/")
    if page.name in MADE_BY_PYTHON:
        run([sys.executable, "-c", "\n".join(python_of(page).values())], tmp_path, environment)
    outputs: dict[int, Output] = {}
    for place, line in lines:
        if line.startswith("export "):
            name, value = line.removeprefix("export ").split("=")
            environment[name] = value
        elif line.startswith("autoencode "):
            output = run_command(line, tmp_path, environment)
            earlier = outputs.get(place, Output("", ""))
            outputs[place] = Output(earlier.out + output.out, earlier.err + output.err)
    hold(page, outputs, pytestconfig)


@pytest.mark.slow
@pytest.mark.parametrize("line", REPRODUCTIONS)
def test_reproductions_run(line: str, tmp_path: Path, mirror: str | None) -> None:
    output = run_command(line, tmp_path, newcomer(tmp_path, mirror), seconds=1200)
    assert "Verdict" in output.out
    assert len(list(tmp_path.glob("runs/*/report.html"))) == 1


@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page)], ids=name_of)
def test_other_commands_name_what_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for _, line in commands_of(page):
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
