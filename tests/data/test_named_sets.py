from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autoencode import data
from autoencode.data.named_sets import find
from autoencode.exceptions import InvalidInputError


def test_every_name_says_what_it_is() -> None:
    found = data.names()
    assert list(found) == ["mnist", "digits", "uniform-table"]
    for name, named in found.items():
        assert named.name == name
        assert named.description
        assert named.licence
        assert named.origin
    found.clear()
    assert data.names()


@pytest.mark.parametrize("name", [name for name, named in data.names().items() if named.always_there])
def test_what_is_said_of_a_set_is_true(name: str) -> None:
    named, found = data.names()[name], data.load(name)
    assert found.name == name
    assert (len(found.train), len(found.test)) == (named.train_samples, named.test_samples)
    assert found.sample_shape == named.sample_shape
    assert found.source


@pytest.mark.parametrize("call", [data.load, data.fetch, data.verify])
def test_an_unknown_name_is_refused_with_the_nearest(call: Any) -> None:
    with pytest.raises(
        InvalidInputError, match="one of mnist, digits, uniform-table, got 'MNITS'; did you mean 'mnist'"
    ):
        call("MNITS")
    with pytest.raises(InvalidInputError, match="did you mean 'uniform-table'"):
        call("uniform_table")
    with pytest.raises(InvalidInputError, match=r"got 'zzz'\.$"):
        call("zzz")
    with pytest.raises(InvalidInputError, match="name: expected one of"):
        call(["mnist"])
    with pytest.raises(InvalidInputError, match="folder: digits has no files"):
        call("digits", folder="somewhere")


def test_a_set_that_is_always_there_needs_no_fetching() -> None:
    said: list[str] = []
    assert data.fetch("digits", announce=said.append) is None
    assert data.fetch("uniform-table", offline=True) is None
    assert said == ["digits is always there: nothing to fetch"]


def test_find_reads_nothing(tiny: Any, cache: Path) -> None:
    assert find("mnist") is None
    assert find("digits") is None
    tiny.write(cache)
    assert find("mnist") == cache


def test_importing_the_package_is_light() -> None:
    code = "import sys, autoencode.data; print([m for m in ('sklearn', 'ssl', 'jax') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
