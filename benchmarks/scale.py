"""Samples larger than memory: what they take of it, how fast they are, and whether the bits are those of memory.

Each figure is of processes that are started for it; `scale_tasks.py` has what they do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from environments import CONTESTANTS, HERE, python_of
from results import Entry, Measured
from robustness.resumed import KINDS, measure
from scale_tasks import write_array, write_parquet
from session import Session

__all__ = ["WHAT_SCALE", "measure_large", "measure_resumed", "measure_scale"]

LARGE_ROWS, LARGE_MEMORY = 20_000_000, "1GB"
LOOP_ROWS, LOOP_MEMORY = 5_000_000, 500_000_000
EPOCH_ROWS, EPOCH_MEMORY = 4_500_000, 500_000_000
WIDE_ROWS, WIDE_COLUMNS, WIDE_MEMORY, WIDE_BATCH = 1_000_000, 1_000, 1_000_000_000, 256
KEPT_ROWS = SORTED_ROWS = 1_000_000
CHECKPOINT_EPOCHS = 240
TRIES = 4
LOOP = "pyarrow"

_LARGE = "of a Parquet file of 20,000,000 rows of 30 float32 (2.4 GB) with `--memory 1GB`"
_LOOP = "a Parquet file of 5,000,000 rows of 30 float32, budget 500 MB"
WHAT_SCALE = {
    **{
        ("scale-large", f"{verb}_{metric}"): f"`autoencode {verb}` {_LARGE}: {words} of the process"
        for verb in ("train", "errors", "score", "detect")
        for metric, words in (("megabytes", "peak memory"), ("seconds", "seconds"))
    },
    **{
        ("scale", f"{call}_beyond_megabytes"): f"peak memory of `{call}` on 1,000,000 rows of 30 float32 in memory "
        "(120 MB), beyond what there was before the call"
        for call in ("fit", "errors", "detect", "report")
    },
    ("scale", "statistics_seconds"): f"means and deviations of {_LOOP}; beside them a bare loop that reads it",
    ("scale", "prepare_seconds"): f"all that comes before the first epoch on {_LOOP}; beside it a bare loop",
    ("scale", "errors_of_file_seconds"): f"`autoencode errors` of {_LOOP}, to Parquet, the whole process; beside it a "
    "bare loop that reads it and writes as much",
    ("scale", "mapped_epoch_seconds"): "an epoch on 4,500,000 rows of 30 in mapped files, budget 500 MB; beside it the "
    "same rows in memory",
    ("scale", "wide_epoch_seconds"): "1000-64-8-64-1000 on 1,000,000 rows of an `.npy` file (4 GB), batch 256: ours "
    "with a budget of 1 GB, Keras with `tf.data` from the same file",
    ("scale", "checkpoint_share"): "the share of a training that its checkpoints took",
    ("scale", "sorted_error"): "error after five epochs on 1,000,000 rows sorted by a column, over that on the same "
    "rows shuffled",
    **{
        (
            "resume",
            f"{kind.replace(' ', '_')}_otherwise",
        ): f"trainings ({kind}) that were killed at random moments and resumed, and have "
        "other bits than one that was not"
        for kind in KINDS
    },
}


def run_program(command: Sequence[str | Path], session: Session) -> tuple[float, float, str]:
    """Run a program; return its seconds, the most memory that it had, in MB, and what it printed."""
    start = time.perf_counter()
    log = session.folder / "scale.log"
    with log.open("wb") as err:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=session.folder,
            env={**session.caches(), "PYTHONPATH": str(HERE)},
            stdout=subprocess.PIPE,
            stderr=err,
        )
        assert process.stdout is not None
        printed = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{command} ended with {status}:\n{log.read_text(errors='replace')[-2000:]}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6, printed


def ask(session: Session, task: str, *arguments: Any) -> dict[str, Any]:
    """Run a task in a process of its own, and return its answer."""
    _, _, printed = run_program([sys.executable, HERE / "scale_tasks.py", task, *map(str, arguments)], session)
    answer = json.loads(printed)
    print(f"  scale {task} {' '.join(map(str, arguments))}: {answer}", file=sys.stderr, flush=True)
    return answer


def measure_large(session: Session) -> list[Entry]:
    """Measure the memory of the verbs on a file that is larger than what they may take."""
    shell = Path(sys.executable).parent / "autoencode"
    write_parquet(session.folder / "large.parquet", LARGE_ROWS)
    write_parquet(session.folder / "usual.parquet", KEPT_ROWS // 20)
    told = ("--memory", LARGE_MEMORY)
    rate = ("--false-alarm-rate", "0.0001")  # reasons of what is flagged would take most of the time
    run_program([shell, "detect", "usual.parquet", "--keep", "usual", "--seed", "0"], session)
    verbs = {
        "train": ("large.parquet", "--layers", "64-4", "--epochs", "2", "--run", "large", "--seed", "0", *told),
        "errors": ("large", "large.parquet", "errors.parquet", *told),
        "score": ("usual", "large.parquet", "--out", "scores.parquet", *rate, *told),
        "detect": ("large.parquet", "--out", "ranks.parquet", "--seed", "0", *rate, *told),
    }
    entries = []
    for verb, words in verbs.items():
        seconds, megabytes, _ = run_program([shell, verb, *words], session)
        print(f"  scale {verb}: {megabytes:.0f} MB, {seconds:.0f} s", file=sys.stderr, flush=True)
        for metric, unit, value in (("megabytes", "MB", megabytes), ("seconds", "s", seconds)):
            entries.append(session.entry("scale-large", f"{verb}_{metric}", {"ours": Measured((value,))}, unit=unit))
    for name in ("large", "errors", "scores", "ranks"):
        (session.folder / f"{name}.parquet").unlink()
    return entries


def measure_loops(session: Session) -> list[Entry]:
    """Measure reading, statistics and scoring of a file beside bare loops of pyarrow over it."""
    shell = Path(sys.executable).parent / "autoencode"
    path = session.folder / "rows.parquet"
    write_parquet(path, LOOP_ROWS)
    run_program([shell, "train", path, "--layers", "64-4", "--epochs", "1", "--run", "rows", "--seed", "0"], session)
    found: dict[str, list[float]] = {}
    for _ in range(session.repeats):
        answers = {**ask(session, "prepare", path, LOOP_MEMORY), **ask(session, "loop", path)}
        seconds, _, _ = run_program(
            [shell, "errors", "rows", path, "errors.parquet", "--memory", str(LOOP_MEMORY)], session
        )
        answers |= {"errors": seconds, "bare": answers["read_bare"], "bare_written": answers["write_bare"]}
        for name, value in answers.items():
            found.setdefault(name, []).append(value)
    of = {name: Measured(tuple(values)) for name, values in found.items()}
    return [
        session.entry("scale", "statistics_seconds", {"ours": of["statistics"], LOOP: of["bare"]}),
        session.entry("scale", "prepare_seconds", {"ours": of["prepare"], LOOP: of["bare"]}),
        session.entry("scale", "errors_of_file_seconds", {"ours": of["errors"], LOOP: of["bare_written"]}),
    ]


def measure_epochs(session: Session) -> list[Entry]:
    """Measure epochs of mapped rows beside those in memory, and of a wide file beside Keras."""
    seconds = ask(session, "epochs", EPOCH_ROWS, EPOCH_MEMORY, session.repeats)
    mapped = {"ours": Measured(tuple(seconds["files"])), "memory": Measured(tuple(seconds["memory"]))}
    wide = session.folder / "wide.npy"
    write_array(wide, WIDE_ROWS, WIDE_COLUMNS)
    keras = CONTESTANTS["keras-tensorflow"]
    found: dict[str, list[float]] = {"ours": [], keras.name: []}
    peaks = dict.fromkeys(found, 0.0)
    commands = {
        "ours": [sys.executable, HERE / "scale_tasks.py", "wide", wide, WIDE_MEMORY, 2],
        keras.name: [python_of(keras), HERE / "contestants" / "keras_files.py", wide, WIDE_COLUMNS, 2, WIDE_BATCH],
    }
    for _ in range(max(1, session.repeats // 2)):
        for name, command in commands.items():
            _, megabytes, printed = run_program([str(word) for word in command], session)
            print(f"  scale wide {name}: {printed.strip()} {megabytes:.0f} MB", file=sys.stderr, flush=True)
            found[name].append(json.loads(printed.splitlines()[-1])["seconds"][-1])
            peaks[name] = max(peaks[name], megabytes)
    measured = {name: Measured(tuple(values), peaks[name]) for name, values in found.items()}
    wide.unlink()
    return [
        session.entry("scale", "mapped_epoch_seconds", mapped),
        session.entry("scale", "wide_epoch_seconds", measured),
    ]


def measure_in_memory(session: Session) -> list[Entry]:
    """Measure what calls take beyond their rows, what checkpoints cost, and what sorted rows cost."""
    entries = []
    for verb in ("fit", "errors", "detect", "report"):
        answer = ask(session, "beyond", verb, KEPT_ROWS)
        entries.append(
            session.entry("scale", f"{verb}_beyond_megabytes", {"ours": Measured((answer["megabytes"],))}, unit="MB")
        )
    shares = ask(session, "checkpoints", KEPT_ROWS, CHECKPOINT_EPOCHS)
    found = ask(session, "sort", SORTED_ROWS, 5)
    return [
        *entries,
        session.entry("scale", "checkpoint_share", {"ours": Measured((shares["share"],))}, unit="ratio"),
        session.entry(
            "scale", "sorted_error", {"ours": Measured((found["sorted"] / found["shuffled"],))}, unit="ratio"
        ),
    ]


def measure_resumed(session: Session) -> list[Entry]:
    """Kill trainings at random moments and resume them, four a repeat; return how many have other bits."""
    entries = []
    for kind in KINDS:
        found = measure(kind, TRIES * session.repeats)
        told = f"{found.trainings} trainings, {found.kills} kills, {found.kills_while_writing} of them while writing"
        print(f"  resume {kind}: {told}; differ: {found.differ or 'none'}", file=sys.stderr, flush=True)
        otherwise = Measured((float(len(found.differ)),))
        entries.append(
            session.entry("resume", f"{kind.replace(' ', '_')}_otherwise", {"ours": otherwise}, unit="trainings")
        )
    return entries


def measure_scale(session: Session) -> list[Entry]:
    """Measure what a quarter of an hour can; `measure_large` takes an hour."""
    parts = (measure_in_memory, measure_loops, measure_epochs)
    return [entry for part in parts for entry in part(session)]
