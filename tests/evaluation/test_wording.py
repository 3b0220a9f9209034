"""Words and imports of the folder."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation.wording import join_words, say_count, say_number, say_pair


@given(value=st.floats(-1e12, 1e12, allow_subnormal=False), digits=st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_a_number_reads_back_with_its_digits(value, digits):
    said = float(say_number(value, digits).replace(",", ""))
    assert said == pytest.approx(value, rel=0.5000001 * 10.0 ** (1 - digits), abs=0)
    assert np.sign(said) == np.sign(value)


@given(first=st.floats(1e-3, 1e3), share=st.floats(1e-6, 1.0))
@settings(max_examples=60, deadline=None)
def test_a_pair_that_differs_is_said_to_differ(first, share):
    one, other = say_pair(first, first * (1 + share))
    assert one != other


def test_singular_plural_and_lists():
    assert [say_count(count, "unit") for count in (0, 1, 2, 1234)] == ["0 units", "1 unit", "2 units", "1,234 units"]
    assert [join_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_importing_the_folder_is_light():
    program = "import sys, autoencode.evaluation; print({'jax', 'equinox', 'sklearn', 'scipy'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
