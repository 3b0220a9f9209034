from __future__ import annotations

import numpy as np
import pytest

from autoencode.charts.checks import check_count, check_finite, check_number, check_numbers, check_vector
from autoencode.exceptions import InvalidInputError


def test_what_is_checked_is_a_copy_in_float64():
    given = np.ones(3, np.float32)
    checked = check_vector("errors", given)
    checked[0] = 7
    assert checked.dtype == np.float64
    assert given[0] == 1


@pytest.mark.parametrize("wrong", [[], [np.nan], [np.inf], ["a"], [1j], None, [[1], [1, 2]]])
def test_what_is_no_finite_number_is_refused_by_name(wrong):
    with pytest.raises(InvalidInputError, match=r"^errors: expected"):
        check_finite("errors", wrong)


def test_numbers_may_be_nan_but_not_missing():
    assert np.isnan(check_numbers("losses", [np.nan])[0])
    with pytest.raises(InvalidInputError, match="at least one"):
        check_numbers("losses", np.ones((0, 3)))


def test_axes_and_counts_are_checked():
    with pytest.raises(InvalidInputError, match="one axis"):
        check_vector("errors", np.ones((2, 2)))
    with pytest.raises(InvalidInputError, match="one number"):
        check_number("value", [1.0, 2.0])
    with pytest.raises(InvalidInputError, match="captions: expected 2, one for each of the samples, got 1"):
        check_count("captions", ["a"], 2, "samples")
