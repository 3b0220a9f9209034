"""What a fitted model makes of samples: codes, reconstructions, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from autoencode.data.samples import Reading
from autoencode.estimators.representation import Per, Representation
from autoencode.estimators.samples import check_codes, name_columns, open_samples
from autoencode.estimators.settings import DerivedSettings
from autoencode.estimators.units import check_units
from autoencode.evaluation import ColumnError, MeanSample, PCABaseline, r_squared
from autoencode.features import Scaling
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.training.inference import decode_row, encode_row, map_rows, reconstruct_row
from autoencode.types import SampleMatrix

__all__ = ["ApplicationMixin"]


class ApplicationMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Encoding, decoding and measuring, for an estimator."""

    # Set by `fit`.
    network_: Any
    code_size_: int
    reading_: Reading | None
    baselines_: tuple[MeanSample, PCABaseline]
    settings_: DerivedSettings
    _representation: Representation
    _scaling: Scaling

    def transform(self, X: Any) -> Float[np.ndarray, "samples code"]:
        """Return the code of each sample, float32, shape (n, code_size)."""
        features = self._features(X)
        return map_rows(encode_row, self.network_, self._scaling.apply(features))

    def inverse_transform(self, codes: Any) -> Any:
        """Return the reconstruction that each code stands for, as `reconstruct` does.

        Parameters
        ----------
        codes
            Shape (n, code_size).

        Raises
        ------
        SampleShapeError
            If a code does not have `code_size` numbers.
        """
        check_is_fitted(self)
        rebuilt = map_rows(decode_row, self.network_, check_codes(codes, self.code_size_))
        return self._representation.decode(self._scaling.invert(rebuilt))

    def reconstruct(self, X: Any) -> Any:
        """Return the reconstruction of each sample: an array in the samples' own shape and units, or a table."""
        features = self._features(X)
        return self._representation.decode(self._rebuild(features))

    def errors(
        self, X: Any, *, measure: str = "auto", per: Per = "sample", units: str = "auto"
    ) -> Float[np.ndarray, " entries"]:
        """Return how far each reconstruction is from its sample.

        Parameters
        ----------
        X
            Samples, as `fit` takes them.
        measure
            A loss by name, such as "squared_error" or "huber", or "signed_sum" (misleading: errors cancel);
            of a mixed table also "column_loss", the mean over its columns of what training minimised. "auto" is
            "column_loss" for mixed tables, else "squared_error".
        per
            "sample": one number a sample, the mean over its features (for signed_sum the sum). "feature": one number
            a feature, the mean over the samples. "column": one number a column, the mean over the samples.
        units
            "standard", standard deviations of the training column, whatever the scaling; "original", the features'
            own; "scaled", as the network sees them. "auto" is "standard" for tables with named columns, else
            "original". The columns of a mixed table share no unit: with "original", too, its numbers are those that the
            network sees. A cross-entropy has no units.

        Returns
        -------
        array
            Shape (n,), (features,) or (columns,), float64.
        """
        check_is_fitted(self)
        check_units(units)
        features = self._features(X)
        scaled = self._scaling.apply(features)
        rebuilt = map_rows(reconstruct_row, self.network_, scaled)
        if units != "scaled":
            original = self._scaling.invert(rebuilt)
            return self._representation.errors(features, original, measure=measure, per=per, units=units)
        loss = self.settings_.loss
        if measure == loss.name == "binary_cross_entropy":  # features were in [0, 1] when they were scaled
            return self._representation.errors(
                scaled, rebuilt, measure=self._representation.training_measure(loss), per=per
            )
        return self._representation.errors(scaled, rebuilt, measure=measure, per=per, units=units)

    def column_errors(self, X: Any, *, units: str = "auto") -> tuple[ColumnError, ...]:
        """Return how far each column is rebuilt from the truth.

        Numbers and dates: the root of the mean squared error; booleans, categories and missing cells: the share of
        samples that are rebuilt wrong.

        Parameters
        ----------
        X
            Samples, as `fit` takes them.
        units
            Of numbers and dates: "standard", standard deviations of the training column; "original", the column's own,
            of dates days or seconds. "auto" is "standard" for tables with named columns, else "original".
        """
        check_units(units, COMMON_UNIT_NAMES)
        features = self._features(X)
        return self._representation.column_errors(name_columns(self), features, self._rebuild(features), units)

    def score(self, X: Any, y: Any = None) -> float:
        """Return R² against the mean training sample, over all scaled features: 1 is perfect, 0 no better than it."""
        del y
        features = self._features(X)
        scaled = self._scaling.apply(features)
        return r_squared(scaled, map_rows(reconstruct_row, self.network_, scaled), self.baselines_[0].mean)

    def _features(self, X: Any) -> SampleMatrix:
        """Return the features of samples, before the scaling."""
        check_is_fitted(self)
        opened = open_samples(X, reading=self.reading_)
        return self._representation.encode(self._representation.check(self, opened, reset=False))

    def _rebuild(self, features: SampleMatrix) -> SampleMatrix:
        """Return the reconstruction of features, in their own units."""
        return self._scaling.invert(map_rows(reconstruct_row, self.network_, self._scaling.apply(features)))
