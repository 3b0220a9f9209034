"""Tables as people have them are read right or refused; the table of variants was written before the reader."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from table_variants import VARIANTS, Variant

from autoencode import data
from autoencode.exceptions import AutoencodeError

LONGEST_MESSAGE = 500

# What could be read but is refused, by name, each with its reason.
REFUSED_STILL: dict[str, str] = {
    "fixed width with a blank in a name": "blanks stand between cells and within them, which no separator tells apart",
}


@dataclass
class Outcome:
    """What came of reading a variant: columns or a refusal, and what was said."""

    columns: Mapping[str, list[Any]] | None
    refusal: str
    said: str

    def is_right(self, variant: Variant) -> bool:
        if variant.columns is None:
            return self.columns is None and all(word in self.refusal for word in variant.refused)
        return self.columns is not None and are_equal(self.columns, variant.columns)

    def is_wrong(self, variant: Variant) -> bool:
        """Whether something else was read than is right: a refusal is not wrong, if not welcome."""
        return self.columns is not None and not self.is_right(variant)


def read(variant: Variant, folder: Path) -> Outcome:
    path = folder / f"table{variant.ending}"
    path.write_bytes(variant.to_bytes())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            table = data.read(path, **variant.options).values
        except AutoencodeError as error:
            return Outcome(None, str(error), "")
    columns = dict(zip(table.column_names, (column.to_pylist() for column in table.columns), strict=True))
    return Outcome(columns, "", "\n".join(str(warning.message) for warning in said))


def are_equal(came: Mapping[str, list[Any]], right: Mapping[str, list[Any]]) -> bool:
    return list(came) == list(right) and all(
        len(values) == len(right[name]) and all(map(is_equal, values, right[name])) for name, values in came.items()
    )


def is_equal(came: Any, right: Any) -> bool:
    if kind_of(came) is not kind_of(right):
        return False
    if isinstance(right, float):
        return math.isclose(came, right, rel_tol=1e-15, abs_tol=0)
    if isinstance(right, str):
        return came.strip() == right.strip()
    if isinstance(right, datetime):
        return (came.tzinfo is None) == (right.tzinfo is None) and in_utc(came) == in_utc(right)
    return came == right


def kind_of(value: Any) -> type:
    """Return the type, that of Python for a timestamp of pandas."""
    return datetime if isinstance(value, datetime) else type(value)


def in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


@pytest.mark.parametrize("variant", VARIANTS, ids=[variant.name for variant in VARIANTS])
def test_variant(variant: Variant, tmp_path: Path) -> None:
    outcome = read(variant, tmp_path)
    if variant.name in REFUSED_STILL:
        assert outcome.columns is None, "no exception any more"
        return
    if variant.columns is None:
        assert outcome.columns is None, "read, not refused"
        assert [word for word in variant.refused if word not in outcome.refusal] == [], outcome.refusal
        assert "\n" not in outcome.refusal
        assert len(outcome.refusal.replace(str(tmp_path), "")) <= LONGEST_MESSAGE
        return
    assert outcome.refusal == ""
    assert outcome.columns is not None
    # Short tables are compared as they stand, so that a failure shows what differs.
    assert are_equal(outcome.columns, variant.columns), (
        f"{outcome.columns!r:.2000}\nbut expected\n{variant.columns!r:.2000}"
    )
    assert [word for word in variant.said if word not in outcome.said] == [], outcome.said
    assert not (variant.silent and outcome.said), outcome.said


def test_shares(tmp_path: Path) -> None:
    outcomes = [(variant, read(variant, tmp_path)) for variant in VARIANTS]
    assert [variant.name for variant, outcome in outcomes if outcome.is_wrong(variant)] == [], "read wrong"
    unaided = [(variant, outcome) for variant, outcome in outcomes if variant.columns and not variant.options]
    right = [variant.name for variant, outcome in unaided if outcome.is_right(variant)]
    assert len(right) >= 0.9 * len(unaided), f"{len(right)} of {len(unaided)} read right without an option"


def test_the_table_itself() -> None:
    names = [variant.name for variant in VARIANTS]
    assert len(set(names)) == len(names) >= 170
    assert all(name.isascii() and name.isprintable() for name in names)
    sources = {variant.source for variant in VARIANTS if variant.source}
    assert len(sources) >= 65
    assert all(source.startswith(("https://", "http://")) for source in sources)
    assert set(REFUSED_STILL) <= {variant.name for variant in VARIANTS if variant.columns}
