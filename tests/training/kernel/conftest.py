from __future__ import annotations

import ctypes
import os
import shutil

import pytest

from autoencode.training.kernel import library
from autoencode.training.kernel.compiler import Compiler
from autoencode.training.kernel.library import load_library


def list_compilers() -> list[str]:
    """Return the C compilers that are here, each once whatever names it has."""
    found = {os.path.realpath(path): path for name in ("clang", "gcc", "cc") if (path := shutil.which(name))}
    return sorted(found.values())


@pytest.fixture(autouse=True)
def _need_kernel() -> None:
    if load_library() is None:
        pytest.skip("there is no C compiler on this machine, so the kernel cannot be had")


@pytest.fixture(scope="session")
def compilers() -> list[str]:
    return list_compilers()


@pytest.fixture(scope="session")
def libraries(compilers: list[str]) -> dict[str, ctypes.CDLL]:
    """The kernel as each compiler on this machine makes it."""
    return {compiler: library._compile(Compiler([compiler]))[0] for compiler in compilers}
