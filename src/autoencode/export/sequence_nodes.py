"""The ends of the graphs of a model of sequences: samples in, with NaN after their ends; so they come out."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.export.arithmetic import Arithmetic
from autoencode.export.array_nodes import ArrayNodes
from autoencode.export.graph import Graph
from autoencode.model.fitted import Fitted
from autoencode.model.sequence_format import SequenceFormat
from autoencode.types import SampleMatrix

UNDECIDED = 1e-5
"""So near to 1/2, what says whether a step exists may fall to either side through rounding alone."""


class SequenceNodes(ArrayNodes):
    """What turns sequences into scaled features and back, as `StepScaling` and the estimator do.

    Parameters
    ----------
    model
        A fitted `Autoencoder` of sequences.
    """

    def __init__(self, model: Fitted, units: str):
        super().__init__(model, units)
        self.steps, self.step_features = self.shape
        offset, scale = (part[: self.step_features] for part in (self.scaling.offset, self.scaling.scale))
        self._offset, self._scale = np.asarray(offset, np.float64), np.asarray(scale, np.float64)

    # ------------------------------------------------------------------ nodes

    def add_inputs(self, graph: Graph) -> str:
        """Add the samples as input; return the name of the scaled features, float32, shape (batch, features)."""
        meaning = f"samples in their own units, shape (batch, {self._axes}); NaN after the end of a shorter one"
        graph.add_input("samples", self.dtype, self.shape, meaning)
        values, exists = self._add_known(graph, "samples")
        if self.scaling.kind != "none":
            offset, scale = self._add_scaling(graph)
            centred = graph.add("Sub", values, offset, name="samples.centred")
            # What is missing is 0 in scaled units too.
            scaled = graph.add("Div", centred, scale, name="samples.scaled")
            values = graph.add("Mul", scaled, exists, name="samples.known")
        parts = (graph.add_cast(value, np.float32, "samples.single") for value in (values, exists))
        return graph.join_steps(*parts, name="features")

    def add_reconstruction(self, graph: Graph, scaled: str) -> None:
        """Add the reconstruction as output, as samples are given; `scaled` is what the network gives."""
        values, exists = self._add_units(graph, scaled)
        half = graph.add_number(0.5, "reconstruction.half", np.float32)
        missing = graph.add_cast(graph.add("Less", exists, half, name="reconstruction.less"), np.int32, "missing")
        axis = graph.add_number(1, "reconstruction.axis", np.int64)
        before = graph.add("CumSum", missing, axis, name="reconstruction.missing")  # a sequence ends only once
        over = graph.add("Greater", before, graph.add_number(0, "reconstruction.zero", np.int32), name="over")
        values = graph.add_cast(values, self.dtype, "reconstruction.values")
        nothing = graph.add_number(np.nan, "reconstruction.nothing", self.dtype)
        values = graph.add("Where", over, nothing, values, name="reconstruction.shaped")
        meaning = f"reconstructions in the samples' units, shape (batch, {self._axes}); NaN after the end"
        graph.add_output(values, "reconstruction", self.dtype, self.shape, meaning)

    def add_errors(self, graph: Graph, features: str, scaled: str) -> None:
        """Add the error of each sample as output, as `Autoencoder.errors` gives it without arguments."""
        del features  # in units of their own, samples lose less
        truth, exists = self._add_known(graph, "errors")
        rebuilt = graph.add_cast(self._add_units(graph, scaled)[0], np.float64, "errors.reconstruction")
        difference = graph.add("Sub", truth, rebuilt, name="errors.difference")
        square = graph.add("Mul", difference, difference, name="errors.square")
        counted = graph.add("Mul", square, exists, name="errors.counted")
        axes = graph.add_constant(np.array([1, 2], np.int64), "errors.axes")
        total = graph.add("ReduceSum", counted, axes, keepdims=0, name="errors.total")
        steps = graph.add("ReduceSum", exists, axes, keepdims=0, name="errors.steps")
        width = graph.add_number(self.step_features, "errors.width")
        numbers = graph.add("Mul", steps, width, name="errors.numbers")
        mean = graph.add("Div", total, numbers, name="errors.mean")
        graph.add_output(mean, "errors", np.float64, (), self.error_meaning)

    def add_contributions(self, add: Arithmetic, added: str) -> str:
        """Add what makes contributions of features of steps; whether a step exists counts for all of its features."""
        values, exists = add.graph.add_steps(added, self.steps, self.step_features, "contributions")
        return add("Add", values, add("Div", exists, float(self.step_features)), name="contributions")

    def _add_known(self, graph: Graph, name: str) -> tuple[str, str]:
        """Add the samples' values, 0 where they are missing, and what says which steps exist; both float64."""
        values = graph.add_cast("samples", np.float64, f"{name}.double")
        unknown = graph.add("IsNaN", values, name=f"{name}.unknown")
        zero = graph.add_number(0.0, f"{name}.zero")
        place = graph.add_constant(np.array([0]), f"{name}.place")
        first = graph.add("Gather", unknown, place, axis=2, name=f"{name}.missing")
        exists = graph.add_cast(graph.add("Not", first, name=f"{name}.there"), np.float64, f"{name}.exists")
        return graph.add("Where", unknown, zero, values, name=f"{name}.values"), exists

    def _add_scaling(self, graph: Graph) -> tuple[str, str]:
        """Add offset and scale, one number a feature of a step."""
        return graph.add_constant(self._offset, "scaling.offset"), graph.add_constant(self._scale, "scaling.scale")

    def _add_units(self, graph: Graph, scaled: str) -> tuple[str, str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Add the features of each step in their units, and what says whether it exists."""
        values, exists = graph.add_steps(scaled, self.steps, self.step_features, "reconstruction")
        if self.scaling.kind == "none":
            return values, exists
        offset, scale = self._add_scaling(graph)
        double = graph.add_cast(values, np.float64, "reconstruction.double")
        spread = graph.add("Mul", double, scale, name="reconstruction.spread")
        return graph.add("Add", spread, offset, name="restored"), exists

    @property
    def error_meaning(self) -> str:
        """What the errors are."""
        return "mean squared error of each sample over its steps, in squared units of the features"

    @property
    def error_unit(self) -> float:
        """The error of a reconstruction that is 1 off in every scaled feature."""
        return float(np.square(self._scale).mean())

    # ------------------------------------------------------------------ numbers to check them with

    def shape_samples(self, checked: SampleMatrix) -> Float[np.ndarray, "samples ..."]:
        """Return checked samples as the files take them, as many steps long as those of training."""
        return self.model.format.decode(checked)

    def make_samples(self) -> Float[np.ndarray, "samples ..."]:
        """Return samples that lie where those of training did, made from what the model knows of them."""
        form = self.model.format
        assert isinstance(form, SequenceFormat), "it was fitted on sequences"
        features = self._make_features().reshape(-1, self.steps, self.step_features + 1)
        features[:, 0 if form.varying else slice(None), -1] = 1
        return self.model.format.decode(features.reshape(len(features), -1))

    def scale(self, samples: Float[np.ndarray, "samples ..."]) -> Float32[np.ndarray, "samples features"]:
        """Return the features of some samples as the network sees them."""
        return self.scaling.apply(self.model.read(samples))

    def bound_errors(
        self, samples: Float[np.ndarray, "samples ..."], scaled: Float32[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, " samples"], Float64[np.ndarray, " samples"]]:
        """Return the least and the largest error of each sample that is as right as the model's: twice the model's."""
        representation = self.model.format
        pair = (self.model.read(samples), self.scaling.invert(scaled))
        own = representation.errors(*pair, measure=self.measure, per="sample")
        return own, own

    def subtract(
        self, outputs: dict[str, np.ndarray], scaled: Float32[np.ndarray, "samples features"]
    ) -> Float64[np.ndarray, " samples"]:
        """Return how far each reconstruction of a file is from ours at most; see `ArrayNodes.subtract`.

        A step that exists in one alone is infinitely far off. A sample of which the network hardly knows whether a step
        exists is not counted.
        """
        ours, theirs = self.model.format.decode(self.scaling.invert(scaled)), outputs["reconstruction"]
        apart = np.abs(theirs.astype(np.float64) - ours)
        apart = np.where(apart <= np.spacing(np.abs(ours)), 0, apart) / self._scale
        apart[np.isnan(ours) & np.isnan(theirs)] = 0
        apart[np.isnan(ours) != np.isnan(theirs)] = np.inf
        shares = scaled.reshape(len(scaled), self.steps, -1)[..., -1]
        decided = (np.abs(shares - 0.5) > UNDECIDED).all(axis=1)
        return np.where(decided, apart.max(axis=(1, 2)), 0)
