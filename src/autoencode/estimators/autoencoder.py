"""The estimator: an autoencoder with scikit-learn's manners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from autoencode.estimators.columns import check_like_training, note_columns
from autoencode.estimators.filling import draw, fill, put_cells
from autoencode.evaluation import CodeStatistics, ColumnError
from autoencode.exceptions import InvalidInputError
from autoencode.model import generation
from autoencode.model.arguments import Arguments
from autoencode.model.assembly import make_blueprint
from autoencode.model.checkpoint import Checkpoints
from autoencode.model.derivation import check_continuation
from autoencode.model.fit import fit_prepared
from autoencode.model.fitted import Fitted
from autoencode.model.format import find_format
from autoencode.model.learnt import list_arguments, take_fitted
from autoencode.model.model_file import save_model
from autoencode.model.preparation import Checked, Preparation, check_arguments, set_up
from autoencode.model.sample_kind import warn_of_guess
from autoencode.model.sample_weight import weigh_samples
from autoencode.model.samples import counting_rows, open_samples
from autoencode.model.summary import Summary
from autoencode.model.units import check_units
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.tables import TableEncoder
from autoencode.types import Per, SampleMatrix

if TYPE_CHECKING:
    from autoencode.export import OnnxExport
    from autoencode.report import Report
    from autoencode.training import EpochRecord


def _part(path: str) -> Any:
    """Return an attribute that an estimator has once it is fitted: a part of what it learnt."""
    return property(lambda self: attrgetter(path)(self.fitted_))


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
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
        Whether `fit` goes on from the last one: with its weights, and with its optimiser where that is known and still
        the same. After `patience`, which keeps weights of an earlier epoch, the optimiser begins anew.
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
    fitted_ : Fitted
        All that was learnt, frozen; the attributes above are parts of it.
    n_features_in_, feature_names_in_, sample_shape_, seed_
        As in scikit-learn; the shape of one sample as it was given; the seed that was used.

    Examples
    --------
    >>> model = Autoencoder(code_size=8, epochs=100, random_state=0).fit("digits")
    >>> model.transform("digits:test").shape, bool(model.score("digits:test") > 0.7)
    ((360, 8), True)
    """

    # Set by `fit`.
    n_features_in_: int
    feature_names_in_: np.ndarray
    fitted_: Fitted

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

    def fit(self, X: Any, y: Any = None, *, validation: Any = None, sample_weight: Any = None) -> Autoencoder:
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
        sample_weight
            How much each sample counts, in the loss and in all that is learnt before it (scaling, categories,
            baselines): numbers ≥ 0, as many as samples; None, or one number, counts all the same. Only their
            proportions matter: they are divided by their mean, so that step sizes and penalties stay what they are. A
            sample of weight 2 is worth two of weight 1, on average over the batches that it may be in; one of weight
            0 is as if it were not there. A share that `validation_fraction` holds out is weighted too, and the kernel,
            which knows no weights, leaves such a training to XLA.

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
        train_prepared(self, prepare(self, X, validation, sample_weight))
        return self

    def partial_fit(self, X: Any, y: Any = None, *, sample_weight: Any = None) -> Autoencoder:
        """Train for one pass over samples, going on from the calls before: for data that come in parts.

        The first call is `fit` with one epoch, and fixes what `fit` derives: sizes, scaling, columns and their
        categories, the seed; give it a part that shows them all. Later ones go on with the same networks and the same
        optimiser, as they do after `fit` or `ae.load`, and treat what the first did not have as `transform` does.

        Parameters
        ----------
        X
            Samples, at least two, whatever `fit` takes; later ones with the features of the first.
        y
            Ignored; there for scikit-learn's pipelines.
        sample_weight
            As for `fit`.

        Returns
        -------
        Autoencoder
            Itself.

        Raises
        ------
        InvalidInputError, TrainingDivergedError, KeyboardInterrupt
            As `fit` does; or if an argument that makes the network was set to another value since.

        Notes
        -----
        The history has one epoch more after each call. `epochs` and `patience` are ignored; a schedule runs over the
        one epoch of each call. Baselines, diagnosis and how codes lie are those of the data given last.

        What a diagnosis finds is in `diagnosis_`, and not warned of, as more may come.

        k calls on the same samples give the same bits as `fit` with k epochs, where the schedule is constant.

        Examples
        --------
        >>> from autoencode.data import load
        >>> rows = load("digits").train
        >>> model = Autoencoder(8, random_state=0)
        >>> for part in (rows[:500], rows[500:1000], rows[1000:]):
        ...     model = model.partial_fit(part)
        >>> model.history_.epochs
        3
        """
        del y
        train_prepared(self, prepare_part(self, X, sample_weight), is_part=True)
        return self

    @property
    def _learnt(self) -> Fitted:
        """What was learnt.

        Raises
        ------
        NotFittedError
            If nothing was.
        """
        check_is_fitted(self)
        return self.fitted_

    def _read(self, X: Any) -> SampleMatrix:
        """Return the features of samples, before the scaling; scikit-learn's rules for names of columns hold."""
        fitted = self._learnt
        opened = open_samples(X, reading=fitted.reading)
        return fitted.format.encode(check_like_training(self, opened, fitted.format))

    # ------------------------------------------------------------------ applying

    def transform(self, X: Any) -> Float[np.ndarray, "samples code"]:
        """Return the code of each sample, float32, shape (n, code_size)."""
        return self._learnt.encode(self._read(X))

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
        return self._learnt.decode_samples(codes)

    def reconstruct(self, X: Any) -> Any:
        """Return the reconstruction of each sample: an array in the samples' own shape and units, or a table."""
        features = self._read(X)
        return self.fitted_.format.decode(self.fitted_.rebuild(features))

    def fill(self, X: Any, *, draws: int | None = None, random_state: Any = 0) -> Any:
        """Return samples with their missing cells filled in: what the network says of them, given the others.

        The missing features start at 0, their mean, and all are rebuilt; what is rebuilt of the missing ones takes
        their place, and so on until none changes by more than 0.001 deviations, or for 50 passes. A model that was
        trained with ``corruption="masking"`` has learnt what is missing, and says it in one pass: it fills best.

        Parameters
        ----------
        X
            Rows of a table, in any of whose columns cells may be missing, also where none was in training; or an array
            of numbers, NaN where one is missing.
        draws
            How many fillings to draw, from a variational model (``bottleneck="gaussian(beta=0.1)"``): each of codes
            that are drawn from what the network thinks likely. None fills once, with what it expects.
        random_state
            Seed of the draws.

        Returns
        -------
        table or array, or a tuple of them
            `X`, in its own library, with values in place of the missing cells and everything else as it was. Whole
            numbers are whole, categories are some of training, and numbers within the range of training. Columns
            without features, such as ids and those that never vary, stay as they are.

        Raises
        ------
        InvalidInputError
            If samples are pictures or sequences, a number is infinite, or draws are asked of a model that has none.

        Warns
        -----
        DiagnosisWarning
            Where a tenth of the known cells of a column, hidden and filled, came out worse than by the mean or the most
            frequent value: it names the column and the better guess.

        Examples
        --------
        >>> from autoencode.data import load
        >>> rows = load("digits").train
        >>> model = Autoencoder(8, hidden=(32,), epochs=100, random_state=0).fit(rows)
        >>> damaged = rows[:1].copy()
        >>> damaged[0, 20:22] = np.nan
        >>> bool(abs(model.fill(damaged) - rows[:1]).max() < 0.5)
        True
        """
        fitted = self._learnt
        opened = open_samples(X, reading=fitted.reading)
        checked = check_like_training(self, opened, fitted.format, finite=False)
        if draws is not None:
            if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
                raise InvalidInputError(f"draws must be a whole number ≥ 1, or None, got {draws!r:.100}.")
            return tuple(put_cells(opened.values, drawn) for drawn in draw(fitted, checked, draws, random_state))
        filling = fill(fitted, checked)
        filling.warn()
        return put_cells(opened.values, filling.columns)

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
        return self.fitted_.errors(self._read(X), measure=measure, per=per, units=units)

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
        features = self._read(X)
        return self.fitted_.column_errors(features, units=units)

    def score(self, X: Any, y: Any = None) -> float:
        """Return R² against the mean training sample, over all scaled features: 1 is perfect, 0 no better than it."""
        del y
        features = self._read(X)
        return self.fitted_.score(features)

    # ------------------------------------------------------------------ generating

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
        return generation.sample(self._learnt, n, random_state)

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
        return generation.interpolate(self._learnt, a, b, steps)

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
        return generation.traverse(self._learnt, x, unit, values)

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
        if X is None:
            return generation.find_summary(self._learnt, "code_statistics", "; or give X").statistics
        codes = self.transform(X)
        return self.fitted_.describe_codes(codes)

    # ------------------------------------------------------------------ handing over

    def save(self, path: str | Path) -> Path:
        """Write the model to one safetensors file, whole; `ae.load` reads it back, bit for bit.

        Raises
        ------
        InvalidInputError
            If the model uses a function of the user's own, which a file cannot hold.
        """
        return save_model(take_fitted(self), path)

    def export_onnx(self, folder: str | Path, *, samples: Any = None, units: str = "auto") -> OnnxExport:
        """Write the model as four ONNX files, which run without Python; the extra ``onnx`` is needed.

        Parameters
        ----------
        folder
            Where ``encoder.onnx``, ``decoder.onnx``, ``reconstruct.onnx`` and ``errors.onnx`` go; scaling is inside.
        samples
            Samples on which ONNX Runtime must agree with the model within 1e-5, whatever `fit` takes; by default some
            are made from what the model knows of its training.
        units
            Of the errors, as for `ae.compare`.

        Returns
        -------
        OnnxExport
            The paths, and the largest difference of each.

        Raises
        ------
        InvalidInputError
            If the extra is not installed, the folder cannot be written to, or a part of the model has no ONNX form.
        ModelFileError
            If a file does not pass ONNX's checker, or does not give the model's numbers; then nothing is written.
        """
        from autoencode.export import export_onnx

        return export_onnx(take_fitted(self), folder, samples=samples, units=units)

    def report(self, X: Any = None, *, name: str = "model", labels: Any = None, units: str = "auto") -> Report:
        """Return a report of the model: one page that loads nothing from anywhere, to explore in a browser.

        Parameters
        ----------
        X
            Samples that the model was not trained on, at least two; whatever `fit` takes. Of more than 10,000, so many
            evenly spaced ones are shown. None leaves only what the training showed of itself.
        name
            What the page calls the model.
        labels
            The class of each sample, or the name of the table's column that says it; by default those of the source,
            where it has some.
        units
            Of errors, as for `ae.compare`.

        Returns
        -------
        Report
            ``save(path)`` writes it as HTML; in a notebook it shows itself.

        Raises
        ------
        InvalidInputError
            If the samples cannot be used, or there are not as many labels as samples.
        """
        from autoencode.estimators.model_study import study
        from autoencode.report import make_report

        return make_report([study(take_fitted(self), X, name=name, labels=labels, units=units)])

    # ------------------------------------------------------------------ looking

    def summary(self) -> Summary:
        """Return the table of layers, output shapes and parameters."""
        return self._learnt.summary()

    def keep_restart(self, restart: int) -> Autoencoder:
        """Return a copy of the model that keeps another of its restarts; see `restarts_`.

        Parameters
        ----------
        restart
            Its index, 0 ≤ restart < restarts.
        """
        last = len(self._learnt.restarts) - 1
        if not isinstance(restart, int | np.integer) or not 0 <= restart <= last:
            raise InvalidInputError(f"restart must be a whole number between 0 and {last}, got {restart!r}.")
        other = copy(self)
        other.fitted_ = replace(self.fitted_, best_restart=int(restart))
        return other

    # ------------------------------------------------------------------ what was learnt

    network_ = _part("network")
    networks_ = _part("networks")
    best_restart_ = _part("best_restart")
    restarts_ = _part("restarts")
    history_ = _part("history")
    diagnosis_ = _part("diagnosis")
    baselines_ = _part("baselines")
    settings_ = _part("settings")
    code_size_ = _part("settings.code_size")
    hidden_ = _part("settings.hidden")
    batch_size_ = _part("settings.batch_size")
    scaling_ = _part("settings.scaling")
    sample_shape_ = _part("format.sample_shape")
    dtype_ = _part("format.dtype")
    reading_ = _part("reading")
    seed_ = _part("seed")
    train_range_ = _part("train_range")

    @property
    def table_encoder_(self) -> TableEncoder | None:
        """What turns a mixed table into features; None for numbers."""
        columns = self.fitted_.table_encoder
        return None if columns is None else TableEncoder.of(columns)

    @property
    def blueprint_(self) -> Any:
        """What draws networks like those that were trained."""
        return make_blueprint(self._learnt)

    @property
    def prior_is_normal_(self) -> bool:
        """Whether training pulled the codes towards a standard normal distribution."""
        return generation.has_normal_prior(self._learnt.settings.parts)

    # ------------------------------------------------------------------ scikit-learn

    @property
    def _n_features_out(self) -> int:
        return self.code_size_

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "fitted_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def prepare_part(model: Autoencoder, X: Any, sample_weight: Any = None) -> Preparation:
    """Check everything that `Autoencoder.partial_fit` was told, and return all that is known before its one epoch."""
    arguments = Arguments(**vars(list_arguments(model)) | {"epochs": 1, "patience": None})
    earlier = model.fitted_ if model.__sklearn_is_fitted__() else None
    if earlier is not None:
        check_continuation(arguments, earlier, asker="partial_fit")
    check_arguments(arguments, has_validation=False)
    return _prepare(model, arguments, earlier, X, None, sample_weight)


