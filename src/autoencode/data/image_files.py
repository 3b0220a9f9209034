"""The image files of a folder, in an order that is the same everywhere."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from autoencode.data.regular_file import show_path, unreadable
from autoencode.exceptions import DataNotFoundError, InvalidInputError
from autoencode.printable import make_printable

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""How the names of image files end, in small letters; capitals count as well."""

_LITTER = ("thumbs.db", "desktop.ini")


def search(path: str | os.PathLike[str]) -> tuple[list[Path], list[Path]]:
    """List the image files in a folder and its sub-folders, and the other files there.

    Parameters
    ----------
    path : path
        A folder, or a file, which is returned whatever its name.

    Returns
    -------
    images, others : list of Path
        Files that end in `ENDINGS`, those of hidden names left out, ordered by their path within the folder, in which
        numbers count as numbers: ``2.png`` stands before ``10.png``. Links are followed. The others are in no order;
        those that Windows leaves in folders are not among them.

    Raises
    ------
    DataNotFoundError
        If there is no such path, no image in it, or a folder cannot be read.
    InvalidInputError
        If links make the search come to a folder twice: its images would count twice.
    """
    root = Path(path)
    if not stat.S_ISDIR(look(root).st_mode):
        return [root], []
    images, others = [], []
    reached: dict[tuple[int, int], Path] = {}
    folders = [root]
    while folders:
        folder = folders.pop()
        status = look(folder)
        twin = reached.setdefault((status.st_dev, status.st_ino), folder)
        if twin is not folder:
            raise InvalidInputError(
                f"{show_path(root)}: {show_path(folder)} and {show_path(twin)} are one folder, so that its "
                "images would count twice; remove the link"
            )
        try:
            for entry in sorted(entry for entry in folder.iterdir() if not entry.name.startswith(".")):
                is_image = entry.suffix.lower() in ENDINGS
                if entry.name.lower() not in _LITTER:
                    (folders if entry.is_dir() else images if is_image else others).append(entry)
        except OSError as error:
            raise unreadable(folder, error) from error
    if not images:
        beside = f"; it has {len(others):,} other files, such as {make_printable(min(others).name)}" if others else ""
        raise DataNotFoundError(f"{show_path(root)}: expected images ({', '.join(ENDINGS)}), found none{beside}")
    return sorted(images, key=lambda image: natural_key(name_inside(image, root))), others


def name_inside(file: Path, root: Path) -> str:
    """Return a file's path within a folder; of a file that was given itself, its name."""
    return file.relative_to(root).as_posix() if file != root else file.name


def natural_key(name: str) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Order by folder, then name, numbers by their size; the name itself tells ``1.png`` from ``01.png``."""
    parts = (re.split("([0-9]+)", part) for part in name.split("/"))
    # Splitting at digits gives text and numbers in turn, so that a number never meets a text.
    return tuple(tuple(int(s) if i % 2 else s for i, s in enumerate(part)) for part in parts), name


def look(path: Path) -> os.stat_result:
    """Return what the system says of a path, or raise `DataNotFoundError`."""
    try:
        return path.stat()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
