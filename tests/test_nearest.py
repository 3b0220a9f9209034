"""Names that other libraries have: the message says what they are here."""

from __future__ import annotations

import pytest

from autoencode.nearest import _OURS, end_with_nearest
from autoencode.options import ACTIVATION_NAMES, LOSS_NAMES, NETWORK_NAMES, RECIPE_NAMES, SCALING_NAMES, SCHEDULE_NAMES


@pytest.mark.parametrize(
    ("word", "known", "ours"),
    [
        ("swish", ACTIVATION_NAMES, "silu"),
        ("Swish", ACTIVATION_NAMES, "silu"),
        ("linear", ACTIVATION_NAMES, "identity"),
        ("logistic", ACTIVATION_NAMES, "sigmoid"),
        ("MSELoss", LOSS_NAMES, "squared_error"),
        ("mean_squared_error", LOSS_NAMES, "squared_error"),
        ("L1Loss", LOSS_NAMES, "absolute_error"),
        ("SmoothL1Loss", LOSS_NAMES, "huber"),
        ("binary_crossentropy", LOSS_NAMES, "binary_cross_entropy"),
        ("BCEWithLogitsLoss", LOSS_NAMES, "binary_cross_entropy"),
        ("CrossEntropyLoss", LOSS_NAMES, "categorical_cross_entropy"),
        ("CosineAnnealingLR", SCHEDULE_NAMES, "cosine"),
        ("CosineDecay", SCHEDULE_NAMES, "cosine"),
        ("ReduceLROnPlateau", SCHEDULE_NAMES, "plateau"),
        ("StandardScaler", SCALING_NAMES, "standard"),
        ("MinMaxScaler", SCALING_NAMES, "minmax"),
        ("CNN", NETWORK_NAMES, "convolutional"),
        ("MLP", NETWORK_NAMES, "dense"),
        ("CAE", RECIPE_NAMES, "contractive"),
    ],
)
def test_a_name_from_elsewhere_is_told_ours(word: str, known: tuple[str, ...], ours: str) -> None:
    assert end_with_nearest(word, known) == f"; it is {ours!r} here."


@pytest.mark.parametrize(
    ("word", "known", "ours"),
    [
        ("SiLU", ACTIVATION_NAMES, "silu"),
        ("LeakyReLU", ACTIVATION_NAMES, "leaky_relu"),
        ("soft_sign", ACTIVATION_NAMES, "softsign"),
        ("GELU", ACTIVATION_NAMES, "gelu"),
        ("AdamW", ("adam", "adamw"), "adamw"),
        ("beta_vae", RECIPE_NAMES, "beta-vae"),
        ("LSTM", NETWORK_NAMES, "lstm"),
    ],
)
def test_a_name_that_is_written_otherwise_is_found(word: str, known: tuple[str, ...], ours: str) -> None:
    assert end_with_nearest(word, known) == f"; did you mean {ours!r}?"


def test_names_from_elsewhere_lead_to_names_that_there_are() -> None:
    known = {*ACTIVATION_NAMES, *LOSS_NAMES, *NETWORK_NAMES, *RECIPE_NAMES, *SCALING_NAMES, *SCHEDULE_NAMES, "sgd"}
    assert set(_OURS.values()) <= known


def test_where_ours_is_not_to_be_had_it_is_not_told() -> None:
    assert end_with_nearest("swish", ("relu", "tanh")) == "."
