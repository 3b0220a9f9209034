"""What a constructor's arguments mean: checked, and "auto" values derived from the training samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from autoencode.estimators.assembly import NETWORKS, PART_NAMES, Parts, choose_parts
from autoencode.estimators.representation import Representation
from autoencode.exceptions import InvalidInputError
from autoencode.features import SCALINGS
from autoencode.features.number_map import NUMERIC_SCALINGS
from autoencode.nearest import end_with_nearest
from autoencode.networks import ACTIVATIONS, OUTPUT_ACTIVATIONS, find_activation
from autoencode.objectives import Loss, find_loss
from autoencode.options import ENGINE_NAMES, KIND_NAMES
from autoencode.recipes import DEFAULT, find_recipe
from autoencode.sizes import choose_batch_size, derive_sizes, is_auto, is_large_picture
from autoencode.training import SCHEDULES, UpdateRule, find_optimizer

__all__ = [
    "DerivedSettings",
    "check_continuation",
    "check_parameters",
    "choose_output_activation",
    "derive_seed",
    "derive_settings",
    "find_rule",
    "is_plain",
]


@dataclass(frozen=True, eq=False)
class DerivedSettings(Mapping[str, Any]):
    """Every setting that a training depends on, with no "auto" left; a mapping, in which a part is its name.

    Attributes
    ----------
    code_size, hidden, batch_size, scaling, output_activation, loss
        What the constructor was told, or what "auto" became.
    parts
        Network, activations, bottleneck, corruption and terms: what the constructor was told, or the recipe says.
    derived
        Names of those that "auto" stood for; of parts, only those that a recipe makes others than they always are.
    kind
        What samples of several axes are: "picture" or "sequence". None of others.
    engine
        What trains: "kernel" or "xla". None where it is not yet known, and in files that do not tell.
    """

    code_size: int
    hidden: tuple[int, ...]
    batch_size: int
    scaling: str
    output_activation: Any
    loss: Loss
    parts: Parts
    derived: tuple[str, ...]
    kind: str | None = None
    engine: str | None = None

    def __getitem__(self, name: str) -> Any:
        return self.to_dict()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        return len(self.to_dict())

    def __repr__(self) -> str:
        return repr(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values; of a function or an object of the user's own, its name."""
        sizes = {name: value for name, value in self.__dict__.items() if name not in ("parts", "derived")}
        told = {**sizes, **self.parts.tell(), "loss": self.loss.name, "derived": self.derived}
        return {name: value if is_plain(value) else name_part(value) for name, value in told.items()}


def _require(ok: bool, name: str, expected: str, value: Any, known: Iterable[str] = ()) -> None:
    if not ok:
        raise InvalidInputError(f"{name} must be {expected}, got {value!r}{end_with_nearest(value, known)}")


def is_plain(value: Any) -> bool:
    """Return whether a file can hold a setting: numbers, texts, None, and lists of them."""
    is_whole = isinstance(value, list | tuple) and all(map(is_plain, value))
    return is_whole or isinstance(value, str | int | float | np.generic | None)


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def _is_part(value: Any) -> bool:
    return isinstance(value, str) or callable(value)


