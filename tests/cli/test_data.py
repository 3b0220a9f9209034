from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from typer.testing import CliRunner, Result

from autoencode import data
from autoencode.cli.data import app
from autoencode.cli.main import main
from autoencode.data.idx import encode_idx
from autoencode.exceptions import DataNotFoundError, InvalidInputError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("AUTOENCODE_DATA", "AUTOENCODE_OFFLINE", "AUTOENCODE_MNIST_MIRRORS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache" / "autoencode" / "mnist"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def write_foreign_labels(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / "t10k-labels-idx1-ubyte"
    path.write_bytes(encode_idx(np.zeros(3, np.uint8)))
    return path


def test_list_is_plain_text_where_stdout_is_no_terminal() -> None:
    result = call("list")
    assert result.exit_code == 0
    header, *rows = result.stdout.splitlines()
    assert header.startswith("name           train  test   sample shape  licence")
    assert [row.split()[0] for row in rows] == list(data.names())
    assert "not fetched" in rows[0]
    assert "always there" in rows[1]
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_list_as_json() -> None:
    sets = json.loads(call("list", "--json").stdout)
    assert [named["name"] for named in sets] == list(data.names())
    assert sets[0]["sample_shape"] == [28, 28]
    assert sets[0]["licence"] == "CC BY-SA 3.0"
    assert sets[0]["folder"] is None


def test_fetch_of_a_set_that_is_always_there_says_so_on_stderr() -> None:
    result = call("fetch", "digits")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "digits is always there: nothing to fetch\n"
    result = call("fetch", "digits", "--json")
    assert json.loads(result.stdout) == {"name": "digits", "folder": None, "always_there": True}


def test_fetch_hands_on_its_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def fetch(name: str, **options: object) -> Path:
        asked.append((name, options["folder"], options["offline"]))
        options["announce"]("downloading something")  # type: ignore[operator]
        return tmp_path

    monkeypatch.setattr(data, "fetch", fetch)
    result = call("fetch", "mnist", "--folder", "here", "--offline")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{tmp_path}\n", "downloading something\n")
    result = call("fetch", "mnist", "--json")
    assert json.loads(result.stdout) == {"name": "mnist", "folder": str(tmp_path), "always_there": False}
    assert asked == [("mnist", Path("here"), True), ("mnist", None, None)]


def test_errors_are_left_to_the_shell_as_a_whole() -> None:
    assert isinstance(call("fetch", "mnits").exception, InvalidInputError)
    assert isinstance(call("verify", "mnits").exception, InvalidInputError)
    assert isinstance(call("fetch", "mnist", "--offline").exception, DataNotFoundError)
    assert isinstance(call("verify", "mnist").exception, DataNotFoundError)


@pytest.mark.parametrize("arguments", [["fetch"], ["verify"], ["fetch", "mnist", "--nonsense"], ["nonsense"]])
def test_bad_usage_exits_with_2(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


def test_verify_says_all_is_well() -> None:
    result = call("verify", "digits")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].endswith("  ok")
    assert result.stderr == "digits: all as it must be\n"


def test_verify_exits_with_1_where_a_file_differs(tmp_path: Path) -> None:
    path = write_foreign_labels(tmp_path / "mine")
    result = call("verify", "mnist", "--folder", str(path.parent))
    assert result.exit_code == 1
    assert result.stdout.count("NOT ok: missing") == 3
    assert "NOT ok: expected content with MD5 27ae3e4e09519cfbb04c329615203637" in result.stdout
    assert "mnist: 4 of 4 files are not what they must be" in result.stderr
    assert str(path) in result.stderr
    result = call("verify", "mnist", "--folder", str(path.parent), "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["ok"] is False
    assert [file["path"] for file in report["files"]] == [None, None, None, str(path)]


@pytest.mark.parametrize("command", ["list", "fetch", "verify"])
def test_help_has_an_example(command: str) -> None:
    assert f"autoencode data {command}" in call(command, "--help").stdout


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from autoencode.cli.output import print_table

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_table(("file", "where"), [("[red]a", "/tmp/[b]")])
    shown = capsys.readouterr().out
    assert "[red]a" in shown
    assert "/tmp/[b]" in shown


@pytest.mark.parametrize("columns", [80, 60, 30])
@pytest.mark.parametrize("verb", [["recipes"], ["recipes", "wae-mmd"], ["data", "list"], ["runs", "list"]])
def test_no_word_is_broken_at_a_terminal(
    verb: list[str],
    columns: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a-run-of-a-name-that-is-rather-long", "b"):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(
            '{"data": "photographs/of/the/line.parquet", "parameters": {"epochs": 1000}}'
        )
    assert main(verb) == 0
    plain = capsys.readouterr().out.partition("\n")[2]  # without the head, which has no place beside single rows
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(verb) == 0
    shown = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)
    assert [word for word in plain.split() if word not in shown.split()] == []
    if columns == 80 and verb == ["recipes"]:
        assert len(shown.splitlines()) == len(plain.splitlines()) + 2, "a line each, a head and a rule"


def test_importing_the_verb_is_light() -> None:
    code = "import sys, autoencode.cli.data; print([m for m in ('numpy', 'rich', 'jax', 'ssl') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
