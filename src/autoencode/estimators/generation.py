"""What the decoder of a fitted model can make: made-up samples, steps between two samples, one unit changed."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Array, Float, Float32, Float64, Int
from sklearn.utils.validation import check_is_fitted

from autoencode.bottlenecks import Gaussian
from autoencode.estimators.assembly import Parts
from autoencode.estimators.code_summaries import read_entries
from autoencode.estimators.samples import open_samples
from autoencode.estimators.settings import DerivedSettings, derive_seed
from autoencode.evaluation import CodeStatistics, CodeSummary
from autoencode.exceptions import InvalidInputError, SampleShapeError
from autoencode.objectives import MMD
from autoencode.training.inference import decode_row, encode_row, map_rows
from autoencode.types import SampleMatrix

__all__ = ["GenerationMixin", "decode_codes", "draw_codes", "has_normal_prior", "make_up", "spread_values"]

MOST_NUMBERS = 2**28
"""How many numbers are made up at once; as float32 they take a gigabyte."""

VALUES = 9


def has_normal_prior(parts: Parts) -> bool:
    """Return whether a model's bottleneck or one of its terms trains codes towards a standard normal distribution.

    Examples
    --------
    >>> from autoencode.estimators.assembly import choose_parts
    >>> from autoencode.estimators import Autoencoder
    >>> [has_normal_prior(choose_parts(Autoencoder(recipe=name))) for name in ("vae", "wae-mmd", "vq-vae")]
    [True, True, False]
    """
    bottleneck, terms = parts.bottleneck, parts.terms
    is_gaussian = isinstance(bottleneck, Gaussian) and bottleneck.beta > 0
    return is_gaussian or any(isinstance(term, MMD) and term.weight > 0 for term in terms)


def _project_row(network: Any, row: Float[Array, " code"]) -> Float[Array, " code"]:
    """Return the nearest code that the network's bottleneck could give."""
    return network.project(row)


class GenerationMixin:
    """Making samples of codes, for an estimator."""

    code_size_: int
    network_: Any
    best_restart_: int
    settings_: DerivedSettings
    _code_summaries: tuple[CodeSummary | None, ...] = ()
    _feature_ends: np.ndarray | None = None

    @property
    def prior_is_normal_(self) -> bool:
        """Whether training pulled the codes towards a standard normal distribution."""
        check_is_fitted(self)
        return has_normal_prior(self.settings_.parts)

    @property
    def _code_summary(self) -> CodeSummary | None:
        """How the codes of the training samples lie; None where that is not known."""
        return self._code_summaries[self.best_restart_] if self._code_summaries else None

    def sample(self, n: int = 1, *, random_state: Any = 0) -> Any:
        """Return made-up samples: the reconstructions of codes that are drawn at random.

        Parameters
        ----------
        n
            How many, ≥ 1.
        random_state
            Seed of the codes, an integer, or a `RandomState`; the same seed gives the same samples. None: others at
            each call.

        Returns
        -------
        array or table
            In the shape and the units of the training samples. Of a table no number lies beyond those that its column
            had in training.

        Raises
        ------
        InvalidInputError
            If an argument cannot be used, or the model does not know its training codes.

        Notes
        -----
        A model with a Gaussian bottleneck, or a term that pulls codes towards a standard normal distribution, draws
        from that distribution. Any other draws from a normal distribution with the mean and the covariance of the codes
        of its training samples. That is a guess: where those codes form clusters, many of the drawn ones lie between
        them and stand for nothing. The bottleneck then puts each code at the nearest that it could give itself.
        """
        check_is_fitted(self)
        _check_count("n", n, 1, self)
        if not self.prior_is_normal_:
            _find_summary(self, "sample")
        codes = draw_codes(self, n, np.random.default_rng(derive_seed(random_state)))
        return self._representation.decode(make_up(self, codes))  # pyright: ignore[reportAttributeAccessIssue]

    def interpolate(self, a: Any, b: Any, steps: int = 8) -> Any:
        """Return what lies between two samples: the reconstructions along the straight line between their codes.

        Parameters
        ----------
        a, b
            Two samples: each one sample, or a batch of one, of whatever `fit` takes.
        steps
            How many, ≥ 2; the first is the reconstruction of `a`, the last that of `b`.

        Returns
        -------
        array or table
            In the shape and the units of the training samples.

        Raises
        ------
        InvalidInputError
            If an argument cannot be used.
        """
        check_is_fitted(self)
        _check_count("steps", steps, 2, self)
        start, end = _encode_one(self, a, "a"), _encode_one(self, b, "b")
        shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
        return _make_samples(self, (1 - shares) * start + shares * end)

    def traverse(self, x: Any, unit: int, values: Any = None) -> Any:
        """Return what one unit of the code stands for: reconstructions of a sample with that unit set to other values.

        Parameters
        ----------
        x
            One sample, or a batch of one, of whatever `fit` takes.
        unit
            Which, 0 ≤ unit < code_size.
        values
            What it is set to; by default nine values, evenly spaced from the 1st to the 99th percentile that the unit
            had in training.

        Returns
        -------
        array or table
            One reconstruction for each value, in the shape and the units of the training samples.

        Raises
        ------
        InvalidInputError
            If an argument cannot be used, or there are no values and the model does not know its training codes.
        """
        check_is_fitted(self)
        last = self.code_size_ - 1
        if not isinstance(unit, int | np.integer) or isinstance(unit, bool) or not 0 <= unit <= last:
            raise InvalidInputError(f"unit must be a whole number between 0 and {last}, got {unit!r:.100}.")
        if values is None:
            summary = _find_summary(self, "traverse", "; or give values")
            values = spread_values(summary, unit)
        values = _check_values(values, self)
        codes = np.repeat(_encode_one(self, x, "x"), len(values), axis=0)
        codes[:, unit] = values
        return _make_samples(self, codes)

    def code_statistics(self, X: Any = None) -> CodeStatistics:
        """Return how each unit of the code is used, and how the units share the work.

        Parameters
        ----------
        X
            Samples, whatever `fit` takes; None: those of training, of more than 10,000 so many evenly spaced ones.

        Returns
        -------
        CodeStatistics
            Prints as a table, and shows as one in a notebook.

        Raises
        ------
        InvalidInputError
            If the samples cannot be used, or there are none and the model does not know its training codes.
        """
        check_is_fitted(self)
        if X is None:
            return _find_summary(self, "code_statistics", "; or give X").statistics
        codes = self.transform(X)  # pyright: ignore[reportAttributeAccessIssue]
        return CodeStatistics.of(codes, *read_entries(self.network_, codes))


