"""Mixed tables: trained with no option, rebuilt as tables, measured column by column."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

import autoencode as ae
from autoencode import Autoencoder, TableEncoder
from autoencode.estimators import fit_recorded
from autoencode.exceptions import InvalidInputError, SampleShapeError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def make_frame(rows: int = 120) -> pd.DataFrame:
    """Return a table in which everything follows from one hidden number, with gaps in three columns."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "weight": 70 + 10 * hidden,
            "steps": (5000 + 1000 * hidden).astype(int),
            "big": hidden > 0,
            "size": pd.Series(np.where(hidden > 1, "large", np.where(hidden < -1, "small", "middling"))),
            "seen": pd.Timestamp("2024-03-01") + pd.to_timedelta(np.round(10 * hidden), unit="D"),
        }
    )
    frame.loc[frame.index % 9 == 0, "weight"] = np.nan
    frame.loc[frame.index % 11 == 0, ["size", "seen"]] = None
    return frame


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return make_frame()


@pytest.fixture(scope="module")
def fitted(make: Make, frame: pd.DataFrame) -> Autoencoder:
    """A model that learned the frame well. No test may change it."""
    # Of 16 rows a step is so rough that how well it ends is a matter of the seed.
    return make(epochs=300, learning_rate=0.02, hidden=(8,), batch_size=32, random_state=1).fit(frame)


# ---------------------------------------------------------------------- real tables


@pytest.mark.parametrize("name", ["titanic", "penguins", "mpg", "diamonds"])
def test_a_real_table_works_whole_with_no_option(name: str, tmp_path: Path) -> None:
    if "AUTOENCODE_DATA" not in os.environ:
        pytest.skip("the tables are read through AUTOENCODE_DATA")
    path = Path(os.environ["AUTOENCODE_DATA"]) / "tables" / f"{name}.csv"
    model = Autoencoder(random_state=0).set_params(epochs=1 if name == "diamonds" else 50).fit(path)
    rebuilt, given = model.reconstruct(path), ae.data.read(path).values
    assert isinstance(rebuilt, pa.Table)
    assert rebuilt.schema.names == given.schema.names
    assert len(rebuilt) == len(given)
    assert model.transform(path).shape == (len(given), model.code_size_)
    errors, by_column = model.errors(path), model.errors(path, per="column")
    assert errors.shape == (len(given),)
    assert by_column.shape == (len(given.schema.names),)
    assert model.table_encoder_ is not None
    learned = sum(bool(column.groups) for column in model.table_encoder_.columns_)
    assert errors.mean() == pytest.approx(by_column.sum() / learned)
    comparison = ae.compare({"model": model}, path)
    assert comparison.measure == "column_loss"
    assert comparison["model"].mean == errors.mean()
    assert errors.mean() < comparison["mean sample"].mean
    assert model.score(path) > 0.5
    loaded = ae.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.transform(path), model.transform(path))
    assert loaded.reconstruct(path).equals(rebuilt)
    # What the data frame library reads of the same file is the same table.
    np.testing.assert_array_equal(model.transform(pd.read_csv(path)), model.transform(path))


# ---------------------------------------------------------------------- in and out


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_table_comes_back_in_its_own_library(make: Make, frame: pd.DataFrame, library: str) -> None:
    table = {"pandas": frame, "polars": pl.from_pandas(frame), "pyarrow": pa.Table.from_pandas(frame)}[library]
    model = make().fit(table, validation=table[:20])
    for rebuilt in (model.reconstruct(table), model.inverse_transform(model.transform(table))):
        assert type(rebuilt) is type(table)
        assert list(getattr(rebuilt, "column_names", getattr(rebuilt, "columns", ()))) == list(frame.columns)
    np.testing.assert_array_equal(model.transform(table), make().fit(frame, validation=frame[:20]).transform(frame))
    assert model.n_features_in_ == 5
    assert list(model.feature_names_in_) == list(frame.columns)
    assert model.sample_shape_ == (5,)
    assert isinstance(model.table_encoder_, TableEncoder)
    assert model.summary().title == "11-2-11"


def test_cells_are_rebuilt(fitted: Autoencoder, frame: pd.DataFrame) -> None:
    rebuilt = fitted.reconstruct(frame)
    assert (rebuilt.dtypes == frame.dtypes).all()
    assert (rebuilt["big"] == frame["big"]).mean() > 0.95
    assert (rebuilt["size"].fillna("") == frame["size"].fillna("")).mean() > 0.9
    there = frame["weight"].notna() & rebuilt["weight"].notna()
    assert np.abs(rebuilt["weight"] - frame["weight"])[there].mean() < 3
    assert fitted.score(frame) > 0.8


