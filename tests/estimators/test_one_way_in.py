"""Samples come in by one door: a call checks them once, and passes them through few files before the first epoch."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.model.array_format import ArrayFormat
from autoencode.model.sequence_format import SequenceFormat
from autoencode.model.table_format import TableFormat

COUNT = 131
ROWS = np.random.default_rng(0).normal(size=(COUNT, 4))
TABLE = pd.DataFrame({"a": ROWS[:, 0], "b": np.where(ROWS[:, 1] > 0, "up", "down"), "c": ROWS[:, 2]})
MOST_FILES = 20

CALLS: dict[str, Callable[[Any], Any]] = {
    "fit": lambda X: ae.Autoencoder(2, epochs=1, random_state=0).fit(X),
    "fit, beside others": lambda X: ae.Autoencoder(2, epochs=1, random_state=0).fit(X, validation=X),
    "detect": lambda X: ae.detect(X, false_alarm_rate=0.05, random_state=0),
    "detect, against others": lambda X: ae.detect(X[:40], against=X[40:], false_alarm_rate=0.05, random_state=0),
    "a detector": lambda X: ae.AnomalyDetector(false_alarm_rate=0.05, random_state=0).fit(X),
}
SAMPLES = {"numbers": ROWS, "table": TABLE}


@contextmanager
def counting_checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count how often the samples of each argument are checked."""
    counts: Counter[str] = Counter()
    with monkeypatch.context() as patch:
        for form in (ArrayFormat, TableFormat, SequenceFormat):

            def check(self: Any, opened: Any, *, _check: Any = form.check, **options: Any) -> Any:
                counts[opened.argument] += 1
                return _check(self, opened, **options)

            patch.setattr(form, "check", check)
        yield counts


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
@pytest.mark.parametrize("samples", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_samples_are_checked_once(call: Callable[[Any], Any], samples: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with counting_checks(monkeypatch) as counts:
        call(samples)
    assert set(counts.values()) == {1}, counts


def list_files(call: Callable[[], Any]) -> dict[str, set[str]]:
    """Return the files, and of each the functions, that are handed samples or features before the first epoch."""
    package = str(Path(ae.__file__).parent)
    found: dict[str, set[str]] = {}

    def is_samples(value: Any) -> bool:
        if isinstance(value, type):
            return False
        if hasattr(value, "shape"):
            return len(value.shape) == 2 and value.shape[0] in (COUNT, COUNT // 2, COUNT - COUNT // 2)
        held = (getattr(value, name, None) for name in ("values", "samples", "scaled"))
        is_ours = type(value).__module__.startswith("autoencode")
        return is_ours and any(hasattr(one, "shape") and is_samples(one) for one in held)

    def watch(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(package):
            return
        if code.co_filename.endswith("training/loop.py"):
            sys.setprofile(None)
            return
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(is_samples(frame.f_locals.get(name)) for name in names):
            found.setdefault(code.co_filename.removeprefix(package), set()).add(code.co_name)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
    return found


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")
@pytest.mark.parametrize("samples", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("call", [CALLS["fit"], CALLS["detect"]], ids=["fit", "detect"])
def test_samples_pass_few_files_before_the_first_epoch(call: Callable[[Any], Any], samples: Any) -> None:
    found = list_files(lambda: call(samples))
    assert 5 < len(found) <= MOST_FILES, found