def _check_count(name: str, count: Any, least: int, model: Any) -> None:
    most = MOST_NUMBERS // max(len(model._scaling.offset), model.code_size_)
    whole = isinstance(count, int | np.integer) and not isinstance(count, bool)
    if not whole or not least <= count <= most:
        raise InvalidInputError(f"{name} must be a whole number between {least} and {most:,}, got {count!r:.100}.")


def _check_values(values: Any, model: Any) -> Float32[np.ndarray, " values"]:
    try:
        with np.errstate(over="ignore"):  # it is refused as infinite
            array = np.asarray(values).astype(np.float32, casting="same_kind")
    except (TypeError, ValueError):
        array = np.empty(0, np.float32)
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise InvalidInputError(f"values must be a list of finite numbers, at least one, got {values!r:.100}.")
    _check_count("the number of values", len(array), 1, model)
    return array


def _find_summary(model: Any, method: str, otherwise: str = "") -> CodeSummary:
    summary = model._code_summary
    if summary is None:
        raise InvalidInputError(
            f"{method} needs what `fit` records of the training codes, which this model does not have (one that an "
            f"earlier version saved does not); fit again{otherwise}."
        )
    return summary


def _encode_one(model: Any, sample: Any, name: str) -> Float32[np.ndarray, "one code"]:
    """Return the code of one sample, or of a batch of one."""
    if not hasattr(sample, "columns") and _shape_of(sample) in (model.sample_shape_, (model.n_features_in_,)):
        sample = np.asarray(sample)[None]
    opened = open_samples(sample, reading=model.reading_, argument=name)
    checked = model._representation.check(model, opened, reset=False)
    if len(checked) != 1:
        raise SampleShapeError(f"{name} must be one sample, or a batch of one, got {len(checked):,} samples.")
    return map_rows(encode_row, model.network_, model._scaling.apply(model._representation.encode(checked, name)))


def _shape_of(sample: Any) -> tuple[int, ...]:
    try:
        return np.shape(sample)
    except ValueError:  # a ragged list, which opening refuses in words
        return ()


def draw_codes(model: Any, count: int, generator: np.random.Generator) -> Float32[np.ndarray, "samples code"]:
    """Return codes drawn from a fitted model's prior: a standard normal one, else that of its training codes."""
    if model.prior_is_normal_:
        return generator.standard_normal((count, model.code_size_), np.float32)
    return model._code_summary.draw(count, generator)


def spread_values(summary: CodeSummary, units: int | Int[np.ndarray, " units"]) -> Float64[np.ndarray, "*units values"]:
    """Return nine values, evenly spaced over the middle 98 % of those that a unit, or each of some, had in training."""
    return np.linspace(summary.low[units], summary.high[units], VALUES, axis=-1)


def decode_codes(model: Any, codes: Float32[np.ndarray, "samples code"]) -> Float32[np.ndarray, "samples features"]:
    """Return scaled reconstructions of codes, each first put at the nearest that the model's bottleneck could give."""
    if getattr(model.network_, "project", None) is not None:
        codes = map_rows(_project_row, model.network_, codes)
    return map_rows(decode_row, model.network_, codes)


def make_up(model: Any, codes: Float32[np.ndarray, "samples code"]) -> SampleMatrix:
    """Return the features that drawn codes stand for; those of a table within the range that each had in training."""
    features = model._scaling.invert(decode_codes(model, codes))
    if not hasattr(model, "feature_names_in_") or model._feature_ends is None:
        return features
    low, high = model._feature_ends.astype(features.dtype)
    # One step inside, as the nearest float32 of a feature may stand for a cell that lies just beyond the end.
    inner = np.minimum(np.nextafter(low, high), high), np.maximum(np.nextafter(high, low), low)
    return np.clip(features, *inner)


def _make_samples(model: Any, codes: Float32[np.ndarray, "samples code"]) -> Any:
    """Return what codes stand for, as samples are given."""
    return model._representation.decode(model._scaling.invert(decode_codes(model, codes)))
