"""Files before they are read: whether a path is one, what its first bytes say, whether it fits in memory."""

from __future__ import annotations

import os
import stat
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import IO, BinaryIO

from autoencode.exceptions import CorruptDataError, DataNotFoundError, InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.options import SET_NAMES
from autoencode.printable import make_printable

INPUT_FILE = "standard input"
"""What the file is called into which standard input is copied."""

_HEAD_BYTES = 512
_BLOCK = 1 << 20
# What shells call the standard input, for programs that know no other way to it.
_STANDARD_INPUTS = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
_LONGEST_PATH = 400
# The first bytes of kinds of file that are met under a wrong name; what is not read says why or what to do.
_WEB_PAGE = "a web page, not the file itself: download it again"
_CONTENTS = (
    (b"\x93NUMPY", "a NumPy array: it must end in .npy"),
    (b"PAR1", "a Parquet file: it must end in .parquet"),
    (b"PARE", "an encrypted Parquet file, which is not read: decrypt it first"),
    (b"PK\x03\x04", "a zip file: an array or a workbook must end in .npz, .xlsx or .ods; unpack another one first"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\x1f\x8b", "compressed with gzip: it must end as what is in it, then in .gz, such as .csv.gz"),
    (b"BZh", "compressed with bzip2: it must end as what is in it, then in .bz2, such as .csv.bz2"),
    (b"\xfd7zXZ\x00", "compressed with xz: it must end as what is in it, then in .xz, such as .csv.xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard: it must end as what is in it, then in .zst, such as .csv.zst"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read: unpack it first"),
    (b"Rar!", "a RAR archive, which is not read: unpack it first"),
    (b"ARROW1", "an Arrow or Feather file: it must end in .arrow or .feather"),
    (b"FEA1", "a Feather file of version 1, which is not read: save it again, or as Parquet"),
    (b"ORC", "an ORC file, which is not read: save it as Parquet"),
    (b"\x89HDF", "an HDF5 file, which is not read: save the array as .npy"),
    (b"MATLAB", "a MATLAB file, which is not read: save the array as .npy"),
    (b"SQLite format 3", "a SQLite data base: it must end in .sqlite or .db"),
    (b"\xd0\xcf\x11\xe0", "an old Office file: a workbook must end in .xls"),
    (b"%PDF", "a PDF file, which is not read"),
    (b"\x89PNG", "a PNG image: it must end in .png"),
    (b"\xff\xd8\xff", "a JPEG image: it must end in .jpg"),
    (b"GIF8", "a GIF image: it must end in .gif"),
    (b"II*\0", "a TIFF image: it must end in .tif"),
    (b"MM\0*", "a TIFF image: it must end in .tif"),
    (b"<!DOCTYPE", _WEB_PAGE),
    (b"<!doctype", _WEB_PAGE),
    (b"<html", _WEB_PAGE),
    (b"<?xml", "XML, which is not read: save the table as .xlsx or CSV"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file: run `git lfs pull`"),
)
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def expand_path(path: str | os.PathLike[str]) -> Path:
    """Return the path with ``~`` read as the home folder.

    Raises
    ------
    InvalidInputError
        If it is empty, or no path can be made of it.
    """
    text = os.fspath(path)
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise InvalidInputError(f"path: expected the path of a file or folder, got {text!r:.200}")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidInputError(f"path: {text!r:.200}: {error}") from error


def show_path(path: Path) -> str:
    """Return a path as a message shows it: on one line, and such that it can be printed.

    Examples
    --------
    >>> show_path(Path("two\\nlines.csv"))
    'two\\\\nlines.csv'
    """
    if path.name == INPUT_FILE:  # it is copied into a folder of ours
        return INPUT_FILE
    text = make_printable(str(path))
    return text if len(text) <= _LONGEST_PATH else f"…{text[-_LONGEST_PATH:]}"


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading, without waiting where it is a pipe.

    Raises
    ------
    DataNotFoundError
        If it is not there or cannot be read.
    InvalidInputError
        If it is a folder, a pipe or a device.
    """
    try:
        # Opening a pipe would wait for its writer, and a device may never end, so look before opening.
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
            advice = "read standard input as -" if str(path) in _STANDARD_INPUTS else "save its content in a file first"
            raise InvalidInputError(f"{show_path(path)}: expected a file, found {kind}; {advice}")
        return path.open("rb")
    except FileNotFoundError:
        raise not_found(path) from None
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise unreadable(path, error) from error


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file that has some.

    Raises
    ------
    CorruptDataError
        If the file is empty.
    """
    with open_file(path) as file:
        try:
            head = file.read(_HEAD_BYTES)
        except OSError as error:
            raise unreadable(path, error) from error
    if not head:
        raise CorruptDataError(f"{show_path(path)}: the file is empty; expected samples in it")
    return head


def fill(stream: IO[bytes], buffer: memoryview) -> int:
    """Fill a buffer as far as a stream goes, block by block; return the bytes filled."""
    filled = 0
    while filled < len(buffer) and (count := stream.readinto(buffer[filled : filled + _BLOCK])):  # type: ignore[attr-defined]
        filled += count
    return filled


def check_head(path: Path, magic: bytes, expected: str) -> None:
    """Refuse a file that does not begin as it must.

    Raises
    ------
    CorruptDataError
        If it begins otherwise, or is empty.
    """
    head = read_head(path)
    if not head.startswith(magic):
        found = name_content(head) or "something else"
        raise CorruptDataError(f"{show_path(path)}: expected {expected}, found {found}")


def name_content(head: bytes) -> str | None:
    """Say what the first bytes of a file show it to be, where they show it.

    Examples
    --------
    >>> name_content(b"PAR1...")
    'a Parquet file: it must end in .parquet'
    """
    if head.startswith(_PICKLES):
        return "a pickle, which is never read: loading one can run any program; save the array as .npy"
    return next((words for magic, words in _CONTENTS if head.startswith(magic)), None)


def not_found(path: Path) -> DataNotFoundError:
    """Return the error of a path where there is nothing, with the name nearest to it beside it."""
    name = show_path(path)
    if path.is_symlink():
        return DataNotFoundError(f"{name}: is a link to {os.readlink(path)!r}, where there is nothing")
    if not path.parent.exists():
        return DataNotFoundError(f"{name}: there is no folder {show_path(path.parent)!r}")
    try:
        known = [entry.name for entry in os.scandir(path.parent)]
    except OSError:
        known = []
    if path.name == str(path) and not path.suffix:
        known += SET_NAMES
    # An ending that both have makes no two names alike.
    stems = {one: os.path.splitext(one)[0].lower() for one in known}
    alike = set(get_close_matches(path.stem.lower(), set(stems.values()), n=max(1, len(stems)), cutoff=0.5))
    near = [one for one in known if stems[one] in alike]
    return DataNotFoundError(f"{name}: there is no such file or folder{end_with_nearest(path.name, near)}")


def unreadable(path: Path, error: OSError | ValueError) -> DataNotFoundError:
    """Return the error of a path that the system does not let us read."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return DataNotFoundError(f"{show_path(path)}: cannot be read: {reason}")


def damaged(name: str, what: str, error: Exception) -> CorruptDataError:
    """Return the error of a file that a library could not read to its end."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return CorruptDataError(f"{name}: is {what}: {reason:.200}")


def count_memory() -> int:
    """Return how many bytes of memory this machine has; without end where the system does not say, as Windows."""
    if not hasattr(os, "sysconf"):
        return sys.maxsize
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def check_memory(name: str, needed_bytes: int) -> None:
    """Refuse what is larger than this machine's memory, before anything is allocated for it.

    Raises
    ------
    InvalidInputError
        If it is.
    """
    memory_bytes = count_memory()
    if needed_bytes > memory_bytes:
        raise InvalidInputError(
            f"{name}: needs {needed_bytes / 2**30:,.1f} GiB of memory, this machine has "
            f"{memory_bytes / 2**30:.1f} GiB; give a part of it"
        )
