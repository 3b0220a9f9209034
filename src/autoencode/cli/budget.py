"""How much memory a verb may take for samples, and how many of them it reads at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autoencode.exceptions import InvalidInputError
from autoencode.memory_budget import find_budget, limit_memory
from autoencode.options import Option

if TYPE_CHECKING:
    from autoencode.data.extent import Extent

MEMORY = Option(
    "memory",
    None,
    "text",
    "For samples, such as 1GB or 512MB; what takes more lies in files [a quarter of what there is].",
    group="Samples",
)

MOST_NUMBERS = 2**19
"""How many numbers a block has at most: larger ones take more memory, and no less time."""

BESIDE_BYTES, BESIDE_COLUMN_BYTES = 2**26, 2**19
"""What is taken beside a block, measured: what is to be written, and for each column of a file what is read ahead."""

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


@dataclass(frozen=True)
class Budget:
    """The memory that samples may take.

    Attributes
    ----------
    total
        Bytes.
    is_given
        Whether somebody asked for it; else it is a quarter of what there is.
    """

    total: int
    is_given: bool = False

    def count_rows(self, extent: Extent, width: int, number_bytes: int) -> int:
        """Return how many samples a block has.

        Parameters
        ----------
        extent
            Of the samples.
        width
            How many numbers the network sees of one.
        number_bytes
            What is held of each of these at once.

        Raises
        ------
        InvalidInputError
            If it is too small for a block of one.
        """
        numbers = max(1, extent.features, width)
        beside = BESIDE_BYTES + (BESIDE_COLUMN_BYTES * extent.features if extent.is_table else 0)
        rows = (self.total - beside) // (numbers * number_bytes)
        if rows < 1 and self.is_given:
            least = -(-(beside + numbers * number_bytes) // 10**6)
            raise InvalidInputError(
                f"--memory: expected at least {least}MB for samples of {extent.features:,} numbers, "
                f"got {self.total / 10**6:.3g}MB."
            )
        return max(1, min(rows, MOST_NUMBERS // numbers))


@contextmanager
def obey_budget(options: dict[str, Any]) -> Iterator[None]:
    """Let samples and features take no more memory than --memory says within the block; it is taken from the options.

    Raises
    ------
    InvalidInputError
        If it is no amount of memory.
    """
    with limit_memory(read_budget({MEMORY.name: options.pop(MEMORY.name, None)}).total):
        yield


def read_budget(given: Mapping[str, Any]) -> Budget:
    """Return the budget that --memory says, or a quarter of what the machine or its control group has.

    Raises
    ------
    InvalidInputError
        If it is no amount of memory.

    Examples
    --------
    >>> read_budget({"memory": "1.5GB"}), read_budget({"memory": "512 MiB"}).total == 2**29
    (Budget(total=1500000000, is_given=True), True)
    """
    text = given.get(MEMORY.name)
    if text is None:
        return Budget(find_budget())
    found = re.fullmatch(r"\s*(\d{1,15}(?:\.\d+)?)\s*([kmgt]i?|)b?\s*", text, re.IGNORECASE)
    if found is None or float(found[1]) <= 0:
        raise InvalidInputError(f"--memory: expected an amount such as 1GB or 512MB, got {text!r:.100}.")
    return Budget(int(float(found[1]) * UNITS[found[2].lower()]), is_given=True)
