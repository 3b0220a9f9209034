"""What a fitted model gives: errors, score, summary, history in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from jaxtyping import TypeCheckError
from sklearn.metrics import r2_score

from autoencode import Autoencoder, evaluation
from autoencode.estimators import Summary, format_seconds
from autoencode.exceptions import InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


@pytest.mark.parametrize("per", ["sample", "feature"])
def test_errors_by_hand(fitted: Autoencoder, table: np.ndarray, per: str) -> None:
    axis = 1 if per == "sample" else 0
    difference = table - fitted.reconstruct(table)
    squared = fitted.errors(table, per=per)
    np.testing.assert_allclose(squared, (difference**2).mean(axis=axis), rtol=1e-5)
    assert squared.dtype == np.float64
    absolute = fitted.errors(table, measure="absolute_error", per=per)
    np.testing.assert_allclose(absolute, np.abs(difference).mean(axis=axis), rtol=1e-5)
    np.testing.assert_allclose(
        squared, evaluation.errors(table, fitted.reconstruct(table), measure="squared_error", per=per), rtol=1e-6
    )


def test_signed_sums_by_hand(fitted: Autoencoder, table: np.ndarray) -> None:
    sums = fitted.errors(table, measure="signed_sum")
    np.testing.assert_allclose(sums, (table - fitted.reconstruct(table)).sum(axis=1), rtol=1e-5, atol=1e-6)


def test_scaled_units_are_those_of_the_network(fitted: Autoencoder, table: np.ndarray) -> None:
    assert fitted.scaling_ == "standard"
    original = fitted.errors(table, per="feature")
    scaled = fitted.errors(table, per="feature", units="scaled")
    np.testing.assert_allclose(scaled * table.std(axis=0) ** 2, original, rtol=1e-3)
    np.testing.assert_allclose(scaled.mean(), fitted.history_.loss[-1, 0], rtol=0.1)


def test_the_loss_is_the_error_of_the_same_name(make: Make) -> None:
    samples = np.random.default_rng(0).random((60, 5))
    model = make(loss="binary_cross_entropy", epochs=2).fit(samples, validation=samples[:20])
    mean = model.errors(samples[:20], measure="binary_cross_entropy").mean()
    np.testing.assert_allclose(mean, model.restarts_[0].validation_loss, rtol=1e-5)


def test_wrong_words_are_refused(fitted: Autoencoder, table: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="measure must be one of"):
        fitted.errors(table, measure="mse")
    with pytest.raises((InvalidInputError, TypeCheckError), match="per"):
        fitted.errors(table, per="row")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="units must be"):
        fitted.errors(table, units="metres")


def test_score_is_r_squared_over_all_scaled_features(fitted: Autoencoder, table: np.ndarray) -> None:
    scaler = fitted.fitted_.scaling
    scaled, rebuilt = scaler.apply(table), scaler.apply(fitted.reconstruct(table))
    # With standard scaling every feature has the same variance, so both ways to average agree.
    oracle = r2_score(scaled, rebuilt, multioutput="variance_weighted")
    assert fitted.score(table) == pytest.approx(oracle, abs=1e-4)
    assert fitted.score(table) > 0.9
    other = table[:20] + 3
    scaled, rebuilt = scaler.apply(other), scaler.apply(fitted.reconstruct(other))
    mean = fitted.baselines_[0].mean
    by_hand = 1 - ((scaled - rebuilt) ** 2).sum() / ((scaled - mean) ** 2).sum()
    assert fitted.score(other) == pytest.approx(by_hand, rel=1e-4)


def test_the_mean_sample_has_score_zero(make: Make, table: np.ndarray) -> None:
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    from autoencode.model.assembly import list_arrays

    model = make(scaling="standard", epochs=1).fit(table)
    last = model.network_.decoder[-1]
    mean = jnp.asarray(model.baselines_[0].mean, jnp.float32)
    constant = eqx.tree_at(lambda layer: (layer.kernel, layer.bias), last, (jnp.zeros_like(last.kernel), mean))
    constant = eqx.tree_at(lambda network: network.decoder[-1], model.network_, constant)
    model.fitted_ = replace(model.fitted_, arrays=list_arrays(jax.tree.map(lambda leaf: leaf[None], constant)))
    assert model.score(table) == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(model.reconstruct(table[:1])[0], table.mean(axis=0), rtol=1e-4, atol=1e-4)


def test_transform_and_inverse_transform_make_reconstruct(fitted: Autoencoder, table: np.ndarray) -> None:
    np.testing.assert_array_equal(fitted.inverse_transform(fitted.transform(table)), fitted.reconstruct(table))
    np.testing.assert_array_equal(fitted.fit_transform.__self__.transform(table), fitted.transform(table))


def test_a_batch_larger_than_a_chunk_gives_the_same_bits_as_its_parts(fitted: Autoencoder, table: np.ndarray) -> None:
    many = np.tile(table, (11, 1))
    codes = fitted.transform(many)
    np.testing.assert_array_equal(codes[250:270], fitted.transform(many[250:270]))
    np.testing.assert_array_equal(codes[-1:], fitted.transform(many[-1:]))


def test_summary_counts_every_parameter(make: Make, table: np.ndarray) -> None:
    model = make(hidden=(4, 3), epochs=1).fit(table)
    summary = model.summary()
    layers = (*model.network_.encoder, *model.network_.decoder)
    assert summary.parameters == sum(layer.kernel.size + layer.bias.size for layer in layers)
    assert summary.title == "5-4-3-2-3-4-5"
    text, html = str(summary), summary._repr_html_()
    assert text.splitlines()[0] == summary.title
    assert [line.split()[0] for line in text.splitlines()[3:-2]] == [
        *("encoder_1", "encoder_2", "code", "decoder_1", "decoder_2", "reconstruction")
    ]
    assert str(summary.parameters) in text.splitlines()[-1]
    assert html.count("<tr>") == 8
    assert f"{summary.parameters:,}" in html
    assert repr(summary) == text


def test_the_posts_two_networks_have_its_parameters() -> None:
    samples = np.random.default_rng(0).random((20, 30))
    for hidden, parameters in (((), 152), ((2,), 164)):
        assert Autoencoder(2, hidden=hidden, epochs=1, random_state=0).fit(samples).summary().parameters == parameters


def test_html_is_escaped() -> None:
    assert "<script>" not in Summary("<script>", ())._repr_html_()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00 s"), (0.25, "0.25 s"), (12.4, "12 s"), (61, "1:01 min"), (3599, "59:59 min"), (3600, "1:00 h")],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_a_minute_is_never_sixty_seconds() -> None:
    for seconds in np.linspace(0, 8000, 3001):
        words = format_seconds(float(seconds))
        assert not words.startswith("60"), seconds
        assert ":60" not in words
