"""Files written whole: another reader sees the old file or the new one, never a part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["open_whole", "write_whole"]


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` for writing; it takes the name `path` when the block ends without an error.

    Parameters
    ----------
    path
        The file's final name; its folder must exist.

    Yields
    ------
    file
        An open binary file. After an error, or where the disk is full, nothing of it is left.

    Raises
    ------
    OSError
        If the folder cannot be written to or the disk is full.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.", suffix=".partial")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes a private file; give it the mode that a plain open() would have.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole, see `open_whole`.

    Parameters
    ----------
    path
        The file's name; its folder must exist.
    content
        The file's bytes.
    """
    with open_whole(path) as file:
        file.write(content)
