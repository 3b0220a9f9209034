"""Signals that are noted, what holds the end off, and interrupts that wait."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from autoencode import interruption
from autoencode.files import exchange
from autoencode.interruption import HungUp, Terminated, before_end, check, clear_up, hold, keep_interrupts, note
from autoencode.runs import claim


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("_first", "_pending"):
        monkeypatch.setattr(interruption, name, None)
    monkeypatch.setattr(interruption, "_ends", False)
    # A shell that starts a job in the background has it ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated), (signal.SIGHUP, HungUp)],
)
def test_what_came_is_raised_once_and_the_first_decides(number: int, error: type[BaseException]) -> None:
    def take() -> None:
        with hold():
            assert all(note(one) for one in (number, signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
            check()

    with pytest.raises(error) as caught:
        take()
    assert caught.type is error
    check()


def test_where_nothing_is_held_the_process_is_to_end() -> None:
    assert not note(signal.SIGTERM)
    assert interruption.wait_for_end(0) == signal.SIGTERM


def test_a_held_end_waits_for_the_block() -> None:
    ended: list[int] = []
    watcher = threading.Thread(target=lambda: ended.append(interruption.wait_for_end(0)))

    def work() -> None:
        with hold():
            assert note(signal.SIGTERM)
            watcher.start()
            watcher.join(0.05)
            assert ended == []

    with pytest.raises(Terminated):
        work()
    watcher.join()
    assert ended == [signal.SIGTERM]


def test_a_block_holds_no_longer_than_it_said() -> None:
    def work() -> None:
        with hold(0.01):
            assert note(signal.SIGTERM)
            assert interruption.wait_for_end(60) == signal.SIGTERM

    with pytest.raises(Terminated):
        work()


def test_another_thread_neither_holds_nor_raises() -> None:
    raised: list[BaseException] = []

    def work() -> None:
        try:
            with hold():
                assert not note(signal.SIGTERM)
                check()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert raised == []
    with pytest.raises(Terminated):
        check()


def test_what_is_left_behind_is_cleared_up_the_last_first() -> None:
    seen: list[str] = []

    def fail() -> None:
        seen.append("failed")
        raise PermissionError

    with before_end(lambda: seen.append("first")), before_end(fail), before_end(lambda: seen.append("last")):
        clear_up()
    clear_up()
    assert seen == ["last", "failed", "first"]


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    seen: list[int] = []

    def work() -> None:
        with keep_interrupts():
            for k in range(3):  # two at once are one
                os.kill(os.getpid(), signal.SIGINT)
                seen.append(k)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert seen == [0, 1, 2]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_is_not_lost_where_the_block_fails() -> None:
    def work() -> None:
        with keep_interrupts():
            os.kill(os.getpid(), signal.SIGINT)
            raise ValueError

    with pytest.raises(KeyboardInterrupt):
        work()
    check()


def test_handlers_of_the_user_are_left_alone() -> None:
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    with keep_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        assert seen == [signal.SIGINT]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with keep_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_run_takes_anothers_place_wholly_though_a_signal_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("old")

    def exchange_and_note(first: Path, second: Path) -> None:
        exchange(first, second)
        assert note(signal.SIGTERM), "it is held"

    monkeypatch.setattr(claim, "exchange", exchange_and_note)
    with claim.claim_folder(tmp_path / "run") as claimed:
        (claimed.path / "config.json").write_text("new")
        with pytest.raises(Terminated):
            claimed.hand_over()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert (tmp_path / "run" / "config.json").read_text() == "new"
