"""The constructor's arguments: each refused in words, and what "auto" becomes."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax
import pytest

from autoencode import Autoencoder
from autoencode.exceptions import InvalidInputError
from autoencode.model.arguments import derive_seed

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

WRONG: list[tuple[str, Any, str]] = [
    *(
        ("code_size", value, "code_size must be 'auto' or a whole number ≥ 1")
        for value in (0, -1, 2.5, True, "3", None)
    ),
    *(("epochs", value, "epochs must be a whole number ≥ 1") for value in (-1, 0, 2.0, "5", None, True)),
    *(("restarts", value, "restarts must be a whole number") for value in (0, 1.5, None)),
    *(("batch_size", value, "batch_size must be 'auto' or a whole number") for value in (0, -4, 3.5, "all")),
    *(("patience", value, "patience must be None or a whole number") for value in (0, -1, 1.5, "auto")),
    *(("weight_decay", value, "weight_decay must be a finite number ≥ 0") for value in (np.nan, -1, np.inf, "x", None)),
    *(("clip_norm", value, "clip_norm must be None or a finite number > 0") for value in (np.nan, 0, -1, "x")),
    *(("schedule", value, "schedule must be one of constant, cosine") for value in ("cosin", 3, None)),
    *(("learning_rate", value, "learning_rate must be a finite number > 0") for value in (np.nan, 0, -1, np.inf, "x")),
    *(("hidden", value, "hidden must be 'auto' or a tuple") for value in ((0,), "abc", 5, (2.5,), (True,), None)),
    *(("validation_fraction", value, "validation_fraction must be None or") for value in (1.5, 0, 1, -0.1, np.nan)),
    ("engine", "cuda", "engine must be one of auto, kernel, xla"),
    ("engine", None, "engine must be one of"),
    ("scaling", "standrd", "scaling must be .*did you mean 'standard'"),
    ("scaling", None, "scaling must be"),
    ("scaling", ["standard"], "scaling must be"),
    ("activation", "rellu", "^activation must be .*did you mean 'relu'"),
    ("activation", None, "^activation must be a name or a function"),
    ("activation", ["relu"], "^activation must be a name or a function"),
    ("code_activation", "sigmoyd", "^code_activation must be .*did you mean 'sigmoid'"),
    ("code_activation", "atuo", "^code_activation must be"),
    ("output_activation", "idntity", "^output_activation must be .*did you mean 'identity'"),
    ("loss", "squared_eror", "loss must be .*did you mean 'squared_error'"),
    ("loss", ["squared_error"], "loss must be a name or a function"),
    ("loss", None, "loss must be a name or a function"),
    ("optimizer", "adamm", "optimizer must be .*did you mean 'adam'"),
    ("optimizer", None, "optimizer must be"),
    ("optimizer", ["adam"], "optimizer must be"),
    ("optimizer", "lbfgs", "optimizer 'lbfgs'.*(asks|needs)"),
    ("optimizer", "polyak_sgd", "optimizer 'polyak_sgd'.*(asks|needs)"),
    ("optimizer", optax.lbfgs(), "optimizer .*(asks|needs)"),
    ("callbacks", 3, "callbacks must be None or a list of functions"),
    ("callbacks", [1], "callbacks must be None or a list of functions"),
    ("callbacks", print, "callbacks must be None or a list of functions"),
    ("random_state", -1, "random_state must lie between 0 and"),
    ("random_state", 2**32, "random_state must lie between 0 and"),
    ("random_state", "abc", "random_state: "),
    ("random_state", 1.5, "random_state: "),
    ("warm_start", "yes", "warm_start must be True or False"),
    ("verbose", "yes", "verbose must be 0 or 1"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG, ids=lambda value: str(value)[:30])
def test_a_wrong_argument_is_refused_by_name(table: np.ndarray, name: str, value: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Autoencoder(**{name: value}).fit(table)


def test_validation_twice_is_refused(table: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="either validation= samples or validation_fraction"):
        Autoencoder(validation_fraction=0.2).fit(table, validation=table)


def test_an_output_activation_against_a_fused_loss_is_refused(table: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match=r"binary_cross_entropy.*sigmoid.*'tanh'"):
        Autoencoder(loss="binary_cross_entropy", output_activation="tanh").fit(table)


def test_auto_values_are_derived_and_recorded(table: np.ndarray) -> None:
    model = Autoencoder(epochs=1, random_state=0).fit(table)
    assert model.code_size_ == 3  # ⌈√5⌉
    assert model.hidden_ == (16,)
    assert model.batch_size_ == 16
    assert model.scaling_ == "standard"
    assert model.settings_["output_activation"] == "identity"
    assert set(model.settings_["derived"]) == {"code_size", "hidden", "batch_size", "scaling", "output_activation"}
    assert model.summary().title == "5-16-3-16-5"
    given = Autoencoder(2, hidden=[4], batch_size=8, scaling="none", output_activation="tanh", epochs=1, random_state=0)
    assert given.fit(table / 2000).settings_["derived"] == ()
    assert given.hidden_ == (4,)


@pytest.mark.parametrize(
    ("samples", "loss", "scaling"),
    [
        (np.random.default_rng(0).random((20, 4)), "squared_error", "none"),
        (np.random.default_rng(0).random((20, 4)) * 9, "squared_error", "standard"),
        (np.random.default_rng(0).random((20, 4)) * 9, "binary_cross_entropy", "minmax"),
        (np.random.default_rng(0).random((20, 2, 2)) * 255, "squared_error", "global_minmax"),
    ],
)
def test_auto_scaling_follows_samples_and_loss(samples: np.ndarray, loss: str, scaling: str) -> None:
    assert Autoencoder(2, hidden=(), epochs=1, loss=loss, random_state=0).fit(samples).scaling_ == scaling


def test_functions_and_optax_objects_are_taken(table: np.ndarray) -> None:
    def quartic(reconstruction: jax.Array, sample: jax.Array) -> jax.Array:
        return ((reconstruction - sample) ** 4).mean()

    model = Autoencoder(
        np.int64(2), activation=jax.nn.relu, loss=quartic, optimizer=optax.sgd(1e-3), epochs=3, random_state=0
    ).fit(table)
    assert np.isfinite(model.history_.loss).all()
    assert model.history_.loss[-1, 0] < model.history_.loss[0, 0]


def test_seeds() -> None:
    assert derive_seed(7) == derive_seed(np.int64(7)) == 7
    assert derive_seed(np.random.RandomState(3)) == derive_seed(np.random.RandomState(3))
    assert derive_seed(np.random.default_rng(3)) == derive_seed(np.random.default_rng(3))
    assert derive_seed(None) != derive_seed(None)
