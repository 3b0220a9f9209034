"""The decoder in numbers: a plain forward pass in NumPy gives the model's own reconstructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from autoencode import Autoencoder
from autoencode.estimators.model_study import study
from autoencode.parts.activations import find_forms
from autoencode.parts.networks import ACTIVATIONS
from autoencode.report.study import Decoder

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def decode_by_hand(decoder: Decoder, codes: np.ndarray) -> np.ndarray:
    """Return features in their own units, in float64, from nothing but the decoder's numbers."""
    values = codes.astype(np.float64)
    for layer in decoder.layers:
        values = values @ layer.weights.astype(np.float64) + layer.bias
        if layer.activation != "by_column":
            values = find_forms(layer.activation).evaluate(values)
            continue
        for _, kind, start, stop in decoder.groups:
            part = values[:, start:stop]
            if kind == "flag":
                values[:, start:stop] = expit(part)
            elif kind == "category":
                shares = np.exp(part - part.max(axis=1, keepdims=True))
                values[:, start:stop] = shares / shares.sum(axis=1, keepdims=True)
    return values * decoder.scale + decoder.offset


def check_decoder(model: Autoencoder, X: Any) -> None:
    found = study(model, X)
    assert found.decoder is not None
    samples = found.samples
    assert samples is not None
    rebuilt = decode_by_hand(found.decoder, samples.codes)
    np.testing.assert_allclose(rebuilt, samples.rebuilt, atol=1e-5 * max(1, np.abs(samples.rebuilt).max()))
    if model.table_encoder_ is None:
        flat = model.inverse_transform(samples.codes).reshape(len(samples), -1)
        np.testing.assert_allclose(rebuilt, flat, atol=1e-5 * max(1, np.abs(flat).max()))
    else:
        by_hand = model.table_encoder_.inverse_transform(rebuilt)
        theirs = model.inverse_transform(samples.codes)
        numbers = theirs.select_dtypes(["int64", "float64"]).columns
        np.testing.assert_allclose(by_hand[numbers].astype(float), theirs[numbers].astype(float), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("hidden", [(), (4, 3), pytest.param((4,), marks=pytest.mark.slow)], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_decoder_in_numbers_is_the_models_own(
    activation: str, hidden: tuple[int, ...], make: Make, table: np.ndarray
) -> None:
    check_decoder(make(hidden=hidden, activation=activation, output_activation=activation, epochs=1).fit(table), table)


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "global_minmax"])
def test_a_decoder_gives_the_samples_own_units(scaling: str, make: Make, table: np.ndarray) -> None:
    check_decoder(make(scaling=scaling).fit(table), table)


@pytest.mark.parametrize("scaling", ["standard", "quantile"])
def test_a_decoder_of_a_table_has_its_columns(scaling: str, make: Make, animals: pd.DataFrame) -> None:
    check_decoder(make(hidden=(5,), scaling=scaling).fit(animals), animals)


def test_a_function_by_its_name_is_known_and_one_of_the_users_own_is_not(make: Make, table: np.ndarray) -> None:
    check_decoder(make(hidden=(3,), activation=ACTIVATIONS["tanh"]).fit(table), table)
    own = make(hidden=(3,), activation=lambda z: z * 0.5).fit(table)
    assert study(own, table).decoder is None
    assert study(make(output_activation=lambda z: z * 0.5).fit(table), table).decoder is None
    # Of a decoder without hidden layers their activation is no part.
    assert study(make(activation=lambda z: z * 0.5).fit(table), table).decoder is not None
