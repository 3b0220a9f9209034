"""What the decoder of a fitted model can make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from jaxtyping import Array

import autoencode as ae
from autoencode import Autoencoder
from autoencode.evaluation import CodeStatistics
from autoencode.exceptions import InvalidInputError, ModelFileError, SampleShapeError
from autoencode.model.generation import decode_codes
from autoencode.model.restarts import read_entries, summarise_codes
from autoencode.parts.networks import DenseBlueprint
from autoencode.runs import read_model_file, write_model_file
from autoencode.training import stack_networks

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


@pytest.fixture(scope="module")
def of_animals(make: Make, animals: pd.DataFrame) -> Autoencoder:
    return make(epochs=5).fit(animals)


@pytest.fixture(scope="module")
def of_images(make: Make) -> Autoencoder:
    return make(epochs=5).fit(np.random.default_rng(0).random((40, 2, 3), np.float32))


# ---------------------------------------------------------------------- sample


def test_the_same_seed_makes_the_same_samples(fitted: Autoencoder) -> None:
    first = fitted.sample(7)
    assert first.shape == (7, 5)
    assert first.dtype == fitted.dtype_
    assert first.tobytes() == fitted.sample(7, random_state=0).tobytes()
    assert not np.array_equal(first, fitted.sample(7, random_state=1))
    assert not np.array_equal(fitted.sample(7, random_state=None), fitted.sample(7, random_state=None))


def test_samples_are_like_those_of_training(fitted: Autoencoder, table: np.ndarray) -> None:
    made = fitted.sample(2000)
    np.testing.assert_allclose(made.mean(axis=0), table.mean(axis=0), atol=0.1 * table.std(axis=0).max())
    np.testing.assert_allclose(made.std(axis=0), table.std(axis=0), rtol=0.25)


def test_samples_come_as_those_of_training_came(
    of_animals: Autoencoder, of_images: Autoencoder, animals: pd.DataFrame
) -> None:
    made = of_animals.sample(4)
    assert isinstance(made, pd.DataFrame)
    assert list(made.columns) == list(animals.columns)
    assert (made.dtypes == animals.dtypes).all()
    assert of_images.sample(3).shape == (3, 2, 3)


def test_made_up_rows_stay_within_what_each_column_had(
    of_animals: Autoencoder, make: Make, animals: pd.DataFrame, tmp_path: Path
) -> None:
    numbers = pd.DataFrame(np.random.default_rng(1).exponential(size=(200, 3)), columns=["a", "b", "c"])
    for model, table in ((of_animals, animals), (make(epochs=5).fit(numbers), numbers)):
        made = pd.DataFrame(model.sample(500), columns=table.columns)
        for name in table.select_dtypes(["number", "datetime", "timedelta"]):
            told = made[name].dropna()
            assert len(told) > 100
            assert table[name].min() <= told.min()
            assert told.max() <= table[name].max()
        again = pd.DataFrame(ae.load(model.save(tmp_path / "model.safetensors")).sample(500), columns=table.columns)
        pd.testing.assert_frame_equal(again, made)


def test_a_model_that_does_not_know_the_ends_of_its_columns_makes_up_rows_too(
    of_animals: Autoencoder, tmp_path: Path
) -> None:
    tensors, configuration = read_model_file(of_animals.save(tmp_path / "model.safetensors"))
    ends = tensors.pop("feature_ends")
    earlier = {key: value for key, value in configuration.items() if key not in ("knows_feature_ends", "fingerprint")}
    assert len(ae.load(write_model_file(tmp_path / "earlier.safetensors", tensors, earlier)).sample(9)) == 9
    tensors["feature_ends"] = ends[::-1] + 1
    with pytest.raises(ModelFileError, match="feature_ends"):
        ae.load(write_model_file(tmp_path / "wrong.safetensors", tensors, configuration))


def test_each_restart_draws_from_its_own_codes(make: Make, table: np.ndarray) -> None:
    model = make(restarts=2).fit(table)
    for restart in range(2):
        kept = model.keep_restart(restart)
        expected = CodeStatistics.of(kept.transform(table))
        np.testing.assert_allclose(kept.code_statistics().mean, expected.mean, atol=1e-6)
        assert kept.sample(2).shape == (2, 5)


class Rounding(eqx.Module):
    """A network whose bottleneck rounds."""

    network: eqx.Module
    bottleneck: object = eqx.field(static=True)

    def encode(self, sample: Array) -> Array:
        return jnp.round(self.network.encode(sample))

    def decode(self, code: Array) -> Array:
        return self.network.decode(code)

    def project(self, code: Array) -> Array:
        return jnp.round(code)


class Rounded:
    """What a quantising bottleneck offers."""

    entries = 21

    def entries_of(self, code: Array) -> Array:
        return jnp.clip(jnp.round(code).astype(jnp.int32) + 10, 0, 20)


def test_a_bottleneck_puts_codes_at_the_nearest_that_it_gives(make: Make, table: np.ndarray) -> None:
    model = make().fit(table)
    plain = model.network_
    vars(model.fitted_).update(network=Rounding(plain, Rounded()), _dense_layers=None)
    codes = np.array([[0.4, -1.6]], np.float32)
    np.testing.assert_allclose(
        decode_codes(model.fitted_, codes)[0], np.asarray(plain.decode(jnp.array([0.0, -2.0]))), atol=1e-6
    )
    statistics = model.code_statistics(table)
    assert statistics.entry_counts is not None
    assert statistics.entry_counts.sum() == 2 * len(table)
    entries, count = read_entries(model.network_, model.transform(table))
    assert count == 21
    assert entries is not None
    assert entries.shape == (len(table), 2)


def test_a_model_pulled_to_a_normal_prior_draws_from_it(make: Make, table: np.ndarray) -> None:
    model = make().fit(table)
    assert not model.prior_is_normal_
    for parts in ({"bottleneck": "gaussian"}, {"terms": ["mmd(weight=1.0)"]}):
        pulled = make(**parts).fit(table)
        assert pulled.prior_is_normal_
        pulled.fitted_ = replace(pulled.fitted_, code_summaries=())  # not needed
        expected = pulled.inverse_transform(np.random.default_rng(0).standard_normal((3, 2), np.float32))
        np.testing.assert_array_equal(pulled.sample(3), expected)
    assert not make(bottleneck="gaussian(beta=0.0)").fit(table).prior_is_normal_


@pytest.mark.parametrize("n", [0, -1, 1.5, "3", None, True, 10**12], ids=str)
def test_a_bad_number_of_samples_is_refused(fitted: Autoencoder, n: object) -> None:
    with pytest.raises(InvalidInputError, match=r"n must be a whole number between 1 and [\d,]+, got"):
        fitted.sample(n)  # pyright: ignore[reportArgumentType]


def test_a_bad_seed_is_refused(fitted: Autoencoder) -> None:
    for seed in (-1, "x", 2.5):
        with pytest.raises(InvalidInputError, match="random_state"):
            fitted.sample(random_state=seed)


# ---------------------------------------------------------------------- interpolate, traverse


def test_the_ends_of_a_line_are_the_reconstructions(fitted: Autoencoder, table: np.ndarray) -> None:
    steps = fitted.interpolate(table[0], table[1:2], steps=5)
    assert steps.shape == (5, 5)
    np.testing.assert_array_equal(steps[[0, -1]], fitted.reconstruct(table[:2]))
    codes = fitted.transform(table[:2])
    middle = fitted.inverse_transform(codes.mean(axis=0, keepdims=True))
    np.testing.assert_allclose(steps[2], middle[0], rtol=1e-4)


def test_the_ends_are_tables_where_samples_are(of_animals: Autoencoder, animals: pd.DataFrame) -> None:
    steps = of_animals.interpolate(animals.iloc[[0]], animals.iloc[[5]], steps=3)
    expected = of_animals.reconstruct(animals.iloc[[0, 5]])
    pd.testing.assert_frame_equal(steps.iloc[[0, 2]].reset_index(drop=True), expected.reset_index(drop=True))


def test_images_are_taken_one_by_one_or_as_a_batch_of_one(of_images: Autoencoder) -> None:
    image = np.random.default_rng(1).random((2, 3), np.float32)
    ways = (image, image[None], image.reshape(-1), image.reshape(1, -1), image.tolist())
    first, *others = (of_images.traverse(way, 0, [0.5]) for way in ways)
    assert first.shape == (1, 2, 3)
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_a_unit_set_to_its_own_value_changes_nothing(fitted: Autoencoder, table: np.ndarray) -> None:
    code = fitted.transform(table[:1])[0]
    for unit in range(2):
        found = fitted.traverse(table[0], unit, [code[unit], code[unit] + 1])
        np.testing.assert_array_equal(found[0], fitted.reconstruct(table[:1])[0])
        assert not np.array_equal(found[1], found[0])


def test_unasked_values_are_those_of_training(fitted: Autoencoder, table: np.ndarray) -> None:
    codes = fitted.transform(table)
    values = np.linspace(*np.percentile(codes[:, 1], [1, 99]), 9)
    np.testing.assert_allclose(fitted.traverse(table[3], 1), fitted.traverse(table[3], 1, values), rtol=1e-5)


@pytest.mark.parametrize("unit", [-1, 2, 0.0, "0", None, True], ids=str)
def test_a_bad_unit_is_refused(fitted: Autoencoder, table: np.ndarray, unit: object) -> None:
    with pytest.raises(InvalidInputError, match="unit must be a whole number between 0 and 1, got"):
        fitted.traverse(table[0], unit)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "values", [[], [[1.0]], ["a"], [np.nan], [1e99], 3.0, [1j], [[1], [1, 2]]], ids=lambda values: f"{values}"
)
def test_bad_values_are_refused(fitted: Autoencoder, table: np.ndarray, values: object) -> None:
    with pytest.raises(InvalidInputError, match="values must be a list of finite numbers"):
        fitted.traverse(table[0], 0, values)


@pytest.mark.parametrize("steps", [1, 0, 2.0, None], ids=str)
def test_bad_steps_are_refused(fitted: Autoencoder, table: np.ndarray, steps: object) -> None:
    with pytest.raises(InvalidInputError, match="steps must be a whole number between 2 and"):
        fitted.interpolate(table[0], table[1], steps)  # pyright: ignore[reportArgumentType]


def test_what_is_not_one_sample_is_refused(fitted: Autoencoder, table: np.ndarray) -> None:
    with pytest.raises(SampleShapeError, match="a must be one sample, or a batch of one, got 2 samples"):
        fitted.interpolate(table[:2], table[1])
    with pytest.raises(InvalidInputError, match="b"):
        fitted.interpolate(table[0], table[1, :3])
    for odd in (3.0, "no such file", [[1.0], [2.0, 3.0]], np.full(5, np.nan), None):
        with pytest.raises((ae.AutoencodeError, ValueError)):
            fitted.traverse(odd, 0, [1.0])


# ---------------------------------------------------------------------- statistics


def test_statistics_are_those_of_the_codes(fitted: Autoencoder, table: np.ndarray) -> None:
    expected = CodeStatistics.of(fitted.transform(table))
    for found in (fitted.code_statistics(), fitted.code_statistics(table)):
        assert str(found) == str(expected)
    assert fitted.code_statistics(table[:7]).samples == 7


@pytest.mark.parametrize("method", ["sample", "code_statistics", "interpolate", "traverse"])
def test_an_unfitted_model_says_so(make: Make, table: np.ndarray, method: str) -> None:
    arguments = {"interpolate": (table[0], table[1]), "traverse": (table[0], 0)}.get(method, ())
    with pytest.raises(ValueError, match="not fitted"):
        getattr(make(), method)(*arguments)


# ---------------------------------------------------------------------- model files


def test_a_saved_model_makes_the_same(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    model = make(restarts=2).fit(table)
    summaries = list(model.fitted_.code_summaries)
    summaries[1 - model.best_restart_] = None
    model.fitted_ = replace(model.fitted_, code_summaries=tuple(summaries))
    again = ae.load(model.save(tmp_path / "model"))
    assert again.sample(4).tobytes() == model.sample(4).tobytes()
    assert again.traverse(table[0], 1).tobytes() == model.traverse(table[0], 1).tobytes()
    assert str(again.code_statistics()) == str(model.code_statistics())
    assert [one is None for one in again.fitted_.code_summaries] == [one is None for one in summaries]


def test_a_model_of_an_earlier_version_says_what_it_lacks(
    fitted: Autoencoder, table: np.ndarray, tmp_path: Path
) -> None:
    tensors, configuration = read_model_file(fitted.save(tmp_path / "model"))
    del configuration["code_summaries"], configuration["fingerprint"]
    for name in ("code_units", "code_directions"):
        del tensors[name]
    earlier = ae.load(write_model_file(tmp_path / "earlier", tensors, configuration))
    for call in (earlier.sample, earlier.code_statistics, lambda: earlier.traverse(table[0], 0)):
        with pytest.raises(InvalidInputError, match=r"this model does not have .* fit again"):
            call()
    assert earlier.traverse(table[0], 0, [1.0]).shape == (1, 5)
    assert str(earlier.code_statistics(table)) == str(fitted.code_statistics(table))
    assert earlier.interpolate(table[0], table[1]).shape == (8, 5)


def test_a_network_without_finite_codes_has_no_summary() -> None:
    broken = DenseBlueprint(3, 2, code_activation="identity").draw(np.random.default_rng(0))
    broken = eqx.tree_at(lambda network: network.encoder[0].bias, broken, np.full(2, np.nan, np.float32))
    assert summarise_codes(stack_networks([broken, broken]), 2, np.ones((3, 3), np.float32)) == (None, None)
