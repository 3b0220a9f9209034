"""How many threads XLA and BLAS have, told and set."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from autoencode.exceptions import DeviceError, ModelFileError
from autoencode.training.threads import Threads, set_threads, tell_threads

ENVIRONMENT = {name: value for name, value in os.environ.items() if "NPROC" not in name}
TELL = "import json; from autoencode.training.threads import *; {0}; print(json.dumps(tell_threads().to_dict()))"
# A thread has its name a moment after it is there.
COUNT = (
    "import jax, os, time; jax.devices(); tasks = '/proc/self/task'; "
    "print(max((time.sleep(0.1), sum('XLA' in open(f'{tasks}/{t}/comm').read() for t in os.listdir(tasks)))[1] "
    "for _ in range(5)))"
)


def run(source: str, **environment: str) -> list[str]:
    """Return the lines that Python prints in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-c", source], env=ENVIRONMENT | environment, capture_output=True, text=True, check=True
    )
    return answer.stdout.splitlines()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({"NPROC": "3"}, 3), ({"NPROC": "3", "PJRT_NPROC": "5"}, 5), ({"NPROC": "-2"}, 1), ({"NPROC": "many"}, None)],
)
def test_what_is_told_is_what_xla_starts(environment: dict[str, str], expected: int | None) -> None:
    lines = run(TELL.format("pass") + (f"; {COUNT}" if sys.platform == "linux" else ""), **environment)
    told = json.loads(lines[0])["xla"]
    assert told == (tell_threads().xla if expected is None else expected)
    assert [int(line) for line in lines[1:]] in ([], [told])


def test_threads_of_an_earlier_training_are_set_before_xla_starts() -> None:
    lines = run(TELL.format("set_threads(Threads(3, 1))") + (f"; {COUNT}" if sys.platform == "linux" else ""))
    assert json.loads(lines[0]) == {"xla": 3, "blas": None if tell_threads().blas is None else 1}
    assert lines[1:] in ([], ["3"])


def test_threads_of_blas_are_the_environments() -> None:
    assert json.loads(run(TELL.format("import numpy"), OPENBLAS_NUM_THREADS="1")[0])["blas"] in (1, None)


def test_xla_that_has_started_keeps_its_threads() -> None:
    import jax

    jax.devices()
    told = tell_threads()
    set_threads(told)
    with pytest.raises(DeviceError, match=f"threads: XLA has started with {told.xla} of them"):
        set_threads(Threads(told.xla + 1, told.blas))


@pytest.mark.parametrize("content", [None, {"xla": 2}, {"xla": 0, "blas": 1}, {"xla": True, "blas": 1}])
def test_what_are_no_threads_is_refused(content: object) -> None:
    with pytest.raises(ModelFileError, match="'threads'"):
        Threads.from_dict(content)
    assert Threads.from_dict(Threads(2, None).to_dict()) == Threads(2, None)
