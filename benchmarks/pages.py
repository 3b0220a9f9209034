"""How large a report is, how long it takes to write, and how soon a browser can be used on it."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from results import Entry, Measured
from session import Session

__all__ = ["measure_reports"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TRAININGS = {
    "mnist": ("mnist", "--layers", "32", "--epochs", "3"),
    "titanic": ("tables/titanic.csv", "--layers", "32-4"),
    "photographs": ("images/sign_language_digits", "--size", "32", "--layers", "64-16", "--epochs", "5"),
}
"""What each report is of: the set, or its place in $AUTOENCODE_DATA, and the options of its training."""


def write_reports(session: Session, shell: Path) -> dict[str, tuple[Path, float]]:
    """Train each model and write its report; return the file and how long the second took."""
    written = {}
    environment, data = session.caches(), Path(os.environ["AUTOENCODE_DATA"]).resolve()
    for name, (source, *options) in TRAININGS.items():
        place = source if source == "mnist" else str(data / source)
        subprocess.run(
            [shell, "train", place, *options, "--seed", "0", "--run", name, "--force"],
            cwd=session.folder, env={**environment, "AUTOENCODE_DATA": str(data)}, check=True, capture_output=True,
        )  # fmt: skip
        start = time.perf_counter()
        subprocess.run(
            [shell, "report", name, "-o", f"{name}.html"],
            cwd=session.folder, env={**environment, "AUTOENCODE_DATA": str(data)}, check=True, capture_output=True,
        )  # fmt: skip
        written[name] = session.folder / f"{name}.html", time.perf_counter() - start
    return written


@contextmanager
def open_browser() -> Iterator[Any]:
    """Give a headless browser."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise SystemExit(f"error: the job report needs a browser; install one of {', '.join(BROWSERS)}.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def time_frames(path: Path, repeats: int) -> list[float]:
    """Return the seconds of a frame, the median of those while a slider of the live decoder is dragged."""
    found = []
    with open_browser() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(path.as_uri())
        page.evaluate("() => window.autoencodeReport.ready")
        slider = page.locator('[data-part="decoder"] input[type="range"]').first
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        y = box["y"] + box["height"] / 2
        for _ in range(repeats):
            page.evaluate(
                "() => { const ticks = window.ticks = []; const tick = () => { ticks.push(performance.now());"
                " if (ticks === window.ticks) requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"
            )
            page.mouse.move(box["x"] + 8, y)
            page.mouse.down()
            for step in range(120):
                page.mouse.move(box["x"] + 8 + (box["width"] - 16) * (step % 60) / 60, y)
            page.mouse.up()
            ticks = page.evaluate("() => { const { ticks } = window; window.ticks = null; return ticks; }")
            found.append(statistics.median(later - sooner for sooner, later in pairwise(ticks)) / 1000)
    return found


def time_opening(paths: dict[str, Path], repeats: int) -> dict[str, list[float]]:
    """Return the seconds from asking for a page until it answers the mouse, each time in a new browser window."""
    seconds: dict[str, list[float]] = {name: [] for name in paths}
    with open_browser() as browser:
        for _ in range(repeats + 1):
            for name, path in paths.items():
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                page = context.new_page()
                page.goto(path.as_uri())
                milliseconds = page.evaluate(
                    "async () => { await window.autoencodeReport.ready;"
                    " await new Promise(done => requestAnimationFrame(done)); return performance.now(); }"
                )
                seconds[name].append(milliseconds / 1000)
                context.close()
    return {name: values[1:] for name, values in seconds.items()}


def measure_reports(session: Session) -> list[Entry]:
    """Measure the reports of images, of a table and of photographs."""
    written = write_reports(session, Path(sys.executable).parent / "autoencode")
    opened = time_opening({name: path for name, (path, _) in written.items()}, session.repeats)
    frames = Measured(tuple(time_frames(written["mnist"][0], session.repeats)))
    entries = [session.entry("report", "mnist_frame_seconds", {"ours": frames})]
    for name, (path, seconds) in written.items():
        megabytes = path.stat().st_size / 1e6
        for metric, unit, values in (
            ("megabytes", "MB", (megabytes,)),
            ("interactive_seconds", "s", tuple(opened[name])),
            ("write_seconds", "s", (seconds,)),
        ):
            entries.append(session.entry("report", f"{name}_{metric}", {"ours": Measured(values)}, unit=unit))
    return entries
