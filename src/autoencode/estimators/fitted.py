"""`Fitted`: what a training learnt, complete. Whoever has it can encode, decode, measure, save, export and show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float32
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.evidence import Restart
from autoencode.estimators.history import History
from autoencode.estimators.representation import Per
from autoencode.estimators.setup import Setup
from autoencode.estimators.summary import Summary
from autoencode.estimators.units import check_units
from autoencode.evaluation import CodeSummary, ColumnError, Finding, MeanSample, PCABaseline, r_squared
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.training import select_restart
from autoencode.training.inference import decode_row, encode_row, map_rows, reconstruct_row
from autoencode.types import SampleMatrix

__all__ = ["Fitted", "take_fitted"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Fitted(Setup):
    """What a training learnt.

    Attributes
    ----------
    networks
        The K networks on a leading axis.
    best_restart
        The one that is kept: with the lowest monitored loss.
    history, restarts, diagnosis, baselines
        See the attributes of `Autoencoder`.
    code_summaries
        How the codes of the training samples lie, of each restart; None for one that gives no finite code. Nothing in
        files of earlier versions.
    """

    networks: Any
    best_restart: int
    history: History
    restarts: list[Restart]
    diagnosis: tuple[Finding, ...]
    baselines: tuple[MeanSample, PCABaseline]
    code_summaries: tuple[CodeSummary | None, ...]

    @cached_property
    def network(self) -> Any:
        """The network that is kept."""
        return select_restart(self.networks, self.best_restart)

    @property
    def code_summary(self) -> CodeSummary | None:
        """How the codes of the training samples lie; None where that is not known."""
        return self.code_summaries[self.best_restart] if self.code_summaries else None

    def summary(self) -> Summary:
        """Return the table of layers, output shapes and parameters."""
        return Summary.of(self.network)

    # ------------------------------------------------------------------ of features, before the scaling

    def encode(self, features: SampleMatrix) -> Float32[np.ndarray, "samples code"]:
        """Return the code of each sample."""
        return map_rows(encode_row, self.network, self.scaling.apply(features))

    def decode(self, codes: Float32[np.ndarray, "samples code"]) -> SampleMatrix:
        """Return the features that each code stands for."""
        return self.scaling.invert(map_rows(decode_row, self.network, codes))

    def rebuild(self, features: SampleMatrix) -> SampleMatrix:
        """Return the reconstruction of features."""
        return self.scaling.invert(map_rows(reconstruct_row, self.network, self.scaling.apply(features)))

    def errors(
        self, features: SampleMatrix, *, measure: str = "auto", per: Per = "sample", units: str = "auto"
    ) -> np.ndarray:
        """Return how far each reconstruction is from its sample; see `Autoencoder.errors`."""
        check_units(units)
        scaled, form = self.scaling.apply(features), self.format
        rebuilt = map_rows(reconstruct_row, self.network, scaled)
        if units != "scaled":
            return form.errors(features, self.scaling.invert(rebuilt), measure=measure, per=per, units=units)
        loss = self.settings.loss
        if measure == loss.name == "binary_cross_entropy":  # features were in [0, 1] when they were scaled
            return form.errors(scaled, rebuilt, measure=form.training_measure(loss), per=per)
        return form.errors(scaled, rebuilt, measure=measure, per=per, units=units)

    def column_errors(self, features: SampleMatrix, *, units: str = "auto") -> tuple[ColumnError, ...]:
        """Return how far each column is rebuilt from the truth; see `Autoencoder.column_errors`."""
        check_units(units, COMMON_UNIT_NAMES)
        return self.format.column_errors(features, self.rebuild(features), units)

    def score(self, features: SampleMatrix) -> float:
        """Return R² against the mean training sample, over all scaled features."""
        scaled = self.scaling.apply(features)
        return r_squared(scaled, map_rows(reconstruct_row, self.network, scaled), self.baselines[0].mean)


def take_fitted(model: Any) -> Fitted:
    """Return what an estimator learnt, with its arguments as they are now; a `Fitted` as it is.

    Raises
    ------
    NotFittedError
        If it learnt nothing yet.
    """
    if isinstance(model, Fitted):
        return model
    check_is_fitted(model)
    return replace(model.fitted_, parameters=model.get_params(deep=False))
