"""What every term is: something that training minimises beside the error of reconstructions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from jaxtyping import Array, Float

from autoencode.parts.objectives.coded_batch import CodedBatch
from autoencode.parts.text import is_number, require_setting


def require_number(term: Term, setting: str, low: float, high: float) -> None:
    """Check that a setting of a term is a number within bounds, ends included.

    Raises
    ------
    InvalidInputError
        If it is not.
    """
    value = getattr(term, setting)
    name, expected = f"{setting} of {type(term).__name__}", f"a number from {low:g} to {high:g}"
    require_setting("terms", is_number(value, low, high), name, expected, value)


@dataclass(frozen=True)
class Term(ABC):
    """A term, added to the sum over features of a sample's loss.

    A term of your own is a frozen dataclass of this class with defaults for its settings.

    Attributes
    ----------
    weight
        What it is multiplied by, ≥ 0. A larger one makes reconstructions worse.
    """

    weight: float | int = 1.0

    def __post_init__(self) -> None:
        require_number(self, "weight", 0.0, 1e9)

    @abstractmethod
    def __call__(self, batch: CodedBatch) -> Float[Array, " batch"]:
        """Return the term of each sample, times its weight; one of the whole batch is the same for each sample.

        Rows of weight 0 change nothing for the others.
        """
