from __future__ import annotations

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.training import find_optimizer


def apply_once(optimizer: optax.GradientTransformation) -> np.ndarray:
    parameters = jnp.array([1.0, -2.0])
    updates, _ = optimizer.update(jnp.array([0.5, -3.0]), optimizer.init(parameters), parameters)
    return np.asarray(optax.apply_updates(parameters, updates))


@pytest.mark.parametrize("name", ["adam", "sgd", "lion", "adamw", "rmsprop", "radam"])
def test_named_optimizer_moves_against_the_gradient(name: str) -> None:
    optimizer = find_optimizer(name, 0.1)
    assert isinstance(optimizer, optax.GradientTransformation)
    moved = apply_once(optimizer) - np.array([1.0, -2.0])
    assert moved[0] <= 0 <= moved[1]
    assert np.abs(moved).max() > 0 or name == "radam"  # which waits some steps for its variance


def test_learning_rate_is_the_step() -> None:
    np.testing.assert_allclose(apply_once(find_optimizer("sgd", 0.25)), [1 - 0.125, -2 + 0.75], rtol=1e-6)


def test_adam_has_keras_constants() -> None:
    # A gradient as small as ε tells 1e-7 from optax's own 1e-8: the first step is rate · g / (|g| + ε).
    optimizer = find_optimizer("adam", 1.0)
    parameters = jnp.zeros(1)
    updates, _ = optimizer.update(jnp.array([1e-7]), optimizer.init(parameters), parameters)
    assert float(updates[0]) == pytest.approx(-0.5, rel=1e-3)


def test_object_is_returned_as_it_is() -> None:
    optimizer = optax.chain(optax.clip(1.0), optax.sgd(0.1))
    assert find_optimizer(optimizer, 123.0) is optimizer


def test_equal_arguments_give_one_object_so_that_nothing_is_compiled_again() -> None:
    assert find_optimizer("sgd", 0.1) is find_optimizer("sgd", np.float64(0.1))
    assert find_optimizer("sgd", 0.1) is not find_optimizer("sgd", 0.2)


@pytest.mark.parametrize(
    ("name", "nearest"), [("adm", "adam"), ("Adam", "adam"), ("sdg", "sgd"), ("rmsprp", "rmsprop")]
)
def test_unknown_name_suggests_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(InvalidInputError, match=f"optimizer .* got '{name}'; did you mean '{nearest}'"):
        find_optimizer(name, 0.1)


@pytest.mark.parametrize("name", ["zzzz", "apply_updates", "clip", "__doc__", ""])
def test_what_is_no_optimizer_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"optimizer must be an optax object or one of .*adam"):
        find_optimizer(name, 0.1)


@pytest.mark.parametrize("name", ["lbfgs", "polyak_sgd"])
def test_optimizer_that_needs_more_than_gradients_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"optimizer '{name}' asks for the loss .* choose another"):
        find_optimizer(name, 0.1)


def test_optimizer_that_needs_more_arguments_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def demanding(learning_rate: float, horizon: int) -> optax.GradientTransformation:
        return optax.sgd(learning_rate / horizon)

    demanding.__module__ = "optax._src.alias"
    monkeypatch.setattr(optax, "demanding", demanding, raising=False)
    with pytest.raises(InvalidInputError, match=r"'demanding' .*horizon.* pass the optax object"):
        find_optimizer("demanding", 0.1)


def test_every_name_that_is_taken_can_be_used() -> None:
    names = [n for n in dir(optax) if getattr(getattr(optax, n), "__module__", "").endswith(".alias")]
    assert len(names) > 10
    taken = []
    for name in names:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # optax deprecates some of its own
            try:
                optimizer = find_optimizer(name, 0.1)
            except InvalidInputError:
                continue
        parameters = jnp.zeros(2)
        updates, _ = jax.eval_shape(lambda p, o=optimizer: o.update(p, o.init(p), p), parameters)
        assert updates.shape == (2,)
        taken.append(name)
    assert {"adam", "sgd", "lion", "adamw"} <= set(taken)
