"""The pictures that a page shows and its Python draws, held against those that come.

Where a page's Python writes ``NAME.png`` and the page shows a picture of that name, both must have nearly the same
greys. ``--refresh-docs`` copies what is drawn to where the page shows it from.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

LINK = re.compile(r"!\[[^\]]*\]\(([^)]+\.png)\)")
MOST_BYTES = 100_000
TOLERANCE = 0.02
"""Of black to white, the mean over small pictures of both."""


def find_drawn(page: Path, folder: Path) -> list[tuple[Path, Path]]:
    """Return, of each picture that a page shows and that was drawn into a folder, where it was drawn and shown from."""
    shown = [page.parent / link for link in LINK.findall(page.read_text(encoding="utf-8"))]
    return [(folder / path.name, path) for path in shown if (folder / path.name).is_file()]


def _read_greys(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L").resize((64, 48)), np.float64) / 255


def compare_pictures(page: Path, folder: Path) -> list[str]:
    """Return what differs between the pictures that a page shows and those that its Python drew."""
    wrong = []
    for drawn, shown in find_drawn(page, folder):
        if not shown.is_file():
            wrong.append(f"{page.name} shows {shown.name}, which is not there")
        elif np.abs(_read_greys(drawn) - _read_greys(shown)).mean() > TOLERANCE:
            wrong.append(f"{page.name}: {shown.name} is not what its Python draws")
        if drawn.stat().st_size > MOST_BYTES:
            wrong.append(f"{page.name}: {drawn.name} has {drawn.stat().st_size:,} bytes, more than {MOST_BYTES:,}")
    return wrong


def refresh_pictures(page: Path, folder: Path) -> list[str]:
    """Copy what a page's Python drew to where it shows it from, where that differs."""
    if compare_pictures(page, folder):
        for drawn, shown in find_drawn(page, folder):
            shutil.copyfile(drawn, shown)
    return compare_pictures(page, folder)