def check_parameters(model: Any) -> None:
    """Check the constructor's arguments of an `Autoencoder`.

    Raises
    ------
    InvalidInputError
        If one of them cannot be used; the message names it, what was expected and what came.
    """
    count = "a whole number ≥ 1"
    for name in ("code_size", "batch_size"):
        value = getattr(model, name)
        _require(is_auto(value) or _is_count(value), name, f"'auto' or {count}", value)
    for name in ("epochs", "restarts"):
        _require(_is_count(getattr(model, name)), name, count, getattr(model, name))
    hidden = model.hidden
    is_layers = is_auto(hidden) or (isinstance(hidden, list | tuple) and all(map(_is_count, hidden)))
    _require(is_layers, "hidden", "'auto' or a tuple of whole numbers ≥ 1, such as (128, 64)", hidden)
    _require(model.patience is None or _is_count(model.patience), "patience", f"None or {count}", model.patience)
    rate = model.learning_rate
    _require(_is_number(rate) and rate > 0, "learning_rate", "a finite number > 0", rate)
    decay, longest = model.weight_decay, model.clip_norm
    _require(_is_number(decay) and decay >= 0, "weight_decay", "a finite number ≥ 0", decay)
    _require(decay == 0 or isinstance(model.optimizer, str), "weight_decay", "0 beside an optax object", decay)
    is_length = longest is None or (_is_number(longest) and longest > 0)
    _require(is_length, "clip_norm", "None or a finite number > 0", longest)
    known = isinstance(model.schedule, str) and model.schedule in SCHEDULES
    _require(known, "schedule", f"one of {', '.join(SCHEDULES)}", model.schedule, SCHEDULES)
    engine, engines = model.engine, ("auto", *ENGINE_NAMES)
    _require(isinstance(engine, str) and engine in engines, "engine", f"one of {', '.join(engines)}", engine, engines)
    fraction = model.validation_fraction
    is_fraction = fraction is None or (_is_number(fraction) and 0 < fraction < 1)
    _require(is_fraction, "validation_fraction", "None or a number between 0 and 1", fraction)
    _check_parts(model)
    scalings = {**SCALINGS, **NUMERIC_SCALINGS}
    is_scaling = isinstance(model.scaling, str) and model.scaling in (*scalings, "auto")
    _require(is_scaling, "scaling", f"'auto' or one of {', '.join(scalings)}", model.scaling, scalings)
    kinds = ("auto", *KIND_NAMES)
    is_kind = isinstance(model.kind, str) and model.kind in kinds
    _require(is_kind, "kind", f"one of {', '.join(kinds)}", model.kind, kinds)
    _require(isinstance(model.warm_start, bool | np.bool_), "warm_start", "True or False", model.warm_start)
    _require(isinstance(model.verbose, int | np.integer), "verbose", "0 or 1", model.verbose)
    callbacks = model.callbacks
    is_callables = callbacks is None or (isinstance(callbacks, list | tuple) and all(map(callable, callbacks)))
    _require(is_callables, "callbacks", "None or a list of functions of one epoch's record", callbacks)


def _check_parts(model: Any) -> None:
    """Check what names a part: recipe, network, activations, bottleneck, corruption, terms, loss, optimiser."""
    for name in ("activation", "code_activation", "output_activation", "loss"):
        part = getattr(model, name)
        _require(_is_part(part), name, "a name or a function", part)
        if is_auto(part):
            continue
        if name == "loss":
            find_loss(part)
            continue
        try:
            find_activation(part, OUTPUT_ACTIVATIONS if name == "output_activation" else ACTIVATIONS)
        except InvalidInputError as error:
            raise InvalidInputError(str(error).replace("activation must", f"{name} must", 1)) from None
    choose_parts(model)
    is_optimizer = isinstance(model.optimizer, str | optax.GradientTransformation)
    _require(is_optimizer, "optimizer", "the name of an optax optimiser or an optax object", model.optimizer)
    optimizer = find_optimizer(model.optimizer, float(model.learning_rate))
    if isinstance(model.optimizer, str):  # tried when it was found
        return
    try:
        # A shape alone: an array would be a program to compile before every first fit.
        weights = jax.ShapeDtypeStruct((2, 2), jnp.float32)
        jax.eval_shape(lambda weights: optimizer.update(weights, optimizer.init(weights), weights), weights)
    except TypeError as error:
        raise InvalidInputError(
            f"optimizer {model.optimizer!r} needs more than the gradient of a batch; use another. ({error})"
        ) from error


def find_rule(model: Any) -> UpdateRule:
    """Return how an `Autoencoder` updates its networks, from checked arguments."""
    return UpdateRule(
        find_optimizer(model.optimizer, float(model.learning_rate)),
        decay=float(model.learning_rate) * float(model.weight_decay),
        clip_norm=None if model.clip_norm is None else float(model.clip_norm),
        halves_on_plateau=model.schedule == "plateau",
    )


def check_continuation(model: Any) -> None:
    """Check that an `Autoencoder` with `warm_start` still asks for the network that it has.

    Raises
    ------
    InvalidInputError
        If an argument that makes the network has been changed since.
    """
    settings = model.settings_
    names = ("kind", "code_size", "hidden", "output_activation", "scaling", "engine")
    fitted = {name: getattr(settings, name) for name in names} | {"restarts": len(model.restarts_)}
    asked = {name: getattr(model, name) for name in fitted} | choose_parts(model).tell()
    fitted |= settings.parts.tell()
    for name in ("corruption", "terms"):  # these make no network
        del asked[name]
    asked["network"] = model.network if is_auto(model.network) else asked["network"]
    for name, wish in asked.items():
        wish, has = (tuple(value) if isinstance(value, list) else value for value in (wish, fitted[name]))
        if not is_auto(wish) and wish != has:
            raise InvalidInputError(
                f"warm_start goes on with the fitted network, whose {name} is {has!r}, but {name}={wish!r} was set "
                "since; set it back, or fit with warm_start=False."
            )


