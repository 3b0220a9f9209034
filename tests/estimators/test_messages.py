"""Messages name one cause in at most 500 characters, however long and many the names of columns are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode import Autoencoder
from autoencode.exceptions import AutoencodeError, AutoencodeWarning, DataNotFoundError, InvalidInputError
from autoencode.printable import list_names

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

MOST = 500
LONG = "a column that tells its whole story " * 200


def make_frame(columns: int, name: str) -> pd.DataFrame:
    rows = np.random.default_rng(0).normal(size=(12, columns)).astype(np.float32)
    return pd.DataFrame(rows, columns=[f"{place} {name}" for place in range(columns)])


@pytest.fixture(scope="module", params=[(4, LONG), (300, "x" * 40)], ids=["long names", "many columns"])
def frame(request: pytest.FixtureRequest) -> pd.DataFrame:
    return make_frame(*request.param)


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> Autoencoder:
    return Autoencoder(2, hidden=(), epochs=1, random_state=0).fit(frame)


@pytest.fixture(scope="module")
def mixed(frame: pd.DataFrame) -> Autoencoder:
    return Autoencoder(2, hidden=(), epochs=1, random_state=0).fit(spoil(frame, True, kind=bool))


def spoil(frame: pd.DataFrame, cell: Any, kind: type = object) -> pd.DataFrame:
    """Return a table with another kind of column."""
    spoilt = frame.copy()
    spoilt[frame.columns[1]] = np.array([cell, *[not cell if kind is bool else cell] * (len(frame) - 1)], dtype=kind)
    return spoilt


class Foreign:
    """What looks like a table of another library."""

    columns = ("a", "b")

    def __narwhals_dataframe__(self) -> Foreign:
        return self


Refusal = Callable[[pd.DataFrame, Autoencoder, Autoencoder], object]
REFUSALS: dict[str, Refusal] = {
    "columns of other names": lambda frame, model, _: model.errors(frame.rename(columns=lambda name: f"{name} z")),
    "columns that a table of polars lacks": lambda frame, model, _: model.errors(
        pl.from_pandas(frame).select(frame.columns[-1])
    ),
    "columns that a mixed table lacks": lambda frame, _, mixed: mixed.errors(frame[frame.columns[-1:]]),
    "a missing cell": lambda frame, model, _: model.errors(spoil(frame, np.nan, float)),
    "text": lambda frame, model, _: model.errors(spoil(frame, "seven")),
    "text in a mixed table": lambda frame, _, mixed: mixed.errors(spoil(frame, LONG)),
    "an array for a mixed table": lambda frame, _, mixed: mixed.errors(frame.to_numpy()),
    "a name twice": lambda frame, *_: Autoencoder().fit(pd.concat([frame, frame], axis=1)),
    "a table of a library that is not known": lambda *_: Autoencoder().fit(Foreign()),
    "one sample": lambda frame, *_: Autoencoder().fit(frame[:1]),
    "infinite numbers": lambda frame, *_: Autoencoder().fit(frame * np.inf),
    "a column that is not there": lambda frame, *_: ae.TableEncoder(drop=[LONG]).fit(frame),
    "nothing to learn": lambda frame, *_: ae.TableEncoder(drop=list(frame.columns)).fit(frame),
    "a scaling that is none": lambda *_: Autoencoder(scaling=LONG).fit(np.eye(4)),
    "an activation that is none": lambda *_: Autoencoder(activation=LONG).fit(np.eye(4)),
    "a hidden layer that is none": lambda *_: Autoencoder(hidden=tuple(range(-9_000, 0))).fit(np.eye(4)),
    "a path that is not there": lambda *_: ae.data.read("no/" * 300 + "file.csv"),
    "units that are none": lambda frame, model, _: model.errors(frame, units=LONG),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_are_short(name: str, frame: pd.DataFrame, model: Autoencoder, mixed: Autoencoder) -> None:
    with pytest.raises(AutoencodeError) as caught:
        REFUSALS[name](frame, model, mixed)
    assert 10 < len(str(caught.value)) <= MOST, caught.value


def test_what_20_000_columns_lack_is_said_shortly() -> None:
    cells = np.random.default_rng(0).normal(size=(4, 20_000)).astype(np.float32)
    names = [f"{LONG[:300]} {place}" for place in range(20_000)]
    table = pa.table(list(cells.T), names=names)
    model = Autoencoder(2, hidden=(), epochs=1, random_state=0).fit(table)
    with pytest.raises(AutoencodeError, match="and 19,996 more of the columns") as caught:
        model.errors(table.select(names[:1]))
    assert len(str(caught.value)) <= MOST


def test_every_error_and_warning_is_short_and_says_what_to_do_last() -> None:
    for kind in (InvalidInputError, DataNotFoundError, AutoencodeWarning):
        said = str(kind(f"column {LONG * 20!r} is wrong; drop it."))
        assert MOST - 20 < len(said) <= MOST, "cut between words"
        assert said.startswith("column 'a column that")
        assert said.endswith("is wrong; drop it.")
        assert str(kind("short")) == "short"


def test_a_list_of_names_is_short() -> None:
    assert list_names(["a"]) == "'a'"
    assert list_names(["a", "b", "c", "d"]) == "'a', 'b', 'c' and 1 more"
    assert len(list_names([LONG] * 100_000)) < 250


def test_columns_that_are_left_out_are_said_of_each_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from autoencode.cli.main import main

    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(0).normal(size=(150, 3))
    normal = pd.DataFrame(rows, columns=["a", "b", "old"]).assign(wrong=0)
    judged = pd.DataFrame(rows[:30] + 0.1, columns=["a", "b", "new"]).assign(wrong=[1, *[0] * 29])
    normal.to_csv("normal.csv", index=False)
    judged.to_csv("judged.csv", index=False)
    words = [
        "detect",
        "judged.csv",
        "--against",
        "normal.csv",
        "--label",
        "wrong",
        "--false-alarm-rate",
        "0.1",
        "--json",
    ]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert "left out of judged.csv, for normal.csv has none of that name: 'new'" in err
    assert "left out of normal.csv, for judged.csv has none of that name: 'old'" in err
    assert "'wrong'" not in err
    assert '"the label, as asked"' in out
    assert '"not in the reference"' in out
