"""A column of dates, times or durations, as one feature and the flag of its missing cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

from autoencode.arrow import pa
from autoencode.exceptions import InvalidRowError, ModelFileError
from autoencode.printable import quote
from autoencode.tables.column_type import find_family, parse_type
from autoencode.tables.missing_flag import FlaggedColumn, find_missing
from autoencode.tables.number_map import NumberMap, fit_number_map, restore_number_map
from autoencode.tables.numeric_column import map_numbers
from autoencode.tables.stored_fields import take

if TYPE_CHECKING:
    from autoencode.tables.column_type import GroupKind

DAY = 86_400
TIME_FAMILIES = ("dates", "dates with a time zone", "durations", "times of day")
TICKS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
STEPS = {DAY: "day", 3600: "hour", 60: "minute", 1: "second", 10**-3: "millisecond", 10**-6: "microsecond"}
# Of years 1 and 10000, in seconds since 1970; a model's dates stay between them.
FIRST_YEAR, LAST_YEAR = -62_135_596_800, 253_402_300_800
MOST_SECONDS = 2**52
# A little less than int64 can hold, so that float64 can tell it from what is more.
MOST_TICKS = 9_200_000_000_000_000_000


def _count_ticks(array: pa.ChunkedArray) -> tuple[Int64[np.ndarray, " rows"], int]:
    """Return dates as whole ticks since 1970, 0 where missing, and how many ticks a second has; 0: a tick is a day."""
    kind = array.type
    stored = pa.int32() if kind.bit_width == 32 else pa.int64()
    ticks = array.cast(stored).cast(pa.int64()).fill_null(0).to_numpy()
    return ticks, ticks_a_second(kind)


def ticks_a_second(kind: pa.DataType) -> int:
    """Return how many of a type's ticks are a second; 0 where a tick is a day."""
    if pa.types.is_date(kind):
        return 0 if pa.types.is_date32(kind) else 1000
    return TICKS_A_SECOND[kind.unit]


def find_ends(kind: pa.DataType) -> tuple[int, int]:
    """Return the first second of a type that is encoded, and the one after the last, since 1970."""
    is_date = (find_family(kind) or "").startswith("dates")
    return (FIRST_YEAR, LAST_YEAR) if is_date else (-MOST_SECONDS, MOST_SECONDS)


def _split_seconds(
    name: str, array: pa.ChunkedArray, *, cut: bool = False
) -> tuple[Int64[np.ndarray, " rows"], Int64[np.ndarray, " rows"], int]:
    """Return whole seconds since 1970, cut at the ends if asked for, the ticks beyond, and how many a second has."""
    ticks, per_second = _count_ticks(array)
    whole, rest = (ticks * DAY, np.zeros_like(ticks)) if per_second == 0 else np.divmod(ticks, per_second)
    first, last = find_ends(array.type)
    if cut:
        return np.clip(whole, first, last - 1), rest, max(per_second, 1)
    beyond = (whole < first) | (whole >= last)
    if beyond.any():
        limits = "years 1 to 9999" if first == FIRST_YEAR else "what float64 can tell apart"
        row = int(beyond.argmax())
        raise InvalidRowError(
            f"column {quote(name)} lies outside of {limits} in row \0; correct or drop that row.", row
        )
    return whole, rest, max(per_second, 1)


def _find_step(whole: Int64[np.ndarray, " rows"], rest: Int64[np.ndarray, " rows"], per_second: int) -> float:
    """Return the longest of day, hour, minute, … of which every time is a multiple, in seconds."""
    for step in (DAY, 3600, 60, 1):
        if not rest.any() and not (whole % step).any():
            return float(step)
    for step in (10**-3, 10**-6):
        ticks = round(per_second * step)
        if ticks and not (rest % ticks).any():
            return step
    return 1 / per_second


