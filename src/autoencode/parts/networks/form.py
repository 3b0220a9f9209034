"""What a network is by its name: what draws it for samples of a shape, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Frame:
    """What a network must know.

    Attributes
    ----------
    features, sample_shape
        Numbers of a flat sample, and the shape that samples were given in.
    code_size, encoded_size, hidden
        Numbers of a code, what the encoder gives before the bottleneck, and the sizes between.
    activation, code_activation, output_activation
        Names or functions.
    """

    features: int
    sample_shape: tuple[int, ...]
    code_size: int
    encoded_size: int | None
    hidden: tuple[int, ...]
    activation: Any
    code_activation: Any
    output_activation: Any


class NetworkForm(NamedTuple):
    """A network by name.

    Attributes
    ----------
    make
        From a frame to what draws the network.
    hidden
        What ``hidden="auto"`` is; None is derived from the number of features.
    activation
        What ``activation="auto"`` is; None leaves that to the recipe.
    takes_sequences
        Whether samples are sequences, of which some may be shorter.
    """

    make: Callable[[Frame], Any]
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    takes_sequences: bool = False
