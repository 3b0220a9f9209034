"""What the decoder of a fitted model can make: made-up samples, steps between two samples, one unit changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Float64, Int

from autoencode.evaluation import CodeSummary
from autoencode.exceptions import InvalidInputError, SampleShapeError
from autoencode.model.arguments import derive_seed
from autoencode.model.fitted import Fitted
from autoencode.types import SampleMatrix

if TYPE_CHECKING:
    from autoencode.model.part_lookup import Parts

MOST_NUMBERS = 2**28
"""How many numbers are made up at once; as float32 they take a gigabyte."""

VALUES = 9


def has_normal_prior(parts: Parts) -> bool:
    """Return whether a model's bottleneck or one of its terms trains codes towards a standard normal distribution.

    Examples
    --------
    >>> from autoencode.model.part_lookup import choose_parts
    >>> from autoencode.estimators import Autoencoder
    >>> [has_normal_prior(choose_parts(Autoencoder(recipe=name))) for name in ("vae", "wae-mmd", "vq-vae")]
    [True, True, False]
    """
    return any(getattr(part, "has_normal_prior", False) for part in (parts.bottleneck, *parts.terms))


def draw(fitted: Fitted, count: int, random_state: Any) -> Float32[np.ndarray, "samples code"]:
    """Return codes for made-up samples; see `Autoencoder.sample`."""
    _check_count("n", count, 1, fitted)
    if not has_normal_prior(fitted.settings.parts):
        find_summary(fitted, "sample")
    return draw_codes(fitted, count, np.random.default_rng(derive_seed(random_state)))


def sample(fitted: Fitted, count: int, random_state: Any) -> Any:
    """Return made-up samples; see `Autoencoder.sample`."""
    return fitted.format.decode(make_up(fitted, draw(fitted, count, random_state)))


def interpolate(fitted: Fitted, a: Any, b: Any, steps: int) -> Any:
    """Return what lies between two samples; see `Autoencoder.interpolate`."""
    _check_count("steps", steps, 2, fitted)
    start, end = _encode_one(fitted, a, "a"), _encode_one(fitted, b, "b")
    shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return _make_samples(fitted, (1 - shares) * start + shares * end)


def traverse(fitted: Fitted, x: Any, unit: int, values: Any) -> Any:
    """Return reconstructions of a sample with one unit of its code changed; see `Autoencoder.traverse`."""
    last = fitted.settings.code_size - 1
    if not isinstance(unit, int | np.integer) or isinstance(unit, bool) or not 0 <= unit <= last:
        raise InvalidInputError(f"unit must be a whole number between 0 and {last}, got {unit!r:.100}.")
    if values is None:
        values = spread_values(find_summary(fitted, "traverse", "; or give values"), unit)
    values = _check_values(values, fitted)
    codes = np.repeat(_encode_one(fitted, x, "x"), len(values), axis=0)
    codes[:, unit] = values
    return _make_samples(fitted, codes)


def _check_count(name: str, count: Any, least: int, fitted: Fitted) -> None:
    most = MOST_NUMBERS // max(len(fitted.scaling.offset), fitted.settings.code_size)
    whole = isinstance(count, int | np.integer) and not isinstance(count, bool)
    if not whole or not least <= count <= most:
        raise InvalidInputError(f"{name} must be a whole number between {least} and {most:,}, got {count!r:.100}.")


def _check_values(values: Any, fitted: Fitted) -> Float32[np.ndarray, " values"]:
    try:
        with np.errstate(over="ignore"):  # it is refused as infinite
            array = np.asarray(values).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):
        array = np.empty(0, np.float32)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise InvalidInputError(f"values must be a list of finite numbers, at least one, got {values!r:.100}.")
    _check_count("the number of values", len(array), 1, fitted)
    return array


def find_summary(fitted: Fitted, method: str, otherwise: str = "") -> CodeSummary:
    """Return how the codes of training lie, which a method needs.

    Raises
    ------
    InvalidInputError
        If that is not known.
    """
    summary = fitted.code_summary
    if summary is None:
        raise InvalidInputError(
            f"{method} needs what `fit` records of the training codes, which this model does not have (one that an "
            f"earlier version saved does not); fit again{otherwise}."
        )
    return summary


def _encode_one(fitted: Fitted, sample: Any, name: str) -> Float32[np.ndarray, "one code"]:
    """Return the code of one sample, or of a batch of one."""
    form = fitted.format
    if not hasattr(sample, "columns") and _shape_of(sample) in (form.sample_shape, (form.columns.length,)):
        sample = np.asarray(sample)[None]
    checked = fitted.check(sample, name)
    if len(checked) != 1:
        raise SampleShapeError(f"{name} must be one sample, or a batch of one, got {len(checked):,} samples.")
    return fitted.encode(fitted.format.encode(checked, name))


def _shape_of(sample: Any) -> tuple[int, ...]:
    try:
        return np.shape(sample)
    except ValueError:  # a ragged list, which opening refuses in words
        return ()


def draw_codes(fitted: Fitted, count: int, generator: np.random.Generator) -> Float32[np.ndarray, "samples code"]:
    """Return codes drawn from a fitted model's prior: a standard normal one, else that of its training codes."""
    summary = fitted.code_summary
    if summary is None or has_normal_prior(fitted.settings.parts):
        return generator.standard_normal((count, fitted.settings.code_size), np.float32)
    return summary.draw(count, generator)


def spread_values(summary: CodeSummary, units: int | Int[np.ndarray, " units"]) -> Float64[np.ndarray, "*units values"]:
    """Return nine values, evenly spaced over the middle 98 % of those that a unit, or each of some, had in training."""
    return np.linspace(summary.low[units], summary.high[units], VALUES, axis=-1)


def decode_codes(fitted: Fitted, codes: Float32[np.ndarray, "samples code"]) -> Float32[np.ndarray, "samples features"]:
    """Return scaled reconstructions of codes, each first put at the nearest that the model's bottleneck could give."""
    return fitted.decode_scaled(fitted.project(codes))


def make_up(fitted: Fitted, codes: Float32[np.ndarray, "samples code"]) -> SampleMatrix:
    """Return the features that drawn codes stand for; those of a table within the range that each had in training."""
    features = fitted.scaling.invert(decode_codes(fitted, codes))
    if fitted.format.columns.names is None or fitted.feature_ends is None:
        return features
    low, high = fitted.feature_ends.astype(features.dtype)
    # One step inside, as the nearest float32 of a feature may stand for a cell that lies just beyond the end.
    inner = np.minimum(np.nextafter(low, high), high), np.maximum(np.nextafter(high, low), low)
    return np.clip(features, *inner)


def _make_samples(fitted: Fitted, codes: Float32[np.ndarray, "samples code"]) -> Any:
    """Return what codes stand for, as samples are given."""
    return fitted.format.decode(fitted.scaling.invert(decode_codes(fitted, codes)))
