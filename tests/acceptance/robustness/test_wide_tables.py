"""Tables of thousands of columns: what is read is right, and their runs are like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from wide_tables import KINDS, run_verb, write_table

from autoencode import data

COLUMNS = 5000

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_table_is_read_trained_listed_reported_and_removed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"table.{'parquet' if kind == 'parquet' else 'csv'}"
    numbers = write_table(Path(name), kind, COLUMNS, rows=60)
    table = data.read(name).values
    assert isinstance(table, pa.Table)
    assert table.num_columns == COLUMNS
    for column in list(numbers)[::97]:
        np.testing.assert_array_equal(table.column(column).to_numpy().astype(float), numbers[column])
    run_verb("train", name, "--epochs", "1", "--seed", "0", "--layers", "8-2", "--run", "wide")
    config = Path("runs/wide/config.json")
    content = json.loads(config.read_text())
    # A configuration of more than a million bytes hides no run.
    content["columns"] = [*content["columns"], *({"column": "x" * 400} for _ in range(4000))]
    config.write_text(json.dumps(content, indent=2))
    assert config.stat().st_size > 2**20
    assert [run["name"] for run in json.loads(run_verb("runs", "list", "--json"))] == ["wide"]
    assert len(json.loads(run_verb("runs", "show", "wide", "--json"))["config"]["columns"]) == COLUMNS + 4000
    errors = json.loads(run_verb("errors", "wide", name, "--per", "column", "--json"))
    assert {row["column"] for row in errors} == {f"c{place}" for place in range(COLUMNS)}
    assert len(json.loads(run_verb("worst", "wide", name, "--n", "2", "--json"))[0]["columns"]) > 0
    run_verb("report", "wide", "--on", name, "--out", "page.html")
    page = Path("page.html").read_text()
    assert len(page) < 10_000_000
    assert "The errors of the 100 columns that are rebuilt worst beside the mean sample" in page
    assert f"Of {COLUMNS:,} columns the explorer holds the 100 that are rebuilt worst." in page
    run_verb("runs", "remove", "wide")
    assert not Path("runs/wide").exists()
