"""`FileReport`: what a check of one file of a data set found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FileReport"]


@dataclass(frozen=True)
class FileReport:
    """What a check of one file found.

    Parameters
    ----------
    name : str
        The file, or for a set that is made on the spot the part of it.
    path : Path or None
        Where it is; None where it is missing, or no file of ours.
    bytes : int
        Its size as stored; 0 where it is missing.
    expected_md5, found_md5 : str, str or None
        MD5 of the uncompressed content; `found_md5` is None where there is no content to be had.
    ok : bool
        True where both agree.
    problem : str or None
        What is wrong, in words.
    """

    name: str
    path: Path | None
    bytes: int
    expected_md5: str
    found_md5: str | None
    ok: bool
    problem: str | None = None
