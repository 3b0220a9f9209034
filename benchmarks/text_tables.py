"""Seconds and memory to read tables of text, beside pyarrow, polars, pandas and DuckDB, each in a process of its own.

Run as ``python benchmarks/text_tables.py --tries 3``; the peers are those of the test environment. Ours looks at every
cell before it decides a column's kind, and keeps nothing of the text; what is compared is the table that comes out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

READERS = {
    "autoencode": "from autoencode import data; table = data.read(path).values",
    "pyarrow, typed": "from pyarrow import csv; table = csv.read_csv(path)",
    "pyarrow, as text": (
        "import pyarrow as pa; from pyarrow import csv; names = open(path).readline().rstrip().split(','); "
        "table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())))"
    ),
    "polars, all rows": "import polars; table = polars.read_csv(path, infer_schema_length=None)",
    "pandas": "import pandas; table = pandas.read_csv(path, low_memory=False)",
    "DuckDB, all rows": "import duckdb; table = duckdb.read_csv(path, sample_size=-1).to_arrow_table()",
}
# Imports are not counted, nor is the memory that they take.
PROGRAM = """
import json, os, sys, time, warnings
path = sys.argv[1]
warnings.simplefilter("ignore")
{warm}
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
open("/proc/self/clear_refs", "w").write("5")  # the peak so far may be that of the parent, before this program began
before = peak()
start = time.perf_counter()
{read}
seconds = time.perf_counter() - start
print(json.dumps([seconds, (peak() - before) * 1024]))
"""


def write_tall(path: Path, rows: int) -> None:
    """Write numbers, whole numbers, categories, dates, booleans and names: 30 columns."""
    draw = np.random.default_rng(0)
    words = np.array(["lamp", "brick", "rug", "bern", "ulm"])
    columns = {f"number {place}": np.round(draw.normal(size=rows), 4) for place in range(12)}
    columns |= {f"count {place}": draw.integers(0, 100_000, rows) for place in range(6)}
    columns |= {f"word {place}": words[draw.integers(0, 5, rows)] for place in range(6)}
    columns |= {f"day {place}": np.datetime64("2015-01-01") + draw.integers(0, 3000, rows) for place in range(3)}
    columns |= {f"flag {place}": draw.integers(0, 2, rows).astype(bool) for place in range(2)}
    columns["name"] = np.array([f"n{number}" for number in draw.integers(0, 10**7, rows)])
    pyarrow.csv.write_csv(pa.table(columns), path, pyarrow.csv.WriteOptions(quoting_style="none"))


def write_wide(path: Path, columns: int) -> None:
    """Write 300 rows of numbers."""
    values = np.round(np.random.default_rng(0).normal(size=(300, columns)), 3)
    lines = [",".join(f"x{place}" for place in range(columns)), *(",".join(map(str, row)) for row in values)]
    path.write_text("\n".join(lines) + "\n")


def measure(name: str, path: Path) -> tuple[float, float]:
    """Read a file in a fresh process; return seconds, and by how many bytes its peak of memory grew."""
    small = path.with_name("small.csv")
    small.write_text("a,b\n1,x\n2,y\n")
    read = READERS[name]
    program = PROGRAM.format(warm=f"path = {str(small)!r}; {read}; del table; path = sys.argv[1]", read=read)
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    seconds, grown = json.loads(done.stdout.splitlines()[-1])  # DuckDB prints how far it is above
    return seconds, grown


def main() -> None:
    """Print a table for each file: medians of the tries, which take turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tall, wide = Path(folder) / "tall.csv", Path(folder) / "wide.csv"
        write_tall(tall, given.rows)
        write_wide(wide, given.columns)
        for path, words in ((tall, f"{given.rows:,} × 30"), (wide, f"300 × {given.columns:,}")):
            size = path.stat().st_size
            print(
                f"{words}, {size / 1e6:.0f} MB: seconds, beside pyarrow typed, peak beyond the interpreter by the file"
            )
            found = {name: [] for name in READERS}
            for _ in range(given.tries):
                for name in READERS:
                    found[name].append(measure(name, path))
            medians = {
                name: [statistics.median(part) for part in zip(*tries, strict=True)] for name, tries in found.items()
            }
            for name, (seconds, grown) in medians.items():
                beside = seconds / medians["pyarrow, typed"][0]
                print(f"  {name:18} {seconds:7.2f} s {beside:6.1f} × {grown / size:6.1f} ×", flush=True)


if __name__ == "__main__":
    main()