def prepare(
    model: Autoencoder,
    X: Any,
    validation: Any,
    sample_weight: Any = None,
    *,
    seed: int | None = None,
    earlier: Fitted | None = None,
) -> Preparation:
    """Check everything that `Autoencoder.fit` was told, and return all that is known before the training.

    Parameters
    ----------
    model
        The estimator; what is said of the columns of its samples is set.
    X, validation, sample_weight
        As for `Autoencoder.fit`.
    seed
        Takes the place of a `random_state` that is no number: that of a training that goes on.
    earlier
        What the estimator holds, where the training goes on from it, whatever `warm_start` says.

    Raises
    ------
    InvalidInputError
        If an argument or the samples cannot be used; or one of the readers' errors.
    DeviceError
        If JAX has no device of those that were asked for.
    """
    arguments = list_arguments(model)
    if seed is not None and not isinstance(arguments.random_state, int | np.integer):
        arguments.random_state = seed
    check_arguments(arguments, has_validation=validation is not None)
    if arguments.warm_start and model.__sklearn_is_fitted__():
        earlier = model.fitted_
    if earlier is not None:
        check_continuation(arguments, earlier)
    else:
        model.__dict__.pop("fitted_", None)  # a fit that fails leaves no half of an earlier one behind
    return _prepare(model, arguments, earlier, X, validation, sample_weight)


