"""Whether a refused table ends with 2 on a loaded machine: threads of Arrow's may not outlive Python with its objects.

Run as ``python benchmarks/robustness/refusals.py --tries 400``; three busy loops run beside. Several at once load
a machine by themselves.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 60
# It ends when the other end of its standard input is closed, however this process ended.
LOOP = """
import os, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()
while True: pass
"""


def write_tables(folder: Path) -> list[str]:
    """Write tables that are refused after they were read, CSV and Parquet in turn, and return their names."""
    doubtful = "a,b,day\n" + "1,2.5,03/02/2024\n" * ROWS  # which may be of March or of February
    (folder / "doubtful.csv").write_text(doubtful)
    (folder / "doubtful.csv.gz").write_bytes(gzip.compress(doubtful.encode()))
    (folder / "utf16.csv").write_text(doubtful, encoding="utf-16")
    (folder / "ragged.csv").write_text("a,b,c\n" + "1,2.5,x\n" * ROWS + "1,2\n")
    numbers = list(range(ROWS))
    pq.write_table(pa.table({"a": numbers, "tags": [[1, 2]] * ROWS}), folder / "list.parquet")
    pq.write_table(pa.table({"a": numbers, "raw": [b"x"] * ROWS}), folder / "binary.parquet")
    pq.write_table(pa.table([numbers, numbers], names=["a", "a"]), folder / "double.parquet")
    (folder / "parts").mkdir()
    pq.write_table(pa.table({"a": numbers}), folder / "parts" / "1.parquet")
    pq.write_table(pa.table({"b": numbers}), folder / "parts" / "2.parquet")
    csv = ("doubtful.csv", "ragged.csv", "doubtful.csv.gz", "utf16.csv")
    parquet = ("list.parquet", "binary.parquet", "double.parquet", "parts")
    return [name for pair in zip(csv, parquet, strict=True) for name in pair]


@contextlib.contextmanager
def load_machine(count: int) -> Iterator[None]:
    """Run so many busy loops beside the block."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP], stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.communicate()


def ended_right(ended: Counter[tuple[str, int]]) -> int:
    """How many refusals ended with 2."""
    return sum(count for (_, code), count in ended.items() if code == 2)


def refuse(tries: int, at_once: int = 1, loops: int = 3) -> Counter[tuple[str, int]]:
    """Have tables refused that many times beside busy loops; count how often each ended with which exit code."""
    ended: Counter[tuple[str, int]] = Counter()
    with tempfile.TemporaryDirectory() as folder, load_machine(loops), ThreadPoolExecutor(at_once) as pool:
        names = write_tables(Path(folder))

        def end(number: int) -> tuple[str, int]:
            name = names[number % len(names)]
            command = [sys.executable, "-m", "autoencode", "train", name, "--epochs", "1", "--run", f"run-{number}"]
            return name, subprocess.run(command, cwd=folder, capture_output=True, timeout=300).returncode

        for number, (name, code) in enumerate(pool.map(end, range(tries)), start=1):
            ended[name, code] += 1
            if number % 50 == 0:
                print(f"{ended_right(ended)} of {number} refusals ended with 2 so far", flush=True)
    return ended


def main() -> None:
    """Print how often each table ended with which exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=400, metavar="N", help="How many refusals. [400]")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="How many at a time. [1]")
    given = parser.parse_args()
    ended = refuse(given.tries, given.at_once)
    for (name, code), count in sorted(ended.items()):
        print(f"{name:16} ended with {code}: {count}")
    print(f"{ended_right(ended)} of {ended.total()} refusals ended with 2")


if __name__ == "__main__":
    main()
