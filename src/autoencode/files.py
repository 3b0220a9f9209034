"""Files written whole: another reader sees the old file or the new one, never a part."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from autoencode.interruption import before_end

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
    # The name may be as long as the file system takes, so only its beginning is used.
    draft = path.with_name(f".{path.name[:50]}.{secrets.token_hex(8)}.partial")
    with before_end(lambda: draft.unlink(missing_ok=True)):
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)


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
