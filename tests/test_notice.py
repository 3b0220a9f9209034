"""Warnings point at the user's line, and come once a cause where another library calls us."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, cross_val_score

from autoencode import Autoencoder, DiagnosisWarning
from autoencode.notice import warn_user

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 4)), columns=list("abcd"))
GRID = {"learning_rate": [1e-4, 2e-4, 3e-4], "hidden": [(), (3,)]}


def search() -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        GridSearchCV(Autoencoder(2, epochs=3, random_state=0), GRID, cv=2).fit(ROWS)
    return [one for one in caught if one.category is DiagnosisWarning]


def test_a_grid_search_says_each_cause_once_and_at_the_users_line() -> None:
    found = search()
    causes = {" ".join(word for word in str(one.message).split() if not word[0].isdigit()) for one in found}
    assert 1 <= len(found) == len(causes) <= 4
    assert {one.filename for one in found} == {__file__}
    # Another search says it again.
    assert len(search()) == len(found)


def test_cross_validation_does_so_too() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cross_val_score(Autoencoder(2, epochs=2, learning_rate=1e-4, random_state=0), ROWS, cv=3)
    words = [str(one.message).partition(",")[0] for one in caught]
    assert len(words) == len(set(words)) >= 1
    assert {one.filename for one in caught} == {__file__}


def test_fits_of_the_users_own_are_told_each() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(3):
            warn_user(f"it was {number}", DiagnosisWarning, cause="number")
    assert [str(one.message) for one in caught] == ["it was 0", "it was 1", "it was 2"]
    assert {one.filename for one in caught} == {__file__}
