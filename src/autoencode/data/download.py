"""Download one file from the first of several mirrors that gives it right; it appears whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from autoencode.exceptions import CorruptDataError, DataNotFoundError
from autoencode.files import hold_draft

__all__ = ["MirrorsFailed", "download"]

_TIMEOUT_SECONDS = 10.0
_MOST_SECONDS = 600.0


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
    check: Callable[[Path], object],
    max_bytes: int,
    announce: Callable[[str], None] | None = None,
) -> Path:
    """Download a file into a folder from the first mirror that gives it right.

    The bytes go to a temporary name in the same folder, are checked, made durable, and only then renamed, so neither
    a broken connection nor a killed process leaves a half file, and two processes at once do not mix theirs.

    Parameters
    ----------
    file_name : str
        What to ask for, and the name to give it; ``.gz`` is dropped where a mirror sends it already uncompressed.
    folder : Path
        Where to put it; made where it does not exist.
    mirrors : sequence of str
        Addresses of folders, tried in turn.
    check : callable
        Called with the path of the downloaded bytes; raises `CorruptDataError` where they are not the file.
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
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    reasons = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file_name}"
        if announce is not None:
            announce(f"downloading {url}")
        with _hold_part(folder / file_name) as part:
            try:
                _receive(url, part, max_bytes)
                check(part)
                return _publish(part, folder / file_name)
            except DataNotFoundError:
                raise  # this machine's fault, not the mirror's: the next mirror would meet it too
            except (OSError, ValueError, *_network_errors()) as error:
                reasons.append(f"{url} {_explain(error, part)}")
    raise MirrorsFailed(file_name, reasons)


@contextmanager
def _hold_part(path: Path) -> Iterator[Path]:
    """Make the draft that a mirror's bytes go to."""
    with ExitStack() as stack:
        try:
            part = stack.enter_context(hold_draft(path))
        except OSError as error:
            raise _unwritable(path.parent, error) from error
        yield part


class _Sink:
    """The file that pooch writes to: bounded in bytes and in time, and telling a full disk from a broken network."""

    def __init__(self, file: io.BufferedIOBase, folder: Path, max_bytes: int) -> None:
        self._file = file
        self._folder = folder
        self._room = max_bytes
        self._max_bytes = max_bytes
        self._deadline = time.monotonic() + _MOST_SECONDS

    def write(self, chunk: bytes) -> int:
        """Write a chunk, or say why the download must end."""
        self._room -= len(chunk)
        if self._room < 0:
            raise CorruptDataError(f"sent more than {self._max_bytes} bytes")
        if time.monotonic() > self._deadline:
            raise TimeoutError(f"had not sent the file after {_MOST_SECONDS:g} s")
        try:
            return self._file.write(chunk)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def flush(self) -> None:
        """Leave flushing to `_receive`; pooch asks for it after every chunk."""


def _receive(url: str, part: Path, max_bytes: int) -> None:
    import pooch

    answers: list[Any] = []
    fetch = pooch.HTTPDownloader(
        timeout=(_TIMEOUT_SECONDS, _TIMEOUT_SECONDS),
        # Asking for no further encoding keeps a server from wrapping, and requests from unwrapping, the gzip file.
        headers={"Accept-Encoding": "identity"},
        hooks={"response": lambda answer, *_, **__: answers.append(answer)},
    )
    try:
        file = part.open("wb")
    except OSError as error:
        raise _unwritable(part.parent, error) from error
    try:
        fetch(url, _Sink(file, part.parent, max_bytes), None)  # type: ignore[arg-type]
        try:
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(part.parent, error) from error
    finally:
        # Closing writes what is buffered, which fails again on a full disk; that failure is already on its way.
        with suppress(OSError):
            file.close()
        for answer in answers:
            answer.close()


def _publish(part: Path, final: Path) -> Path:
    """Give the checked file its name, and make the name durable."""
    try:
        with part.open("rb") as file:
            if file.read(2) != b"\x1f\x8b" and final.suffix == ".gz":
                final = final.with_suffix("")
        os.replace(part, final)
        with suppress(OSError):  # some file systems cannot sync a folder
            handle = os.open(final.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as error:
        raise _unwritable(final.parent, error) from error
    return final


def _unwritable(folder: Path, error: OSError) -> DataNotFoundError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        advice = "free some space there, or give another folder"
    else:
        advice = "make it writable, or give another folder"
    failure = DataNotFoundError(f"cannot write into {folder}: {error.strerror or error}; {advice}")
    failure.errno = error.errno
    return failure


def _network_errors() -> tuple[type[Exception], ...]:
    """List what requests lets through beside its own errors, which are OSError or ValueError."""
    from http.client import HTTPException

    from urllib3.exceptions import HTTPError

    return HTTPException, HTTPError


def _explain(error: Exception, part: Path) -> str:
    """Say in a phrase, which follows the address, what went wrong with a mirror."""
    from requests import exceptions

    text = str(error)
    if isinstance(error, CorruptDataError):
        return f"sent something else: {text.removeprefix(f'{part}: ')}"
    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, exceptions.ConnectTimeout):
        return f"did not answer within {_TIMEOUT_SECONDS:g} s"
    if isinstance(error, exceptions.ReadTimeout) or "Read timed out" in text:
        return f"fell silent for {_TIMEOUT_SECONDS:g} s"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return f"broke off: {text}"
    if isinstance(error, exceptions.ConnectionError) and error.args:
        # requests wraps urllib3, which wraps the system: the innermost text is the one that helps.
        inner = str(getattr(error.args[0], "reason", error.args[0]))
        return f"could not be reached: {inner.partition('): ')[2] or inner}"
    return f"failed: {text or type(error).__name__}"
