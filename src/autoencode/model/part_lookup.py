"""From the names of parts to the parts: what a recipe says where "auto" stands, and how parts become a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from autoencode.exceptions import InvalidInputError
from autoencode.model.arguments import PART_NAMES, Arguments, check_values, require
from autoencode.nearest import end_with_nearest
from autoencode.parts.bottlenecks import Bottleneck
from autoencode.parts.losses import find_loss
from autoencode.parts.networks import ACTIVATIONS, OUTPUT_ACTIVATIONS, find_activation
from autoencode.parts.networks.form import Frame
from autoencode.parts.recipes import find_recipe
from autoencode.parts.text import read_part, write_part
from autoencode.registry import BOTTLENECKS, CORRUPTIONS, NETWORKS, TERMS, Kind
from autoencode.sizes import is_auto
from autoencode.training import UpdateRule, find_optimizer

# ---------------------------------------------------------------------- parts


class Parts(NamedTuple):
    """The parts of an autoencoder.

    Attributes
    ----------
    network
        A key of `NETWORKS`, or what draws a network of the user's own.
    activation, code_activation
        Names or functions.
    bottleneck, corruption, terms
        The parts themselves.
    """

    network: Any
    activation: str | Callable
    code_activation: str | Callable
    bottleneck: Bottleneck
    corruption: Any
    terms: tuple[Any, ...]

    def tell(self) -> dict[str, Any]:
        """Return the parts by keyword, as plain text where they are ours."""
        told = self._asdict() | {"bottleneck": _tell(self.bottleneck, BOTTLENECKS)}
        terms = tuple(_tell(term, TERMS) for term in self.terms)
        return told | {"corruption": _tell(self.corruption, CORRUPTIONS), "terms": terms}


def _tell(part: Any, known: Kind) -> Any:
    told = write_part(part, known)
    return part if told is None else told


def choose_parts(arguments: Arguments) -> Parts:
    """Return the parts that an `Autoencoder` names; its recipe says what "auto" is.

    Raises
    ------
    InvalidInputError
        If the recipe or a part is not known, or a part refuses a setting.
    """
    recipe = find_recipe(arguments.recipe)
    given = {name: getattr(arguments, name) for name in PART_NAMES}
    chosen = {name: getattr(recipe, name) if is_auto(value) else value for name, value in given.items()}
    form = NETWORKS.get(chosen["network"]) if isinstance(chosen["network"], str) else None
    if form is not None and form.activation is not None and is_auto(arguments.activation):
        chosen["activation"] = form.activation
    return read_parts(chosen)


def read_parts(values: Mapping[str, Any]) -> Parts:
    """Return the parts that texts and objects stand for.

    Raises
    ------
    InvalidInputError
        If one is not known, or refuses a setting.
    """
    network = values["network"]
    known = network in NETWORKS if isinstance(network, str) else callable(getattr(network, "draw", None))
    if not known:
        raise InvalidInputError(
            f"network must be one of {', '.join(NETWORKS)}, or an object whose draw(generator) returns a network, "
            f"got {network!r:.100}{end_with_nearest(network, NETWORKS)}"
        )
    bottleneck = read_part(values["bottleneck"], BOTTLENECKS, "bottleneck")
    if not isinstance(bottleneck, Bottleneck):
        raise InvalidInputError(
            f"bottleneck must be one of {', '.join(BOTTLENECKS)}, or a Bottleneck, got {bottleneck!r:.100}."
        )
    corruption = _read_function(values["corruption"], CORRUPTIONS, "corruption")
    terms = values["terms"]
    listed = terms if isinstance(terms, list | tuple) else (terms,)
    read = (_read_function(term, TERMS, "terms") for term in listed)
    return Parts(
        network,
        values["activation"],
        values["code_activation"],
        bottleneck,
        corruption,
        tuple(term for term in read if term is not None),
    )


def _read_function(given: Any, known: Mapping[str, type], keyword: str) -> Any:
    """Return a part that is called, or None."""
    if given is None or (isinstance(given, str) and given == "none"):
        return None
    part = read_part(given, known, keyword)
    if not callable(part):
        raise InvalidInputError(f"{keyword} must be none, one of {', '.join(known)}, or callable, got {given!r:.100}.")
    return part


def check_parameters(arguments: Arguments) -> None:
    """Check the constructor's arguments of an `Autoencoder`, those that name a part or an optimiser included.

    Raises
    ------
    InvalidInputError
        If one of them cannot be used; the message names it, what was expected and what came.
    """
    check_values(arguments)
    for name in ("activation", "code_activation", "output_activation", "loss"):
        part = getattr(arguments, name)
        require(isinstance(part, str) or callable(part), name, "a name or a function", part)
        _check_function(name, part)
    choose_parts(arguments)
    _check_optimizer(arguments)


def _check_function(name: str, part: Any) -> None:
    if is_auto(part):
        return
    if name == "loss":
        find_loss(part)
        return
    try:
        find_activation(part, OUTPUT_ACTIVATIONS if name == "output_activation" else ACTIVATIONS)
    except InvalidInputError as error:
        raise InvalidInputError(str(error).replace("activation must", f"{name} must", 1)) from None


def _check_optimizer(arguments: Arguments) -> None:
    is_optimizer = isinstance(arguments.optimizer, str | optax.GradientTransformation)
    require(is_optimizer, "optimizer", "the name of an optax optimiser or an optax object", arguments.optimizer)
    optimizer = find_optimizer(arguments.optimizer, float(arguments.learning_rate))
    if isinstance(arguments.optimizer, str):  # tried when it was found
        return
    try:
        # A shape alone: an array would be a program to compile before every first fit.
        weights = jax.ShapeDtypeStruct((2, 2), jnp.float32)
        jax.eval_shape(lambda weights: optimizer.update(weights, optimizer.init(weights), weights), weights)
    except TypeError as error:
        raise InvalidInputError(
            f"optimizer {arguments.optimizer!r} needs more than the gradient of a batch; use another. ({error})"
        ) from error


def find_rule(arguments: Arguments) -> UpdateRule:
    """Return how an `Autoencoder` updates its networks, from checked arguments."""
    return UpdateRule(
        find_optimizer(arguments.optimizer, float(arguments.learning_rate)),
        decay=float(arguments.learning_rate) * float(arguments.weight_decay),
        clip_norm=None if arguments.clip_norm is None else float(arguments.clip_norm),
        halves_on_plateau=arguments.schedule == "plateau",
    )


# ---------------------------------------------------------------------- networks


def takes_sequences(parts: Parts) -> bool:
    """Return whether the network of the parts takes sequences, of which some may be shorter."""
    return isinstance(parts.network, str) and NETWORKS[parts.network].takes_sequences


def check_network(blueprint: Any, frame: Frame) -> None:
    """Check that a network of the user's own takes and gives what it must."""
    encoded_size = frame.encoded_size or frame.code_size
    try:
        network = blueprint.draw(np.random.default_rng(0))
        encoded = jax.eval_shape(network.encode, jax.ShapeDtypeStruct((frame.features,), np.float32))
        rebuilt = jax.eval_shape(network.decode, jax.ShapeDtypeStruct((frame.code_size,), np.float32))
    except (TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError(
            f"network: what {type(blueprint).__name__}.draw(generator) returns cannot encode {frame.features} numbers "
            f"and decode {frame.code_size}: {' '.join(str(error).split()):.300}"
        ) from error
    for what, found, size in (("encode", encoded, encoded_size), ("decode", rebuilt, frame.features)):
        if found.shape != (size,):
            raise InvalidInputError(f"network: its {what} must give {size} numbers, got the shape {found.shape}.")
