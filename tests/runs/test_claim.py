"""Who may write into a run's folder, and how a run replaces another."""

from __future__ import annotations

import errno
import json
import os
import platform
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from autoencode import files, locks
from autoencode.exceptions import InvalidInputError, RunTakenError
from autoencode.runs import LOCK_FILE, RunFolder, claim_beside, claim_folder, hold_folder, is_held

DEAD = 2**22 + 1
"""No process has this number, which is above the most that Linux gives."""


def read_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def make_run(folder: Path, word: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "history.jsonl", "model.safetensors", "result.json"):
        (folder / name).write_text(word)
    return folder


@pytest.fixture(params=["locks", "ENOLCK", "ENOTSUP", "EBADF", "none"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A disk with locks; those that answer as some network disks do; a system that knows none."""

    def refuse(_handle: int, _kind: int) -> None:
        raise OSError(getattr(errno, request.param), "no locks")

    if request.param == "none":
        monkeypatch.setattr(locks, "fcntl", None)
    elif request.param != "locks":
        monkeypatch.setattr(locks, "fcntl", SimpleNamespace(flock=refuse, LOCK_EX=2, LOCK_SH=1, LOCK_NB=4))
    return request.param


@pytest.mark.usefixtures("disk")
def test_one_alone_writes_and_a_refused_one_touches_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", "mine")
    with hold_folder(run):
        before = read_folder(tmp_path)
        for claim in (lambda: claim_folder(run), lambda: claim_folder(run, replace=False), lambda: hold_folder(run)):
            with pytest.raises(RunTakenError, match=r"is writing into|being written into"), claim():
                pytest.fail("two were let in")
        assert is_held(run)
        assert read_folder(tmp_path) == before
    assert not is_held(run)
    assert LOCK_FILE not in read_folder(run)
    with hold_folder(run):
        pass


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("depth", ["run", "a/b/run"])
def test_of_many_at_once_one_goes_on(tmp_path: Path, depth: str) -> None:
    start, end, won, lost = threading.Barrier(6), threading.Barrier(6), [], []

    def claim() -> None:
        start.wait()
        try:
            with claim_folder(tmp_path / depth, replace=False) as found:
                won.append(found.path)
                (found.path / "config.json").write_text("{}")
                end.wait()
                return
        except RunTakenError as error:
            lost.append(error)
        end.wait()

    for _ in range(5):
        threads = [threading.Thread(target=claim) for _ in range(6)]
        run_all(threads)
        assert (won, len(lost)) == ([tmp_path / depth], 5)
        (tmp_path / depth / "config.json").unlink()
        won.clear()
        lost.clear()


def test_looking_whether_a_run_goes_on_keeps_nobody_out(tmp_path: Path) -> None:
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            is_held(tmp_path)

    watchers = [threading.Thread(target=look) for _ in range(3)]
    for watcher in watchers:
        watcher.start()
    try:
        for _ in range(300):
            with hold_folder(tmp_path):
                pass
    finally:
        done.set()
        for watcher in watchers:
            watcher.join()


@pytest.mark.usefixtures("disk")
def test_a_folder_that_nothing_came_of_is_taken_away_again(tmp_path: Path) -> None:
    with claim_folder(tmp_path / "runs" / "new"):
        assert (tmp_path / "runs" / "new").is_dir()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    with claim_folder(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine").is_dir()


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("linked", [False, True])
def test_a_run_is_replaced_once_the_new_one_is_whole(tmp_path: Path, linked: bool) -> None:
    target = make_run(tmp_path / "run", "old")
    (target / "report.html").write_text("old")
    (target / "notes").mkdir()
    (target / "notes" / "a.txt").write_text("mine")
    if linked:
        target = tmp_path / "link"
        target.symlink_to("run")
    before = read_folder(target)
    with claim_folder(target) as claim:
        make_run(claim.path, "new")
        assert claim.replaces
        assert read_folder(target).items() >= before.items()
        for path in (target, claim.path):
            with pytest.raises(RunTakenError), hold_folder(path):
                pass
        assert claim.hand_over() == target
        assert not claim.replaces
        with pytest.raises(RunTakenError), claim_folder(target):
            pass
    new = read_folder(target)
    assert new.pop("notes/a.txt") == b"mine"
    assert set(new.values()) == {b"new"}
    assert "report.html" not in new
    assert {path.name for path in tmp_path.iterdir()} == {"run", *(["link"] if linked else [])}


@pytest.mark.parametrize("at_once", [True, False])
def test_what_cannot_be_exchanged_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: bool) -> None:
    target = make_run(tmp_path / "run", "old")
    rename = os.rename

    def fail(first: Path, second: Path) -> bool:
        if at_once or (Path(second).name == "run" and Path(first).name == "run-2"):
            raise OSError(errno.EIO, "Input/output error")
        return bool(rename(first, second))

    monkeypatch.setattr(files, "_exchange_at_once", fail if at_once else lambda *_names: False)
    monkeypatch.setattr(os, "rename", fail)
    with claim_folder(target) as claim:
        make_run(claim.path, "new").joinpath("extra").write_text("")
        with pytest.raises(OSError, match="Input/output error"):
            claim.hand_over()
    assert set(read_folder(target).values()) == {b"old"}
    assert (tmp_path / "run-2" / "extra").is_file()


def test_the_first_free_name_is_taken(tmp_path: Path) -> None:
    make_run(tmp_path / "run", "old")
    make_run(tmp_path / "run-2", "of an interrupted training")
    (tmp_path / "run-3").touch()
    with hold_folder(tmp_path / "run-4"), claim_folder(tmp_path / "run") as claim:
        assert claim.path == tmp_path / "run-5"
        with claim_beside(tmp_path / "run") as other:
            assert other.path == other.target == tmp_path / "run-6"
    assert {path.name for path in tmp_path.iterdir()} == {"run", "run-2", "run-3"}
    with pytest.raises(RunTakenError, match="there is a run in"), claim_folder(tmp_path / "run", replace=False):
        pass


@pytest.mark.parametrize("place", ["file", "file/run", "nowhere/run"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("not-there")
    with pytest.raises(InvalidInputError, match="cannot be made: "), claim_folder(tmp_path / place):
        pass


# ---------------------------------------------------------------------- where a file stands for the lock


def write_lock(folder: Path, host: str, process: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / LOCK_FILE).write_text(json.dumps({"host": host, "process": process}))
    return folder


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "fcntl", None)


@pytest.mark.usefixtures("without_locks")
def test_the_lock_of_a_dead_process_of_this_machine_is_taken_over(tmp_path: Path) -> None:
    folder = write_lock(tmp_path / "run", platform.node(), DEAD)
    assert not is_held(folder)
    assert RunFolder(folder).status == "killed"
    with hold_folder(folder):
        assert json.loads((folder / LOCK_FILE).read_text())["process"] == os.getpid()
        assert RunFolder(folder).status == "running"
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("without_locks")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps({"host": "another", "process": DEAD}), f"process {DEAD} of machine another"),
        (json.dumps({"host": platform.node(), "process": os.getppid()}), f"process {os.getppid()} of machine"),
        (json.dumps({"host": platform.node(), "process": 10**30}), "process 1000"),
        ("", "process 1 of machine unknown"),
        ("[" * 100_000, "process 1 of machine unknown"),
    ],
    ids=["host", "alive", "number", "empty", "deep"],
)
def test_any_other_lock_is_refused_and_named(tmp_path: Path, text: str, words: str) -> None:
    folder = write_lock(tmp_path / "run", "", 0)
    (folder / LOCK_FILE).write_text(text)
    with pytest.raises(RunTakenError, match=words) as caught, hold_folder(folder):
        pass
    assert str(folder / LOCK_FILE) in str(caught.value)
    assert (folder / LOCK_FILE).read_text() == text
    assert is_held(folder)


@pytest.mark.usefixtures("without_locks")
def test_of_many_heirs_of_a_dead_process_one_goes_on(tmp_path: Path) -> None:
    for turn in range(20):
        folder = write_lock(tmp_path / str(turn), platform.node(), DEAD)
        barrier, results = threading.Barrier(4), []

        def inherit(folder: Path = folder, barrier: threading.Barrier = barrier, found: list[bool] = results) -> None:
            barrier.wait()
            try:
                with hold_folder(folder):
                    found.append(True)
                    barrier.wait()
            except RunTakenError:
                found.append(False)
                barrier.wait()

        threads: list[threading.Thread] = [threading.Thread(target=inherit) for _ in range(4)]
        run_all(threads)
        assert sorted(results) == [False, False, False, True]
