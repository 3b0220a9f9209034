"""What is measured inside a process of its own: ``python scale_tasks.py TASK ARGUMENT …`` prints its answer as JSON.

The samples are of `draw_rows`; a network 30-64-4-64-30 is trained on them unless a task says otherwise.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS, FACTORS = 30, 4
PART_ROWS = 500_000
BATCH_ROWS = 65_536
NETWORK: dict[str, Any] = {"hidden": (64,), "code_size": 4, "random_state": 0}


def draw_rows(rows: int, columns: int = COLUMNS) -> Iterator[np.ndarray]:
    """Yield correlated float32 numbers, some rows at a time."""
    random = np.random.default_rng(0)
    mix = random.normal(size=(FACTORS, columns)).astype(np.float32)
    part = max(1, PART_ROWS * COLUMNS // columns)
    for start in range(0, rows, part):
        count = min(part, rows - start)
        codes = random.normal(size=(count, FACTORS)).astype(np.float32)
        yield np.tanh(codes @ mix) + 0.1 * random.standard_normal((count, columns), dtype=np.float32)


def write_parquet(path: Path, rows: int) -> None:
    """Write rows as a Parquet file of float32 columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(f"c{place}", pa.float32()) for place in range(COLUMNS)])
    with pq.ParquetWriter(path, schema) as file:
        for part in draw_rows(rows):
            file.write_table(pa.table([pa.array(column) for column in part.T], schema=schema))


def write_array(path: Path, rows: int, columns: int) -> None:
    """Write rows as an `.npy` file."""
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, columns))
    start = 0
    for part in draw_rows(rows, columns):
        array[start : start + len(part)] = part
        start += len(part)
    array.flush()


def time_call(call: Callable[[], object]) -> float:
    """Return how long a call took, in seconds."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def read_batches(path: str) -> Iterator[Any]:
    """Yield what a Parquet file holds as pyarrow gives it."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, pre_buffer=False) as file:
        yield from file.iter_batches(BATCH_ROWS)


# ---------------------------------------------------------------------- speed


