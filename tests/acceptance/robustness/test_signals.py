"""A tenth of the harness: signals at random moments of training, detecting and reporting."""

from __future__ import annotations

import pytest


@pytest.mark.slow
def test_no_signal_is_swallowed_and_none_loses_anything(capsys: pytest.CaptureFixture[str]) -> None:
    import signals

    options = signals.read_options(["--tries", "10", "--at-once", "2", "--parallel", "2"])
    assert signals.run_harness(options) == 0, capsys.readouterr().out
