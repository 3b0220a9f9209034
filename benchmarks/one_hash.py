"""One table of mixed columns, however it lies and whatever memory it may take: one fingerprint.

``python benchmarks/one_hash.py FOLDER`` makes the table as a data frame, CSV and Parquet, each as one file and as
ten parts, trains on each under three budgets, each in a process of its own, and prints a line a training.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

ROWS, PARTS, SEED = 300_000, 10, 0
BUDGETS = ("default", "100MB", "40MB")
SOURCES = ("frame", "rows.csv", "csv", "rows.parquet", "parquet")


def make_table(rows: int = ROWS) -> pa.Table:
    """Return 30 columns: decimals, whole numbers, words, names of rows, dates, times, truth values, some with gaps."""
    random = np.random.default_rng(SEED)
    mixed = np.tanh(random.normal(size=(rows, 4)) @ random.normal(size=(4, 30)))
    numbers = mixed + 0.1 * random.normal(size=(rows, 30))
    columns: dict[str, pa.Array] = {f"decimal_{place}": pa.array(numbers[:, place].round(4)) for place in range(14)}
    for place in range(14, 20):
        columns[f"whole_{place}"] = pa.array((1000 * numbers[:, place]).round().astype(np.int64))
    words = np.array(["red", "green", "blue", "of two words"])
    for place in range(20, 23):
        columns[f"word_{place}"] = pa.array(words[np.digitize(numbers[:, place], [-0.5, 0, 0.5])])
    columns["name"] = pa.array([f"row {row}" for row in range(rows)])
    days = np.datetime64("2020-01-01") + (500 * numbers[:, 24:26]).round().astype("m8[D]")
    columns["day_24"], columns["day_25"] = pa.array(days[:, 0]), pa.array(days[:, 1])
    columns["time"] = pa.array(np.datetime64("2024-01-01T00:00:00") + (10**6 * mixed[:, 26]).astype("m8[s]"))
    columns["truth"] = pa.array(numbers[:, 27] > 0)
    columns["gaps_28"] = pa.array(numbers[:, 28].round(3), mask=random.random(rows) < 0.1)
    columns["gaps_29"] = pa.array(words[np.digitize(numbers[:, 29], [0, 0.3, 0.6])], mask=random.random(rows) < 0.1)
    return pa.table(columns)


def write_files(folder: Path) -> None:
    """Write the table in all its forms, where they are not there yet."""
    if (folder / "parquet").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    table = make_table()
    csv.write_csv(table, folder / "rows.csv")
    parquet.write_table(table, folder / "rows.parquet")
    for name in ("csv", "parquet"):
        (folder / name).mkdir()
    for part in range(PARTS):
        rows = table.slice(part * len(table) // PARTS, len(table) // PARTS)
        csv.write_csv(rows, folder / "csv" / f"part-{part}.csv")
        parquet.write_table(rows, folder / "parquet" / f"part-{part}.parquet")


def train(folder: Path, source: str, budget: str) -> None:
    """Train in this process, and print what came of it."""
    from autoencode import Autoencoder
    from autoencode.cli.budget import read_budget
    from autoencode.memory_budget import limit_memory

    warnings.simplefilter("ignore")
    data = parquet.read_table(folder / "rows.parquet").to_pandas() if source == "frame" else folder / source
    start = time.perf_counter()
    model = Autoencoder(4, hidden=(32,), epochs=2, random_state=SEED, validation_fraction=0.1)
    with limit_memory(None if budget == "default" else read_budget({"memory": budget}).total):
        found = model.fit(data).fitted_.fingerprint
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"{source:13} {budget:>8} {found[:16]} {peak:6.0f} MiB {time.perf_counter() - start:5.1f} s", flush=True)


def main() -> None:
    """Train on everything, or on what is named."""
    folder, named = Path(sys.argv[1]), sys.argv[2:]
    if named:
        train(folder, *named)
        return
    write_files(folder)
    for budget in BUDGETS:
        for source in SOURCES:
            subprocess.run([sys.executable, __file__, folder, source, budget], check=True)


if __name__ == "__main__":
    main()
