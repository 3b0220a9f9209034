"""What every corruption is: something done to a sample before it is encoded in training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial

from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.parts.corruptions.space import SampleSpace
from autoencode.parts.text import require_setting

require = partial(require_setting, "corruption")
"""Check a setting: ``(whether it can be used, its name, what was expected, its value)``."""


@dataclass(frozen=True)
class Corruption(ABC):
    """A corruption of one sample; the reconstruction is held against the sample as it was.

    A corruption of your own is a frozen dataclass of this class with defaults for its settings.
    """

    def check(self, space: SampleSpace) -> None:
        """Check that samples can be corrupted so.

        Raises
        ------
        InvalidInputError
            If they cannot.
        """
        del space  # any will do

    @abstractmethod
    def __call__(
        self, sample: Float[Array, " features"], key: PRNGKeyArray, space: SampleSpace
    ) -> Float[Array, " features"]:
        """Return a corrupted copy of one scaled sample.

        Parameters
        ----------
        sample
            Its features.
        key
            The key of its randomness: the same key, the same bits.
        space
            Where samples lie.
        """
