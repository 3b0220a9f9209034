"""From the names of parts to the parts: what a recipe says where "auto" stands, and how parts become a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from autoencode.bottlenecks import Bottleneck
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.nearest import end_with_nearest
from autoencode.networks.form import Frame
from autoencode.parts import read_part, write_part
from autoencode.recipes import RECIPES, find_recipe
from autoencode.registry import BOTTLENECKS, CORRUPTIONS, LOSSES, NETWORKS, OUTPUT_ACTIVATIONS, TERMS, Kind
from autoencode.sizes import is_auto

__all__ = [
    "NETWORKS",
    "PART_NAMES",
    "Frame",
    "Parts",
    "check_installed",
    "check_network",
    "choose_parts",
    "read_parts",
    "takes_sequences",
]

PART_NAMES = ("network", "activation", "code_activation", "bottleneck", "corruption", "terms")
"""The keywords that name parts of a network and its training; the loss, which goes by the samples, is not here."""


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


def choose_parts(model: Any) -> Parts:
    """Return the parts that an `Autoencoder` names; its recipe says what "auto" is.

    Raises
    ------
    InvalidInputError
        If the recipe or a part is not known, or a part refuses a setting.
    """
    recipe = find_recipe(model.recipe)
    given = {name: getattr(model, name) for name in PART_NAMES}
    chosen = {name: getattr(recipe, name) if is_auto(value) else value for name, value in given.items()}
    form = NETWORKS.get(chosen["network"]) if isinstance(chosen["network"], str) else None
    if form is not None and form.activation is not None and is_auto(model.activation):
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


_KINDS = {
    "network": NETWORKS,
    "recipe": RECIPES,
    "bottleneck": BOTTLENECKS,
    "corruption": CORRUPTIONS,
    "terms": TERMS,
    "loss": LOSSES,
    **dict.fromkeys(("activation", "code_activation", "output_activation"), OUTPUT_ACTIVATIONS),
}


def check_installed(parameters: Mapping[str, Any]) -> None:
    """Check that the parts that a model file names are here: ours, or brought by a package that is installed.

    Raises
    ------
    ModelFileError
        If one is not.
    """
    for keyword, kind in _KINDS.items():
        values = parameters[keyword]
        for text in values if isinstance(values, list | tuple) else (values,):
            name = text.partition("(")[0] if isinstance(text, str) else "auto"
            if name not in ("auto", "none") and name not in kind:
                raise ModelFileError(f"its {kind.name} {name!r:.50} is not here; install the package that brings it.")


def _read_function(given: Any, known: Mapping[str, type], keyword: str) -> Any:
    """Return a part that is called, or None."""
    if given is None or (isinstance(given, str) and given == "none"):
        return None
    part = read_part(given, known, keyword)
    if not callable(part):
        raise InvalidInputError(f"{keyword} must be none, one of {', '.join(known)}, or callable, got {given!r:.100}.")
    return part


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
