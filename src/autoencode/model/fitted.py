"""`Fitted`: what a training learnt, complete. Whoever has it can encode, decode, measure, save, export and show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float32

from autoencode.evaluation import (
    MEASURES,
    CodeStatistics,
    CodeSummary,
    ColumnError,
    Finding,
    MeanSample,
    Measure,
    PCABaseline,
)
from autoencode.evaluation.arrays import BLOCK_NUMBERS, block_slices, even_blocks
from autoencode.evaluation.structure import SquareSums
from autoencode.exceptions import InvalidInputError
from autoencode.model.code_summaries import store_summaries
from autoencode.model.fingerprint import take_fingerprint
from autoencode.model.history import History, Restart
from autoencode.model.network_arrays import find_dense_layers
from autoencode.model.samples import check_codes, counting_rows
from autoencode.model.sequence_format import SequenceFormat
from autoencode.model.setup import Setup
from autoencode.model.summary import Summary
from autoencode.model.units import check_units
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.training.kernel import DenseLayers
from autoencode.types import Errors, FeatureMatrix, LayerShape, Per, SampleMatrix

BLOCK_ROWS = 2**14
"""Samples whose errors are measured at a time, so that what is rebuilt of them stays small in memory."""

MOST_BLOCKS = 32
"""Of those that errors are added up in, so many are rebuilt at a time."""

NETWORK_PREFIX = "networks"
"""What the names of the networks' arrays begin with in a model file."""

Codes = Float32[np.ndarray, "samples code"]