def test_columns_are_found_by_name(fitted: Autoencoder, frame: pd.DataFrame) -> None:
    expected = fitted.transform(frame)
    np.testing.assert_array_equal(fitted.transform(frame[list(frame.columns[::-1])].assign(more=1)), expected)
    np.testing.assert_array_equal(fitted.transform(frame[:1]), expected[:1])
    np.testing.assert_array_equal(fitted.transform(pl.from_pandas(frame)), expected)


def test_set_output_names_the_codes(make: Make, frame: pd.DataFrame) -> None:
    codes = make().set_output(transform="pandas").fit(frame).transform(frame)
    assert list(codes.columns) == ["autoencoder0", "autoencoder1"]


def test_scoring_tables_must_fit(make: Make, fitted: Autoencoder, frame: pd.DataFrame) -> None:
    for use, name in ((fitted.transform, ""), (lambda X: make().fit(frame, validation=X), "validation: ")):
        with pytest.raises(SampleShapeError, match=f"{name}X lacks columns that training had: 'steps'"):
            use(frame.drop(columns="steps"))
        with pytest.raises(InvalidInputError, match=f"{name}column 'steps' holds 'many' in row 0, but held numbers"):
            use(frame.assign(steps="many"))
        with pytest.raises(SampleShapeError, match=r"must be a table with the columns of training.*got ndarray"):
            use(np.zeros((3, 5)))
        with pytest.raises(InvalidInputError, match=r"0 sample\(s\)"):
            use(frame[:0])
    with pytest.raises(InvalidInputError, match=r"column 'steps' is missing in 1 row.*no missing cells"):
        fitted.transform(frame.assign(steps=frame["steps"].where(frame.index != 3)))
    with pytest.raises(InvalidInputError, match=r"X has 1 sample\(s\), while a minimum of 2"):
        make().fit(frame[:1])
    with pytest.raises(InvalidInputError, match="codes must have 2 units"):
        fitted.inverse_transform(np.zeros((1, 3)))


def test_numbers_with_gaps_or_booleans_are_mixed_tables(make: Make) -> None:
    gaps = pd.DataFrame({"a": [1, None, 3] * 4}, dtype="Int64")
    for mixed in (gaps, pl.DataFrame({"a": [1.5, float("nan"), 2] * 4}), pd.DataFrame({"a": [True, False, False] * 4})):
        model = make().fit(mixed)
        assert model.table_encoder_ is not None
        assert type(model.reconstruct(mixed)) is type(mixed)


# ---------------------------------------------------------------------- settings


