"""A tenth of the harness: signals at random moments of training, detecting and reporting."""

from __future__ import annotations

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 2])
def test_no_signal_is_swallowed_and_none_loses_anything(at_once: int, capsys: pytest.CaptureFixture[str]) -> None:
    import signals

    options = signals.read_options(["--tries", "5", "--at-once", str(at_once), "--parallel", "2"])
    assert signals.run_harness(options) == 0, capsys.readouterr().out
