"""Every setting that a training depends on, with no "auto" left, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.training.order import WindowSize

if TYPE_CHECKING:
    from autoencode.model.part_lookup import Parts


@dataclass(frozen=True, eq=False)
class DerivedSettings(Mapping[str, Any]):
    """Every setting that a training depends on, with no "auto" left; a mapping, in which a part is its name.

    Attributes
    ----------
    code_size, hidden, batch_size, scaling, output_activation
        What the constructor was told, or what "auto" became.
    loss
        Its name, or a function of the user's own.
    part_texts
        Network, activations, bottleneck, corruption and terms, by keyword: what the constructor was told, or the recipe
        says. Texts, and objects of the user's own.
    derived
        Names of those that "auto" stood for; of parts, only those that a recipe makes others than they always are.
    kind
        What samples of several axes are: "picture" or "sequence". None of others.
    engine
        What trains: "kernel" or "xla". None where it is not yet known, and in files that do not tell.
    block_rows, window_blocks
        Rows of a block of samples, and how many blocks at most, drawn from all, are shuffled together. None where it is
        not yet known, and in files of earlier versions.
    """

    code_size: int
    hidden: tuple[int, ...]
    batch_size: int
    scaling: str
    output_activation: Any
    loss: str | Callable
    part_texts: Mapping[str, Any]
    derived: tuple[str, ...]
    kind: str | None = None
    engine: str | None = None
    block_rows: int | None = None
    window_blocks: int | None = None

    def __getitem__(self, name: str) -> Any:
        return self.to_dict()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        return len(self.to_dict())

    def __repr__(self) -> str:
        return repr(self.to_dict())

    @cached_property
    def parts(self) -> Parts:
        """The parts themselves, which need JAX."""
        from autoencode.model.part_lookup import read_parts

        return read_parts(self.part_texts)

    @property
    def window(self) -> WindowSize | None:
        """How far samples are shuffled in an epoch; None where it is not known."""
        if self.block_rows is None or self.window_blocks is None:
            return None
        return WindowSize(self.block_rows, self.window_blocks)

    @property
    def loss_name(self) -> str:
        """The name of the loss; of a function of the user's own, that of the function."""
        return name_part(self.loss)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values; of a function or an object of the user's own, its name."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        derived = every.pop("derived")
        told = every | every.pop("part_texts") | {"loss": self.loss_name, "derived": derived}
        return {name: value if is_plain(value) else name_part(value) for name, value in told.items()}


def is_plain(value: Any) -> bool:
    """Return whether a file can hold a setting: numbers, texts, None, and lists of them."""
    is_whole = isinstance(value, list | tuple) and all(map(is_plain, value))
    return is_whole or isinstance(value, str | int | float | np.generic | None)


def name_part(part: Any) -> str:
    """Return the name of an activation that was given by name or as a function."""
    return part if isinstance(part, str) else getattr(part, "__name__", type(part).__name__)
