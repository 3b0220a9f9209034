"""`autoencode data show`, and tables in pipes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autoencode import data
from autoencode.cli.main import main
from autoencode.tables import TableEncoder

TABLE = "id,code,kilo,day,kind\n" + "".join(
    f'{1000 + row},{row:04},"{row},5",{row % 28 + 1:02}.03.2024,{"lamp" if row % 3 else "rug"}\n' for row in range(40)
)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE.replace('"7,5"', "?"))
    return tmp_path


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
def test_it_shows_how_each_column_is_read(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", "t.csv", "--drop", "kind", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["read_with"]) == (40, {"missing": ["?"], "decimal": ",", "dates": "dmy"})
    columns = {column["column"]: column for column in told["columns"]}
    assert {name: column["read_as"] for name, column in columns.items()} == {
        "id": "left out",
        "code": "left out",
        "kilo": "number",
        "day": "date",
        "kind": "left out",
    }
    assert columns["code"]["first"] == ["0000", "0001", "0002"]
    assert columns["kilo"]["odd"] == [{"row": 7, "cell": "?"}]
    assert columns["kilo"]["missing"] == 1
    assert columns["kind"]["note"] == "asked for by --drop"


def test_options_decide(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (table / "t.csv").write_text("code,x\n0012,1\n0013,2\n0014,4\n")
    assert main(["data", "show", "t.csv", "--type", "code=number", "--json"]) == 0
    assert [column["read_as"] for column in json.loads(capsys.readouterr().out)["columns"]] == ["whole number"] * 2


def test_a_table_that_nothing_can_be_learnt_from_is_shown(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (table / "t.csv").write_text("a,b\n" + "1,x\n" * 3)
    assert main(["data", "show", "t.csv", "--json"]) == 0
    assert [column["note"] for column in json.loads(capsys.readouterr().out)["columns"]] == ["always 1", "always x"]


def test_it_is_read_as_a_training_reads_it(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = TABLE.splitlines()
    (table / "t.csv").write_text("\n".join(f"{line},{place % 5}" for place, line in enumerate(lines)))
    assert main(["data", "show", "t.csv", "--json"]) == 0
    told = [(one["column"], one["read_as"], one["note"]) for one in json.loads(capsys.readouterr().out)["columns"]]
    values = data.read("t.csv").values
    encoder = TableEncoder(ids=("id",)).fit(values)
    assert told == [(one.column, one.read_as, one.note) for one in encoder.describe()]


def test_it_waits_for_no_library_of_training(table: Path) -> None:
    program = "import sys; from autoencode.cli.main import main; main(sys.argv[1:]); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program, "data", "show", "t.csv"], capture_output=True, text=True, check=True
    )
    for library in ("jax", "sklearn", "scipy"):
        assert f"'{library}'" not in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["t.csv", "--type", "code"], "--type: expected COLUMN=KIND"),
        (["t.csv", "--type", "code=word"], "expected one of number, text, date, time, boolean"),
        (["t.csv", "--type", "cod=text"], "--type: t.csv has no column 'cod'; did you mean 'code'?"),
        (["t.csv", "--id", "idd"], "--id: t.csv has no column 'idd'; did you mean 'id'?"),
        (["t.csv", "--decimal", ";"], "--decimal: expected one of '.', ','"),
        (["t.csv", "--encoding", "klingon"], "--encoding: expected the name of one"),
        (["t.csv", "--separator", "::"], "--separator: expected one character"),
        (["digits"], "expected a table, got digits"),
        (["none.csv"], "there is no such file"),
    ],
)
def test_what_is_refused(table: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "show", *words]) == 2
    assert message in capsys.readouterr().err


def run(*words: str, given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autoencode", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)


def test_verbs_stand_in_pipes(table: Path) -> None:
    shown = run("data", "show", "-", "--json", given=TABLE)
    assert json.loads(shown.stdout)["name"] == "standard input"
    found = run("detect", "-", "--seed", "0", "--false-alarm-rate", "0.1", "--out", "-", given=TABLE)
    head, *rows = found.stdout.splitlines()
    assert head.split(",")[:3] == ['"row"', "id", '"score"']
    assert len(rows) == 40
    assert not list(table.glob("-*"))


def test_an_empty_pipe_is_said(table: Path) -> None:
    done = run("data", "show", "-", given="")
    assert (done.returncode, done.stderr) == (2, "error: standard input: the file is empty; expected samples in it\n")
