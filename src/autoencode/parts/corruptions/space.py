"""What a corruption is told of the samples that it is used on."""

from __future__ import annotations

from typing import NamedTuple


class SampleSpace(NamedTuple):
    """Where samples lie.

    Attributes
    ----------
    shape
        The shape of one sample; its numbers are the features, the last axis fastest.
    low, high
        The least and the largest scaled value of training.
    """

    shape: tuple[int, ...]
    low: float
    high: float
