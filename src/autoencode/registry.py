"""Every part by name, and where it is: data that imports nothing, so that help and completion are quick.

Packages of others bring parts by entry points of the group ``autoencode.parts``, named ``kind.name``; a name of ours is
always ours.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from autoencode.exceptions import InvalidInputError

GROUP = "autoencode.parts"
"""The group of the entry points."""


def load(place: str) -> Any:
    """Return what stands at a place, ``module:name``.

    Examples
    --------
    >>> load("math:floor")(2.5)
    2
    """
    module, name = place.split(":")
    return getattr(import_module(module), name)


@functools.cache
def _find_installed(kind: str) -> dict[str, Any]:
    """Return the entry points of a kind of part by the part's name; of packages that are installed, and of no other."""
    from importlib.metadata import entry_points

    found: dict[str, Any] = {}
    for entry in entry_points(group=GROUP):
        of, _, name = entry.name.partition(".")
        if of == kind and found.setdefault(name, entry) is not entry:
            raise InvalidInputError(
                f"{kind} {name!r} is brought by two packages, {found[name].value} and {entry.value}; "
                "uninstall one of them."
            )
    return found


class Kind(Mapping[str, Any]):
    """The parts of a kind by name, ours before those of other packages; each is imported when it is asked for.

    Parameters
    ----------
    name
        What a part of the kind is called: "bottleneck".
    ours
        Our own parts, or where they are, ``module:name``.
    make
        What the mapping gives in place of a part.
    """

    def __init__(self, name: str, ours: Mapping[str, Any], make: Callable[[Any], Any] = lambda part: part):
        self.name = name
        self.ours = ours
        self.make = make

    @property
    def installed(self) -> dict[str, Any]:
        """The entry points of parts that other packages bring, by name."""
        return {name: entry for name, entry in _find_installed(self.name).items() if name not in self.ours}

    def __getitem__(self, name: str) -> Any:
        if name in self.ours:
            part = self.ours[name]
            return self.make(load(part) if isinstance(part, str) else part)
        entry = self.installed[name]
        try:
            return self.make(entry.load())
        except Exception as error:  # the module of another may raise anything
            raise InvalidInputError(
                f"{self.name} {name!r} of another package, {entry.value}, cannot be imported: {error}"
            ) from error

    def __iter__(self) -> Iterator[str]:
        yield from self.ours
        yield from self.installed

    def __len__(self) -> int:
        return len(self.ours) + len(self.installed)

    def __contains__(self, name: object) -> bool:
        if name in self.ours or name in self.installed:
            return True
        _find_installed.cache_clear()  # a package may have been installed since
        return name in self.installed

    @property
    def homes(self) -> dict[str, str]:
        """The module, without its package, in which each of our own classes lives."""
        places = (place.split(":") for place in self.ours.values())
        return {name: module.rpartition(".")[2] for module, name in places}

    def name_of(self, kind: type) -> str | None:
        """Return the name of a class of parts, or None; packages that have nothing to do with it are not imported."""
        root = kind.__module__.split(".")[0]
        if root == __name__.split(".")[0]:
            places = {name: part for name, part in self.ours.items() if isinstance(part, str)}
        else:
            places = {name: entry.value for name, entry in self.installed.items()}
        near = (name for name, place in places.items() if place.split(":")[0].split(".")[0] == root)
        return next((name for name in near if self[name] is kind), None)


ACTIVATIONS = Kind(
    "activation",
    {
        name: f"autoencode.parts.activations.named:{name}"
        for name in (
            *("identity", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish"),
            *("tanh", "sigmoid", "softplus", "softsign"),
        )
    },
)
"""Every activation that acts element by element."""

OUTPUT_ACTIVATIONS = Kind("activation", {**ACTIVATIONS.ours, "softmax": "autoencode.parts.activations.named:softmax"})
"""Every activation of a reconstruction."""

BOTTLENECKS = Kind(
    "bottleneck",
    {
        "plain": "autoencode.parts.bottlenecks.plain:Plain",
        "top_k": "autoencode.parts.bottlenecks.top_k:TopK",
        "gaussian": "autoencode.parts.bottlenecks.gaussian:Gaussian",
        "vector_quantized": "autoencode.parts.bottlenecks.vector_quantized:VectorQuantized",
        "finite_scalar": "autoencode.parts.bottlenecks.finite_scalar:FiniteScalar",
    },
)
"""Every bottleneck."""

CORRUPTIONS = Kind(
    "corruption",
    {
        "gaussian_noise": "autoencode.parts.corruptions.gaussian_noise:GaussianNoise",
        "salt_and_pepper": "autoencode.parts.corruptions.salt_and_pepper:SaltAndPepper",
        "masking": "autoencode.parts.corruptions.masking:Masking",
    },
)
"""Every corruption."""

LOSSES = Kind(
    "loss",
    {
        name: f"autoencode.parts.losses.{name}:LOSS"
        for name in ("squared_error", "absolute_error", "huber", "binary_cross_entropy", "categorical_cross_entropy")
    },
)
"""Every loss."""

NETWORKS = Kind(
    "network",
    {
        "dense": "autoencode.parts.networks.dense:DENSE",
        "convolutional": "autoencode.parts.networks.convolutional:CONVOLUTIONAL",
        "residual": "autoencode.parts.networks.convolutional:RESIDUAL",
        "lstm": "autoencode.parts.networks.recurrent:LSTM",
        "gru": "autoencode.parts.networks.recurrent:GRU",
    },
)
"""Every network."""

TERMS = Kind(
    "term",
    {
        "l1": "autoencode.parts.objectives.l1:L1",
        "kl_sparsity": "autoencode.parts.objectives.kl_sparsity:KLSparsity",
        "contractive": "autoencode.parts.objectives.contractive:Contractive",
        "mmd": "autoencode.parts.objectives.mmd:MMD",
    },
)
"""Every term."""
