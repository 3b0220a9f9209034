"""What a constructor's arguments mean: checked, and "auto" values derived from the training samples."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np

from autoencode.exceptions import InvalidInputError
from autoencode.features import SCALINGS, choose_scaling
from autoencode.objectives import Loss, find_loss

__all__ = ["DerivedSettings", "check_parameters", "derive_seed", "derive_settings"]


@dataclass(frozen=True)
class DerivedSettings:
    """Every setting that a training depends on, with no "auto" left.

    Attributes
    ----------
    code_size, hidden, batch_size, scaling, output_activation
        What the constructor was told, or what "auto" became.
    derived
        Names of those that were "auto".
    """

    code_size: int
    hidden: tuple[int, ...]
    batch_size: int
    scaling: str
    output_activation: Any
    derived: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)


def _require(ok: bool, name: str, expected: str, value: Any) -> None:
    if not ok:
        raise InvalidInputError(f"{name} must be {expected}, got {value!r}.")


def _is_count(value: Any, *, least: int = 1) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= least


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(value))


def check_parameters(model: Any) -> None:
    """Check the constructor's arguments of an `Autoencoder`.

    Raises
    ------
    InvalidInputError
        If one of them cannot be used; the message names it, what was expected and what came.
    """
    is_auto = lambda value: isinstance(value, str) and value == "auto"  # noqa: E731
    count = "a whole number ≥ 1"
    _require(is_auto(model.code_size) or _is_count(model.code_size), "code_size", f"'auto' or {count}", model.code_size)
    _require(
        is_auto(model.batch_size) or _is_count(model.batch_size), "batch_size", f"'auto' or {count}", model.batch_size
    )
    hidden = model.hidden
    is_layers = isinstance(hidden, list | tuple) and all(_is_count(units) for units in hidden)
    _require(
        is_auto(hidden) or is_layers, "hidden", "'auto' or a tuple of whole numbers ≥ 1, such as (128, 64)", hidden
    )
    _require(_is_count(model.epochs), "epochs", count, model.epochs)
    _require(_is_count(model.restarts), "restarts", count, model.restarts)
    _require(model.patience is None or _is_count(model.patience), "patience", f"None or {count}", model.patience)
    rate = model.learning_rate
    _require(_is_number(rate) and rate > 0, "learning_rate", "a finite number > 0", rate)
    fraction = model.validation_fraction
    is_fraction = fraction is None or (_is_number(fraction) and 0 < fraction < 1)
    _require(is_fraction, "validation_fraction", "None or a number between 0 and 1", fraction)
    is_scaling = isinstance(model.scaling, str) and (model.scaling in SCALINGS or is_auto(model.scaling))
    _require(is_scaling, "scaling", f"'auto' or one of {', '.join(SCALINGS)}", model.scaling)
    callbacks = model.callbacks
    is_callables = callbacks is None or (isinstance(callbacks, list | tuple) and all(map(callable, callbacks)))
    _require(is_callables, "callbacks", "None or a list of functions of one epoch's record", callbacks)


def derive_seed(random_state: Any) -> int:
    """Return the seed that a scikit-learn `random_state` stands for.

    Parameters
    ----------
    random_state
        An integer ≥ 0, which is the seed itself; a `RandomState`, from which one is drawn; None, a fresh one.

    Returns
    -------
    int
        0 ≤ seed < 2**32.
    """
    if isinstance(random_state, Integral):
        if not 0 <= random_state < 2**32:
            raise InvalidInputError(f"random_state must lie between 0 and 2**32 - 1, got {random_state}.")
        return int(random_state)
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    from sklearn.utils import check_random_state

    try:
        return int(check_random_state(random_state).randint(2**31))
    except ValueError as error:
        raise InvalidInputError(f"random_state: {error}") from error


def derive_settings(model: Any, samples: np.ndarray, sample_shape: tuple[int, ...]) -> DerivedSettings:
    """Derive every "auto" value of an `Autoencoder` from its training samples.

    Parameters
    ----------
    model
        The estimator; only its constructor's arguments are read.
    samples
        The training samples, flat.
    sample_shape
        The shape of one sample as it was given.

    Returns
    -------
    DerivedSettings
        With code_size = ⌈√features⌉; hidden = one layer, the geometric mean of features and code size, at least 16;
        batch_size = a power of two near samples / 64, within 16 … 256; scaling by `choose_scaling`; output_activation
        that of the loss.
    """
    count, features = samples.shape
    loss: Loss = find_loss(model.loss)
    code_size = int(np.ceil(np.sqrt(features))) if isinstance(model.code_size, str) else int(model.code_size)
    hidden = (
        (max(16, round(float(np.sqrt(features * code_size)))),)
        if isinstance(model.hidden, str)
        else tuple(int(units) for units in model.hidden)
    )
    batch_size = (
        2 ** int(np.log2(np.clip(count / 64, 16, 256))) if isinstance(model.batch_size, str) else int(model.batch_size)
    )
    scaling = model.scaling
    if scaling == "auto":
        scaling = choose_scaling(samples, image=len(sample_shape) > 1, unit_interval=loss.needs_unit_interval)
    output_activation = model.output_activation
    if isinstance(output_activation, str) and output_activation == "auto":
        output_activation = loss.output_activation
    elif loss.fused and output_activation != loss.output_activation:
        raise InvalidInputError(
            f"loss={loss.name!r} is computed together with output_activation={loss.output_activation!r}; "
            f"use 'auto', got {output_activation!r}."
        )
    names = ("code_size", "hidden", "batch_size", "scaling", "output_activation")
    derived = tuple(n for n in names if isinstance(getattr(model, n), str) and getattr(model, n) == "auto")
    return DerivedSettings(code_size, hidden, batch_size, scaling, output_activation, derived)
