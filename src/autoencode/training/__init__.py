"""The compiled training loop: state, epoch, order of the samples, optimisers, early stopping."""

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
