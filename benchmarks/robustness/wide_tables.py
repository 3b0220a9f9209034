"""Wide tables: the seconds of each step for 300 rows, at a width and at half of it, so that growth is visible.

    python benchmarks/robustness/wide_tables.py --columns 20000 --tries 1

Each table is trained for one epoch of a small network, so that what is around the epochs counts. An exponent of 1 is
linear in the columns, one of 2 quadratic; it is of the cores' seconds, which other programs disturb less.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

ROWS = 300
KINDS = ("numbers", "mixed", "parquet")
_WORDS = ("red", "green", "blue", "black")


def write_table(path: Path, kind: str, columns: int, rows: int = ROWS) -> dict[str, np.ndarray]:
    """Write a table of a kind; return its columns of numbers by name, NaN where a cell is missing."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(rows, 3)) @ rng.normal(size=(3, columns))
    numbers = (hidden + 0.3 * rng.normal(size=(rows, columns))).round(5)
    names = [f"c{place}" for place in range(columns)]
    if kind == "parquet":
        pyarrow.parquet.write_table(pa.table(dict(zip(names, numbers.T, strict=True))), path)
        return dict(zip(names, numbers.T, strict=True))
    choices = rng.integers(len(_WORDS), size=(rows, columns))
    if kind == "mixed":
        # So evenly that no share which is held out has all of a column's missing cells.
        numbers[:, 4::5][np.add.outer(np.arange(rows), np.arange(4, columns, 5)) % 10 == 0] = np.nan
    with path.open("w") as file:
        file.write(",".join(names) + "\n")
        for line, chosen in zip(numbers.tolist(), choices.tolist(), strict=True):
            file.write(",".join(_list_cells(line, chosen, mixed=kind == "mixed")) + "\n")
    return {name: numbers[:, place] for place, name in enumerate(names) if kind != "mixed" or place % 5 in (0, 4)}


def _list_cells(line: list[float], chosen: list[int], *, mixed: bool) -> list[str]:
    """Return the cells of a row: numbers, or in turn a number, a word, a boolean, a day and a number."""
    cells = ["" if math.isnan(number) else repr(number) for number in line]
    if mixed:
        cells[1::5] = [_WORDS[choice] for choice in chosen[1::5]]
        cells[2::5] = ["true" if choice > 1 else "false" for choice in chosen[2::5]]
        cells[3::5] = [f"20{10 + choice}-0{1 + choice}-1{choice}" for choice in chosen[3::5]]
    return cells


def run_verb(*words: str) -> str:
    """Run a verb of the command line in this process; return what it printed on standard output."""
    from autoencode.cli.main import main

    printed, told = StringIO(), StringIO()
    with redirect_stdout(printed), redirect_stderr(told), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        status = main(words)
    if status:
        raise SystemExit(f"{' '.join(words)}: ended with {status}: {told.getvalue()[-500:]}")
    return printed.getvalue()


def measure(kind: str, columns: int, rows: int = ROWS) -> dict[str, tuple[float, float]]:
    """Return the seconds of each step, by the clock and of all cores, in a folder of its own."""
    from autoencode import data

    name = f"table.{'parquet' if kind == 'parquet' else 'csv'}"
    seconds: dict[str, tuple[float, float]] = {}

    def clock(step: str, work: Callable[[], Any]) -> None:
        start, start_of_cores = time.perf_counter(), time.process_time()
        work()
        seconds[step] = time.perf_counter() - start, time.process_time() - start_of_cores

    network = ("--epochs", "1", "--seed", "0", "--layers", "8-2", "--batch-size", "512")
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        write_table(Path(name), kind, columns, rows)
        clock("read", lambda: data.read(name))
        clock("train", lambda: run_verb("train", name, *network, "--run", "wide"))
        clock("errors", lambda: run_verb("errors", "wide", name, "errors.csv"))
        clock("errors by column", lambda: run_verb("errors", "wide", name, "columns.csv", "--per", "column"))
        clock("worst", lambda: run_verb("worst", "wide", name, "--n", "3"))
        clock("encode", lambda: run_verb("encode", "wide", name, "codes.csv"))
        clock("runs list", lambda: run_verb("runs", "list"))
        clock("report", lambda: run_verb("report", "wide", "--on", name, "--out", "page.html"))
        assert os.path.getsize("page.html") < 10_000_000
        clock("runs remove", lambda: run_verb("runs", "remove", "wide"))
    return seconds


def main() -> None:
    """Print the seconds of each step, and how they grow."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=20_000)
    parser.add_argument("--tries", type=int, default=1, help="the least seconds of so many count")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    given = parser.parse_args()
    run_verb("train", "digits", "--epochs", "1", "--run", tempfile.mkdtemp() + "/run")  # imports are no step
    for kind in given.kinds:
        half, whole = (
            [measure(kind, columns) for _ in range(given.tries)] for columns in (given.columns // 2, given.columns)
        )
        print(f"{kind}: {ROWS} rows of {given.columns // 2:,} and of {given.columns:,} columns, seconds (of cores)")
        for step in half[0]:
            less, more = (min(one[step] for one in found) for found in (half, whole))
            print(
                f"  {step:<18} {less[0]:8.2f} ({less[1]:6.2f}) {more[0]:8.2f} ({more[1]:6.2f})"
                f"   exponent {math.log2(more[1] / less[1]):5.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
