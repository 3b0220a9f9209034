from __future__ import annotations

import pytest

from autoencode.training.kernel.library import load_library


@pytest.fixture(autouse=True)
def _need_kernel() -> None:
    if load_library() is None:
        pytest.skip("there is no C compiler on this machine, so the kernel cannot be had")
