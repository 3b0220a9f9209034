from __future__ import annotations

import errno
import os
import platform
import stat
import threading
from pathlib import Path

import pytest

from autoencode import locks
from autoencode.files import hold_draft, open_whole, write_whole
from autoencode.interruption import clear_up


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


# ---------------------------------------------------------------------- drafts


def leave_draft(folder: Path, *, is_folder: bool = False) -> Path:
    """Leave what a killed process would: a draft that nobody holds."""
    left = folder / "left"
    with hold_draft(folder / "file", is_folder=is_folder) as draft:
        draft.rename(left)
    left.rename(draft)
    if is_folder:
        (draft / "inside").write_bytes(b"half")
    return draft


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_a_killed_process_left_is_swept_up_by_the_next_write(tmp_path: Path, is_folder: bool) -> None:
    leave_draft(tmp_path, is_folder=is_folder)
    write_whole(tmp_path / "other", b"new")
    assert names(tmp_path) == ["other"]


@pytest.mark.parametrize("is_folder", [False, True])
def test_the_draft_of_a_living_process_is_let_be(tmp_path: Path, is_folder: bool) -> None:
    with hold_draft(tmp_path / "file", is_folder=is_folder) as draft:
        os.utime(draft, (1, 1))
        write_whole(tmp_path / "other", b"new")
        assert names(tmp_path) == [draft.name, "other"]
    assert names(tmp_path) == ["other"]


def test_what_is_no_draft_is_never_swept(tmp_path: Path) -> None:
    mine = [".partial", "a.partial", ".a.0123456789abcdef.part1", ".a.0123456789ABCDEF.partial", ".a.partial"]
    for name in mine:
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "mine").write_bytes(b"mine")
    link = leave_draft(tmp_path)
    link.unlink()
    link.symlink_to(tmp_path / "target")
    write_whole(tmp_path / "file", b"new")
    assert names(tmp_path) == sorted([*mine, link.name, "file", "target"])
    assert names(tmp_path / "target") == ["mine"]


@pytest.mark.parametrize("unknown", ["host", "locks", "version"])
def test_where_no_lock_tells_of_life_age_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unknown: str) -> None:
    draft = leave_draft(tmp_path)
    if unknown == "host":
        monkeypatch.setattr(platform, "node", lambda: "another")
    elif unknown == "locks":
        monkeypatch.setattr(locks, "fcntl", None)
    else:  # as an earlier version named them
        draft = draft.rename(tmp_path / ".file.0123456789abcdef.part")
    write_whole(tmp_path / "file", b"new")
    assert names(tmp_path) == [draft.name, "file"]
    os.utime(draft, (1, 1))
    write_whole(tmp_path / "file", b"new")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("is_folder", [False, True])
def test_drafts_are_removed_before_a_signal_ends_the_process(tmp_path: Path, is_folder: bool) -> None:
    with hold_draft(tmp_path / "a", is_folder=is_folder), hold_draft(tmp_path / "b"):
        remover = threading.Thread(target=clear_up)
        remover.start()
        remover.join()
        assert names(tmp_path) == []
    with pytest.raises(FileNotFoundError), open_whole(tmp_path / "c"):
        clear_up()
    assert names(tmp_path) == []


def test_an_error_names_the_file_and_not_the_draft(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"No space left on device: '.*model'"), open_whole(tmp_path / "model"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(FileNotFoundError, match=r"missing/file'"):
        write_whole(tmp_path / "missing" / "file", b"")
    with pytest.raises(OSError, match=r"'theirs'"), open_whole(tmp_path / "model"):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), "theirs")
