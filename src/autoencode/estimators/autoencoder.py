"""The estimator: an autoencoder with scikit-learn's manners."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.fitting import FitOutcome, fit_networks
from autoencode.estimators.progress import ProgressLines
from autoencode.estimators.samples import check_codes, read_samples, shape_samples, split_samples
from autoencode.estimators.settings import check_continuation, check_parameters, derive_seed, derive_settings
from autoencode.estimators.summary import Summary
from autoencode.evaluation import errors as reconstruction_errors
from autoencode.evaluation import r_squared
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.features import Scaling, fit_scaling
from autoencode.networks import DenseBlueprint
from autoencode.objectives import find_loss
from autoencode.training import EpochRecord, TrainSettings, create_networks, find_optimizer, select_restart
from autoencode.training.inference import decode_row, encode_row, map_rows, reconstruct_row

__all__ = ["Autoencoder"]


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A network that squeezes each sample through a narrow code and rebuilds it.

    Parameters
    ----------
    code_size : int or "auto"
        Numbers that a sample is squeezed into. A larger code loses less. "auto" is ⌈√features⌉.
    hidden : tuple of int or "auto"
        Units of the encoder's hidden layers; the decoder mirrors them. ``()`` is none, ``(128, 64)`` two. "auto" is
        one layer, the geometric mean of features and code size.
    activation : str or callable
        Of the hidden layers: "silu", "relu", "tanh", "gelu", … (`ae.networks.ACTIVATIONS`), or a JAX function.
    code_activation : str or callable
        Of the code. "identity" keeps every unit alive; "relu" may lose some.
    output_activation : str, callable or "auto"
        Of the reconstruction. "auto" is the one that belongs to the loss.
    loss : str or callable
        What training minimises: "squared_error", "binary_cross_entropy" (features in [0, 1]), or a JAX function of
        one reconstruction and its sample.
    scaling : str
        "none", "standard", "minmax", "global_minmax", or "auto": none where all values lie in [0, 1], else standard
        for tables and global_minmax for images.
    optimizer : str or optax.GradientTransformation
        "adam" (with Keras's constants), any optax optimiser by name, or an optax object.
    learning_rate : float
        Step size of a named optimiser, > 0.
    epochs : int
        Passes over the training samples.
    batch_size : int or "auto"
        Samples of one update. "auto" is a power of two near samples / 64, within 16 … 256.
    restarts : int
        Networks trained at once from different seeds; the one with the lowest held-out loss (else training loss) is
        kept, all are reported.
    validation_fraction : float or None
        Share of the training samples that is held out, where `fit` is given no `validation`.
    patience : int or None
        Stop when the monitored loss has not improved for this many epochs, and keep the best weights.
    callbacks : list of callable or None
        Each is called with an `EpochRecord` after every epoch; one that returns True stops the training.
    warm_start : bool
        Whether `fit` goes on from the weights of the last one.
    random_state : int, RandomState or None
        Seed of the weights and of the order of the samples. The same seed gives the same bits on one machine.
    verbose : int
        0 is silent; 1 writes a line an epoch to standard error.

    Attributes
    ----------
    code_size_, hidden_, batch_size_, scaling_, settings_
        What "auto" became.
    network_
        The kept network; ``network_.encode`` and ``.decode`` take one scaled sample or code.
    history_ : History
        Losses per epoch and restart, seconds, samples per second.
    restarts_ : list of Restart
        Loss, live directions and live units of each.
    best_restart_ : int
        The one that is kept.
    diagnosis_ : tuple of Finding
        What went wrong in the training, in words; empty if nothing did.
    baselines_ : tuple
        The mean sample and PCA with the same code size, fitted on the training samples.
    train_range_ : tuple of float
        The least and the largest value of the training samples.
    n_features_in_, feature_names_in_, sample_shape_, seed_
        As in scikit-learn; the shape of one sample as it was given; the seed that was used.

    Examples
    --------
    >>> import numpy as np
    >>> line = np.linspace(0, 1, 64)[:, None] * np.ones(4)
    >>> model = Autoencoder(code_size=1, hidden=(), epochs=200, learning_rate=0.02, random_state=0).fit(line)
    >>> model.transform(line).shape, bool(model.score(line) > 0.99)
    ((64, 1), True)
    """

    # scikit-learn's validation sets these two by name.
    n_features_in_: int
    feature_names_in_: np.ndarray

    def __init__(
        self,
        code_size: int | str = "auto",
        *,
        hidden: Sequence[int] | str = "auto",
        activation: str | Callable = "silu",
        code_activation: str | Callable = "identity",
        output_activation: str | Callable = "auto",
        loss: str | Callable = "squared_error",
        scaling: str = "auto",
        optimizer: Any = "adam",
        learning_rate: float = 1e-3,
        epochs: int = 50,
        batch_size: int | str = "auto",
        restarts: int = 1,
        validation_fraction: float | None = None,
        patience: int | None = None,
        callbacks: Sequence[Callable[[EpochRecord], bool | None]] | None = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ):
        self.code_size = code_size
        self.hidden = hidden
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.loss = loss
        self.scaling = scaling
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.restarts = restarts
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    # ------------------------------------------------------------------ fitting

    def fit(self, X: Any, y: Any = None, *, validation: Any = None) -> Autoencoder:
        """Train on samples.

        Parameters
        ----------
        X
            Samples, shape (n, features) or (n, …) for images; at least two; finite numbers.
        y
            Ignored; there for scikit-learn's pipelines.
        validation
            Held-out samples, shaped like `X`, evaluated after each epoch.

        Returns
        -------
        Autoencoder
            Itself.

        Raises
        ------
        InvalidInputError
            If an argument or the samples cannot be used.
        TrainingDivergedError
            If the loss became infinite or not a number in every restart.
        KeyboardInterrupt
            As it came; the epochs so far are kept as if they had been all.
        """
        del y
        return self._fit(X, validation=validation)

    def _fit(self, X: Any, *, validation: Any, callbacks: Sequence[Callable[[EpochRecord], bool | None]] = ()):
        """Train as `fit` does, with callbacks beside the user's own."""
        check_parameters(self)
        if validation is not None and self.validation_fraction is not None:
            raise InvalidInputError("give either validation= samples or validation_fraction, not both.")
        going_on = bool(self.warm_start) and self.__sklearn_is_fitted__()
        if going_on:
            check_continuation(self)
        else:  # a fit that fails leaves no half of an earlier one behind
            self.__dict__.pop("network_", None)
            self.__dict__.pop("networks_", None)
        samples, sample_shape = read_samples(self, X, reset=not going_on)
        if not going_on:
            self.sample_shape_ = sample_shape
        held_out = None if validation is None else read_samples(self, validation, reset=False, name="validation")[0]
        # Going on with another split would train on what was held out.
        seed = self.seed_ if going_on else derive_seed(self.random_state)
        if self.validation_fraction is not None:
            samples, held_out = split_samples(samples, self.validation_fraction, seed)
        if not going_on:
            self._derive(samples, seed)
        scaling = self._scaling
        scaled = scaling.apply(samples)
        scaled_held_out = None if held_out is None else scaling.apply(held_out)
        self._check_unit_interval(scaled, "X")
        if scaled_held_out is not None:
            self._check_unit_interval(scaled_held_out, "validation")
        reports = [ProgressLines()] if self.verbose else []
        self._train(scaled, scaled_held_out, [*reports, *callbacks, *(self.callbacks or ())], going_on=going_on)
        return self

    def _derive(self, samples: np.ndarray, seed: int) -> None:
        self.settings_ = derive_settings(self, samples, self.sample_shape_)
        self.code_size_ = self.settings_.code_size
        self.hidden_ = self.settings_.hidden
        self.batch_size_ = self.settings_.batch_size
        self.scaling_ = self.settings_.scaling
        self.seed_ = seed
        self.dtype_ = np.dtype(samples.dtype)
        self.train_range_ = (float(samples.min()), float(samples.max()))
        self._scaling: Scaling = fit_scaling(samples, self.scaling_)

    def _check_unit_interval(self, scaled: np.ndarray, name: str) -> None:
        if find_loss(self.loss).needs_unit_interval and not (scaled.min() >= 0 and scaled.max() <= 1):
            raise InvalidInputError(
                f"loss={self.loss!r} needs features in [0, 1], but {name} reaches from {scaled.min():.4g} to "
                f"{scaled.max():.4g} after scaling={self.scaling_!r}; use scaling='minmax' or loss='squared_error'."
            )

    def _blueprint(self) -> DenseBlueprint:
        return DenseBlueprint(
            self.n_features_in_,
            self.code_size_,
            self.hidden_,
            self.activation,
            self.code_activation,
            self.settings_.output_activation,
        )

    def _train(
        self, scaled: np.ndarray, held_out: np.ndarray | None, callbacks: Sequence[Callable], *, going_on: bool
    ) -> None:
        earlier = self.history_ if going_on else None
        settings = TrainSettings(
            epochs=self.epochs,
            batch_size=min(self.batch_size_, len(scaled)),
            loss=find_loss(self.loss),
            optimizer=find_optimizer(self.optimizer, float(self.learning_rate)),
            seed=self.seed_,
            patience=self.patience,
            first_epoch=0 if earlier is None else earlier.epochs,
        )
        networks = self.networks_ if going_on else create_networks(self._blueprint(), self.seed_, self.restarts)
        fit_networks(networks, scaled, held_out, settings, callbacks=callbacks, earlier=earlier, accept=self._accept)
        for finding in self.diagnosis_:
            warnings.warn(finding.text, DiagnosisWarning, stacklevel=4)

    def _accept(self, outcome: FitOutcome) -> None:
        """Set every fitted attribute, all at once: whoever interrupts the training before finds the model as it was."""
        self.history_, self.baselines_, self.restarts_ = outcome.history, outcome.baselines, outcome.restarts
        self.diagnosis_, self.best_restart_ = outcome.diagnosis, outcome.best_restart
        self.networks_ = outcome.networks
        self.network_ = select_restart(self.networks_, self.best_restart_)

    # ------------------------------------------------------------------ using

    def transform(self, X: Any) -> Float[np.ndarray, "samples code"]:
        """Return the code of each sample, float32, shape (n, code_size)."""
        scaled = self._scale(X)
        return map_rows(encode_row, self.network_, scaled)

    def inverse_transform(self, codes: Any) -> Float[np.ndarray, "samples ..."]:
        """Return the reconstruction that each code stands for, in the samples' own shape and units.

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
        return self._restore(map_rows(decode_row, self.network_, check_codes(codes, self.code_size_)))

    def reconstruct(self, X: Any) -> Float[np.ndarray, "samples ..."]:
        """Return the reconstruction of each sample, in the samples' own shape and units."""
        scaled = self._scale(X)
        return self._restore(map_rows(reconstruct_row, self.network_, scaled))

    def errors(
        self,
        X: Any,
        *,
        measure: str = "squared_error",
        per: Literal["sample", "feature"] = "sample",
        units: str = "original",
    ) -> Float[np.ndarray, " entries"]:
        """Return how far each reconstruction is from its sample.

        Parameters
        ----------
        X
            Samples.
        measure
            "squared_error", "absolute_error", "binary_cross_entropy", or "signed_sum" (misleading: errors cancel).
        per
            "sample": one number a sample, the mean over its features (for signed_sum the sum). "feature": one number
            a feature, the mean over the samples.
        units
            "original", the features' own; "scaled", as the network sees them.

        Returns
        -------
        array
            Shape (n,) or (features,), float64.
        """
        check_is_fitted(self)
        if units not in ("original", "scaled"):
            raise InvalidInputError(f"units must be 'original' or 'scaled', got {units!r}.")
        samples, _ = read_samples(self, X, reset=False)
        scaled = self._scaling.apply(samples)
        reconstructions = map_rows(reconstruct_row, self.network_, scaled)
        if units == "scaled":
            return reconstruction_errors(scaled, reconstructions, measure=measure, per=per)
        return reconstruction_errors(samples, self._scaling.invert(reconstructions), measure=measure, per=per)

    def score(self, X: Any, y: Any = None) -> float:
        """Return R² against the mean training sample, over all scaled features: 1 is perfect, 0 no better than it."""
        del y
        scaled = self._scale(X)
        return r_squared(scaled, map_rows(reconstruct_row, self.network_, scaled), self.baselines_[0].mean)

    def summary(self) -> Summary:
        """Return the table of layers, output shapes and parameters."""
        check_is_fitted(self)
        layers = self.network_.layer_shapes()
        return Summary("-".join(str(n) for n in (self.n_features_in_, *(layer.units for layer in layers))), layers)

    def keep_restart(self, restart: int) -> Autoencoder:
        """Return a copy of the model that keeps another of its restarts; see `restarts_`.

        Parameters
        ----------
        restart
            Its index, 0 ≤ restart < restarts.
        """
        check_is_fitted(self)
        last = len(self.restarts_) - 1
        if not isinstance(restart, int | np.integer) or not 0 <= restart <= last:
            raise InvalidInputError(f"restart must be a whole number between 0 and {last}, got {restart!r}.")
        other = copy(self)
        other.best_restart_ = int(restart)
        other.network_ = select_restart(self.networks_, int(restart))
        return other

    def save(self, path: str | Path) -> Path:
        """Write the model to one safetensors file, whole; `ae.load` reads it back, bit for bit.

        Raises
        ------
        InvalidInputError
            If the model uses a function of the user's own, which a file cannot hold.
        """
        from autoencode.estimators.storage import save_model

        check_is_fitted(self)
        return save_model(self, path)

    # ------------------------------------------------------------------ scikit-learn

    def _scale(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        return self._scaling.apply(read_samples(self, X, reset=False)[0])

    def _restore(self, scaled: np.ndarray) -> np.ndarray:
        return shape_samples(self._scaling.invert(scaled).astype(self.dtype_, copy=False), self.sample_shape_)

    @property
    def _n_features_out(self) -> int:
        return self.code_size_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
