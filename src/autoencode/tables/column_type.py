"""What a table's columns hold: Arrow's types as text in a model, and what kind of thing each of them is."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import Any, Literal, TypeAlias

from autoencode.arrow import pa
from autoencode.exceptions import ModelFileError

MOST_SHOWN = 40

GroupKind: TypeAlias = Literal["numeric", "flag", "category"]
"""What a group of a column's features is, as in `FeatureGroup`."""


@cache
def _plain_types() -> dict[str, pa.DataType]:

    widths = (pa.int8, pa.int16, pa.int32, pa.int64, pa.uint8, pa.uint16, pa.uint32, pa.uint64)
    floats = (pa.float16, pa.float32, pa.float64)
    others = (pa.null, pa.bool_, pa.string, pa.large_string, pa.date32, pa.date64)
    types = [make() for make in (*widths, *floats, *others)]
    types += [pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")]
    types += [make(unit) for make in (pa.duration, pa.timestamp) for unit in ("s", "ms", "us", "ns")]
    return {str(kind): kind for kind in types}


@cache
def parse_type(text: str) -> pa.DataType:
    """Return the Arrow type that its text stands for: ``"int64"``, ``"timestamp[us, tz=Europe/Berlin]"``.

    Raises
    ------
    ModelFileError
        If it is none of the types that a column of a model can have.

    Examples
    --------
    >>> parse_type("decimal128(7, 2)")
    Decimal128Type(decimal128(7, 2))
    """
    if text in _plain_types():
        return _plain_types()[text]
    if zoned := re.fullmatch(r"timestamp\[(s|ms|us|ns), tz=([\w/+:-]{1,64})\]", text):
        unit, zone = zoned.groups()
        try:
            if not re.fullmatch(r"[+-]\d\d:\d\d", zone):
                zoneinfo.ZoneInfo(zone)
            return pa.timestamp(unit, zone)
        except (ValueError, KeyError, OSError) as error:
            raise ModelFileError(f"the table encoder has a column in the time zone {zone!r}: {error}.") from error
    if decimal := re.fullmatch(r"decimal(32|64|128|256)\((\d{1,2}), (\d{1,2})\)", text):
        bits, precision, scale = map(int, decimal.groups())
        try:
            return getattr(pa, f"decimal{bits}")(precision, scale)
        except ValueError as error:
            raise ModelFileError(f"the table encoder has a column of type {text!r}: {error}.") from error
    raise ModelFileError(f"the table encoder has a column of type {text[:100]!r}, which no column can have.")


@cache
def find_family(kind: pa.DataType) -> str | None:
    """Return what a column of an Arrow type holds, in words, or None for a type that no column can have.

    Examples
    --------
    >>> import pyarrow as pa
    >>> find_family(pa.date32()), find_family(pa.list_(pa.int8()))
    ('dates', None)
    """
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    tests = {
        "nothing": pa.types.is_null(kind),
        "booleans": pa.types.is_boolean(kind),
        "numbers": is_number or (pa.types.is_decimal(kind) and kind.scale >= 0),
        "text": pa.types.is_string(kind) or pa.types.is_large_string(kind),
        "dates": pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None),
        "dates with a time zone": pa.types.is_timestamp(kind) and kind.tz is not None,
        "durations": pa.types.is_duration(kind),
        "times of day": pa.types.is_time(kind),
    }
    return next((family for family, holds in tests.items() if holds), None)


def _count_type(kind: pa.DataType) -> pa.DataType | None:
    """Return the integers that a date or time is stored as, or None for other types."""
    if not pa.types.is_temporal(kind):
        return None
    return pa.int32() if kind.bit_width == 32 else pa.int64()


def write_constants(values: pa.Array) -> list[Any]:
    """Return values as JSON can hold them: text, booleans and numbers; decimals as text, dates as counts."""
    count_type = _count_type(values.type)
    if count_type is not None:
        values = values.cast(count_type)
    elif pa.types.is_decimal(values.type):
        values = values.cast(pa.string())
    return values.to_pylist()


def show_constant(value: Any, kind: pa.DataType) -> str:
    """Return a value that `write_constants` gave in a few words, on one line."""
    as_it_is = pa.types.is_duration(kind) or find_family(kind) == "text"
    text = str(value if as_it_is else read_constants([value], kind).cast(pa.string())[0].as_py())
    text += f" {kind.unit}" if pa.types.is_duration(kind) else ""
    text = text if text.isprintable() and text.strip() else repr(text)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def read_constants(values: Any, kind: pa.DataType) -> pa.Array:
    """Return the values that `write_constants` gave, as an array of their type.

    Raises
    ------
    ModelFileError
        If they are not values of that type, none of them missing.
    """
    count_type = _count_type(kind)
    stored = pa.string() if pa.types.is_decimal(kind) else count_type or kind
    try:
        array = pa.array(values, stored)
        array = array if kind == stored else array.cast(kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"the table encoder has values that are not of the type {kind}: {error}.") from error
    if array.null_count or write_constants(array) != values:
        raise ModelFileError(f"the table encoder has values that are not of the type {kind}.")
    return array
