from __future__ import annotations

import errno
import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from autoencode.data import download as module
from autoencode.data.download import MirrorsFailed, download
from autoencode.data.idx import read_idx
from autoencode.exceptions import CorruptDataError, DataNotFoundError

CONTENT = bytes([0, 0, 8, 1, 0, 0, 0, 200]) + bytes(range(200))
NAME = "numbers.gz"


@pytest.fixture
def served(mirrors: Any) -> Any:
    mirrors.files = {NAME: gzip.compress(CONTENT, mtime=0)}
    return mirrors


@pytest.fixture
def refused() -> str:
    """An address where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def check(content: bytes) -> None:
    if read_idx(content).tobytes() != CONTENT[8:]:
        raise CorruptDataError("IDX bytes: found other numbers")


def get(folder: Path, *mirrors: str, **options: Any) -> Path:
    return download(NAME, folder, mirrors=mirrors, check=check, max_bytes=100_000, **options)


def test_the_file_arrives_whole_under_its_name(served: Any, tmp_path: Path) -> None:
    said: list[str] = []
    path = get(tmp_path / "new" / "folder", served("good"), announce=said.append)
    assert path == tmp_path / "new" / "folder" / NAME
    assert path.read_bytes() == served.files[NAME]
    assert os.listdir(path.parent) == [NAME]
    assert said == [f"downloading {served('good')}{NAME}"]


def test_the_file_has_the_usual_permissions(served: Any, tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    assert get(tmp_path, served("good")).stat().st_mode == (tmp_path / "usual").stat().st_mode


BAD = {
    "missing": "answered 404 Not Found",
    "broken": "answered 503 Service Unavailable",
    "truncated": "broke off",
    "short": "sent something else: expected whole gzip data",
    "wrong": "sent something else: found other numbers",
    "page": "sent something else: expected an IDX header",
    "empty": "sent something else: expected an IDX file, found it empty",
    "endless": "sent something else: sent more than 100000 bytes",
}


@pytest.mark.parametrize("behaviour", BAD)
def test_the_second_mirror_is_used_where_the_first_fails(served: Any, tmp_path: Path, behaviour: str) -> None:
    path = get(tmp_path, served(behaviour), served("good"))
    assert path.read_bytes() == served.files[NAME]
    assert os.listdir(tmp_path) == [NAME]
    assert served.asked == [f"/{behaviour}/{NAME}", f"/good/{NAME}"]


def test_the_second_mirror_is_used_where_nobody_listens(served: Any, tmp_path: Path, refused: str) -> None:
    assert get(tmp_path, refused, served("good")).read_bytes() == served.files[NAME]


def test_every_mirror_that_failed_is_listed_with_its_reason(served: Any, tmp_path: Path, refused: str) -> None:
    with pytest.raises(MirrorsFailed) as caught:
        get(tmp_path, *(served(behaviour) for behaviour in BAD), refused, "file:///etc", "http://[bad")
    reasons = caught.value.reasons
    assert len(reasons) == len(BAD) + 3
    for (behaviour, reason), found in zip(BAD.items(), reasons, strict=False):
        assert found.startswith(f"{served(behaviour)}{NAME} {reason}")
        assert ".partial" not in found
    assert "could not be reached" in reasons[len(BAD)]
    assert "refused" in reasons[len(BAD)]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("behaviour", ["silent", "stalled"])
def test_a_silent_mirror_is_given_up(
    served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT_SECONDS", 0.2)
    started = time.monotonic()
    with pytest.raises(MirrorsFailed, match=r"fell silent for 0\.2 s"):
        get(tmp_path, served(behaviour))
    assert time.monotonic() - started < 5
    assert os.listdir(tmp_path) == []


def test_a_mirror_that_takes_too_long_is_given_up(served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SECONDS", -1.0)
    with pytest.raises(MirrorsFailed, match="had not sent the file after"):
        get(tmp_path, served("good"))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("behaviour", ["recompressed", "moved", "encoded"])
def test_only_the_content_counts(served: Any, tmp_path: Path, behaviour: str) -> None:
    assert gzip.decompress(get(tmp_path, served(behaviour)).read_bytes()) == CONTENT


def test_a_file_that_came_uncompressed_is_not_called_gz(served: Any, tmp_path: Path) -> None:
    path = get(tmp_path, served("plain"))
    assert path == tmp_path / "numbers"
    assert path.read_bytes() == CONTENT


def test_a_full_disk_is_said_at_once_and_leaves_nothing(
    served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(DataNotFoundError, match=r"cannot write into .*: No space left on device; free some") as caught:
        get(tmp_path, served("good"), served("good"))
    assert caught.value.errno == errno.ENOSPC
    assert len(served.asked) == 1  # another mirror would not help
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_disk_that_fills_up_midway_is_said(served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def open_full(path: Path, mode: str = "r") -> Any:
        return opened(path, mode) if mode != "wb" else opened(Path("/dev/full"), "wb", buffering=16)

    monkeypatch.setattr(Path, "open", open_full)
    with pytest.raises(DataNotFoundError, match="No space left on device"):
        get(tmp_path, served("good"), served("good"))
    assert len(served.asked) == 1
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_said(served: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataNotFoundError, match=r"cannot write into .*; make it writable"):
        get(tmp_path / "file" / "below", served("good"))
    assert served.asked == []


def test_an_interrupt_leaves_nothing(served: Any, tmp_path: Path) -> None:
    def interrupt(content: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(NAME, tmp_path, mirrors=[served("good")], check=interrupt, max_bytes=100_000)
    assert os.listdir(tmp_path) == []


SCRIPT = """
import sys
from pathlib import Path
from autoencode.data.download import download
download(sys.argv[1], Path(sys.argv[2]), mirrors=[sys.argv[3]], check=lambda content: None, max_bytes=100_000)
"""


def start(folder: Path, mirror: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SCRIPT, NAME, str(folder), mirror])


def test_a_killed_download_leaves_no_half_file(served: Any, tmp_path: Path) -> None:
    process = start(tmp_path, served("stalled"))
    deadline = time.monotonic() + 30
    while not served.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(served.asked) == 1
    assert os.listdir(tmp_path) == []
    assert get(tmp_path, served("good")).read_bytes() == served.files[NAME]
    assert os.listdir(tmp_path) == [NAME]


def test_two_processes_at_once_do_not_mix(served: Any, tmp_path: Path) -> None:
    processes = [start(tmp_path, served("slow")) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert (tmp_path / NAME).read_bytes() == served.files[NAME]
    assert os.listdir(tmp_path) == [NAME]
