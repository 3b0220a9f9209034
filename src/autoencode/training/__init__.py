"""The compiled training loop: state, epoch, order of the samples, optimisers, early stopping."""

from autoencode.training.epoch import count_traces
from autoencode.training.loop import EpochRecord, TrainSettings, train
from autoencode.training.optimizer import UpdateRule, find_optimizer
from autoencode.training.order import draw_order
from autoencode.training.schedule import SCHEDULES
from autoencode.training.state import TrainState, create_networks, create_state, select_restart, stack_networks

__all__ = [
    "SCHEDULES",
    "EpochRecord",
    "TrainSettings",
    "TrainState",
    "UpdateRule",
    "count_traces",
    "create_networks",
    "create_state",
    "draw_order",
    "find_optimizer",
    "select_restart",
    "stack_networks",
    "train",
]
