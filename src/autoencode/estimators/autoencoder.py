"""The estimator: an autoencoder with scikit-learn's manners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from autoencode.data.samples import Reading
from autoencode.estimators.application import ApplicationMixin
from autoencode.estimators.assembly import make_blueprint, make_objective
from autoencode.estimators.delivery import DeliveryMixin
from autoencode.estimators.fitting import FitOutcome, conclude, fit_networks
from autoencode.estimators.generation import GenerationMixin
from autoencode.estimators.preparation import Preparation, prepare
from autoencode.estimators.progress import ProgressLines
from autoencode.estimators.representation import Representation
from autoencode.estimators.row_digest import KnownRows
from autoencode.estimators.settings import DerivedSettings, find_rule
from autoencode.estimators.summary import Summary
from autoencode.evaluation import fit_baselines
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.features import Scaling, TableEncoder
from autoencode.notice import warn_user
from autoencode.training import Blueprint, EpochRecord, TrainSettings, create_networks, select_restart

__all__ = ["Autoencoder"]


class Autoencoder(ApplicationMixin, GenerationMixin, DeliveryMixin, BaseEstimator):
    """A network that squeezes each sample through a narrow code and rebuilds it.

    Parameters
    ----------
    code_size : int or "auto"
        Numbers that a sample is squeezed into. A larger code loses less. "auto" is ⌈√features⌉.
    recipe : str or None
        A named combination of the parts below, with its paper (`ae.recipes.RECIPES`): it says what "auto" is.
    network : str or object
        "dense", "convolutional", "residual", "lstm", "gru", or an object whose ``draw(generator)`` returns a network.
        "auto" is the recipe's; without one convolutional for pictures of more than 1,024 numbers, else dense.
    hidden : tuple of int or "auto"
        Units of the encoder's hidden layers (channels of a convolutional one); the decoder mirrors them. ``()`` is
        none, ``(128, 64)`` two. "auto" is one layer, the geometric mean of features and code size.
    activation : str or callable
        Of the hidden layers: "silu", "relu", "tanh", "gelu", … (`ae.networks.ACTIVATIONS`), or a JAX function.
    code_activation : str or callable
        Of the code. "identity" keeps every unit alive; "relu" may lose some.
    output_activation : str, callable or "auto"
        Of the reconstruction. "auto" is the one that belongs to the loss.
    bottleneck : str or Bottleneck
        What a code is: "plain", "top_k(k=4)", "gaussian(beta=1.0)", "vector_quantized(entries=64, numbers=4)" or
        "finite_scalar(levels=8)"; settings that are not given are at their defaults.
    corruption : str, callable or None
        What is done to samples before they are encoded in training: "gaussian_noise(deviation=0.3)",
        "salt_and_pepper(share=0.2)", "masking(share=0.5, patch=0)".
    terms : list of str or callable
        What training minimises beside the loss: "l1(weight=0.1)", "kl_sparsity(weight=1.0)", "contractive(weight=0.1)",
        "mmd(weight=10.0)".
    kind : str
        What an array of shape (n, a, b) holds: "picture" or "sequence", of a steps with b numbers each. "auto" is
        sequences where b ≤ 16 and b < a / 2, and says so; images from files and named sets are pictures.
    loss : str or callable
        What training minimises: "squared_error", "absolute_error", "huber", "binary_cross_entropy" (features in
        [0, 1]), "categorical_cross_entropy" (features add up to 1), or a JAX function of one reconstruction and sample.
        "auto" is the recipe's; of a mixed table the squared error of numbers and the cross-entropy of other columns.
    scaling : str
        "none", "standard", "minmax", "global_minmax", or "auto": none where all values of an array lie in [0, 1], else
        standard, and global_minmax for images. Of a mixed table "standard" or "quantile", for each column.
    optimizer : str or optax.GradientTransformation
        "adam" (with Keras's constants), any optax optimiser by name, or an optax object.
    learning_rate : float
        Step size of a named optimiser, > 0.
    schedule : str
        How the step size changes: "constant"; "cosine", down to 0; "warmup_cosine", up first; "plateau", halved where
        the monitored loss stands still.
    weight_decay : float
        Share of the learning rate by which each weight shrinks at a step, ≥ 0; a larger one keeps weights small.
    clip_norm : float or None
        The longest gradient; a longer one is shortened to it.
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
    engine : str
        What trains and applies the network: "kernel", the native one for dense networks, "xla", or "auto", the kernel
        where it knows all parts and there is a C compiler. "kernel" is refused by `fit` where it cannot be had; with
        "xla" no compiler is ever looked for.
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
    prior_is_normal_ : bool
        Whether training pulled the codes towards a standard normal distribution, from which `sample` then draws.
    table_encoder_, reading_
        What turns a mixed table into features, or None; how the samples were read from a file or folder, or None.
    n_features_in_, feature_names_in_, sample_shape_, seed_
        As in scikit-learn; the shape of one sample as it was given; the seed that was used.

    Examples
    --------
    >>> model = Autoencoder(code_size=8, epochs=100, random_state=0).fit("digits")
    >>> model.transform("digits:test").shape, bool(model.score("digits:test") > 0.7)
    ((360, 8), True)
    """

    # Set by scikit-learn's validation and by `prepare`.
    n_features_in_: int
    feature_names_in_: np.ndarray
    reading_: Reading | None
    settings_: DerivedSettings
    code_size_: int
    hidden_: tuple[int, ...]
    batch_size_: int
    scaling_: str
    seed_: int
    train_range_: tuple[float, float]
    _representation: Representation
    _scaling: Scaling
    _trained_rows: KnownRows | None

    def __init__(
        self,
        code_size: int | str = "auto",
        *,
        recipe: str | None = None,
        network: Any = "auto",
        hidden: Sequence[int] | str = "auto",
        activation: str | Callable = "auto",
        code_activation: str | Callable = "auto",
        output_activation: str | Callable = "auto",
        bottleneck: Any = "auto",
        corruption: Any = "auto",
        terms: Any = "auto",
        kind: str = "auto",
        loss: str | Callable = "auto",
        scaling: str = "auto",
        optimizer: Any = "adam",
        learning_rate: float = 3e-3,
        schedule: str = "constant",
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        epochs: int = 50,
        batch_size: int | str = "auto",
        restarts: int = 1,
        validation_fraction: float | None = None,
        patience: int | None = None,
        callbacks: Sequence[Callable[[EpochRecord], bool | None]] | None = None,
        warm_start: bool = False,
        random_state: Any = None,
        engine: str = "auto",
        verbose: int = 0,
    ):
        self.code_size = code_size
        self.recipe = recipe
        self.network = network
        self.hidden = hidden
        self.activation = activation
        self.code_activation = code_activation
        self.output_activation = output_activation
        self.bottleneck = bottleneck
        self.corruption = corruption
        self.terms = terms
        self.kind = kind
        self.loss = loss
        self.scaling = scaling
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.epochs = epochs
        self.batch_size = batch_size
        self.restarts = restarts
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.random_state = random_state
        self.engine = engine
        self.verbose = verbose

    # ------------------------------------------------------------------ fitting

    def fit(self, X: Any, y: Any = None, *, validation: Any = None) -> Autoencoder:
        """Train on samples.

        Parameters
        ----------
        X
            Samples, at least two: an array of finite numbers, shape (n, features), or (n, …) for images; a data frame;
            or what `ae.data.read` reads: a file, a folder, a glob, a named set.
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
            If the loss became infinite or not a number in every restart, and `patience` kept no weights from before.
        KeyboardInterrupt
            As it came, between two calls of compiled code; the epochs so far are kept as if they had been all.
        """
        del y
        self._train(prepare(self, X, validation))
        return self

    def _train(self, prepared: Preparation, callbacks: Sequence[Callable[[EpochRecord], bool | None]] = ()) -> None:
        """Train on what was prepared, with callbacks beside the user's own."""
        earlier = self.history_ if prepared.goes_on else None
        loss = self.settings_.loss
        settings = TrainSettings(
            epochs=self.epochs,
            batch_size=min(self.batch_size_, len(prepared.scaled)),
            objective=make_objective(self, prepared.scaled),
            rule=find_rule(self),
            seed=self.seed_,
            schedule=self.schedule,
            patience=self.patience,
            first_epoch=0 if earlier is None else earlier.epochs,
        )
        samples = (prepared.scaled, prepared.held_out, settings)
        baselines = fit_baselines(prepared.scaled, self.code_size_)
        measure = self._representation.training_measure(loss)
        fit_networks(
            self.networks_ if prepared.goes_on else create_networks(self.blueprint_, self.seed_, self.restarts),
            *samples,
            callbacks=[*([ProgressLines()] if self.verbose else []), *callbacks, *(self.callbacks or ())],
            accept=lambda records: self._accept(
                conclude(records, *samples, earlier=earlier, measure=measure, baselines=baselines)
            ),
        )
        for finding in self.diagnosis_:
            warn_user(finding.text, DiagnosisWarning, cause=finding.name)

    def _accept(self, outcome: FitOutcome) -> None:
        """Set every fitted attribute, all at once: whoever interrupts the training before finds the model as it was."""
        self.history_, self.baselines_, self.restarts_ = outcome.history, outcome.baselines, outcome.restarts
        self.diagnosis_, self.best_restart_ = outcome.diagnosis, outcome.best_restart
        self.networks_, self._code_summaries = outcome.networks, outcome.code_summaries
        self.network_ = select_restart(self.networks_, self.best_restart_)

    # ------------------------------------------------------------------ looking

    def summary(self) -> Summary:
        """Return the table of layers, output shapes and parameters."""
        check_is_fitted(self)
        return Summary.of(self.network_)

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

    # ------------------------------------------------------------------ scikit-learn

    @property
    def blueprint_(self) -> Blueprint:
        """What draws the network; it is known before the first epoch."""
        return make_blueprint(self)

    @property
    def sample_shape_(self) -> tuple[int, ...]:
        """The shape of one sample as it was given."""
        return self._representation.sample_shape

    @property
    def dtype_(self) -> np.dtype:
        """The type of the samples' features."""
        return self._representation.dtype

    @property
    def table_encoder_(self) -> TableEncoder | None:
        """What turns a mixed table into features; None for numbers."""
        return self._representation.encoder

    @property
    def _n_features_out(self) -> int:
        return self.code_size_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
