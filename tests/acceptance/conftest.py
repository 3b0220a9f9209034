"""Real data."""

from __future__ import annotations

import os

import pytest

from autoencode import data
from autoencode.data import Dataset


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    if not os.environ.get("AUTOENCODE_DATA"):
        pytest.skip("AUTOENCODE_DATA does not name a folder with mnist/ in it")
    return data.load("mnist")


@pytest.fixture(scope="session")
def table() -> Dataset:
    return data.load("uniform-table")
