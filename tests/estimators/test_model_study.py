"""The study of a model: that every number of it is the model's own, and stays with its row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from autoencode import Autoencoder, compare
from autoencode.data.samples import Reading, Samples
from autoencode.estimators.known_samples import KnownSamples
from autoencode.estimators.model_study import study
from autoencode.exceptions import InvalidInputError
from autoencode.report.study import Study, StudySamples

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]
HOSTILE = ["</script><img src=x onerror=alert(1)>", "‮\u2066evil", "{{ 7 * 7 }}", "x" * 5000, "\0\x1b[2J", ""]


def samples_of(found: Study) -> StudySamples:
    assert found.samples is not None
    return found.samples


# ---------------------------------------------------------------------- samples


def test_numbers_are_what_the_model_gives(fitted: Autoencoder, table: np.ndarray) -> None:
    found = study(fitted, table, name="mine")
    samples = samples_of(found)
    assert (found.name, samples.kind, samples.shape, len(samples)) == ("mine", "numbers", (5,), 60)
    assert samples.source == "60 samples in memory"
    assert (samples.name, samples.labels, samples.row_names) == (None, None, None)
    assert list(samples.errors) == ["squared_error", "absolute_error", "signed_sum"]
    for measure, values in samples.errors.items():
        np.testing.assert_array_equal(values, fitted.errors(table, measure=measure))
    np.testing.assert_array_equal(samples.features, table)
    np.testing.assert_array_equal(samples.rebuilt, fitted.reconstruct(table))
    np.testing.assert_array_equal(samples.codes, fitted.transform(table))
    assert samples.feature_errors is not None
    np.testing.assert_allclose(samples.feature_errors**2, fitted.errors(table, per="feature"), rtol=1e-12)
    assert samples.column_errors == fitted.column_errors(table)
    spread = np.sqrt(((table - table.mean(axis=0)) ** 2).mean(axis=0))
    np.testing.assert_allclose([error.error for error in samples.column_baseline], spread, rtol=1e-4)
    assert samples.r_squared == fitted.score(table)
    assert samples.value_range == fitted.train_range_
    for place, column in enumerate(samples.columns):
        assert (column.name, column.kind, column.start, column.stop, column.inverse) == (
            f"x{place}",
            "numeric",
            place,
            place + 1,
            {},
        )
        assert list(column.cells) == table[:, place].tolist()
    assert found.comparison is not None
    assert found.comparison.to_dict() == compare({"mine": fitted}, table).to_dict()


def test_cross_entropy_where_all_lies_between_0_and_1(make: Make) -> None:
    rng = np.random.default_rng(0)
    samples = rng.random((60, 5))
    model = make(loss="binary_cross_entropy").fit(samples)
    found = samples_of(study(model, samples)).errors
    np.testing.assert_array_equal(found["binary_cross_entropy"], model.errors(samples, measure="binary_cross_entropy"))
    assert "binary_cross_entropy" not in samples_of(study(model, samples + 0.1)).errors


def test_a_table_keeps_its_cells(make: Make, animals: pd.DataFrame) -> None:
    model = make(hidden=(5,)).fit(animals)
    samples = samples_of(study(model, animals))
    encoder = model.table_encoder_
    assert encoder is not None
    assert (samples.kind, samples.shape, samples.feature_errors) == ("table", (9,), None)
    assert next(iter(samples.errors)) == "column_loss"
    for measure, values in samples.errors.items():
        np.testing.assert_array_equal(values, model.errors(animals, measure=measure))
    np.testing.assert_array_equal(samples.features, encoder.transform(animals))
    assert samples.column_errors == model.column_errors(animals)
    assert [e.column for e in samples.column_baseline] == [e.column for e in samples.column_errors]
    columns = {column.name: column for column in samples.columns}
    assert list(columns) == list(animals.columns)
    kinds = ["numeric", "boolean", "category", "numeric", "datetime", "datetime", "datetime", "left out", "constant"]
    assert [column.kind for column in columns.values()] == kinds
    for name in ("weight", HOSTILE[0], "species", "legs", "name", "planet"):
        expected = [None if pd.isna(cell) else cell for cell in animals[name].tolist()]
        assert list(columns[name].cells) == expected
    dates = [None if pd.isna(cell) else f"{cell:%Y-%m-%d}" for cell in animals["born"]]
    assert list(columns["born"].cells) == dates
    assert list(columns["fed"].cells) == [f"{cell:%Y-%m-%d %H:%M:%S}" for cell in animals["fed"]]
    assert columns["species"].inverse["texts"] == columns["species"].inverse["values"]
    assert set(columns["species"].inverse["texts"]) == {HOSTILE[0], "dog"}
    stops = [column.stop for column in samples.columns]
    assert [column.start for column in samples.columns] == [0, *stops[:-1]]
    assert stops[-1] == samples.features.shape[1]
    assert [columns[name].unit for name in ("weight", "species", "born", "name")] == [
        "units of the column",
        "share",
        "days",
        "",
    ]
    assert json.loads(json.dumps([column.inverse for column in samples.columns], allow_nan=False))


def test_a_column_without_features_need_not_be_there(make: Make, animals: pd.DataFrame) -> None:
    model = make().fit(animals)
    samples = samples_of(study(model, animals.drop(columns=["name", "planet"])))
    assert [set(column.cells) for column in samples.columns[-2:]] == [{None}, {None}]


def test_whole_numbers_may_be_categories(make: Make) -> None:
    table = pd.DataFrame({"grade": pd.Categorical([1, 2, 3, 2] * 10), "done": [True, False] * 20})
    columns = samples_of(study(make().fit(table), table)).columns
    assert columns[0].inverse["texts"] == ["2", "1", "3"]
    assert list(columns[0].cells) == ["1", "2", "3", "2"] * 10


@examples(max_examples=10, deadline=None)
@given(order=st.permutations(range(20)))
def test_labels_and_names_stay_with_their_rows(fitted: Autoencoder, table: np.ndarray, order: list[int]) -> None:
    names = tuple(f"{row}.png" for row in order)
    read = Samples(table[order], "shuffled", Reading("array"), np.array(order), names)
    for found in (
        samples_of(study(fitted, read)),
        samples_of(study(fitted, KnownSamples(table[order], "samples", labels=order, row_names=names))),
    ):
        assert found.labels == tuple(map(str, order))
        assert found.row_names == names
        np.testing.assert_array_equal(found.features, table[order])
    known = KnownSamples(table[:20], "samples", "all", labels=list(range(20))).take(np.array(order[:9]))
    found = samples_of(study(fitted, known))
    assert found.rows.tolist() == order[:9]
    assert found.labels == tuple(map(str, order[:9]))


def test_of_many_samples_evenly_spread_ones_and_the_worst_are_shown(
    fitted: Autoencoder, table: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = np.tile(table, (200, 1))
    labels = np.arange(len(many))
    many[7] += 5
    found = study(fitted, many, labels=labels)
    samples, every = samples_of(found), fitted.errors(many)
    assert 10_000 <= len(samples) <= 10_100
    assert samples.source == f"12,000 samples in memory, of which {len(samples):,} are shown"
    assert set(np.argsort(-every, kind="stable")[:100]) <= set(samples.rows.tolist())
    assert found.comparison is not None
    np.testing.assert_array_equal(found.comparison.rows[0].errors, every)
    assert (samples.r_squared, samples.column_errors) == (fitted.score(many), fitted.column_errors(many))
    assert samples.labels == tuple(map(str, samples.rows.tolist()))
    assert (samples.rows[0], samples.rows[-1]) == (0, 11_999)
    np.testing.assert_array_equal(samples.features, many[samples.rows])
    np.testing.assert_array_equal(samples.errors["squared_error"], every[samples.rows])


def test_samples_of_training_are_known(make: Make, table: np.ndarray, animals: pd.DataFrame) -> None:
    def is_held_out(model: Autoencoder, samples: Any) -> bool:
        found = samples_of(study(model, samples)).held_out
        assert found is None or not found  # of samples in memory nothing better is known
        return found is None

    assert not is_held_out(make(code_size=1).fit("digits"), "digits")
    for scaling in ("none", "standard", "minmax", "global_minmax"):
        model = make(scaling=scaling).fit(table[:40])
        assert not is_held_out(model, table[:40])
        assert not is_held_out(model, table[:40][::-1])
        assert is_held_out(model, table[40:])
        assert is_held_out(model, table[:39])
    for samples in (table, animals):
        model = make(validation_fraction=0.25).fit(samples)
        assert not is_held_out(model, samples)
        assert is_held_out(model, samples[:2])
    many = np.tile(table, (200, 1)) + np.random.default_rng(0).normal(size=(12_000, 1))
    model = make().fit(many)
    assert not is_held_out(model, many)
    assert is_held_out(model, many[:11_000])


@pytest.mark.parametrize(
    "wrap", [list, tuple, pd.Series, lambda y: pd.Series(y, index=y[::-1]), lambda y: pd.Series(y, index=["a"] * 60)]
)
def test_labels_keep_their_order(fitted: Autoencoder, table: np.ndarray, wrap: Any) -> None:
    found = samples_of(study(fitted, table, labels=wrap(np.arange(60))))
    assert found.labels == tuple(map(str, range(60)))


@pytest.mark.parametrize(
    "labels",
    ["x" * 60, 5, dict.fromkeys(range(60)), set(range(60)), iter(range(60)), np.zeros((60, 1))],
    ids=lambda labels: type(labels).__name__,
)
def test_what_is_no_sequence_of_labels_is_refused(fitted: Autoencoder, table: np.ndarray, labels: Any) -> None:
    with pytest.raises(InvalidInputError, match="labels: expected one a sample"):
        study(fitted, table, labels=labels)


@pytest.mark.parametrize("make_frame", [pd.DataFrame, pa.table], ids=["pandas", "pyarrow"])
def test_labels_may_be_a_column_of_the_table(make: Make, table: np.ndarray, make_frame: Any) -> None:
    numbers = {f"x{place}": column for place, column in enumerate(table.T)}
    model = make().fit(make_frame(numbers))
    frame = make_frame({**numbers, "kind": ["a", "b", "c"] * 20})
    found = samples_of(study(model, frame, labels="kind"))
    assert found.labels == ("a", "b", "c") * 20
    assert len(found.columns) == 5
    of_trained = samples_of(study(model, make_frame(numbers), labels="x0"))
    assert of_trained.labels == tuple(map(str, table[:, 0].tolist()))
    with pytest.raises(InvalidInputError, match="no column 'knid'; did you mean 'kind'"):
        study(model, frame, labels="knid")


def test_a_model_is_called_by_a_text(fitted: Autoencoder, table: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="name: expected what the model is called"):
        study(fitted, table, name=5)  # pyright: ignore[reportArgumentType]


def test_times_are_read_as_a_reconstruction_has_them(make: Make) -> None:
    count = np.arange(40)
    start = pd.Timestamp("2024-03-30 20:37")
    columns = {
        "zone": start.tz_localize("Europe/Berlin") + pd.to_timedelta(60 * count, unit="min"),
        "short": start + pd.to_timedelta(count**2, unit="ms"),
        "night": start.normalize() + pd.to_timedelta(count, unit="D"),
        "days": pd.to_timedelta(count, unit="D"),
        "wait": pd.to_timedelta(1500 * count, unit="ms"),
    }
    table = pd.DataFrame(columns)
    samples = samples_of(study(make().fit(table), table))
    assert [column.cells[3] for column in samples.columns] == [
        "2024-03-30 22:37:00Z",
        "2024-03-30 20:37:00.009",
        "2024-04-02",
        "3 days",
        "4.500 s",
    ]
    for column in samples.columns[:4]:
        if column.name != "short":  # float32 features are no more exact
            assert column.read(samples.features) == list(column.cells)


def test_images_beyond_the_range_of_training_are_not_cut(make: Make) -> None:
    images = np.random.default_rng(0).random((20, 4, 5))
    found = samples_of(study(make().fit(images), 3 * images - 1))
    assert found.value_range == (found.features.min(), found.features.max())


def test_labels_must_be_as_many_as_samples(fitted: Autoencoder, table: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="labels: expected 60, one a sample, got 3"):
        study(fitted, table, labels=[1, 2, 3])
    with pytest.raises(InvalidInputError, match="at least two samples"):
        study(fitted, table[:1])
    with pytest.raises(InvalidInputError, match="NaN"):
        study(fitted, np.full_like(table, np.nan))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_pass_through_as_they_are(name: str, make: Make, table: np.ndarray) -> None:
    frame = pd.DataFrame(table, columns=[name or " ", "b", "c", "d", "e"])
    model = make().fit(frame)
    found = study(model, frame, name=name, labels=[name] * 60, path=name)
    samples = samples_of(found)
    assert (found.name, found.card.path) == (name, name)
    assert samples.labels == (name,) * 60
    assert samples.columns[0].name == samples.column_errors[0].column == (name or " ")


def test_images(make: Make) -> None:
    rng = np.random.default_rng(0)
    for shape, shown in (((4, 6), (4, 6)), ((4, 6, 3), (4, 6, 3)), ((4, 6, 1), (4, 6))):
        images = rng.integers(0, 256, (20, *shape)).astype(np.uint8)
        model = make(code_size=1).fit(images)
        samples = samples_of(study(model, images))
        assert (samples.kind, samples.shape) == ("images", shown)
        assert (samples.columns, samples.column_errors, samples.column_baseline) == ((), (), ())
        np.testing.assert_array_equal(samples.features, images.reshape(20, -1))
        assert samples.feature_errors is not None
        assert len(samples.feature_errors) == np.prod(shape)
    # What is no image is shown as numbers.
    for shape in ((4, 6, 2), (2, 3, 4, 1)):
        samples = samples_of(study(make().fit(rng.random((20, *shape))), rng.random((20, *shape))))
        assert (samples.kind, samples.shape) == ("numbers", (np.prod(shape),))
    # A model of flat samples is shown the images that they were.
    flat = make().fit(rng.random((20, 24)))
    assert samples_of(study(flat, rng.random((20, 4, 6)))).shape == (4, 6)


def test_a_named_set_brings_its_labels(make: Make) -> None:
    samples = samples_of(study(make().fit("digits"), "digits:test"))
    assert (samples.source, samples.name) == ("360 samples of digits:test", "digits:test")
    assert set(samples.labels or ()) == set("0123456789")
    assert samples.shape == (8, 8)


# ---------------------------------------------------------------------- fingerprint


@examples(max_examples=20, deadline=None)
@given(row=st.integers(0, 59), column=st.integers(0, 4))
def test_the_fingerprint_changes_with_a_bit(fitted: Autoencoder, table: np.ndarray, row: int, column: int) -> None:
    def fingerprint(samples: np.ndarray) -> str:
        return samples_of(study(fitted, samples)).fingerprint

    changed = table.copy()
    changed[row, column] = np.nextafter(changed[row, column], np.inf)
    assert fingerprint(changed) != fingerprint(table) == fingerprint(table.copy(order="F"))
    assert len(fingerprint(table)) == 64


def test_the_fingerprint_is_that_of_shape_type_and_names(make: Make, animals: pd.DataFrame) -> None:
    whole = np.arange(60.0).reshape(20, 3)
    prints = {
        samples_of(study(make(code_size=1).fit(samples), samples)).fingerprint
        for samples in (whole, whole.astype(np.float32), whole.reshape(30, 2))
    }
    assert len(prints) == 3
    renamed = animals.rename(columns={"legs": "feet"})
    assert len({samples_of(study(make().fit(t), t)).fingerprint for t in (animals, renamed)}) == 2


# ---------------------------------------------------------------------- model and training


def test_without_samples_there_is_the_training(make: Make, table: np.ndarray) -> None:
    model = make(restarts=3, validation_fraction=0.5, epochs=4).fit(table)
    found = study(model, path="runs/mine")
    assert (found.samples, found.comparison) == (None, None)
    training = found.training
    assert training.loss.shape == (4, 3)
    assert training.validation_loss is not None
    np.testing.assert_array_equal(training.final_loss, training.validation_loss[-1])
    assert training.kept == model.best_restart_ == training.final_loss.argmin()
    assert (training.loss_name, training.chosen_by) == ("squared error", "held-out loss")
    assert training.live_directions.tolist() == [restart.live_directions for restart in model.restarts_]
    assert training.diagnosis == tuple(finding.text for finding in model.diagnosis_)
    assert training.seconds > 0
    card = found.card
    assert (card.network, card.parameters, card.features, card.code_size) == ("5-2-5", 27, 5, 2)
    assert card.path == "runs/mine"
    assert card.settings["scaling"] == "standard (auto)"
    assert card.settings["hidden"] == "none"
    assert card.settings["random_state"] == "0"
    assert set(card.versions) == {"autoencode", "python", "jax", "numpy"}
    assert study(make().fit(table)).training.chosen_by == "training loss"


def test_functions_of_the_users_own_are_named(make: Make, table: np.ndarray) -> None:
    import jax.numpy as jnp
    import optax

    def my_loss(rebuilt: Any, sample: Any) -> Any:
        return jnp.square(rebuilt - sample).mean()

    found = study(make(loss=my_loss, optimizer=optax.sgd(0.01)).fit(table), table)
    assert found.card.settings["loss"] == "my_loss"
    assert found.training.loss_name
    assert all(isinstance(value, str) for value in found.card.settings.values())


# ---------------------------------------------------------------------- real data


@pytest.mark.slow
@pytest.mark.skipif("AUTOENCODE_DATA" not in os.environ, reason="AUTOENCODE_DATA names no folder of real data")
def test_titanic(make: Make) -> None:
    path = Path(os.environ["AUTOENCODE_DATA"]) / "tables" / "titanic.csv"
    frame = pd.read_csv(path)
    samples = samples_of(study(make(code_size=3, hidden=(8,)).fit(path), path))
    assert samples.source == f"891 samples of {path}"
    for column in samples.columns:
        cells = [None if pd.isna(cell) else cell for cell in frame[column.name].tolist()]
        assert list(column.cells) == cells
    assert list(samples.code_maps) == ["t-SNE", "PCA"]
