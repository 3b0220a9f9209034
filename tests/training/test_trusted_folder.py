"""Folders whose files may be executed: made for the user alone, refused where others could exchange them."""

from __future__ import annotations

import fcntl
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from autoencode.training import trusted_folder
from autoencode.training.trusted_folder import TrustedFolder, open_private, open_trusted

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the system knows no owners")
needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can be several users")

USER, OTHER = 61_001, 61_002


@contextmanager
def file_mode_mask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)


def open_it(path: Path, ours: int = 1) -> TrustedFolder:
    folder = open_trusted(path, ours=ours)
    os.close(folder.handle)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0, 0o002, 0o022, 0o077, 0o777])
def test_folders_are_made_for_the_user_alone_whatever_the_mask(mask: int, tmp_path: Path) -> None:
    with file_mode_mask(mask):
        folder = open_it(tmp_path / "above" / "ours" / "inner", ours=2)
    assert folder.path == tmp_path / "above" / "ours" / "inner"
    assert {mode(path) for path in (folder.path, *folder.path.parents[:2])} == {0o700}


@pytest.mark.parametrize("before", [0o000, 0o500, 0o755, 0o775, 0o777, 0o1777])
def test_older_ones_of_ours_are_mended(before: int, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    ours.chmod(before)
    assert mode(open_it(ours).path) == 0o700


def test_what_others_could_have_put_into_ours_goes(tmp_path: Path) -> None:
    for before, stays in ((0o755, True), (0o777, False)):
        ours = tmp_path / "ours"
        ours.mkdir(exist_ok=True)
        (ours / "program").write_bytes(b"planted, or not")
        ours.chmod(before)
        open_it(ours)
        assert (ours / "program").exists() == stays


@pytest.mark.parametrize(
    ("above", "good"), [(0o700, True), (0o755, True), (0o711, True), (0o1777, True), (0o777, False), (0o757, False)]
)
def test_nobody_else_may_write_to_a_folder_above(above: int, good: bool, tmp_path: Path) -> None:
    high = tmp_path / "high"
    (high / "low").mkdir(parents=True)
    high.chmod(above)
    if good:
        open_it(high / "low" / "ours")
        return
    with pytest.raises(PermissionError, match=f"others can write to {high}"):
        open_it(high / "low" / "ours")
    assert list((high / "low").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "members", "primary", "alone"),
    [
        ("me", [], [], True),
        ("me", ["me"], [], True),
        ("staff", [], [], False),
        ("me", ["another"], [], False),
        ("me", [], ["another"], False),
    ],
)
def test_a_group_may_write_only_where_the_user_is_alone_in_it(
    name: str, members: list[str], primary: list[str], alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(0o775)
    group = above.stat().st_gid
    entries = [SimpleNamespace(pw_name=user, pw_gid=group) for user in ("me", *primary)]
    monkeypatch.setattr("pwd.getpwuid", lambda _: entries[0])
    monkeypatch.setattr("pwd.getpwall", lambda: entries)
    monkeypatch.setattr("grp.getgrgid", lambda _: SimpleNamespace(gr_name=name, gr_mem=members))
    if alone:
        open_it(above / "ours")
        with suppress(OSError):  # a file system without access lists
            os.setxattr(above, "system.posix_acl_access", access_list(OTHER))
            alone = False
    if not alone:
        with pytest.raises(PermissionError, match=f"others can write to {above}"):
            open_it(above / "ours")


def access_list(user: int) -> bytes:
    """Return an access list that lets one more user write, in the kernel's form."""
    nobody = 2**32 - 1
    entries = [(1, 7, nobody), (2, 7, user), (4, 7, nobody), (16, 7, nobody), (32, 5, nobody)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_a_user_whom_the_system_does_not_know_shares_every_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", fail)
    tmp_path.chmod(0o770)
    with pytest.raises(PermissionError, match="others can write"):
        open_it(tmp_path / "ours")


def test_links_are_followed_where_nobody_else_can_have_made_them(tmp_path: Path) -> None:
    real, closed, sticky = (tmp_path / name for name in ("real", "closed", "sticky"))
    for folder in (real, closed, sticky):
        folder.mkdir(mode=0o700)
    sticky.chmod(0o1777)
    (closed / "relative").symlink_to("../closed/./../real")
    for place, target in ((closed / "link", real), (closed / "again", closed / "link"), (sticky / "link", real)):
        place.symlink_to(target)
    for way in ("link", "again", "relative"):
        assert open_it(closed / way / way).path == real / way
        assert open_it(closed / way).path == real
    with pytest.raises(PermissionError, match="others could have made the link"):
        open_it(sticky / "link" / "ours")
    (closed / "round").symlink_to(closed / "round")
    with pytest.raises(PermissionError, match="more than 40 links"):
        open_it(closed / "round" / "ours")


def test_a_file_in_the_way_and_a_relative_path_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"file/ours cannot be made or opened, file: Not a directory"):
        open_it(tmp_path / "file" / "ours")
    with pytest.raises(PermissionError, match="no folder of this user's"):
        open_it(tmp_path / "file")
    with pytest.raises(PermissionError, match="not an absolute path"):
        open_it(Path("~"))


def test_whoever_has_anothers_rights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(PermissionError, match="the rights of another user"):
        open_it(tmp_path / "ours")


def test_folders_of_another_user_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = os.geteuid() + 12345
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(os, "getuid", lambda: user)
    with pytest.raises(PermissionError, match=r"belongs to another user|no folder of this user's"):
        open_it(tmp_path / "ours")


@needs_root
def test_root_writes_nothing_into_a_users_folders(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, USER, USER)
    with pytest.raises(PermissionError, match=f"{home} belongs to another user"):
        open_it(home / ".cache" / "ours", ours=1)
    assert list(home.iterdir()) == []


@needs_root
def test_what_another_made_first_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sticky = tmp_path / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    (sticky / "ours").mkdir()
    os.chown(sticky / "ours", OTHER, OTHER)
    with pytest.raises(PermissionError, match="no folder of this user's"):
        open_it(sticky / "ours")
    # A link of another's, in a folder that is not open to others, is one too.
    (tmp_path / "link").symlink_to(sticky)
    os.chown(tmp_path / "link", OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(PermissionError, match="others could have made the link"):
        open_it(tmp_path / "link" / "other")


@needs_root
def test_a_folder_that_may_be_passed_but_not_read_is_no_hindrance(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path("/tmp") / f"autoencode-test-{os.getpid()}"
    folder.mkdir()
    try:
        folder.chmod(0o711)
        (folder / "home").mkdir()
        os.chown(folder / "home", USER, USER)
        monkeypatch.setattr(os, "getuid", lambda: USER)
        with acting_as(USER), file_mode_mask(0o777):
            inner = open_it(folder / "home" / "cache" / "ours")
        assert mode(inner.path) == 0o700
    finally:
        for path in (folder / "home" / "cache" / "ours", folder / "home" / "cache", folder / "home", folder):
            if path.exists():
                path.rmdir()


# ---------------------------------------------------------------------- files


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[TrustedFolder]:
    opened = open_trusted(tmp_path / "ours")
    yield opened
    os.close(opened.handle)


def test_only_files_of_the_users_are_listed_and_the_rest_goes(folder: TrustedFolder) -> None:
    (folder.path / "file").write_bytes(b"x")
    (folder.path / "closed").write_bytes(b"x")
    (folder.path / "closed").chmod(0)
    (folder.path / "link").symlink_to("file")
    (folder.path / "folder").mkdir()
    (folder.path / "folder" / "inner").write_bytes(b"x")
    (folder.path / "twice").write_bytes(b"x")
    os.link(folder.path / "twice", folder.path.parent / "elsewhere")
    os.mkfifo(folder.path / "pipe")
    assert {name for name, _ in folder.list_files()} == {"file", "closed"}
    assert {path.name for path in folder.path.iterdir()} == {"file", "closed"}
    assert folder.read("closed") == b"x"


def test_a_link_a_pipe_and_a_file_of_anothers_are_not_read(
    folder: TrustedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.path / "file").write_bytes(b"x")
    (folder.path / "link").symlink_to("file")
    os.mkfifo(folder.path / "pipe")
    assert folder.read("file") == b"x"
    for name in ("link", "pipe", "missing"):
        with pytest.raises(OSError, match=name):
            folder.read(name)
    user = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(PermissionError, match="no file of this user's"):
        folder.read("file")


def test_an_exchanged_folder_is_still_the_one_that_was_opened(folder: TrustedFolder) -> None:
    (folder.path / "file").write_bytes(b"own")
    folder.path.rename(folder.path.with_name("aside"))
    folder.path.mkdir()
    (folder.path / "file").write_bytes(b"foreign")
    assert folder.read("file") == b"own"


# ---------------------------------------------------------------------- private folders


def test_a_private_folder_is_the_users_alone_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with file_mode_mask(0):
        private = open_private()
    assert private.path.parent == tmp_path
    assert mode(private.path) == 0o700
    (private.path / "folder").mkdir()
    (private.path / "folder" / "file").write_bytes(b"x")
    private.discard()
    assert list(tmp_path.iterdir()) == []


def test_where_others_can_write_no_private_folder_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tmp_path.chmod(0o777)
    private = open_private()
    private.discard()
    assert private.path.parent in (Path("/tmp").resolve(), Path("/var/tmp").resolve())
    monkeypatch.setattr(trusted_folder, "_list_temporary", lambda: iter([tmp_path]))
    with pytest.raises(PermissionError, match="others can write"):
        open_private()


def test_private_folders_of_killed_processes_are_swept_up_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    live, killed, young = open_private(), open_private(), open_private()
    fcntl.flock(killed.handle, fcntl.LOCK_UN)
    fcntl.flock(young.handle, fcntl.LOCK_UN)
    for old in (live, killed):
        os.utime(old.path, (0, 0))
    other = tmp_path / "autoencode-private-of-a-link"
    other.symlink_to(live.path)
    last = open_private()
    assert {path for path in tmp_path.iterdir() if not path.is_symlink()} == {live.path, young.path, last.path}
    for folder in (live, young, last):
        folder.discard()
