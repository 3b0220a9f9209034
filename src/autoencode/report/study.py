"""`Study`: what was measured of one model on one set of samples, as plain numbers; all that a report is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float, Float32, Float64, Int

from autoencode.evaluation import CodeStatistics, ColumnError, Comparison
from autoencode.types import FeatureGroup

Cells: TypeAlias = Sequence[float | str | bool | None]
"""Of a column: numbers, texts, booleans, or None where one is missing."""

Indices: TypeAlias = Int[np.ndarray, " some"]
"""Which of the samples of a study."""


@dataclass(frozen=True, eq=False)
class Training:
    """What a training showed of itself.

    Attributes
    ----------
    loss, validation_loss
        Of each epoch and restart; the second is None where nothing was held out.
    loss_name
        What was minimised, such as "squared error".
    kept
        The index of the restart that is kept.
    final_loss
        Of each restart, what it was chosen by.
    chosen_by
        "held-out loss" or "training loss".
    live_directions
        Of each restart, how many directions of its code reach the reconstruction.
    seconds
        That the training took.
    diagnosis
        What went wrong, a text each.
    """

    loss: Float[np.ndarray, "epochs restarts"]
    validation_loss: Float[np.ndarray, "epochs restarts"] | None
    loss_name: str
    kept: int
    final_loss: Float[np.ndarray, " restarts"]
    chosen_by: str
    live_directions: Int[np.ndarray, " restarts"]
    seconds: float
    diagnosis: tuple[str, ...]


@dataclass(frozen=True)
class ModelCard:
    """What the model is.

    Attributes
    ----------
    network
        Its sizes, such as "784-32-784".
    summary
        The table of its layers, as text.
    parameters, features, code_size
        How many it has.
    settings
        Its configuration by name, in words.
    versions
        Of the programs, by name.
    path
        The run's folder or the model's file, as a reader would name it; None where it is in memory only.
    """

    network: str
    summary: str
    parameters: int
    features: int
    code_size: int
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    path: str | None = None


@dataclass(frozen=True)
class DecoderLayer:
    """An affine layer and the activation after it: ``activation(codes @ weights + bias)``.

    Attributes
    ----------
    weights, bias
        Its parameters.
    activation
        A key of `networks.ACTIVATIONS`; "by_column" is that of the decoder's groups.
    """

    weights: Float32[np.ndarray, "inputs outputs"]
    bias: Float32[np.ndarray, " outputs"]
    activation: str


@dataclass(frozen=True, eq=False)
class Decoder:
    """A dense decoder in numbers: from a code to features in their own units.

    Attributes
    ----------
    layers
        From the code on.
    offset, scale
        Of each feature: what the layers give, times scale, plus offset, is in the feature's own units.
    groups
        The features of each column of a mixed table, for the activation "by_column"; else empty.
    """

    layers: tuple[DecoderLayer, ...]
    offset: Float64[np.ndarray, " features"]
    scale: Float64[np.ndarray, " features"]
    groups: tuple[FeatureGroup, ...] = ()

    @property
    def parameters(self) -> int:
        """The number of weights and biases."""
        return sum(layer.weights.size + layer.bias.size for layer in self.layers)


@dataclass(frozen=True, eq=False)
class CellColumn:
    """A column of a table: its cells as they came, and how features become cells again.

    Attributes
    ----------
    name
        Its name.
    kind
        "numeric", "boolean", "category", "datetime", "constant" or "left out".
    cells
        One a sample: a number that is not NaN, a text, a boolean, or None where it is missing.
    start, stop
        The indices of its features, as of a slice; equal where it has none.
    inverse
        What `to_dict` of the encoder's column gives; of a category also "texts", its categories as they are shown.
    unit
        Of differences of its cells, in words.
    deviation
        The standard deviation of its numbers in training, in their own units; 1 where it has none, or none is known.
    decode
        Gives the cells that its features stand for, finite ones, a row a sample; by default the features themselves.
    """

    name: str
    kind: str
    cells: Cells
    start: int
    stop: int
    inverse: Mapping[str, Any]
    unit: str = ""
    deviation: float = 1.0
    decode: Callable[[Float[np.ndarray, "some features"]], Cells] = lambda features: features[:, 0].tolist()

    def read(self, samples: Float[np.ndarray, "some features"]) -> Cells:
        """Return the cells that the features of samples stand for; None where missing, or it has no features."""
        if self.start == self.stop:
            return [None] * len(samples)
        part = samples[:, self.start : self.stop].astype(np.float64)
        known = np.atleast_1d(np.isfinite(part).all(axis=1))
        cells = iter(self.decode(part[known]))
        return [next(cells) if is_known else None for is_known in known.tolist()]


@dataclass(frozen=True, eq=False)
class StudySamples:
    """The samples that a model was measured on, of very many some, and what it made of them; one row a sample.

    Attributes
    ----------
    source
        In words, such as "10,000 held-out samples of mnist".
    name
        What the command line calls their source; None where they are in memory only.
    held_out
        Whether the model was not trained on them; None where that is not known.
    kind
        "images", "numbers" (a number a column) or "table" (mixed columns).
    total
        How many samples were measured; of more than 10,000, so many evenly spread ones are here, and the worst of all.
    rows
        The index of each in its source.
    shape
        Of one sample: (height, width) or (height, width, 3) of images, (steps, numbers) of sequences, whose kind is
        "numbers", (columns,) of others.
    features
        Each sample as it is decoded, flat: of images and numbers in their own units, of tables encoded.
    rebuilt
        Their reconstructions, likewise.
    value_range
        The least and the largest value of training and of these samples; what is black and white in images.
    codes
        What the encoder gives.
    code_maps
        Two numbers a sample by the name of the map; the first is shown first.
    errors
        One number a sample by the measure's name; the first is that of the comparison.
    units
        Of each measure, what one unit of it is, in words.
    labels, row_names
        One a sample, or None.
    columns
        Of numbers and tables; empty for images.
    feature_errors
        The root mean squared error of each feature of images and numbers; None for tables.
    column_errors, column_baseline
        The error of each column over all that were measured, of the model and of the mean sample, in the same order;
        empty for images.
    r_squared
        Of all that were measured, against the mean sample of training; 1 is perfect.
    fingerprint
        SHA-256 of the samples, of very many of the evenly spread ones, in hexadecimal.
    """

    source: str
    name: str | None
    held_out: bool | None
    kind: Literal["images", "numbers", "table"]
    total: int
    rows: Int[np.ndarray, " samples"]
    shape: tuple[int, ...]
    features: Float[np.ndarray, "samples features"]
    rebuilt: Float[np.ndarray, "samples features"]
    value_range: tuple[float, float]
    codes: Float32[np.ndarray, "samples code"]
    code_maps: Mapping[str, Float[np.ndarray, "samples 2"]]
    errors: Mapping[str, Float64[np.ndarray, " samples"]]
    units: Mapping[str, str]
    labels: tuple[str, ...] | None
    row_names: tuple[str, ...] | None
    columns: tuple[CellColumn, ...]
    feature_errors: Float64[np.ndarray, " features"] | None
    column_errors: tuple[ColumnError, ...]
    column_baseline: tuple[ColumnError, ...]
    r_squared: float
    fingerprint: str

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def are_sequences(self) -> bool:
        """Whether a sample is a sequence of steps, to be drawn as lines."""
        return self.kind == "numbers" and len(self.shape) == 2


@dataclass(frozen=True, eq=False)
class Creations:
    """What the decoder makes of codes that are no sample's own, each decoded as `StudySamples.features` are.

    Attributes
    ----------
    made_up
        Samples of codes that were drawn at random.
    prior_is_normal
        Whether they were drawn from the distribution that training pulled the codes towards.
    origin
        The index, among the samples of the study, of the one that is changed in `traversals`.
    units
        Which units of its code are changed.
    values
        What each is set to.
    traversals
        What comes of it.
    """

    made_up: Float[np.ndarray, "samples features"]
    prior_is_normal: bool
    origin: int
    units: Int[np.ndarray, " units"]
    values: Float[np.ndarray, "units values"]
    traversals: Float[np.ndarray, "units values features"]


@dataclass(frozen=True, eq=False)
class Study:
    """One model, its training and, where samples were given, what it makes of them.

    Attributes
    ----------
    name
        What the model is called.
    card
        What it is.
    training
        How it was trained.
    samples
        What it was measured on, or None.
    comparison
        Its errors beside those of the baselines on those samples, or None.
    decoder
        None where it is no dense network of known activations.
    codes
        How the units of its code are used: in the samples, else in those of training; None where that is not known.
    creations
        What its decoder makes beside reconstructions; None where that is not known, or too large to be shown.
    """

    name: str
    card: ModelCard
    training: Training
    samples: StudySamples | None
    comparison: Comparison | None
    decoder: Decoder | None
    codes: CodeStatistics | None = None
    creations: Creations | None = None
