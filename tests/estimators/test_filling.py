"""Missing cells filled in: only these, as their columns are, and better than by the mean."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import autoencode as ae
from autoencode.estimators.filling import choose_training, count_decimals
from autoencode.exceptions import DiagnosisWarning, InvalidInputError

MASKED = {"hidden": (64,), "code_size": 16, "corruption": "masking(share=0.3)", "restarts": 2, "random_state": 0}


def make_people(count: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(0)
    kind = random.choice(["ash", "oak", "yew"], count)
    size = random.normal(size=count)
    height = (3 * size + pd.Series(kind).map({"ash": 0, "oak": 4, "yew": -4}).to_numpy()).round(2)
    planted = pd.Timestamp("2024-01-01") + pd.to_timedelta((size * 30).round() + 100, unit="D")
    rings = (10 + 4 * size).round().astype(int)
    return pd.DataFrame(
        {"id": [f"T{row}" for row in range(count)], "kind": kind, "size": size, "height": height}
        | {"rings": rings, "tall": height > 0, "planted": planted, "alone": random.integers(0, 9, count)}
    )


def remove(table: pd.DataFrame, share: float = 0.15) -> pd.DataFrame:
    random, damaged = np.random.default_rng(1), table.copy()
    for name in ("kind", "height", "rings", "tall", "planted", "alone"):
        column = damaged[name].astype(
            {"rings": "Int64", "tall": "boolean", "alone": "Int64"}.get(name, damaged[name].dtype)
        )
        damaged[name] = column.mask(random.random(len(table)) < share)
    return damaged


@pytest.fixture(scope="module")
def filled() -> tuple[pd.DataFrame, pd.DataFrame, ae.Autoencoder]:
    damaged = remove(make_people())
    with pytest.warns(DiagnosisWarning):  # a wide code
        model = ae.Autoencoder(epochs=120, **MASKED).fit(damaged)
    return make_people(), damaged, model


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
def test_only_missing_cells_change_and_none_is_left(filled) -> None:
    _, damaged, model = filled
    whole = model.fill(damaged)
    pd.testing.assert_series_equal(whole.dtypes, damaged.dtypes)
    assert not whole.isna().any(axis=None)
    for name in damaged:
        known = damaged[name].notna()
        pd.testing.assert_series_equal(whole.loc[known, name], damaged.loc[known, name])


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
def test_cells_are_like_those_of_their_column(filled) -> None:
    truth, damaged, model = filled
    whole = model.fill(damaged)
    assert set(whole["kind"]) == {"ash", "oak", "yew"}
    for name in ("height", "rings", "planted"):
        assert damaged[name].min() <= whole[name].min() <= whole[name].max() <= damaged[name].max()
    np.testing.assert_allclose(whole["height"], whole["height"].round(2))
    assert (whole["planted"].dt.normalize() == whole["planted"]).all()
    for name in ("height", "rings"):
        gone = damaged[name].isna()
        off = (whole[name] - truth[name])[gone].astype(float)
        assert np.sqrt((off**2).mean()) < 0.7 * truth[name].std()
    for name in ("kind", "tall"):
        gone = damaged[name].isna()
        assert (whole[name][gone] == truth[name][gone]).mean() > 0.7


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
def test_all_libraries_and_rows_alone_are_filled_alike(filled) -> None:
    _, damaged, model = filled
    whole = model.fill(damaged)
    table = pa.Table.from_pandas(damaged, preserve_index=False)
    arrow, polars = model.fill(table), model.fill(pl.from_arrow(table))
    assert arrow.schema.equals(table.schema)
    assert arrow.equals(polars.to_arrow().cast(table.schema))
    assert arrow["kind"].to_pylist() == whole["kind"].tolist()
    assert arrow["rings"].to_pylist() == whole["rings"].tolist()
    row = int(np.flatnonzero(damaged["height"].isna())[3])
    alone = model.fill(damaged.iloc[[row]])
    assert alone["kind"].item() == whole["kind"][row]
    assert alone["height"].item() == pytest.approx(whole["height"][row], abs=0.006)


def test_without_missing_cells_nothing_changes(filled) -> None:
    _, damaged, model = filled
    known = damaged.dropna()
    pd.testing.assert_frame_equal(model.fill(known), known)


def test_the_better_guess_is_named() -> None:
    damaged = remove(make_people())
    with pytest.warns(DiagnosisWarning):
        model = ae.Autoencoder(epochs=2, random_state=0).fit(damaged)
    with pytest.warns(
        DiagnosisWarning, match="of known cells that were hidden and filled: .*'alone' is .* deviations, by .* alone"
    ):
        model.fill(damaged)


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
def test_numbers_of_an_array_reach_a_fixed_point() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(300, 1)) * [1.0, 2.0, -1.0] + random.normal(size=(300, 3)) * 0.05
    model = ae.Autoencoder(1, hidden=(), activation="identity", epochs=60, random_state=0).fit(rows)
    damaged = rows.copy()
    damaged[::3, 1] = np.nan
    whole = model.fill(damaged)
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(whole[:, [0, 2]], rows[:, [0, 2]])
    again = model.reconstruct(whole)
    inside = (whole[:, 1] > rows[:, 1].min()) & (whole[:, 1] < rows[:, 1].max())
    np.testing.assert_allclose(again[::3, 1][inside[::3]], whole[::3, 1][inside[::3]], atol=0.03)
    assert np.sqrt(((whole - rows)[::3, 1] ** 2).mean()) < 0.3
    np.testing.assert_array_equal(model.fill(damaged[3:4]), whole[3:4])
    named = ae.Autoencoder(1, hidden=(), activation="identity", epochs=60, random_state=0)
    named.fit(pd.DataFrame(rows, columns=["a", "b", "c"]))
    frame = named.fill(pd.DataFrame(damaged, columns=["a", "b", "c"]))
    np.testing.assert_array_equal(frame[["a", "c"]], rows[:, [0, 2]])
    assert frame["b"].notna().all()


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
def test_draws_differ_where_cells_were_missing(filled) -> None:
    truth, damaged, plain = filled
    model = ae.Autoencoder(epochs=120, bottleneck="gaussian(beta=0.1)", **MASKED).fit(damaged)
    drawn = model.fill(damaged, draws=20)
    assert len(drawn) == 20
    for one in drawn:
        assert not one.isna().any(axis=None)
        for name in damaged:
            known = damaged[name].notna()
            pd.testing.assert_series_equal(one.loc[known, name], damaged.loc[known, name])
    gone = damaged["height"].isna()
    heights = np.stack([one["height"][gone] for one in drawn])
    assert (heights.std(axis=0) > 0).all()
    off = (heights.mean(axis=0) - truth["height"][gone]).to_numpy()
    assert np.sqrt((off**2).mean()) < 0.7 * truth["height"].std()
    for one, again, other in zip(
        drawn, model.fill(damaged, draws=2), model.fill(damaged, draws=2, random_state=1), strict=False
    ):
        pd.testing.assert_frame_equal(one, again)
        assert not one.equals(other)
    with pytest.raises(InvalidInputError, match="draws need a variational model"):
        plain.fill(damaged, draws=2)
    with pytest.raises(InvalidInputError, match="draws must be a whole number ≥ 1, or None, got 0"):
        model.fill(damaged, draws=0)


@pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning")
def test_what_cannot_be_filled_is_refused() -> None:
    digits = ae.data.load("digits").train[:100]
    pictures = ae.Autoencoder(4, epochs=1).fit(digits.reshape(-1, 8, 8))
    rows = ae.Autoencoder(4, epochs=1).fit(digits)
    with pytest.raises(InvalidInputError, match="X holds pictures, of which no cells are filled"):
        pictures.fill(digits.reshape(-1, 8, 8))
    infinite = digits.copy()
    infinite[7, 3] = np.inf
    with pytest.raises(InvalidInputError, match="X is infinite in column 3 of sample 7; only NaN is filled"):
        rows.fill(infinite)


def test_few_rows_are_passed_over_more_often() -> None:
    epochs = [choose_training(rows)["epochs"] for rows in (10, 2_000, 10_000, 10**7)]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[0] == epochs[1] > epochs[2] > epochs[3] >= 20


def test_decimals_are_those_of_the_known() -> None:
    assert count_decimals(np.array([np.nan, 3.0])) == 0
    assert count_decimals(np.float32([71.2833, 8.05]).astype(float)) == 4