def loop(path: str) -> dict[str, float]:
    """Time a bare loop of pyarrow over a file, and one that writes a number a row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write() -> None:
        with pq.ParquetWriter(f"{path}.bare", pa.schema([("row", pa.int64()), ("error", pa.float64())])) as file:
            start = 0
            for batch in read_batches(path):
                rows = np.arange(start, start + len(batch))
                errors = batch.column(0).to_numpy(zero_copy_only=False).astype(np.float64)
                file.write_table(pa.table({"row": rows, "error": errors}))
                start += len(batch)
        os.unlink(f"{path}.bare")

    for _ in read_batches(path):  # the file is in the system's memory for all
        pass
    return {"read_bare": time_call(lambda: [None for _ in read_batches(path)]), "write_bare": time_call(write)}


def prepare(path: str, budget: str) -> dict[str, float]:
    """Time what comes before the first epoch: reading with the first statistics, and the rest."""
    import autoencode as ae
    from autoencode.memory_budget import limit_memory
    from autoencode.tables.scaling import fit_scaling

    with limit_memory(int(budget)):
        start = time.perf_counter()
        table: Any = ae.data.read(path).values
        read = time.perf_counter() - start
        from autoencode.model.matrix import read_matrix

        features = read_matrix(table)
        statistics = time_call(lambda: fit_scaling(features, "standard"))
        del table, features
        model = ae.Autoencoder(**NETWORK, epochs=1)
        whole = time_call(lambda: model.fit(path))
    return {"read": read, "statistics": statistics, "prepare": whole - sum(model.history_.seconds)}


def epochs(rows: str, budget: str, repeats: str) -> dict[str, Any]:
    """Time epochs of the same rows in memory and in mapped files, in alternation."""
    import autoencode as ae
    from autoencode.memory_budget import limit_memory

    samples = np.concatenate(list(draw_rows(int(rows))))
    seconds: dict[str, list[float]] = {"memory": [], "files": []}
    found = set()
    for _ in range(int(repeats)):
        for name, limit in (("memory", 2**40), ("files", int(budget))):
            with limit_memory(limit):
                model = ae.Autoencoder(**NETWORK, epochs=3).fit(samples)
            seconds[name].append(min(model.history_.seconds[1:]))
            found.add(model.fitted_.fingerprint)
    assert len(found) == 1, "the bits differ"
    return seconds


def wide(path: str, budget: str, epochs: str) -> dict[str, Any]:
    """Time epochs of a wide `.npy` file."""
    import autoencode as ae
    from autoencode.memory_budget import limit_memory

    with limit_memory(int(budget)):
        told: dict[str, Any] = {"hidden": (64,), "code_size": 8, "batch_size": 256, "random_state": 0}
        model = ae.Autoencoder(**told, epochs=int(epochs), scaling="none").fit(path)
    return {"seconds": list(model.history_.seconds), "loss": float(model.history_.loss[-1].min())}


def checkpoints(rows: str, epochs: str) -> dict[str, float]:
    """Measure the share of a training that its checkpoints take, those a minute apart."""
    import tempfile

    import autoencode as ae
    from autoencode.estimators.recording import fit_recorded
    from autoencode.model.checkpoint import Checkpoints

    samples = np.concatenate(list(draw_rows(int(rows))))
    tell, taken = Checkpoints.tell, []

    def tell_timed(self: Checkpoints, take: Callable[[], Any], records: Any, epochs: int) -> None:
        taken.append(time_call(lambda: tell(self, take, records, epochs)))

    Checkpoints.tell = tell_timed
    with tempfile.TemporaryDirectory() as folder:
        seconds = time_call(
            lambda: fit_recorded(ae.Autoencoder(**NETWORK, epochs=int(epochs)), samples, f"{folder}/run")
        )
    return {"share": sum(taken) / seconds, "cuts": len(taken), "longest": max(taken), "seconds": seconds}


def sort(rows: str, epochs: str) -> dict[str, float]:
    """Train on rows sorted by a column, and on the same rows shuffled; return the error of each over all."""
    import autoencode as ae

    shuffled = np.concatenate(list(draw_rows(int(rows))))
    found = {}
    for name, samples in (("shuffled", shuffled), ("sorted", shuffled[np.argsort(shuffled[:, 0])])):
        model = ae.Autoencoder(**NETWORK, epochs=int(epochs)).fit(samples)
        found[name] = float(model.errors(samples).mean())
    return found


# ---------------------------------------------------------------------- memory


def read_status(field: str) -> float:
    """Return a field of this process's memory, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) * 1024 / 1e6


def beyond(verb: str, rows: str) -> dict[str, float]:
    """Measure the peak memory of a call on rows in memory, beyond what there was before it, in MB."""
    import autoencode as ae

    samples = np.concatenate(list(draw_rows(int(rows))))
    small = ae.Autoencoder(**NETWORK, epochs=1).fit(samples[:5_000])  # imports and compiles
    model = small if verb == "fit" else ae.Autoencoder(**NETWORK, epochs=1).fit(samples)
    ae.detect(samples[:2_000], random_state=0) if verb == "detect" else small.errors(samples[:100])
    calls: dict[str, Callable[[], object]] = {
        "fit": lambda: ae.Autoencoder(**NETWORK, epochs=1).fit(samples),
        "errors": lambda: model.errors(samples),
        "detect": lambda: ae.detect(samples, random_state=0),
        "report": lambda: model.report(samples),
    }
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = read_status("VmRSS")
    seconds = time_call(calls[verb])
    return {"megabytes": read_status("VmHWM") - before, "array": samples.nbytes / 1e6, "seconds": seconds}


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task for task in (loop, prepare, epochs, wide, checkpoints, sort, beyond)
}


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
