"""Nothing that takes long is silent, and what ends soon says nothing."""

from __future__ import annotations

import time

import pytest

from autoencode.cli import progress


def test_what_takes_long_is_a_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.05)
    with progress.show_waiting("reading table.csv"):
        time.sleep(0.3)
    assert capsys.readouterr().err == "reading table.csv …\n"


def test_what_ends_soon_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.show_waiting("reading table.csv"):
        pass
    assert capsys.readouterr().err == ""


def test_a_closed_standard_error_is_no_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.01)
    monkeypatch.setattr(progress, "announce", refuse)
    with progress.show_waiting("reading"):
        time.sleep(0.2)
    assert "Traceback" not in capsys.readouterr().err
