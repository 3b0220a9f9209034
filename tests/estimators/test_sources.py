"""Samples from files, folders, named sets, tables and arrays: the same numbers give the same model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from PIL import Image

import autoencode as ae
from autoencode import Autoencoder
from autoencode.data import read
from autoencode.exceptions import AutoencodeError, InvalidInputError, SampleShapeError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, table: np.ndarray) -> dict[str, Path]:
    """The table of the other tests in every kind of file; columns a to e."""
    folder = tmp_path_factory.mktemp("files")
    arrow = pa.table(dict(zip("abcde", table.T, strict=True)))
    paths = {kind: folder / f"table.{kind}" for kind in ("csv", "parquet", "npy")}
    pa.csv.write_csv(arrow, paths["csv"])
    pa.parquet.write_table(arrow, paths["parquet"])
    np.save(paths["npy"], table)
    (folder / "parts").mkdir()
    for number in range(3):
        part = folder / "parts" / f"{number}.csv"
        pa.csv.write_csv(arrow.slice(20 * number, 20), part)
    return {**paths, "parts": folder / "parts", "pattern": folder / "parts" / "*.csv"}


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy", "parts", "pattern"])
def test_a_file_gives_the_same_bits_as_its_array(
    make: Make, table: np.ndarray, files: dict[str, Path], kind: str
) -> None:
    expected = make().fit(table)
    for path in (str(files[kind]), files[kind], read(files[kind])):
        model = make().fit(path)
        np.testing.assert_array_equal(model.transform(path), expected.transform(table))
        np.testing.assert_array_equal(model.reconstruct(path), expected.reconstruct(table))
        np.testing.assert_array_equal(model.errors(path, units="original"), expected.errors(table))
        assert model.score(path) == expected.score(table)
        assert isinstance(model.reconstruct(path), np.ndarray)
        assert model.table_encoder_ is None
        assert model.reading_ is not None
        assert model.reading_.kind == ("array" if kind == "npy" else "table")
        assert kind == "npy" or list(model.feature_names_in_) == list("abcde")
    assert expected.reading_ is None


def test_a_hundred_thousand_rows_give_one_model_from_wherever_they_come(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"whole": rng.integers(-9, 10**6, 100_000), **{c: rng.normal(size=100_000) for c in "abc"}})
    frame.to_csv(tmp_path / "rows.csv", index=False)
    frame.to_parquet(tmp_path / "rows.parquet", index=False)
    sources = [tmp_path / "rows.csv", tmp_path / "rows.parquet", frame, pl.from_pandas(frame), frame.to_numpy(float)]
    models = [Autoencoder(2, hidden=(), epochs=1, random_state=0).fit(source) for source in sources]
    losses = {model.history_.loss[0, 0] for model in models}
    assert len(losses) == 1
    codes = [model.transform(source[:50] if isinstance(source, np.ndarray) else frame[:50]) for model, source in
             zip(models[:3], sources[:3], strict=True)]  # fmt: skip
    for other in codes[1:]:
        np.testing.assert_array_equal(other, codes[0])


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_of_numbers_are_arrays_with_names(make: Make, table: np.ndarray, library: str) -> None:
    columns = dict(zip("abcde", table.T, strict=True))
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}[library](columns)
    model = make().fit(frame, validation=frame[:9])
    np.testing.assert_array_equal(model.transform(frame), make().fit(table).transform(table))
    assert list(model.feature_names_in_) == list("abcde")
    np.testing.assert_array_equal(model.errors(frame, per="column"), model.errors(frame, per="feature"))


def test_columns_of_a_file_are_found_by_their_names(
    make: Make, table: np.ndarray, files: dict[str, Path], tmp_path: Path
) -> None:
    model = make().fit(files["csv"])
    expected = model.transform(files["csv"])
    arrow = pa.csv.read_csv(files["csv"])
    turned = arrow.select(list("edcba")).append_column("more", pa.array(["text"] * 60))
    pa.csv.write_csv(turned, tmp_path / "turned.csv")
    np.testing.assert_array_equal(model.transform(tmp_path / "turned.csv"), expected)
    np.testing.assert_array_equal(model.transform(turned), expected)
    make().fit(files["csv"], validation=tmp_path / "turned.csv")
    pa.csv.write_csv(arrow.select(list("abc")), tmp_path / "few.csv")
    for use in (model.transform, lambda X: make().fit(files["csv"], validation=X)):
        with pytest.raises(SampleShapeError, match="lacks 'd' and 'e' of the columns"):
            use(tmp_path / "few.csv")
    with pytest.raises(InvalidInputError, match="same order"):
        model.transform(arrow.to_pandas()[list("edcba")])
    # A model of an array without names takes a file by position.
    np.testing.assert_array_equal(make().fit(table).transform(files["csv"]), expected)


def test_scoring_samples_must_be_what_training_samples_were(make: Make, files: dict[str, Path]) -> None:
    model = make().fit(files["csv"])
    arrow = pa.csv.read_csv(files["csv"])
    text = arrow.set_column(1, "b", pa.array(["x"] * 60))
    with pytest.raises(InvalidInputError, match="column 'b' holds 'x' in row 0, but held numbers in training"):
        model.transform(text)
    with pytest.raises(InvalidInputError, match="column 'b' holds 'x' in row 0, but held numbers in training"):
        make().fit(arrow, validation=text)
    gaps = arrow.set_column(1, "b", pa.array([None, *arrow["b"].to_pylist()[1:]]))
    with pytest.raises(InvalidInputError, match="column 'b' has 1 missing cells, and there were none in training"):
        model.transform(gaps)
    with pytest.raises(InvalidInputError, match="NaN"):
        model.transform(arrow.to_pandas().mask(arrow.to_pandas() > 1000))


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "csv", "array"])
def test_whole_numbers_that_float64_cannot_tell_apart_are_refused(make: Make, tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"size": np.arange(60), "account": 2**53 + np.arange(60)})
    frame.to_csv(tmp_path / "big.csv", index=False)
    samples = {
        "pandas": frame,
        "polars": pl.from_pandas(frame),
        "pyarrow": pa.Table.from_pandas(frame),
        "csv": tmp_path / "big.csv",
        "array": frame.to_numpy(),
    }[kind]
    with pytest.raises(
        InvalidInputError, match=r"(column 'account' of )?X has whole numbers beyond 2\*\*53.*make them"
    ):
        make().fit(samples)
    make().fit(frame - [0, 60])


def test_named_sets_and_their_held_out_part() -> None:
    digits = ae.data.load("digits")
    model = Autoencoder(4, epochs=1, random_state=0).fit("digits", validation="digits:test")
    assert model.sample_shape_ == (8, 8)
    expected = Autoencoder(4, epochs=1, random_state=0).fit(digits.train.reshape(-1, 8, 8))
    np.testing.assert_array_equal(model.transform("digits:test"), expected.transform(digits.test))
    comparison = ae.compare({"one": model, "two": expected}, "digits:test")
    assert comparison["one"].mean == comparison["two"].mean == model.errors("digits:test").mean()


def test_images_are_read_as_those_of_training_were(make: Make, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for part, size in (("train", (6, 4)), ("later", (12, 8))):
        (tmp_path / part).mkdir()
        for number in range(20):
            pixels = rng.integers(0, 256, size).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / part / f"{number:02}.png")
    model = make().fit(read(tmp_path / "train", size=(6, 4)))
    assert model.reading_ is not None
    assert model.reading_.size == (6, 4)
    assert model.transform(tmp_path / "later").shape == (20, 2)
    assert model.reconstruct(tmp_path / "later").shape == (20, 6, 4)
    loaded = ae.load(model.save(tmp_path / "model"))
    assert loaded.reading_ == model.reading_
    np.testing.assert_array_equal(loaded.transform(tmp_path / "later"), model.transform(tmp_path / "later"))
    other = make().fit(read(tmp_path / "later"))
    with pytest.raises(InvalidInputError, match="read alike"):
        ae.compare({"one": model, "other": other}, tmp_path / "later")


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ("nowhere.csv", "nowhere"),
        (Path("nowhere"), "nowhere"),
        ("digitz", "digitz"),
        ("", "path: expected"),
        (pl.LazyFrame({"a": [1.0, 2.0]}), "lazy frame.*collect"),
        (pl.Series([1.0, 2.0]), "Expected 2D|1D"),
        ({"a": [1, 2]}, "X is of type dict"),
        (pd.DataFrame(np.eye(3), columns=list("aab")), "unique column names"),
    ],
    ids=str,
)
def test_what_is_no_source_is_refused_in_a_line(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: object, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AutoencodeError, match=message):
        make().fit(samples)
    assert os.listdir(tmp_path) == []
