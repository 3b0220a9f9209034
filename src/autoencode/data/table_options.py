"""`TableOptions`: how the text of a table is read, as a user asks for it and as a model keeps it."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest

KINDS = ("number", "text", "date", "time", "boolean")
"""What the cells of a column can be read as; a date may have a time of day."""

DATE_ORDERS = ("dmy", "mdy", "ymd")
"""In which order day, month and year may stand."""

DECIMALS = (".", ",")
THOUSANDS = (",", ".", "'", " ", "_")
_LONGEST = 500
_WORDS = ("missing", "ids", "drop", "asked")
_MOST_SKIPPED = 1_000_000


@dataclass(frozen=True)
class TableOptions:
    """How the text of a table is read; what is None or empty is found out from all of its rows.

    Attributes
    ----------
    encoding
        Name of the encoding, such as ``"cp1252"``.
    separator
        What stands between two cells: one character, or ``" "`` for any number of spaces.
    header
        Whether the first line names the columns.
    skip
        How many lines above the header are passed over.
    missing
        Words that stand for a missing cell, beside those that always do.
    decimal, thousands
        The marks of numbers; ``thousands=""`` means that there is none.
    dates
        One of `DATE_ORDERS`.
    types
        The kind of a column by its name, one of `KINDS`.
    ids
        Columns that name the rows.
    table
        Which sheet or table of a file.
    drop
        Columns that are left out before they are judged.
    asked
        Of the columns in `types`, those whose kind was asked for; it is filled where the others are found out.
    settled
        Whether it says how earlier samples were read: columns that it names may then be missing.

    Raises
    ------
    InvalidInputError
        If a part is none of these.

    Examples
    --------
    >>> TableOptions(decimal=",", types={"code": "text"}).to_dict()
    {'decimal': ',', 'types': {'code': 'text'}}
    """

    encoding: str | None = None
    separator: str | None = None
    header: bool | None = None
    skip: int | None = None
    missing: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str | None = None
    dates: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    table: str | None = None
    drop: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    settled: bool = False

    def __post_init__(self) -> None:
        """Check every part: options may come from a file that somebody else wrote."""
        for name in _WORDS:
            given = getattr(self, name)
            words = (given,) if isinstance(given, str) else tuple(given or ())
            if not all(isinstance(word, str) and len(word) <= _LONGEST for word in words):
                raise InvalidInputError(f"{name}: expected words, got {given!r:.100}")
            object.__setattr__(self, name, words)
        object.__setattr__(self, "types", dict(self.types or {}))
        for column, kind in self.types.items():
            if not isinstance(column, str) or kind not in KINDS:
                raise InvalidInputError(
                    f"type: expected one of {', '.join(KINDS)} for column {column!r:.100}, got {kind!r:.100}"
                )
        _check("decimal", self.decimal, DECIMALS)
        _check("thousands", self.thousands, (*THOUSANDS, ""))
        _check("dates", self.dates, DATE_ORDERS)
        if self.decimal is not None and self.decimal == self.thousands:
            raise InvalidInputError(f"decimal, thousands: expected two marks, got {self.decimal!r} for both")
        if self.separator is not None and (not isinstance(self.separator, str) or len(self.separator) != 1):
            raise InvalidInputError(f"separator: expected one character, got {self.separator!r:.100}")
        if self.header is not None and not isinstance(self.header, bool):
            raise InvalidInputError(f"header: expected True or False, got {self.header!r:.100}")
        if self.skip is not None and (type(self.skip) is not int or not 0 <= self.skip <= _MOST_SKIPPED):
            raise InvalidInputError(f"skip: expected a number of lines, 0 or more, got {self.skip!r:.100}")
        if self.table is not None and (not isinstance(self.table, str) or not self.table.strip()):
            raise InvalidInputError(f"table: expected the name of a sheet or table, got {self.table!r:.100}")
        if not isinstance(self.settled, bool):
            raise InvalidInputError(f"settled: expected True or False, got {self.settled!r:.100}")
        if self.encoding is not None:
            _check_encoding(self.encoding)

    def __hash__(self) -> int:
        return hash((self.encoding, self.separator, self.decimal, self.thousands, self.dates, *self.types.items()))

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != TableOptions()

    def check_columns(self, source: str, columns: Sequence[str]) -> None:
        """Refuse a kind or an id of a column that is not there.

        Raises
        ------
        InvalidInputError
            If there is one, and these are not the options of earlier samples.
        """
        there = set(columns)
        for part, names in (("type", self.types), ("id", self.ids)):
            for name in names:
                if name not in there and name not in self.drop and not self.settled:
                    raise InvalidInputError(
                        f"{part}: {source} has no column {name!r:.100}{end_with_nearest(name, columns)}"
                    )

    def having(self, **parts: Any) -> TableOptions:
        """Return the same options with other parts."""
        return replace(self, **parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts that are set, as JSON can hold them."""
        parts = {part.name: getattr(self, part.name) for part in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in parts.items()
            if value is not None and value not in ((), {}) and (name != "settled" or value)
        }

    @classmethod
    def from_dict(cls, parts: Any) -> TableOptions:
        """Return the options that `to_dict` gave, checked.

        Raises
        ------
        InvalidInputError
            If a part is unknown or of a value that it cannot have.
        """
        known = {part.name for part in fields(cls)}
        if not isinstance(parts, Mapping) or not set(parts) <= known:
            raise InvalidInputError(f"reading: expected the options of a table, got {parts!r:.100}")
        for name in _WORDS:
            if not isinstance(parts.get(name, []), list):
                raise InvalidInputError(f"reading: {name}: expected words, got {parts[name]!r:.100}")
        if not isinstance(parts.get("types", {}), Mapping):
            raise InvalidInputError(f"reading: types: expected columns and kinds, got {parts['types']!r:.100}")
        return cls(**parts)


def _check(name: str, value: object, known: tuple[str, ...]) -> None:
    if value is not None and (not isinstance(value, str) or value not in known):
        raise InvalidInputError(f"{name}: expected one of {', '.join(map(repr, known))}, got {value!r:.100}")


def _check_encoding(encoding: object) -> None:
    try:
        if not isinstance(encoding, str) or not codecs.lookup(encoding)._is_text_encoding:
            raise LookupError
    except (LookupError, ValueError):
        raise InvalidInputError(
            f"encoding: expected the name of one, such as utf-8 or cp1252, got {encoding!r:.100}"
        ) from None