def _prepare(
    model: Autoencoder, arguments: Arguments, earlier: Fitted | None, X: Any, validation: Any, sample_weight: Any
) -> Preparation:
    opened = open_samples(X, reading=None if earlier is None else earlier.reading)
    reading = opened.reading if earlier is None else earlier.reading
    places, weights = weigh_samples(sample_weight, opened.count)
    opened = opened.keep(places)
    if validation is not None:
        validation = open_samples(validation, reading=reading, argument="validation")
    if earlier is None:
        form = find_format(arguments, opened, *([] if validation is None else [validation.values]))
        with counting_rows(places):
            samples = form.check(opened, reset=True)
        note_columns(model, opened, form.columns, mixed=form.is_mixed)
        if form.is_guessed:
            warn_of_guess(form.sample_shape)
    else:
        form = earlier.format
        with counting_rows(places):
            samples = check_like_training(model, opened, form)
    held_out = None if validation is None else check_like_training(model, validation, form)
    known = Checked(form, samples, places, reading, opened.source, weights)
    return set_up(arguments, known, held_out, earlier=earlier)


def train_prepared(
    model: Autoencoder,
    prepared: Preparation,
    callbacks: Sequence[Callable[[EpochRecord], bool | None]] = (),
    checkpoints: Checkpoints | None = None,
    *,
    is_part: bool = False,
) -> None:
    """Train on what was prepared; see `fit_prepared`.

    The estimator's `fitted_` is set all at once: whoever interrupts the training before finds it as it was.
    """

    def accept(fitted: Fitted) -> None:
        model.fitted_ = fitted

    fit_prepared(prepared, accept, callbacks, checkpoints, is_part=is_part)


def hold_fitted(model: Autoencoder, fitted: Fitted) -> Autoencoder:
    """Let an estimator hold what was learnt, as if it had been fitted; return it."""
    model.fitted_, model.n_features_in_ = fitted, fitted.format.columns.length
    if fitted.format.columns.names is not None:
        model.feature_names_in_ = np.array(fitted.format.columns.names, dtype=object)
    return model
