"""What holds for every test."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# scikit-learn's check of array libraries runs only where this is set before SciPy is first imported.
os.environ["SCIPY_ARRAY_API"] = "1"

# What starts tests in the background has them ignore signals, and so would the processes that they start.
for number in (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if os.name == "posix" else [])):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

# Threads of OpenMP that have no work would keep busy the processors that other tests wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Programs that JAX has traced are many objects, none of them garbage: to look through them so often takes a twentieth.
gc.set_threshold(20_000, 20, 20)

# Compiled programs are kept between runs of the tests, apart from the user's own.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "programs"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

# What asks for signals, limits, terminals or rights of files as POSIX alone has them, where it is imported.
POSIX = [
    *(
        "acceptance/bad_input",
        "cli/test_main.py",
        "cli/test_termination.py",
        "cli/test_train.py",
        "data/test_writing.py",
    ),
    *("estimators/test_storage.py", "runs/test_model_file.py", "training/kernel", "training/test_trusted_folder.py"),
]
collect_ignore = [] if os.name == "posix" else POSIX

# The fast tier draws the same examples every time; `make test-all` draws new ones.
settings.register_profile("repeatable", derandomize=True)


SLOWER = frozenset((Path(__file__).parent / "slower.txt").read_text(encoding="utf-8").splitlines())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what `slower.txt` names, with its parameters or all of a test."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            name = f"{item.path.relative_to(Path(__file__).parent).as_posix()}::{item.name}"
            if not SLOWER.isdisjoint((name, name.partition("[")[0])):
                item.add_marker(pytest.mark.slow)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--refresh-docs", action="store_true", help="write into the pages what their examples print")
    parser.addoption("--refresh-golden", action="store_true", help="write what verbs and calls give, to compare with")
