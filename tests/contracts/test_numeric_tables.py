"""Recipes on tables of numbers: held-out values leave the range of training, and what is far out is found."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.parts.recipes import RECIPES

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


def fit(recipe: str, table: pd.DataFrame | np.ndarray, seed: int = 0, **settings: object) -> ae.Autoencoder:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DiagnosisWarning)
        return ae.Autoencoder(recipe=recipe, random_state=seed, **{"epochs": 3, **settings}).fit(table)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", VARIATIONAL)
@pytest.mark.parametrize("kind", ["heavy tails", "noise", "unit"])
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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
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


@pytest.mark.parametrize("settings", [{}, {"clip_norm": 9.0}], ids=["kernel, where there is a compiler", "XLA"])
def test_held_out_values_count_as_the_nearer_end_in_the_loss_alone(settings: dict) -> None:
    table = make_table("unit").to_numpy()
    held_out = table[:30].copy()
    held_out[:, 2], held_out[:, 3] = 1.5, -0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DiagnosisWarning)
        model = ae.Autoencoder(loss="binary_cross_entropy", epochs=3, random_state=0, **settings)
        model.fit(table, validation=held_out)
    probability, nearest = model.reconstruct(held_out), held_out.clip(0, 1)
    by_hand = -(nearest * np.log(probability) + (1 - nearest) * np.log1p(-probability)).mean()
    assert model.history_.validation_loss[-1, 0] == pytest.approx(by_hand, rel=1e-4)
    beyond = (0.5 + 0.5) * -np.log(1e-7) / 5
    assert model.errors(held_out, measure="binary_cross_entropy").mean() == pytest.approx(by_hand + beyond, rel=1e-4)


@pytest.mark.parametrize("exponent", [-250, -100, 7, 250])
@pytest.mark.parametrize("columns", [["b"], list("abcde")], ids=["one column", "all"])
def test_units_of_a_column_do_not_matter_or_are_refused(columns: list[str], exponent: int) -> None:
    table = make_table("unit")
    scaled = table.copy()
    scaled[columns] *= 10.0**exponent
    if abs(exponent) > 110:
        with pytest.raises(InvalidInputError, match=r"feature [01] of X spreads too .* for float64"):
            fit("vanilla", scaled)
        return
    plain, model = fit("vanilla", table), fit("vanilla", scaled)
    np.testing.assert_allclose(model.history_.loss, plain.history_.loss, rtol=1e-5)
    assert model.score(scaled) == pytest.approx(plain.score(table), abs=1e-5)
    errors = model.errors(scaled, per="feature")
    assert (errors > 0).all()
    assert np.isfinite(errors).all()
    mixed, scaled_mixed = (frame.assign(kind=table["a"] > table["a"].median()) for frame in (table, scaled))
    models = fit("vanilla", mixed), fit("vanilla", scaled_mixed)
    np.testing.assert_allclose(models[1].history_.loss, models[0].history_.loss, rtol=1e-5)
    before, after = (
        model.column_errors(data, units="original")[1].error
        for model, data in zip(models, (mixed, scaled_mixed), strict=True)
    )
    assert after == pytest.approx(before * 10.0**exponent, rel=1e-4)


def test_columns_of_a_table_are_scaled_although_all_lie_in_the_unit_interval() -> None:
    table = make_table("unit")
    assert fit("vanilla", table).scaling_ == "standard"
    assert fit("vae", table).scaling_ == "minmax"
    assert fit("vanilla", table.to_numpy()).scaling_ == "none"


def test_a_loss_that_samples_of_training_cannot_have_is_still_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"needs features in \[0, 1\], but X reaches .*use scaling='minmax'"):
        ae.Autoencoder(recipe="vae", scaling="standard").fit(make_table("noise"))
