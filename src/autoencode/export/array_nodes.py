"""The ends of the graphs of a model of arrays: samples in; reconstructions and errors out."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.evaluation import errors
from autoencode.export.arithmetic import Arithmetic
from autoencode.export.graph import Graph
from autoencode.model.fitted import Fitted
from autoencode.types import SampleMatrix

STEPS = (-3.0, -1.0, 1.0, 3.0)
FAR = 10.0
COMPONENTS = 8


class ArrayNodes:
    """What turns arrays into scaled features and back, as `Scaling` and the estimator do, in float64 where they do.

    Parameters
    ----------
    model
        What a training on numbers learnt.
    units
        Of the errors, "auto", "standard" or "original".
    """

    steps = 1

    def __init__(self, model: Fitted, units: str):
        self.model = model
        self.measure = model.format.find_measure("squared_error", units)
        # What a difference of 1 is divided by: standard deviations of columns, or nothing.
        deviations = getattr(model.format, "deviations", None)
        self.deviations: np.ndarray | None = None if units == "original" else deviations
        self.dtype = model.format.dtype
        self.shape: tuple[int, ...] = tuple(model.format.sample_shape)
        self.scaling = model.scaling

    # ------------------------------------------------------------------ nodes

    def add_inputs(self, graph: Graph) -> str:
        """Add the samples as input; return the name of the scaled features, float32, shape (batch, features)."""
        graph.add_input("samples", self.dtype, self.shape, f"samples in their own units, shape (batch, {self._axes})")
        flat = graph.add("Flatten", "samples", axis=1, name="samples.flat")
        if self.scaling.kind == "none":
            return graph.add_cast(flat, np.float32, "features")
        offset, scale = self._add_scaling(graph)
        centred = graph.add("Sub", graph.add_cast(flat, np.float64, "samples.double"), offset, name="samples.centred")
        return graph.add_cast(graph.add("Div", centred, scale, name="samples.scaled"), np.float32, "features")

    def add_reconstruction(self, graph: Graph, scaled: str) -> None:
        """Add the reconstruction as output, as samples are given; `scaled` is what the network gives."""
        values = graph.add_cast(self._add_units(graph, scaled), self.dtype, "reconstruction.flat")
        if len(self.shape) > 1:
            # 0 keeps the length of the batch, of an empty one too.
            shape = graph.add_constant(np.array([0, *self.shape], np.int64), "sample_shape")
            values = graph.add("Reshape", values, shape, name="reconstruction.shaped")
        meaning = f"reconstructions in the samples' units, shape (batch, {self._axes})"
        graph.add_output(values, "reconstruction", self.dtype, self.shape, meaning)

    def add_errors(self, graph: Graph, features: str, scaled: str) -> None:
        """Add the error of each sample as output, as `Autoencoder.errors` gives it in the same units."""
        del features  # in units of their own, samples lose less
        original = graph.add("Flatten", "samples", axis=1, name="errors.samples")
        original = graph.add_cast(original, np.float64, "errors.samples.double")
        rebuilt = graph.add_cast(self._add_units(graph, scaled), np.float64, "errors.reconstruction")
        difference = graph.add("Sub", original, rebuilt, name="errors.difference")
        if self.deviations is not None:
            deviations = graph.add_constant(np.asarray(self.deviations, np.float64), "errors.deviations")
            difference = graph.add("Div", difference, deviations, name="errors.shares")
        square = graph.add("Mul", difference, difference, name="errors.square")
        axes = graph.add_constant(np.array([1], np.int64), "errors.axes")
        mean = graph.add("ReduceMean", square, axes, keepdims=0, name="errors.mean")
        graph.add_output(mean, "errors", np.float64, (), self.error_meaning)

    def add_contributions(self, add: Arithmetic, added: str) -> str:
        """Add what makes contributions of columns, of what each feature adds: in the samples' shape."""
        if len(self.shape) == 1:
            return added
        return add("Reshape", added, np.array([0, *self.shape]), name="contributions")

    @property
    def error_meaning(self) -> str:
        """What the errors are."""
        return f"{self.measure.title} of each sample, in {self.measure.unit}"

    @property
    def _axes(self) -> str:
        return ", ".join(map(str, self.shape))

    def _add_scaling(self, graph: Graph) -> tuple[str, str]:
        """Add offset and scale, as one number each where all features share it, as those of an image do."""
        parts = (np.asarray(self.scaling.offset, np.float64), np.asarray(self.scaling.scale, np.float64))
        narrow = [part[:1] if (part == part[0]).all() else part for part in parts]
        return graph.add_constant(narrow[0], "scaling.offset"), graph.add_constant(narrow[1], "scaling.scale")

    def _add_units(self, graph: Graph, scaled: str) -> str:
        """Add what gives scaled features their units back; float64, or untouched float32 without a scaling."""
        if self.scaling.kind == "none":
            return scaled
        offset, scale = self._add_scaling(graph)
        double = graph.add_cast(scaled, np.float64, "reconstruction.double")
        return graph.add("Add", graph.add("Mul", double, scale, name="reconstruction.spread"), offset, name="restored")

    # ------------------------------------------------------------------ numbers to check them with

    def read_samples(self, samples: Any) -> Float[np.ndarray, "samples ..."]:
        """Return samples of the caller's, whatever the model takes, in the shape and the type that the files take."""
        return self.shape_samples(self.model.check(samples))

    def shape_samples(self, checked: SampleMatrix) -> Float[np.ndarray, "samples ..."]:
        """Return checked samples in the shape and the type that the files take."""
        return checked.astype(self.dtype).reshape(len(checked), *self.shape)

    def make_samples(self) -> Float[np.ndarray, "samples ..."]:
        """Return samples that lie where those of training did, made from what the model knows of them."""
        samples = self._make_features().astype(self.dtype)
        return samples.reshape(len(samples), *self.shape)

    def _make_features(self) -> Float64[np.ndarray, "samples features"]:
        """Return features of made-up samples, in their own units.

        The mean sample; it ± 1 and ± 3 along each principal component, which is of length 1 in scaled units; and every
        feature at once at the ends of the training range, no farther than 10 from the mean in scaled units.
        """
        mean_sample, pca = self.model.baselines
        mean = np.asarray(mean_sample.mean, np.float64)
        along = [mean + step * component for component in pca.components[:COMPONENTS] for step in STEPS]
        ends = [(end - self.scaling.offset) / self.scaling.scale for end in self.model.train_range]
        rows = np.stack([mean, *along, *(np.clip(end, mean - FAR, mean + FAR) for end in ends)])
        return rows * self.scaling.scale + self.scaling.offset

    def feed(self, samples: Float[np.ndarray, "samples ..."]) -> dict[str, np.ndarray]:
        """Return what the files take for some samples."""
        return {"samples": samples}

    def scale(self, samples: Float[np.ndarray, "samples ..."]) -> Float32[np.ndarray, "samples features"]:
        """Return the features of some samples as the network sees them."""
        return self.scaling.apply(samples.reshape(len(samples), -1))

    def join_contributions(self, added: Float64[np.ndarray, "samples features"]) -> Float64[np.ndarray, "samples ..."]:
        """Return the contributions of columns, of what each feature adds."""
        return self.model.format.join_parts(added).reshape(len(added), *self.shape)

    def bound_errors(
        self, samples: Float[np.ndarray, "samples ..."], scaled: Float32[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, " samples"], Float64[np.ndarray, " samples"]]:
        """Return the least and the largest error of each sample that is as right as the model's: twice the model's."""
        own = errors(samples.reshape(len(samples), -1), self.scaling.invert(scaled), measure=self.measure)
        return own, own

    def subtract(
        self, outputs: dict[str, np.ndarray], scaled: Float32[np.ndarray, "samples features"]
    ) -> Float64[np.ndarray, " samples"]:
        """Return how far each reconstruction of a file is from ours at most, in scaled units.

        One step of the samples' type is not counted: two sides of a rounding are both right.

        Parameters
        ----------
        outputs
            What a file gave.
        scaled
            What the network gives.
        """
        ours = self.scaling.invert(scaled).astype(self.dtype)
        theirs = outputs["reconstruction"].reshape(ours.shape)
        apart = np.abs(theirs.astype(np.float64) - ours)
        return (np.where(apart <= np.spacing(np.abs(ours)), 0, apart) / self.scaling.scale).max(axis=1)

    @property
    def error_unit(self) -> float:
        """The error of a reconstruction that is 1 off in every scaled feature."""
        scale = self.scaling.scale if self.deviations is None else self.scaling.scale / self.deviations
        return float(np.square(scale).mean())

    @property
    def metadata(self) -> dict[str, str]:
        """What the files say of their samples."""
        names = self.model.format.columns.names
        return {
            "sample_shape": json.dumps(self.shape),
            "feature_names": json.dumps(names),
            "scaling": self.scaling.kind,
            "measure": self.measure.name,
            "unit": self.measure.unit,
        }
