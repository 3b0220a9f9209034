"""Tables of many columns on the screen."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from autoencode.cli.results import MOST_COLUMNS, print_columns
from autoencode.cli.targets import print_rows
from autoencode.tables import ColumnDescription


def make_encoder(count: int, **odd: str) -> Any:
    described = [
        ColumnDescription(f"c{place}", "number", int(f"c{place}" not in odd), odd.get(f"c{place}", "mean 0"))
        for place in range(count)
    ]
    return SimpleNamespace(describe=lambda: described)


def test_a_table_that_fits_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns(make_encoder(2 * MOST_COLUMNS))
    printed, told = capsys.readouterr()
    assert len(printed.splitlines()) == 2 * MOST_COLUMNS + 1
    assert told == ""


def test_of_a_wide_table_the_first_columns_and_the_odd_ones_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns(make_encoder(20_000, c19999="every cell is missing", c77="the same in every row"))
    printed, told = capsys.readouterr()
    names = [line.split()[0] for line in printed.splitlines()[1:]]
    assert names == [*(f"c{place}" for place in range(MOST_COLUMNS)), "c77", "c19999"]
    assert told == "… and 19,978 more of 20,000 columns; `autoencode summary RUN --json` lists all\n"


def test_a_terminal_shows_the_first_of_very_many_rows_and_a_file_has_all(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[f"c{place}", place / 7] for place in range(1000)]
    print_rows(["column", "error"], rows)
    assert len(capsys.readouterr().out.splitlines()) == 1001
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    print_rows(["column", "error"], rows)
    assert "c199" in terminal.getvalue()
    assert "c200" not in terminal.getvalue()
    assert "… and 800 more" in capsys.readouterr().err