def derive_seed(random_state: Any) -> int:
    """Return the seed that a scikit-learn `random_state` stands for.

    Parameters
    ----------
    random_state
        An integer ≥ 0, which is the seed itself; a `RandomState`, from which one is drawn; None, a fresh one.

    Returns
    -------
    int
        0 ≤ seed < 2**32.
    """
    if isinstance(random_state, int | np.integer):
        if not 0 <= random_state < 2**32:
            raise InvalidInputError(f"random_state must lie between 0 and 2**32 - 1, got {random_state}.")
        return int(random_state)
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    from sklearn.utils import check_random_state

    try:
        return int(check_random_state(random_state).randint(2**31))
    except ValueError as error:
        raise InvalidInputError(f"random_state: {error}") from error


def derive_settings(model: Any, representation: Representation, features: np.ndarray) -> DerivedSettings:
    """Derive every "auto" value of an `Autoencoder` from its training samples.

    Parameters
    ----------
    model
        The estimator; only its constructor's arguments are read.
    representation
        What the samples are; it knows which scaling and which loss suit them.
    features
        The features of the training samples, before the scaling.

    Returns
    -------
    DerivedSettings
        With the sizes of `derive_sizes`; batch_size = a power of two near samples / 64, within 16 … 256; scaling that
        of the representation; output_activation that of the loss; loss and parts those of the recipe; without one, a
        convolutional network for large pictures.
    """
    count, width = features.shape
    parts, recipe = choose_parts(model), find_recipe(model.recipe)
    is_large = is_large_picture(representation.sample_shape, representation.kind)
    if is_auto(model.network) and recipe is DEFAULT and is_large:
        parts = parts._replace(network="convolutional")
    loss = representation.choose_loss(recipe.loss) if is_auto(model.loss) else representation.find_loss(model.loss)
    fixed = NETWORKS[parts.network].hidden if isinstance(parts.network, str) else ()
    hidden = fixed if is_auto(model.hidden) and fixed is not None else model.hidden
    code_size, hidden = derive_sizes(width, model.code_size, hidden, layers=recipe.hidden_layers)
    if is_auto(model.code_size):
        code_size = parts.bottleneck.fit_code_size(code_size)
    batch_size = choose_batch_size(count, model.batch_size)
    scaling = representation.choose_scaling(features, loss) if is_auto(model.scaling) else model.scaling
    sizes = ("code_size", "hidden", "batch_size", "scaling", "output_activation")
    # Of the parts only those that a recipe, or the samples, make others than they always are.
    told = [name for name in ("loss", *PART_NAMES) if getattr(recipe, name) != getattr(DEFAULT, name)]
    told += ["network"] * (parts.network != recipe.network) + ["kind"] * (representation.kind is not None)
    derived = tuple(name for name in (*sizes, *told) if is_auto(getattr(model, name)))
    output_activation = choose_output_activation(model.output_activation, loss)
    chosen = (code_size, hidden, batch_size, scaling, output_activation, loss, parts, derived)
    return DerivedSettings(*chosen, kind=representation.kind)


def choose_output_activation(asked: str | Callable, loss: Loss) -> Any:
    """Return the activation of the reconstruction: "auto" is the loss's own.

    Raises
    ------
    InvalidInputError
        If the loss is computed together with another one.
    """
    if is_auto(asked):
        return loss.output_activation
    if loss.fused and asked != loss.output_activation:
        raise InvalidInputError(
            f"loss={loss.name!r} is computed together with output_activation={name_part(loss.output_activation)!r}; "
            f"use 'auto', got {asked!r}."
        )
    return asked


def name_part(part: Any) -> str:
    """Return the name of an activation that was given by name or as a function."""
    return part if isinstance(part, str) else getattr(part, "__name__", type(part).__name__)
