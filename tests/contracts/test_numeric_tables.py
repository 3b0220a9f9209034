"""Recipes on tables of numbers: held-out values leave the range of training, and what is far out is found."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.recipes import RECIPES

VARIATIONAL = ("vae", "beta-vae", "iwae")
TABULAR = [name for name in RECIPES if name not in ("convolutional", "sequence")]
SPOILT = 17


def make_table(kind: str, seed: int = 0, count: int = 160) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    if kind == "noise":
        samples = rng.normal(size=(count, 5))
    elif kind == "heavy tails":
        shared = rng.normal(size=count)
        samples = [rng.standard_cauchy(count), rng.lognormal(0, 2, count), shared, shared**3, rng.poisson(0.1, count)]
        samples = np.column_stack(samples)
    else:
        samples = rng.random((count, 5))
    return pd.DataFrame(samples, columns=list("abcde"))


def spoil(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a table with a cell ten ranges of training beyond its column's."""
    spoilt = table.copy()
    spoilt.loc[SPOILT, column] = table[column].max() + 10 * np.ptp(table[column])
    return spoilt


def fit(recipe: str, table: pd.DataFrame, seed: int = 0, **settings: object) -> ae.Autoencoder:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DiagnosisWarning)
        return ae.Autoencoder(recipe=recipe, random_state=seed, **{"epochs": 3, **settings}).fit(table)  # type: ignore[arg-type]


@pytest.mark.parametrize("recipe", VARIATIONAL)
@pytest.mark.parametrize("kind", ["noise", "heavy tails", "unit"])
def test_a_variational_one_trains_and_finds_what_is_far_out(kind: str, recipe: str) -> None:
    table = make_table(kind)
    model = fit(recipe, table, validation_fraction=0.25)
    assert np.isfinite(model.history_.loss).all()
    assert np.isfinite(model.history_.validation_loss).all()
    for column in "acd":
        later = spoil(table, column)
        assert model.errors(later, units="scaled").argmax() == SPOILT
        assert model.errors(later, units="scaled", measure="binary_cross_entropy").argmax() == SPOILT
        assert model.errors(later.iloc[[SPOILT]])[0] > model.errors(table.iloc[[SPOILT]])[0]
    if kind == "unit":
        assert model.errors(spoil(table, "b"), measure="binary_cross_entropy").argmax() == SPOILT


@pytest.mark.slow
@pytest.mark.parametrize("recipe", TABULAR)
@pytest.mark.parametrize("kind", ["noise", "heavy tails", "unit"])
def test_every_recipe_trains_and_finds_what_is_far_out(kind: str, recipe: str) -> None:
    table = make_table(kind)
    model = fit(recipe, table, validation_fraction=0.25)
    places = [int((-model.errors(spoil(table, column), units="scaled")).argsort()[0]) for column in "abcde"]
    # A column that a code holds alone is rebuilt well however far it goes.
    assert places.count(SPOILT) >= 3, places
    for column in "abcde":
        later = spoil(table, column)
        found = ae.detect(later, against=table, autoencoder=recipe, false_alarm_rate=0.05, random_state=0)
        assert int(found.order[0]) == SPOILT


def test_says_once_which_columns_left_the_range_of_training() -> None:
    table = make_table("noise")
    later = table.iloc[:40].copy()
    later.loc[[3, 4], "b"], later.loc[5, "d"] = 9.0, -9.0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ae.Autoencoder(recipe="vae", epochs=2, random_state=0).fit(table, validation=later)
    (said,) = [str(one.message) for one in caught if "beyond the range" in str(one.message)]
    assert "validation has 3 of 200 cells beyond the range of training, in 'b' (2) and 'd' (1)" in said
    assert caught[0].filename == __file__


def test_held_out_values_count_as_the_nearer_end_in_the_loss_and_as_they_are_in_errors() -> None:
    table = make_table("unit").round(3)
    table.iloc[:2] = [[0.0] * 5, [1.0] * 5]
    near, far = table.iloc[:30].copy(), table.iloc[:30].copy()
    near["c"], far["c"] = 1.0, 7.0
    models = []
    for held_out in (near, far):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DiagnosisWarning)
            models.append(
                ae.Autoencoder(loss="binary_cross_entropy", epochs=1, random_state=0).fit(table, validation=held_out)
            )
    # The input is as it is, so reconstructions differ a little, but not by 6 × a logit.
    losses = [float(model.history_.validation_loss[-1, 0]) for model in models]
    assert losses[1] == pytest.approx(losses[0], abs=0.3)
    assert models[1].errors(far).mean() > 6


def test_a_loss_that_samples_of_training_cannot_have_is_still_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"needs features in \[0, 1\], but X reaches .*use scaling='minmax'"):
        ae.Autoencoder(recipe="vae", scaling="standard").fit(make_table("noise"))
