"""One text file as people have it, and what reading it must give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Variant:
    r"""A table in a text file, and its right reading.

    Attributes
    ----------
    name
        What is particular about it, in ASCII.
    content
        The file: text, which is encoded as `encoding` says, or its bytes.
    columns
        The names and values that come, in order: None for a missing cell, int and float for numbers, bool, str,
        datetime.date, datetime.time and datetime.datetime (aware and in UTC where the cells have an offset).
        Blanks around a text do not count.
    refused
        Words of the one line that refuses the file, where it can be read in two ways or in none.
    said
        Words of the warnings.
    silent
        Nothing may be said: nothing about the file is doubtful.
    options
        What has to be asked for.
    ending, encoding
        Those of the file.
    source
        The address of a public report of such a file; empty where it is our own.
    """

    name: str
    content: str | bytes
    columns: Mapping[str, list[Any]] | None = None
    refused: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    silent: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    ending: str = ".csv"
    encoding: str = "utf-8"
    source: str = ""

    def __post_init__(self) -> None:
        """Check that it says one thing."""
        assert (self.columns is None) == bool(self.refused), f"{self.name}: either columns or a refusal"
        assert len({len(values) for values in (self.columns or {}).values()}) <= 1, f"{self.name}: lengths differ"
        assert not (self.silent and (self.said or self.refused)), f"{self.name}: silent, yet something is said"

    def to_bytes(self) -> bytes:
        """Return the file."""
        return self.content.encode(self.encoding) if isinstance(self.content, str) else self.content


def lines(*rows: str, end: str = "\n") -> str:
    """Return the rows as a text, each with its line end."""
    return "".join(row + end for row in rows)
