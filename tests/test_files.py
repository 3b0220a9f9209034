from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from autoencode.files import open_whole, write_whole


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("content", [b"", b"new", bytes(range(256)) * 1000])
@pytest.mark.parametrize("existing", [None, b"old"])
def test_content_is_what_was_given_and_nothing_else_is_left(
    tmp_path: Path, content: bytes, existing: bytes | None
) -> None:
    path = tmp_path / "file.json"
    if existing is not None:
        path.write_bytes(existing)
    write_whole(path, content)
    assert path.read_bytes() == content
    assert names(tmp_path) == ["file.json"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_error_in_the_block_leaves_the_old_content(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(error), open_whole(path) as file:  # noqa: PT012 - the error must come after a write
        file.write(b"half of the new")
        raise error
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_full_disk_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as caught:
        write_whole(path, b"new")
    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_full_disk_leaves_nothing_where_there_was_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "file", b"new")
    assert names(tmp_path) == []


def test_reaches_the_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (calls.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("replace"), replace(*paths)))
    write_whole(tmp_path / "file", b"new")
    assert calls == ["fsync", "replace"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o000, 0o666)])
def test_mode_is_that_of_a_plain_open(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "file", b"")
        left = os.umask(mask)
    finally:
        os.umask(before)
    assert left == mask
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "missing" / "file", b"")


def test_folder_of_that_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "name").mkdir()
    with pytest.raises(OSError, match="name"):
        write_whole(tmp_path / "name", b"new")
    assert names(tmp_path) == ["name"]


@pytest.mark.parametrize("name", ["a", "a" * 255, "ж" * 127, "数" * 85, "a b\n'\"$.json", ".hidden"], ids=len)
def test_every_name_that_the_file_system_takes(tmp_path: Path, name: str) -> None:
    write_whole(tmp_path / name, b"new")
    assert names(tmp_path) == [name]


def test_readers_see_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = [b"a" * 200_000, b"b" * 150_000]
    write_whole(path, contents[0])
    done = threading.Event()
    seen: set[bytes] = set()
    torn: list[int] = []

    def read() -> None:
        while not done.is_set():
            content = path.read_bytes()
            if content in contents:
                seen.add(content[:1])
            else:
                torn.append(len(content))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        write_whole(path, contents[turn % 2])
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert seen
    assert names(tmp_path) == ["file"]
