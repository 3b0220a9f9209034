"""A native kernel for dense networks on CPU: a small C library, compiled at first use; see ``dense.c``.

It does what `autoencode.training.epoch` and `autoencode.training.inference` do by XLA, several times faster for small
networks, and needs nothing compiled for a new shape. Where it cannot be had, or does not know a part, XLA is used.
`DenseLayers`, which it applies, need no JAX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode.training.kernel.call import KERNEL_ACTIVATIONS
    from autoencode.training.kernel.dense_layers import DenseLayers
    from autoencode.training.kernel.engine import can_train, find_layers, find_training_obstacle, train_epoch
    from autoencode.training.kernel.library import explain_absence

__all__ = [
    "KERNEL_ACTIVATIONS",
    "DenseLayers",
    "can_train",
    "explain_absence",
    "find_layers",
    "find_training_obstacle",
    "train_epoch",
]

_HOMES = {
    "DenseLayers": "dense_layers",
    "KERNEL_ACTIVATIONS": "call",
    "can_train": "engine",
    "explain_absence": "library",
    "find_layers": "engine",
    "find_training_obstacle": "engine",
    "train_epoch": "engine",
}

__getattr__ = find_lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
