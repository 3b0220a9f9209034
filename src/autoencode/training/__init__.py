"""The compiled training loop: state, epoch, order of the samples, optimisers, early stopping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode.training.bottlenecked import BottleneckedBlueprint, BottleneckedNetwork
    from autoencode.training.epoch import count_traces
    from autoencode.training.loop import EpochRecord, TrainSettings, train
    from autoencode.training.objective import Objective
    from autoencode.training.optimizer import UpdateRule, find_optimizer
    from autoencode.training.order import draw_order
    from autoencode.training.schedule import SCHEDULES
    from autoencode.training.state import (
        Blueprint,
        TrainState,
        create_networks,
        create_state,
        draw_shapes,
        select_restart,
        stack_networks,
    )

__all__ = [
    "SCHEDULES",
    "Blueprint",
    "BottleneckedBlueprint",
    "BottleneckedNetwork",
    "EpochRecord",
    "Objective",
    "TrainSettings",
    "TrainState",
    "UpdateRule",
    "count_traces",
    "create_networks",
    "create_state",
    "draw_order",
    "draw_shapes",
    "find_optimizer",
    "select_restart",
    "stack_networks",
    "train",
]

# Where each public name lives; it is imported when it is first asked for: to apply a dense network needs no JAX.
_HOMES = {
    "Blueprint": "state",
    "BottleneckedBlueprint": "bottlenecked",
    "BottleneckedNetwork": "bottlenecked",
    "EpochRecord": "loop",
    "Objective": "objective",
    "SCHEDULES": "schedule",
    "TrainSettings": "loop",
    "TrainState": "state",
    "UpdateRule": "optimizer",
    "count_traces": "epoch",
    "create_networks": "state",
    "create_state": "state",
    "draw_order": "order",
    "draw_shapes": "state",
    "find_optimizer": "optimizer",
    "select_restart": "state",
    "stack_networks": "state",
    "train": "loop",
}

__getattr__ = find_lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
