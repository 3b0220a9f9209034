"""A native kernel for dense networks on CPU: a small C library, compiled at first use; see ``dense.c``.

It does what `autoencode.training.epoch` and `autoencode.training.inference` do by XLA, several times faster for small
networks, and needs nothing compiled for a new shape. Where it cannot be had, or does not know a part, XLA is used.
"""

from autoencode.training.kernel.engine import (
    KERNEL_ACTIVATIONS,
    can_map,
    can_train,
    find_training_obstacle,
    list_activations,
    map_layers,
    train_epoch,
)
from autoencode.training.kernel.library import explain_absence

__all__ = [
    "KERNEL_ACTIVATIONS",
    "can_map",
    "can_train",
    "explain_absence",
    "find_training_obstacle",
    "list_activations",
    "map_layers",
    "train_epoch",
]