def count_block_rows(width: int) -> int:
    """Return how many samples of so many features are rebuilt at a time, where sums over them are asked for."""
    rows = max(1, BLOCK_NUMBERS // width)
    return rows * max(1, min(MOST_BLOCKS, BLOCK_ROWS // rows))


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Fitted(Setup):
    """What a training learnt: arrays and settings, and nothing else but parts of the user's own.

    Attributes
    ----------
    arrays
        Those of the K networks, by their names in a model file, each with the network as its leading axis.
    own_networks
        The K networks themselves where one of the user's own is no part that a file can name; else None.
    best_restart
        The one that is kept: with the lowest monitored loss.
    history, restarts, diagnosis, baselines
        See the attributes of `Autoencoder`.
    code_summaries
        How the codes of the training samples lie, of each restart; None for one that gives no finite code. Nothing in
        files of earlier versions.
    optimizer
        What a training that goes on from here needs of the optimiser, by name; None where it begins anew. A run keeps
        it in a file of its own, a model file does not, nor does it count in the fingerprint.

    Notes
    -----
    Dense networks are applied by the native kernel, without JAX. The networks as Equinox modules are made when somebody
    asks for them, as XLA does, which applies all others.

    `read` turns samples, whatever `Autoencoder.fit` takes, into features; `encode`, `rebuild`, `errors` and `score`
    take these, so that samples are opened and checked once however much is asked of them.

    Examples
    --------
    >>> from autoencode import Autoencoder
    >>> fitted = Autoencoder(8, hidden=(32,), epochs=100, random_state=0).fit("digits").fitted_
    >>> features = fitted.read("digits:test")
    >>> fitted.errors(features).shape, fitted.encode(features).shape, fitted.reconstruct("digits:test").shape
    ((360,), (360, 8), (360, 8, 8))
    >>> fitted
    Fitted(64-32-8-32-64)
    """

    arrays: Mapping[str, np.ndarray]
    own_networks: Any = None
    best_restart: int
    history: History
    restarts: list[Restart]
    diagnosis: tuple[Finding, ...]
    baselines: tuple[MeanSample, PCABaseline]
    code_summaries: tuple[CodeSummary | None, ...]
    optimizer: Mapping[str, np.ndarray] | None = None

    def __repr__(self) -> str:
        return f"Fitted({self.summary().title})"

    @cached_property
    def networks(self) -> Any:
        """The K networks on a leading axis, as an Equinox module."""
        if self.own_networks is not None:
            return self.own_networks
        from autoencode.model.assembly import build_networks

        return build_networks(self, self.arrays)

    @cached_property
    def network(self) -> Any:
        """The network that is kept, as an Equinox module."""
        from autoencode.training import select_restart

        return select_restart(self.networks, self.best_restart)

    @cached_property
    def _dense_layers(self) -> DenseLayers | None:
        """The K networks as the kernel takes them, where it applies them."""
        layers = None if self.own_networks is not None else find_dense_layers(self, self.arrays)
        return layers if layers is not None and layers.can_apply() else None

    def list_tensors(self) -> dict[str, np.ndarray]:
        """Return every array that was learnt, by its name in a model file."""
        tensors = {NETWORK_PREFIX + name: array for name, array in self.arrays.items()}
        mean_sample, pca = self.baselines
        tensors |= {"mean_sample": mean_sample.mean, "pca_components": pca.components}
        tensors |= {"scaling_offset": self.scaling.offset, "scaling_scale": self.scaling.scale}
        deviations = getattr(self.format, "deviations", None)
        tensors |= {} if deviations is None else {"column_deviations": deviations}
        tensors |= store_summaries(self.code_summaries)
        ends = None if self.format.columns.names is None else self.feature_ends
        return tensors if ends is None else tensors | {"feature_ends": ends}

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that was learnt and of the settings that decide its numbers, in hexadecimal digits.

        The same data, settings and seed give the same one, however the data were stored and read, and whatever was
        shown, called or saved meanwhile. The threads of XLA and BLAS are settings, too, for sums follow from them.
        """
        history, form, encoder, names = self.history, self.format, self.format.encoder, self.format.columns.names
        losses = {"loss": history.loss, "validation_loss": history.validation_loss}
        learnt = self.list_tensors() | {name: array for name, array in losses.items() if array is not None}
        # Optimiser, epochs and their kind are in the tensors and the losses, and may be set to others after the fit.
        settings = {
            "settings": {name: value for name, value in self.settings.items() if name != "derived"},
            "sample_shape": list(form.sample_shape),
            "columns": None if names is None else list(names),
            "table": None if encoder is None else encoder.to_content(),
            "sequences": form.to_dict() if isinstance(form, SequenceFormat) else None,
            "train_range": self.train_range,
            "seed": self.seed,
            "best_restart": self.best_restart,
            "threads": self.threads and self.threads.to_dict(),
        }
        return take_fingerprint(learnt, settings)

    @property
    def code_summary(self) -> CodeSummary | None:
        """How the codes of the training samples lie; None where that is not known."""
        return self.code_summaries[self.best_restart] if self.code_summaries else None

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer of the network that is kept, in order."""
        layers = self._dense_layers
        return self.network.layer_shapes() if layers is None else layers.layer_shapes()

    def summary(self) -> Summary:
        """Return the table of layers, output shapes and parameters."""
        return Summary.of(self.layer_shapes())

    # ------------------------------------------------------------------ of scaled features

    def encode_scaled(self, scaled: FeatureMatrix) -> Codes:
        """Return the code of each row."""
        return self._apply("encode", scaled)

    def decode_scaled(self, codes: Codes) -> FeatureMatrix:
        """Return the reconstruction of each code."""
        return self._apply("decode", codes)

    def rebuild_scaled(self, scaled: FeatureMatrix) -> FeatureMatrix:
        """Return the reconstruction of each row."""
        return self._apply("reconstruct", scaled)

    def rebuild_by_all(self, scaled: FeatureMatrix) -> Float32[np.ndarray, "restarts samples features"]:
        """Return the reconstruction of each row by each of the K networks."""
        if self._dense_layers is not None:
            return self._dense_layers.reconstruct(scaled)
        from autoencode.training.inference import map_restarts, reconstruct_row

        return np.asarray(map_restarts(reconstruct_row, self.networks, scaled))

    @property
    def usable(self) -> list[int]:
        """The places of the networks that did not diverge."""
        return [place for place, restart in enumerate(self.restarts) if np.isfinite(restart.loss)]

    def rebuild_by_usable(self, scaled: FeatureMatrix) -> FeatureMatrix:
        """Return the mean of the reconstructions of each row by all networks that did not diverge."""
        return self.rebuild_by_all(scaled)[self.usable].mean(axis=0, dtype=np.float32)

    def project(self, codes: Codes) -> Codes:
        """Return the nearest code to each that the bottleneck could give: of a dense network's, itself."""
        if self._dense_layers is not None or getattr(self.network, "project", None) is None:
            return codes
        from autoencode.training.inference import map_rows, project_row

        return map_rows(project_row, self.network, codes)

    def describe_codes(self, codes: Codes) -> CodeStatistics:
        """Return how the units of codes are used."""
        if self._dense_layers is not None:
            return CodeStatistics.of(codes)
        from autoencode.model.restarts import read_entries

        return CodeStatistics.of(codes, *read_entries(self.network, codes))

    def _apply(self, what: str, rows: np.ndarray) -> np.ndarray:
        if self._dense_layers is not None:
            return getattr(self._dense_layers.select(self.best_restart), what)(rows)[0]
        from autoencode.training.inference import decode_row, encode_row, map_rows, reconstruct_row

        functions = {"encode": encode_row, "decode": decode_row, "reconstruct": reconstruct_row}
        return map_rows(functions[what], self.network, rows)

    # ------------------------------------------------------------------ of samples, whatever `Autoencoder.fit` takes

    def reconstruct(self, X: Any) -> Any:
        """Return the reconstruction of each sample, in the samples' own shape and units, or as a table."""
        return self.format.decode(self.rebuild(self.read(X)))

    def decode_samples(self, codes: Any) -> Any:
        """Return the samples that codes stand for, an array of shape (n, code_size)."""
        return self.format.decode(self.decode(check_codes(codes, self.settings.code_size)))

    # ------------------------------------------------------------------ of features, before the scaling

    def _scale(self, features: SampleMatrix) -> FeatureMatrix:
        if not isinstance(features, np.ndarray) or features.ndim != 2:
            raise InvalidInputError(
                f"expected features, as `read` gives them, got {type(features).__name__}; call read(X) first."
            )
        return self.scaling.apply(features)

    def encode(self, features: SampleMatrix) -> Codes:
        """Return the code of each sample."""
        return self.encode_scaled(self._scale(features))

    def decode(self, codes: Codes) -> SampleMatrix:
        """Return the features that each code stands for."""
        return self.scaling.invert(self.decode_scaled(codes))

    def rebuild(self, features: SampleMatrix) -> SampleMatrix:
        """Return the reconstruction of features."""
        return self.scaling.invert(self.rebuild_scaled(self._scale(features)))

    def errors(
        self, features: SampleMatrix, *, measure: str = "auto", per: Per = "sample", units: str = "auto"
    ) -> np.ndarray:
        """Return how far each reconstruction is from its sample; see `Autoencoder.errors`."""
        check_units(units)
        if per != "sample" and len(features):
            return self.errors_in_blocks([features], measure=measure, per=per, units=units)
        scaled, chosen = self._scale(features), self._find_measure(measure, units)
        if per == "sample" and (units == "scaled" or scaled is features):
            found = self._measure_in_kernel(scaled, chosen)
            if found is not None:
                return found
        if per == "sample" and len(features) > BLOCK_ROWS:
            blocks = [slice(start, start + BLOCK_ROWS) for start in range(0, len(features), BLOCK_ROWS)]
            # What is wrong with one block is said of all samples, as it counts them.
            with suppress(InvalidInputError):
                return np.concatenate([self._measure(features[b], scaled[b], chosen, per, units) for b in blocks])
        return self._measure(features, scaled, chosen, per, units)

    def errors_in_blocks(
        self, blocks: Iterable[SampleMatrix], *, per: Per, measure: str = "auto", units: str = "auto"
    ) -> Errors:
        """Return the error of each feature or column of features that come block by block.

        It has the bits of `errors` of all at once, however they are cut.
        """
        check_units(units)
        chosen, total = self._find_measure(measure, units), np.zeros(1)
        summed = replace(chosen, reduction="sum")

        def add(features: SampleMatrix) -> None:
            nonlocal total
            truth, rebuilt = self._rebuild_in(features, self._scale(features), units)
            for rows in block_slices(*features.shape):
                total = total + self.format.errors(truth[rows], rebuilt[rows], measure=summed, per=per)

        count = self._add_up(blocks, add)
        return total / count if chosen.reduction == "mean" else total

    def _add_up(self, blocks: Iterable[SampleMatrix], add: Callable[[SampleMatrix], None]) -> int:
        """Count features in blocks that begin where those of all at once do; return how many samples they are."""
        count = 0
        for features in even_blocks(blocks, count_block_rows(self.format.width)):
            with counting_rows(range(count, count + len(features))):
                add(features)
            count += len(features)
        return count

    def _measure_in_kernel(self, scaled: FeatureMatrix, measure: Measure) -> Errors | None:
        """Return the error of each row where the kernel measures it as NumPy would, and it is finite; else None."""
        layers = self._dense_layers
        if layers is None or measure is not MEASURES.get(measure.name) or not layers.can_measure(measure.name):
            return None
        found = layers.select(self.best_restart).measure(scaled, measure.name)[0]
        return found if np.isfinite(found.max()) else None

    def _measure(
        self, features: SampleMatrix, scaled: FeatureMatrix, measure: Measure, per: Per, units: str
    ) -> np.ndarray:
        """Return the errors of features, given the same scaled."""
        return self.format.errors(*self._rebuild_in(features, scaled, units), measure=measure, per=per)

    def _rebuild_in(
        self, features: SampleMatrix, scaled: FeatureMatrix, units: str
    ) -> tuple[SampleMatrix, SampleMatrix]:
        """Return features and their reconstructions in some units."""
        rebuilt = self.rebuild_scaled(scaled)
        return (scaled, rebuilt) if units == "scaled" else (features, self.scaling.invert(rebuilt))

    def _find_measure(self, measure: str, units: str) -> Measure:
        """Return the measure of a name; cross-entropy of scaled features is that of training."""
        loss = self.settings.loss_name
        if units == "scaled" and measure == loss == "binary_cross_entropy":
            return self.format.training_measure(loss)  # features were in [0, 1] when they were scaled
        return self.format.find_measure(measure, units)

    def column_errors(self, features: SampleMatrix, *, units: str = "auto") -> tuple[ColumnError, ...]:
        """Return how far each column is rebuilt from the truth; see `Autoencoder.column_errors`."""
        return self.column_errors_in_blocks([features], units=units)

    def column_errors_in_blocks(
        self, blocks: Iterable[SampleMatrix], *, units: str = "auto"
    ) -> tuple[ColumnError, ...]:
        """Return the error of each column of features that come block by block; see `errors_in_blocks`."""
        check_units(units, COMMON_UNIT_NAMES)
        sums = self.format.sum_columns(units)
        self._add_up(blocks, lambda features: sums.add(features, self.rebuild(features)))
        return sums.tell()

    def score(self, features: SampleMatrix) -> float:
        """Return R² against the mean training sample, over all scaled features."""
        sums = SquareSums(self.baselines[0].mean)

        def add(block: SampleMatrix) -> None:
            scaled = self._scale(block)
            sums.add(scaled, self.rebuild_scaled(scaled))

        self._add_up([features], add)
        return sums.tell()
