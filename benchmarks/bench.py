"""Measure ours beside the peers and the floor: ``python benchmarks/bench.py [--job NAME …] [--repeats 5]``.

Rewrites ``results.json``, ``RESULTS.md`` and ``results.png`` beside this file; jobs that are not measured again keep
their earlier figures.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from jobs import JOBS, JOBS_WITH_FILES
from problems import PROBLEMS
from results import Entry, LossMismatchError, merge_entries, read_entries, write_entries
from session import Session
from workers import WorkerError

from tables import describe_machine, render_results

HERE = Path(__file__).resolve().parent


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure ours beside the peers and the floor.")
    parser.add_argument("--job", action="append", choices=list(JOBS), help="one job only; may be given several times")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs of each contestant (default 5)")
    parser.add_argument("--render", action="store_true", help="measure nothing, rewrite tables and picture only")
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("--repeats must be at least 1")
    return arguments


def sets_of(jobs: list[str]) -> list[str]:
    """Return the sets whose samples the jobs need; exit with a message where one cannot be found."""
    folders = {JOBS_WITH_FILES[job] for job in jobs if job in JOBS_WITH_FILES}
    root = os.environ.get("AUTOENCODE_DATA", "").strip()
    missing = sorted(folder for folder in folders if not root or not (Path(root) / folder).is_dir())
    if missing:
        needing = [job for job in jobs if JOBS_WITH_FILES.get(job) in missing]
        print(
            f"error: the jobs {', '.join(needing)} need files: set AUTOENCODE_DATA to a folder that has "
            f"{' and '.join(f'{folder}/' for folder in missing)} (now: {root or 'unset'}), or name other jobs.",
            file=sys.stderr,
        )
        raise SystemExit(2)
    names = {PROBLEMS[job].data for job in jobs if job in PROBLEMS} | folders
    if {"restarts", "transform"} & set(jobs):
        names.add("table")
    if "start" in jobs:
        names.add("digits")
    return sorted(names)


def save(entries: list[Entry]) -> None:
    """Rewrite the three files."""
    from picture import draw_results

    write_entries(HERE / "results.json", entries)
    (HERE / "RESULTS.md").write_text(render_results(entries))
    draw_results(entries, HERE / "results.png")


def measure(jobs: list[str], repeats: int) -> list[str]:
    """Measure jobs, one after the other, and save after each; return what went wrong."""
    problems = []
    with Session(repeats) as session:
        session.lay_out(sets_of(jobs))
        session.measure_rates()
        print("\n".join(describe_machine(session.machine([]))), flush=True)
        for job in jobs:
            print(f"{job} …", file=sys.stderr, flush=True)
            try:
                entries = JOBS[job](session)
            except (LossMismatchError, WorkerError) as error:
                problems.append(f"{job}: nothing is recorded. {error}")
                print(f"error: {problems[-1]}", file=sys.stderr, flush=True)
                continue
            save(merge_entries(read_entries(HERE / "results.json"), entries, list(JOBS)))
            for entry in entries:
                ratios = "  ".join(f"{name} {value / entry.ours:.1f}×" for name, value in entry.peers.items())
                print(f"{entry.job} {entry.metric}: {entry.ours:.4g} {entry.unit}  {ratios}", flush=True)
    return problems


def main() -> int:
    arguments = read_arguments()
    if arguments.render:
        save(read_entries(HERE / "results.json"))
        return 0
    problems = measure(arguments.job or list(JOBS), arguments.repeats)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
