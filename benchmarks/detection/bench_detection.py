"""Measure our anomaly detector beside PyOD's: ``make bench-detection``, or ``make bench-detection PART=planted``.

Rewrites ``detection.json`` and ``DETECTION.md`` in ``benchmarks/``, which must be on Python's path; parts that are not
measured again keep their earlier figures. On two cores PyOD takes half an hour, once: its scores are kept. Ours are
fitted again after every change of the source.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ablation import measure_ablation
from alarms import measure_alarms
from ours import source_folder
from page import render_page
from photographs import measure_photographs
from planted_errors import measure_planted
from protocol import data_folder
from rankings import measure_rankings
from raw_tables import measure_raw_tables
from reasons import measure_reasons
from results import round_floats
from session import cpu_model, usable_cores
from timing import measure_times

HERE = Path(__file__).resolve().parents[1]
RESULTS, PAGE = HERE / "detection.json", HERE / "DETECTION.md"
PARTS = ("rankings", "alarms", "raw", "planted", "reasons", "photographs", "ablation", "timing")
FOLDERS = ("adbench", "oddbench", "tables", "images")
CACHE_VARIABLE = "AUTOENCODE_DETECTION_CACHE"


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure our anomaly detector beside PyOD's.")
    parser.add_argument("--part", action="append", choices=PARTS, help="one part only; may be given several times")
    parser.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="processes of each that are timed (default 5)"
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help=f"where scores are kept (default: ${CACHE_VARIABLE}, or the user's)",
    )
    parser.add_argument("--fresh", action="store_true", help="forget our scores that are kept, and fit ours again")
    parser.add_argument(
        "--peers", action="store_true", help="leave ours out: for filling the cache of the peers' scores"
    )
    parser.add_argument("--render", action="store_true", help="measure nothing, rewrite the page only")
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("--repeats must be at least 1")
    return arguments


def cache_folder(given: Path | None) -> Path:
    """Return where scores are kept."""
    from platformdirs import user_cache_path

    named = os.environ.get(CACHE_VARIABLE, "").strip()
    return given or (Path(named) if named else user_cache_path("autoencode") / "detection")


def measure_part(part: str, cache: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    if part == "timing":
        return measure_times(arguments.repeats)
    if part == "ablation":
        return measure_ablation()
    if part == "alarms":
        return measure_alarms(cache)
    if part == "raw":
        return measure_raw_tables(cache)
    if part == "reasons":
        return measure_reasons()
    measure = {"rankings": measure_rankings, "planted": measure_planted, "photographs": measure_photographs}[part]
    return measure(cache, peers_only=arguments.peers)


def describe_machine() -> dict[str, Any]:
    """Return where this is measured, and with which versions."""
    versions = {package: version(package) for package in ("autoencode", "jax", "numpy", "scikit-learn")}
    versions |= dict(line.split("==") for line in (HERE / "requirements" / "pyod.txt").read_text().split())
    return {"cpu": cpu_model(), "cores": usable_cores(), "python": platform.python_version(), "versions": versions}


def read_results() -> dict[str, Any]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"about": {}}


def save(results: dict[str, Any]) -> None:
    """Rewrite both files, whole."""
    text = json.dumps(round_floats(results), indent=1)
    # A list of numbers on one line.
    text = re.sub(
        r"\[[^][{}]*\]", lambda found: re.sub(r"\s+", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text
    )
    for path, content in ((RESULTS, text + "\n"), (PAGE, render_page(results))):
        draft = path.with_suffix(".partial")
        draft.write_text(content)
        draft.replace(path)


def main() -> int:
    arguments = read_arguments()
    results = read_results()
    if not arguments.render:
        for folder in FOLDERS:
            data_folder(folder)
        cache = cache_folder(arguments.cache)
        if arguments.fresh:
            shutil.rmtree(source_folder(cache), ignore_errors=True)
        for part in arguments.part or PARTS:
            if arguments.peers and part in ("ablation", "alarms", "raw", "reasons", "timing"):
                continue
            print(f"{part} …", file=sys.stderr, flush=True)
            results[part] = measure_part(part, cache, arguments)
            results["about"][part] = describe_machine()
            save(results)
    save(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
