"""Download one file from the first of several mirrors that gives it right; it appears whole or not at all."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from autoencode.exceptions import CorruptDataError, DataNotFoundError
from autoencode.files import write_whole

_TIMEOUT_SECONDS = 10.0
_MOST_SECONDS = 600.0
_BLOCK = 1 << 18


class MirrorsFailed(Exception):
    """No mirror gave the file; `reasons` has a phrase for each, and the caller says where else it looked."""

    def __init__(self, file_name: str, reasons: Sequence[str]) -> None:
        super().__init__(f"{file_name}: no mirror gave it: {'; '.join(reasons)}")
        self.reasons = tuple(reasons)


def download(
    file_name: str,
    folder: Path,
    *,
    mirrors: Sequence[str],
    check: Callable[[bytes], object],
    max_bytes: int,
    announce: Callable[[str], None] | None = None,
) -> Path:
    """Download a file into a folder from the first mirror that gives it right.

    The bytes are checked before they are written, and the file is written whole, so neither a broken connection nor a
    killed process leaves a half file, and two processes at once do not mix theirs.

    Parameters
    ----------
    file_name : str
        What to ask for, and the name to give it; ``.gz`` is dropped where a mirror sends it already uncompressed.
    folder : Path
        Where to put it; made where it does not exist.
    mirrors : sequence of str
        Addresses of folders, tried in turn.
    check : callable
        Called with the bytes; raises `CorruptDataError` where they are not the file.
    max_bytes : int
        The most bytes to accept from a mirror.
    announce : callable or None
        Called with a line of text before each mirror is tried.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    MirrorsFailed
        If no mirror gave the file.
    DataNotFoundError
        If the folder cannot be written to, or the disk is full; its `errno` is that of the system's error.
    """
    from http.client import HTTPException

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    reasons = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file_name}"
        if announce is not None:
            announce(f"downloading {url}")
        try:
            content = _receive(url, max_bytes)
            check(content)
        except (OSError, ValueError, HTTPException) as error:
            reasons.append(f"{url} {_explain(error)}")
            continue
        path = folder / file_name
        path = path.with_suffix("") if path.suffix == ".gz" and not content.startswith(b"\x1f\x8b") else path
        try:
            write_whole(path, content)
        except OSError as error:  # this machine's fault, not the mirror's: the next mirror would meet it too
            raise _unwritable(folder, error) from error
        return path
    raise MirrorsFailed(file_name, reasons)


def _receive(url: str, max_bytes: int) -> bytes:
    import ssl
    from http.client import IncompleteRead
    from urllib.request import Request, urlopen

    import certifi

    if not url.startswith(("http://", "https://")):
        raise ValueError("expected an address that begins with http:// or https://")
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())  # Python for macOS brings no certificates of its own
    # Asking for no further encoding keeps a server from wrapping the gzip file.
    request = Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "autoencode"})
    content, end = bytearray(), time.monotonic() + _MOST_SECONDS
    with urlopen(request, timeout=_TIMEOUT_SECONDS, context=trusted) as answer:
        declared = answer.headers.get("Content-Length")
        while (declared is None or len(content) < int(declared)) and (block := answer.read1(_BLOCK)):
            content += block
            if len(content) > max_bytes:
                raise CorruptDataError(f"sent more than {max_bytes} bytes")
            if time.monotonic() > end:
                raise ValueError(f"had not sent the file after {_MOST_SECONDS:g} s")
    if declared is not None and len(content) < int(declared):
        raise IncompleteRead(bytes(content), int(declared) - len(content))
    return bytes(content)


def _unwritable(folder: Path, error: OSError) -> DataNotFoundError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        advice = "free some space there, or give another folder"
    else:
        advice = "make it writable, or give another folder"
    failure = DataNotFoundError(f"cannot write into {folder}: {error.strerror or error}; {advice}")
    failure.errno = error.errno
    return failure


def _explain(error: Exception) -> str:
    """Say in a phrase, which follows the address, what went wrong with a mirror."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError

    if isinstance(error, CorruptDataError):
        return f"sent something else: {str(error).rpartition('IDX bytes: ')[2]}"
    if isinstance(error, HTTPError):
        error.close()
        return f"answered {error.code} {error.reason}"
    if isinstance(error, URLError):
        is_slow = isinstance(error.reason, TimeoutError)
        return f"did not answer within {_TIMEOUT_SECONDS:g} s" if is_slow else f"could not be reached: {error.reason}"
    if isinstance(error, TimeoutError):
        return f"fell silent for {_TIMEOUT_SECONDS:g} s"
    how = "broke off" if isinstance(error, ConnectionError | HTTPException) else "failed"
    return f"{how}: {error or type(error).__name__}"