def test_auto_follows_the_encoded_features(frame: pd.DataFrame) -> None:
    model = Autoencoder(epochs=1, random_state=0).fit(frame)
    assert model.code_size_ == 4  # ⌈√11⌉
    assert (model.hidden_, model.scaling_, model.batch_size_) == ((16,), "standard", 16)
    assert model.settings_["output_activation"] == "by_column"
    assert json.loads(json.dumps(dict(model.settings_)))["output_activation"] == "by_column"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"loss": "binary_cross_entropy"}, "loss='binary_cross_entropy' cannot be used on a mixed table"),
        ({"loss": lambda a, b: ((a - b) ** 2).mean()}, "cannot be used on a mixed table"),
        ({"scaling": "global_minmax"}, "scaling='global_minmax' cannot be used on a mixed table.*standard"),
        ({"scaling": "none"}, "scaling='none' cannot"),
        ({"output_activation": "sigmoid"}, "computed together with output_activation='by_column'.*got 'sigmoid'"),
    ],
)
def test_what_does_not_suit_a_table_is_refused(make: Make, frame: pd.DataFrame, parameters: dict, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        make(**parameters).fit(frame)


def test_the_encoder_scales_by_quantiles_where_asked(make: Make, frame: pd.DataFrame, table: np.ndarray) -> None:
    model = make(scaling="quantile").fit(frame)
    assert model.table_encoder_ is not None
    assert model.table_encoder_.numeric_scaling == model.scaling_ == "quantile"
    with pytest.raises(InvalidInputError, match="scaling must be"):
        make(scaling="quantile").fit(table)


def test_an_encoder_before_it_is_not_needed_and_does_no_harm(make: Make, frame: pd.DataFrame) -> None:
    pipeline = make_pipeline(TableEncoder(), make(scaling="none")).fit(frame)
    assert pipeline.transform(frame).shape == (120, 2)


def test_what_is_held_out_is_not_learned_from(make: Make, frame: pd.DataFrame) -> None:
    model = make(validation_fraction=0.25).fit(frame)
    assert model.history_.validation_loss is not None
    assert model.table_encoder_ is not None
    whole = TableEncoder().fit(frame)
    assert model.table_encoder_.columns_[0].number_map != whole.columns_[0].number_map


def test_warm_start_and_clone(make: Make, frame: pd.DataFrame) -> None:
    model = make(warm_start=True).fit(frame)
    columns = model.fitted_.table_encoder
    assert model.fit(frame).history_.epochs == 6
    assert model.fitted_.table_encoder is columns
    assert not hasattr(clone(model), "table_encoder_")
    # From a table to an array and back, nothing of the one stays with the other.
    model = make().fit(frame)
    samples = np.random.default_rng(0).random((20, 4))
    assert model.fit(samples).table_encoder_ is None
    assert not hasattr(model, "feature_names_in_")
    assert model.errors(samples).shape == (20,)
    assert model.fit(frame).reconstruct(frame).shape == frame.shape


def test_the_same_seed_gives_the_same_bits(make: Make, frame: pd.DataFrame) -> None:
    np.testing.assert_array_equal(make().fit(frame).transform(frame), make().fit(frame).transform(frame))


# ---------------------------------------------------------------------- errors


def test_the_error_is_what_training_minimised(make: Make, frame: pd.DataFrame) -> None:
    model = make(epochs=20).fit(frame, validation=frame[:40])
    assert model.errors(frame[:40]).mean() == pytest.approx(model.restarts_[0].validation_loss, rel=1e-4)
    np.testing.assert_array_equal(model.errors(frame, measure="column_loss"), model.errors(frame))
    np.testing.assert_array_equal(model.errors(frame, units="scaled"), model.errors(frame))


def test_other_measures_are_over_encoded_features(fitted: Autoencoder, frame: pd.DataFrame) -> None:
    squared = fitted.errors(frame, measure="squared_error", per="feature")
    assert squared.shape == (11,)
    assert squared.mean() == pytest.approx(fitted.errors(frame, measure="squared_error").mean())
    for measure, per in (("column_loss", "feature"), ("squared_error", "column")):
        with pytest.raises(InvalidInputError, match=f"per='{per}' does not go with measure='{measure}'"):
            fitted.errors(frame, measure=measure, per=per)
    with pytest.raises(InvalidInputError, match=r"reach from .*measure='squared_error'"):
        fitted.errors(frame, measure="binary_cross_entropy")


def test_column_errors_by_hand(fitted: Autoencoder, frame: pd.DataFrame) -> None:
    found = {(error.column, error.kind): error for error in fitted.column_errors(frame, units="original")}
    assert list(found) == [
        *(("weight", "numeric"), ("weight", "missing"), ("steps", "numeric"), ("big", "boolean")),
        *(("size", "category"), ("seen", "datetime"), ("seen", "missing")),
    ]
    rebuilt = fitted.reconstruct(frame)
    by_hand = {
        ("big", "boolean"): (rebuilt["big"] != frame["big"]).mean(),
        ("size", "category"): (rebuilt["size"].fillna("") != frame["size"].fillna("")).mean(),
        ("weight", "missing"): (rebuilt["weight"].isna() != frame["weight"].isna()).mean(),
        ("seen", "missing"): (rebuilt["seen"].isna() != frame["seen"].isna()).mean(),
    }
    for key, share in by_hand.items():
        assert found[key].error == pytest.approx(share)
        assert found[key].unit == "share"
    steps = np.sqrt(((rebuilt["steps"] - frame["steps"]) ** 2).mean())
    assert found["steps", "numeric"].error == pytest.approx(steps, abs=1)
    assert found["seen", "datetime"].unit == "days"
    assert 0 < found["seen", "datetime"].error < 10
    there = frame["weight"].notna() & rebuilt["weight"].notna()
    weights = np.sqrt(((rebuilt["weight"] - frame["weight"])[there] ** 2).mean())
    assert found["weight", "numeric"].error == pytest.approx(weights, rel=0.3), "wrong flags are counted apart"


def test_a_column_that_is_missing_everywhere_has_no_error(fitted: Autoencoder, frame: pd.DataFrame) -> None:
    found = {
        error.column: error for error in fitted.column_errors(frame.assign(weight=np.nan)) if error.kind != "missing"
    }
    assert np.isnan(found["weight"].error)
    assert np.isfinite(found["steps"].error)


def test_column_errors_of_numbers_in_their_units(make: Make, table: np.ndarray) -> None:
    for samples, names in ((table, ["x0", "x1"]), (pd.DataFrame(table, columns=list("abcde")), ["a", "b"])):
        model = make().fit(samples)
        found = model.column_errors(samples, units="original")
        assert [error.column for error in found[:2]] == names
        by_hand = np.sqrt(((table - np.asarray(model.reconstruct(samples))) ** 2).mean(axis=0))
        np.testing.assert_allclose([error.error for error in found], by_hand, rtol=1e-5)


# ---------------------------------------------------------------------- comparison, diagnosis, files


def test_baselines_are_measured_alike(make: Make, fitted: Autoencoder, frame: pd.DataFrame) -> None:
    small = make(code_size=1).fit(frame)
    found = ae.compare({"good": fitted, "small": small}, frame)
    assert found.measure == "column_loss"
    assert "mean column loss" in str(found)
    assert "mean column loss" in found._repr_html_()
    assert found.verdict.better == "good"
    assert fitted.table_encoder_ is not None
    features = fitted.table_encoder_.transform(frame)
    mean = np.broadcast_to(features.mean(axis=0), features.shape)
    of_size = slice(*next((g.start, g.stop) for g in fitted.table_encoder_.groups_ if g.column == "size"))
    entropy = -(features[:, of_size] * np.log(np.clip(mean[:, of_size], 1e-7, 1))).sum(axis=1).mean()
    assert 0 < entropy < found["mean sample"].mean * 5
    assert found["mean sample"].mean > found["PCA with 1 component"].mean > 0
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["measure"] == "column_loss"
    assert ae.compare({"good": fitted}, frame, measure="squared_error").measure == "squared_error"


def test_models_that_read_the_table_differently_are_not_compared(
    make: Make, fitted: Autoencoder, frame: pd.DataFrame, table: np.ndarray
) -> None:
    with pytest.raises(InvalidInputError, match="'one' and 'two' have no error in common"):
        ae.compare({"one": fitted, "two": make().fit(frame[:80])}, frame)
    with pytest.raises(InvalidInputError, match="no error in common"):
        ae.compare({"one": fitted, "two": make().fit(table)}, frame)


def test_the_diagnosis_speaks_of_the_column_loss(make: Make, frame: pd.DataFrame) -> None:
    noise = pd.DataFrame({"a": np.random.default_rng(0).normal(size=200), "b": list("xy") * 100})
    model = make(code_size=1, epochs=1, learning_rate=1e-5).fit(noise)
    texts = " ".join(finding.text for finding in model.diagnosis_)
    assert "mean column loss" in texts
    assert "no better than that of the mean sample" in texts


def test_a_loaded_model_is_the_same(fitted: Autoencoder, frame: pd.DataFrame, tmp_path: Path) -> None:
    loaded = ae.load(fitted.save(tmp_path / "model"))
    for use in ("transform", "errors", "score"):
        np.testing.assert_array_equal(getattr(loaded, use)(frame), getattr(fitted, use)(frame))
    pd.testing.assert_frame_equal(loaded.reconstruct(frame), fitted.reconstruct(frame))
    assert repr(loaded.column_errors(frame)) == repr(fitted.column_errors(frame))
    assert loaded.settings_ == fitted.settings_
    assert str(ae.compare({"one": loaded, "two": fitted}, frame)).count("0.0") > 0
    loaded.set_params(warm_start=True, epochs=1).fit(frame)
    assert loaded.history_.epochs == 301


def test_a_run_says_what_the_table_was_and_how_its_columns_are_rebuilt(
    make: Make, frame: pd.DataFrame, tmp_path: Path
) -> None:
    frame.to_csv(tmp_path / "frame.csv", index=False)
    run = fit_recorded(make(), tmp_path / "frame.csv", tmp_path / "run", validation=frame[:30].assign(seen=None))
    config, result = run.read_config(), run.read_result()
    assert config["data"] == str(tmp_path / "frame.csv")
    assert config["reading"]["kind"] == "table"
    assert (config["samples"], config["held_out"]) == (120, 30)
    assert [row["column"] for row in config["columns"]] == list(frame.columns)
    assert config["columns"][3]["read_as"] == "category"
    assert [row["column"] for row in result["column_errors"]][:3] == ["weight", "weight", "steps"]
    assert ae.load(run.path).reading_ is not None
