"""Arrays that are too large for the memory that they may take: each lies in a file of its own.

Tables that are too large do too: see `stored_tables`.

The file has no name, so that it is gone with the array or the process, however that ends. Its bytes are mapped: NumPy,
the kernel and XLA read it as any array. What they touch stays in memory until the system needs it; a thread lets it go
sooner, once it exceeds its part of the budget. Nothing is lost by that, and nothing else changes.
"""

from __future__ import annotations

import errno
import math
import mmap
import os
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Shaped

from autoencode.memory_budget import count_shared, find_budget

BLOCK_BYTES = 2**23
"""Of what is worked through at once where all of it would take too much; a few copies of it are held meanwhile."""

PICKED_ROWS = 2**8
"""Of rows from a file that are picked at once: each brings those around it into memory."""

SHARE = 4
"""An array that takes more than the budget over this lies in a file; so does what files may hold of memory."""

_LOOK_SECONDS = 0.01

_mappings: weakref.WeakKeyDictionary[mmap.mmap, range] = weakref.WeakKeyDictionary()
_shared_before = 0
_lock = threading.Lock()
_keeper: threading.Thread | None = None


def can_store() -> bool:
    """Return whether this system can map files, and let go of what of them is in memory."""
    return hasattr(os, "posix_fallocate") and hasattr(mmap, "MADV_DONTNEED")


def is_large(size: int) -> bool:
    """Return whether an array of so many bytes lies in a file."""
    return can_store() and size > find_budget() // SHARE


def make_array(shape: tuple[int, ...], dtype: Any) -> Shaped[np.ndarray, "*axes"]:
    """Return an array to be filled: in memory, or in a file where it is too large for that.

    Parameters
    ----------
    shape, dtype
        Of the array.

    Raises
    ------
    OSError
        If the disk has no room for it; the message says how to name another.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not is_large(size):
        return np.empty(shape, dtype)
    with open_nameless(size) as file:
        os.posix_fallocate(file.fileno(), 0, size)  # a full disk is told of here, not in the middle of a sum
        return np.frombuffer(map_file(file), dtype).reshape(shape)


@contextmanager
def open_nameless(size: int) -> Iterator[BinaryIO]:
    """Open a file without a name, in which about so many bytes shall lie; say what to do where the disk is full."""
    folder = find_folder()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        words = (
            f"{size / 2**30:.1f} GiB of samples do not fit on the disk of {folder or tempfile.gettempdir()}; name "
            "another by XDG_CACHE_HOME, or allow more memory"
        )
        raise OSError(error.errno, words) from error


def find_folder() -> Path | None:
    """Return the folder that files lie in, the user's cache; None where there is none that can be written to."""
    from platformdirs import user_cache_path

    folder = user_cache_path("autoencode")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def map_rows(
    make: Callable[[slice], Shaped[np.ndarray, "*axes"]], rows: int, shape: tuple[int, ...], dtype: Any
) -> Shaped[np.ndarray, "*axes"]:
    """Return an array of which each row is made of one of so many rows: at once, or block by block into a file.

    Parameters
    ----------
    make
        Makes those of a slice of the rows.
    rows
        How many there are.
    shape, dtype
        Of one row of the array.
    """
    row_bytes = max(1, math.prod(shape) * np.dtype(dtype).itemsize)
    if not is_large(rows * row_bytes):
        return make(slice(0, rows))
    array, step = make_array((rows, *shape), dtype), max(1, BLOCK_BYTES // row_bytes)
    for start in range(0, rows, step):
        block = slice(start, min(start + step, rows))
        array[block] = make(block)
        let_go()
    return array


def pick_rows(array: Shaped[np.ndarray, "*axes"], places: Any) -> Shaped[np.ndarray, "*axes"]:
    """Return some rows of an array, as indexing does; into a file where they are too many for memory."""
    if not is_large(array.nbytes):
        return array[places]
    picked = make_array((len(places), *array.shape[1:]), array.dtype)
    places, order = sort_places(np.asarray(places))
    for start in range(0, len(places), PICKED_ROWS):
        part = slice(start, start + PICKED_ROWS)
        picked[part if order is None else order[part]] = array[places[part]]
        let_go()
    return picked


def sort_places(places: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return places ascending, and where each stood; None where they were so: of very many that takes memory."""
    if (places[1:] >= places[:-1]).all():
        return places, None
    order = np.argsort(places, kind="stable")
    return places[order], order


def map_file(file: BinaryIO) -> mmap.mmap:
    """Return the bytes of a file; what they hold of memory is bounded, by a thread that is started where none runs."""
    global _keeper, _shared_before
    mapping = mmap.mmap(file.fileno(), 0)
    start = np.frombuffer(mapping, np.uint8).ctypes.data
    with _lock:
        _mappings[mapping] = range(start, start + len(mapping))
        if _keeper is None or not _keeper.is_alive():
            if len(_mappings) == 1:  # of which nothing is used yet: libraries are what there is
                _shared_before = count_shared()
            _keeper = threading.Thread(target=_keep, name="autoencode-stored-arrays", daemon=True)
            _keeper.start()
    return mapping


def is_mapped(address: int) -> bool:
    """Return whether what lies at an address lies in such a file."""
    with _lock:
        return any(address in addresses for addresses in _mappings.values())


def _keep() -> None:
    while len(_mappings):
        let_go()
        time.sleep(_LOOK_SECONDS)


def let_go() -> None:
    """Let go of what mapped files hold of memory, where it is more than they may."""
    if _mappings and count_shared() - _shared_before > find_budget() // SHARE:
        with _lock:  # another thread may map a file meanwhile
            mappings = list(_mappings)
        for mapping in mappings:
            mapping.madvise(mmap.MADV_DONTNEED)