@dataclass(frozen=True)
class DatetimeColumn(FlaggedColumn):
    """How a column of dates, times or durations becomes features.

    Attributes
    ----------
    name
        The column's name.
    type
        Its Arrow type, as text.
    origin
        The midnight from which seconds are counted, in seconds since 1970; 0 for durations and times of day.
    step
        Its resolution, in seconds.
    number_map
        From seconds since the origin to features and back.
    missing
        How many cells of training, and of rows held out, were missing; without any there is no flag, unless what
        training did not have is encoded.
    encodes_unseen
        Whether what training did not have is encoded too, not refused.
    """

    kind: ClassVar[str] = "datetime"
    group: ClassVar[GroupKind] = "numeric"
    name: str
    type: str
    origin: int
    step: float
    number_map: NumberMap
    missing: int
    encodes_unseen: bool = False

    @classmethod
    def fit(
        cls, name: str, array: pa.ChunkedArray, scaling: str, weights: Float64[np.ndarray, " rows"] | None = None
    ) -> DatetimeColumn:
        """Fit the column to its training cells."""
        present = array.drop_null()
        whole, rest, per_second = _split_seconds(name, present)
        is_date = (find_family(array.type) or "").startswith("dates")
        origin = int(whole.mean()) // DAY * DAY if is_date else 0
        weights = None if weights is None else weights[~find_missing(array)]
        number_map = fit_number_map(name, (whole - origin) + rest / per_second, scaling, weights)
        step = _find_step(whole, rest, per_second)
        return cls(name, str(array.type), origin, step, number_map, len(array) - len(present))

    @property
    def unit(self) -> str:
        """The unit in which people read differences of the column: days, or seconds."""
        return "days" if self.step == DAY else "seconds"

    @property
    def deviation(self) -> float:
        """The standard deviation of its times in training, in `unit`."""
        return self.number_map.deviation / (DAY if self.unit == "days" else 1)

    def describe(self) -> tuple[str, str]:
        """Return what the column is read as, and a note."""
        family = find_family(parse_type(self.type)) or ""
        words = {"durations": "duration", "times of day": "time of day"}.get(family, "date")
        words = "date and time" if words == "date" and self.step != DAY else words
        zone = f", time zone {parse_type(self.type).tz}" if family.endswith("zone") else ""
        step = f"to the {STEPS.get(self.step, 'nanosecond')}"
        if family.startswith("dates"):
            middle = np.clip(self.origin + self.number_map.invert(np.zeros(1)), FIRST_YEAR, LAST_YEAR - 1)
            note = f"around {middle.astype('datetime64[s]').astype('datetime64[D]')[0]}, {step}{zone}"
        else:
            note = f"{self.number_map.describe()} (seconds), {step}"
        return words, note + self.missing_note

    def encode(self, array: pa.ChunkedArray) -> Float32[np.ndarray, "rows features"]:
        """Return the features of cells."""
        missing = self.find_missing(array)
        whole, rest, per_second = _split_seconds(self.name, array, cut=self.encodes_unseen)
        seconds = np.where(missing, np.nan, (whole - self.origin) + rest / per_second)
        scores = map_numbers(self.name, seconds, self.number_map, cut=self.encodes_unseen)
        return self.join_flag(scores, missing)

    def decode_numbers(self, features: Float[np.ndarray, "rows features"]) -> Float64[np.ndarray, " rows"]:
        """Return the times that features stand for, in `unit` since the origin, not rounded; NaN where missing."""
        seconds = self.number_map.invert(features[:, 0].astype(np.float64))
        seconds = np.where(self.read_flag(features), np.nan, seconds)
        return seconds / DAY if self.unit == "days" else seconds

    def find_limits(self, kind: pa.DataType) -> tuple[int, int]:
        """Return the first and the last second that the type can hold, since 1970."""
        family, most = find_family(kind), MOST_TICKS // max(1, ticks_a_second(kind))
        if family == "times of day":
            return 0, DAY
        return (-most, most) if family == "durations" else (max(FIRST_YEAR, -most), min(LAST_YEAR, most))

    def decode(self, features: Float[np.ndarray, "rows features"]) -> pa.Array:
        """Return the cells that features stand for, to the column's resolution."""
        kind = parse_type(self.type)
        seconds = self.decode_numbers(features) * (DAY if self.unit == "days" else 1)
        missing = np.isnan(seconds)
        first, last = ((limit - self.origin) / self.step for limit in self.find_limits(kind))
        steps = np.clip(np.rint(np.where(missing, 0, seconds) / self.step), np.ceil(first), np.ceil(last) - 1)
        per_second = ticks_a_second(kind)
        if per_second == 0:
            ticks = self.origin // DAY + steps.astype(np.int64) * round(self.step / DAY)
        else:
            ticks = self.origin * per_second + steps.astype(np.int64) * round(self.step * per_second)
        stored = pa.int32() if kind.bit_width == 32 else pa.int64()
        return pa.array(ticks, pa.int64(), mask=missing).cast(stored).cast(kind)

    def to_dict(self) -> dict[str, Any]:
        """Return the column as JSON can hold it."""
        content = {"kind": self.kind, "type": self.type, "origin": self.origin, "step": self.step}
        return {**content, "missing": self.missing, "map": self.number_map.to_dict()}

    @classmethod
    def from_dict(cls, name: str, content: Any) -> DatetimeColumn:
        """Return the column that `to_dict` gave."""
        origin, step = take(content, "origin", int), take(content, "step", float)
        number_map, missing = restore_number_map(take(content, "map", dict)), take(content, "missing", int, least=0)
        column = cls(name, take(content, "type", str), origin, step, number_map, missing)
        kind = parse_type(column.type)
        if find_family(kind) in TIME_FAMILIES:
            first, last = column.find_limits(kind)
            whole_ticks = step == DAY or step * ticks_a_second(kind) >= 1
            if not (first - DAY <= origin <= last) or step not in {*STEPS, 1e-9} or not whole_ticks:
                raise ModelFileError(f"the table encoder's column {quote(name)} has no such origin or step.")
        return column
