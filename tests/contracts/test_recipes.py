"""Every recipe trains on digits, keeps the laws of a model, and does what it is known for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.base import clone
from sklearn.decomposition import PCA

import autoencode as ae
from autoencode.model.part_lookup import NETWORKS, choose_parts
from autoencode.options import NETWORK_NAMES, RECIPE_NAMES
from autoencode.parts.objectives import CodedBatch, find_loss
from autoencode.parts.objectives.mmd import MMD
from autoencode.parts.recipes import DEFAULT, RECIPES, find_recipe
from autoencode.training import BottleneckedNetwork

pytestmark = [pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning"), pytest.mark.xdist_group("recipes")]

DIGITS = ae.data.load("digits")
TRAIN, TEST = (part.reshape(-1, 8, 8) for part in (DIGITS.train[:600], DIGITS.test[:100]))


@cache
def fit(recipe: str | None, *options: tuple[str, Any], **more: Any) -> ae.Autoencoder:
    """Return a model of the recipe, fitted once for all tests; rows are the steps of a sequence."""
    settings = {"epochs": 8, "restarts": 2, "random_state": 0, "learning_rate": 0.005, **dict(options), **more}
    return ae.Autoencoder(16, recipe=recipe, **settings).fit(TRAIN)


def sparsity(codes: np.ndarray) -> float:
    """Return the share of numbers that are small for their unit."""
    return float((np.abs(codes) < 0.1 * np.abs(codes).max(axis=0)).mean())


def scaled(model: ae.Autoencoder, samples: np.ndarray) -> jax.Array:
    return jnp.asarray(model.fitted_.scaling.apply(samples.reshape(len(samples), -1)))


def test_the_lists_are_complete() -> None:
    assert tuple(RECIPES) == RECIPE_NAMES
    assert tuple(NETWORKS) == NETWORK_NAMES
    assert find_recipe(None) is find_recipe("none") is DEFAULT


@pytest.mark.parametrize("name", RECIPES)
def test_each_has_a_paper_and_parts_that_there_are(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.sentence.endswith(".")
    assert any(year.isdigit() for year in recipe.paper.replace(";", ",").replace(",", " ").split())
    assert recipe.equation
    assert choose_parts(ae.Autoencoder(recipe=name)).network in NETWORKS
    find_loss(recipe.loss)


# Those that take a quarter of a minute each are in the slow tier.
LONG = ("sequence", "convolutional", "vq-vae", "iwae")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in RECIPES])
def test_it_trains_and_is_the_same_model_wherever_it_goes(name: str, tmp_path: Path) -> None:
    model = fit(name)
    losses = model.history_.loss
    assert np.isfinite(losses).all()
    assert (losses[-1] < losses[0]).all()
    arrays = jax.tree.leaves(eqx.filter(model.networks_, eqx.is_array))
    assert all(np.isfinite(array).all() for array in arrays)

    codes = model.transform(TEST)
    assert codes.shape == (len(TEST), 16)
    assert len({row.tobytes() for row in codes}) > len(TEST) // 2 or name == "beta-vae"
    np.testing.assert_array_equal(model.transform(TEST[3:4])[0], codes[3])
    np.testing.assert_array_equal(model.inverse_transform(codes), model.reconstruct(TEST))

    loaded = ae.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.transform(TEST), codes)
    np.testing.assert_array_equal(loaded.reconstruct(TEST), model.reconstruct(TEST))
    assert dict(loaded.settings_) == dict(model.settings_)
    assert clone(model).get_params() == model.get_params()
    other = model.keep_restart(1 - model.best_restart_)
    assert not np.array_equal(other.transform(TEST), codes)
    export = model.export_onnx(tmp_path / "onnx", samples=TEST)
    assert max(export.differences.values()) <= 1e-5


def test_linear_spans_the_subspace_of_pca() -> None:
    generator = np.random.default_rng(0)
    axes = np.linalg.qr(generator.normal(size=(12, 12)))[0]
    samples = generator.normal(size=(500, 12)) * ([3, 2.5, 2] + [0.3] * 9) @ axes.T
    model = ae.Autoencoder(3, recipe="linear", epochs=200, learning_rate=0.003, schedule="cosine", scaling="none")
    model.set_params(random_state=0).fit(samples)
    (decoder,) = model.network_.decoder
    pca = PCA(3).fit(samples)
    angles = subspace_angles(np.asarray(decoder.kernel, np.float64).T, pca.components_.T)
    assert np.degrees(angles).max() < 1


def test_sparse_codes_are_sparser_than_those_of_vanilla() -> None:
    vanilla = sparsity(fit("vanilla").transform(TEST))
    assert sparsity(fit("sparse-l1").transform(TEST)) > 2 * vanilla
    plain = fit(None, code_activation="sigmoid").transform(TEST)
    assert fit("sparse-kl").transform(TEST).mean() < 0.5 * plain.mean()


def test_a_top_k_code_has_at_most_k_numbers() -> None:
    used = (fit("top-k").transform(TEST) != 0).sum(axis=1)
    assert used.max() <= 4
    assert used.mean() > 3


def test_denoising_beats_vanilla_on_noise() -> None:
    # Digits run from 0 to 16.
    noisy = TEST + 16 * 0.3 * np.random.default_rng(0).normal(size=TEST.shape)
    errors = {name: np.square(fit(name).reconstruct(noisy) - TEST).mean() for name in ("denoising", "vanilla")}
    assert errors["denoising"] < 0.95 * errors["vanilla"]


def test_a_masked_model_fills_in_better_than_the_mean_sample() -> None:
    hidden = np.random.default_rng(0).random(TEST.shape) < 0.5
    model = fit("masked")
    rebuilt = model.reconstruct(np.where(hidden, 0, TEST))
    mean = np.broadcast_to(TRAIN.mean(axis=0), TEST.shape)
    assert np.square(rebuilt - TEST)[hidden].mean() < 0.8 * np.square(mean - TEST)[hidden].mean()


def test_contractive_codes_move_less() -> None:
    def slope(model: ae.Autoencoder) -> float:
        return float(jax.vmap(model.network_.squared_jacobian)(scaled(model, TEST)).mean())

    plain = fit("contractive", terms="none")
    assert slope(fit("contractive")) < 0.7 * slope(plain)


def test_a_larger_beta_means_a_smaller_divergence() -> None:
    def divergence(model: ae.Autoencoder) -> float:
        assert isinstance(model.network_, BottleneckedNetwork)
        mean, log_variance = jnp.split(jax.vmap(model.network_.network.encode)(scaled(model, TEST)), 2, axis=1)
        return float((jnp.square(mean) + jnp.exp(log_variance) - 1 - log_variance).sum(axis=1).mean() / 2)

    found = [divergence(fit("vae", bottleneck=f"gaussian(beta={beta})")) for beta in (0.25, 1.0, 4.0)]
    assert found[0] > 1.5 * found[1] > 3 * found[2]


def test_several_draws_bound_the_likelihood_more_tightly() -> None:
    assert fit("iwae").history_.loss[-1].mean() < fit("vae").history_.loss[-1].mean()


def test_codes_of_a_wae_are_nearer_to_a_normal_distribution() -> None:
    def discrepancy(name: str) -> float:
        model = fit(name)
        codes = jnp.asarray(model.transform(TRAIN))
        keys, ones = jax.random.split(jax.random.key(0), len(codes)), jnp.ones(len(codes))
        return float(MMD(1.0)(CodedBatch(codes, codes, ones, keys, None))[0])

    assert discrepancy("wae-mmd") < 0.5 * discrepancy("vanilla")


def test_a_vq_vae_uses_most_of_its_codebook() -> None:
    model = fit("vq-vae")
    bottleneck = model.network_.bottleneck
    entries = np.asarray(jax.vmap(bottleneck.entries_of)(jnp.asarray(model.transform(TRAIN))))
    assert len(np.unique(entries)) > bottleneck.entries / 2
    book = {row.tobytes() for row in np.asarray(bottleneck.codebook.entries)}
    assert {row.tobytes() for row in model.transform(TEST).reshape(-1, 4)} <= book


def test_fsq_codes_lie_on_levels() -> None:
    codes = fit("fsq").transform(TEST)
    levels = np.linspace(-1, 1, 8)
    assert np.abs(codes[..., None] - levels).min(axis=-1).max() < 1e-6
    assert len(np.unique(np.round(codes, 4))) > 4


def test_what_is_given_beside_a_recipe_wins() -> None:
    parts = choose_parts(ae.Autoencoder(recipe="vae", bottleneck="plain", activation="relu"))
    assert parts.tell()["bottleneck"] == "plain"
    assert parts.activation == "relu"
    table = np.random.default_rng(0).normal(size=(40, 3))
    model = ae.Autoencoder(recipe="vae", loss="squared_error", epochs=1, random_state=0).fit(table)
    assert model.settings_["loss"] == "squared_error"
    assert model.scaling_ == "standard"
    assert ae.Autoencoder(recipe="vae", epochs=1, random_state=0).fit(table).scaling_ == "minmax"


def test_a_recipe_takes_a_mixed_table() -> None:
    import pandas as pd

    table = pd.DataFrame({"size": np.arange(60.0), "kind": list("abc") * 20})
    model = ae.Autoencoder(2, recipe="vae", epochs=2, random_state=0).fit(table)
    assert model.settings_["loss"] == "column_loss"
    assert list(model.reconstruct(table).columns) == ["size", "kind"]


def test_warm_start_goes_on_with_its_parts() -> None:
    model = ae.Autoencoder(16, recipe="vq-vae", epochs=2, warm_start=True, random_state=0).fit(TRAIN)
    assert model.fit(TRAIN).history_.epochs == 4
    with pytest.raises(ae.exceptions.InvalidInputError, match="bottleneck is 'vector_quantized"):
        model.set_params(bottleneck="plain").fit(TRAIN)
