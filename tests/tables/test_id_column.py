"""Which columns are ids: in whatever order the rows stand, and never an amount that only happens not to repeat."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from autoencode.tables import id_column
from autoencode.tables.id_column import ends_with_id, find_ids

random = np.random.default_rng(0)
ROWS = 200
SHUFFLED = random.permutation(ROWS)
SPARSE = random.choice(10**6, ROWS, replace=False)

IDS: dict[str, tuple[str, Any]] = {
    "a count from 1": ("x", SHUFFLED + 1),
    "a count with gaps": ("x", np.delete(np.arange(220), SHUFFLED[:20])[random.permutation(200)]),
    "a count from far away": ("x", SHUFFLED + 5_000_000),
    "a count below 0": ("x", SHUFFLED - 500),
    "a count as floats": ("x", SHUFFLED.astype(float)),
    "uuids": ("x", [str(uuid.UUID(int=int(number))) for number in SPARSE]),
    "uuids in capitals": ("x", [str(uuid.UUID(int=int(number))).upper() for number in SPARSE]),
    "hashes": ("x", [f"{number:016x}" * 2 for number in SPARSE]),
    "15 digits": ("x", SPARSE + 10**14),
    "19 digits": ("x", SPARSE.astype(np.int64) * 7 + 2**62),
    "a number behind a letter": ("x", [f"A{number}" for number in SPARSE]),
    "a number behind letters": ("x", [f"INV-{2000 + number % 9}-{number}" for number in SPARSE]),
    "18 digits as text": ("x", [str(10**17 + number) for number in SPARSE]),
    "a name with an underscore": ("user_id", SPARSE),
    "a name in camel case": ("OrderKey", SPARSE),
    "a name of two words": ("Invoice Nr", [f"R-{number}" for number in SPARSE]),
    "a name in capitals": ("ID", SPARSE),
    "a name of capitals and a word": ("userID", SPARSE),
    "a name with a point": ("order.id", SPARSE.astype(float)),
}
OTHERS: dict[str, tuple[str, Any]] = {
    "an amount that never repeats": ("amount", SPARSE),
    "an amount in cents": ("price", SPARSE / 100),
    "measurements": ("user_id", random.normal(size=ROWS)),
    "one repeats": ("user_id", [*SPARSE[1:], SPARSE[1]]),
    "one is missing": ("user_id", [*SPARSE[1:].tolist(), None]),
    "a count with half missing": ("x", 2 * SHUFFLED),
    "few rows": ("x", [3, 1, 2, 4]),
    "paid": ("paid", SPARSE),
    "acid": ("acid", SPARSE),
    "monkey": ("monkey", SPARSE),
    "squid": ("SQUID", SPARSE),
    "an id with a number": ("id2", SPARSE),
    "id in front": ("id_count", SPARSE),
    "names": ("name", [f"Room {number}" for number in SPARSE]),
    "long text with numbers": ("x", [f"R{number}-{'x' * 30}" for number in SPARSE]),
    "words of hex digits": ("x", [f"{number:06x}" for number in SPARSE]),
    "booleans": ("id", np.arange(ROWS) % 2 == 0),
    "dates": ("id", SPARSE.astype("datetime64[D]")),
}


def find(name: str, cells: Any) -> tuple[str, ...]:
    return find_ids([(name, pa.chunked_array([pa.array(cells)]))])


@pytest.mark.parametrize("case", IDS)
def test_ids_in_whatever_order(case: str) -> None:
    name, cells = IDS[case]
    assert find(name, cells) == find(name, np.sort(cells)) == find(name, np.array(cells)[SHUFFLED]) == (name,)


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_id(case: str) -> None:
    name, cells = OTHERS[case]
    assert find(name, cells) == ()


@pytest.mark.parametrize("keys", ["own", "equal"])
def test_many_rows_are_told_as_few_are(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_column, "MANY_ROWS", 50)
    monkeypatch.setattr(id_column, "MOST_COMPARED", 60)
    cases = IDS | OTHERS
    if keys == "equal":  # as two texts of one key would be
        cases = {case: told for case, told in cases.items() if isinstance(told[1][0], str)}
        monkeypatch.setattr(id_column, "_find_keys", lambda part: np.array([len(str(cell)) for cell in part]))
    for case, (name, cells) in cases.items():
        assert find(name, cells) == ((name,) if case in IDS else ()), case
    texts = [f"A{number}" for number in SPARSE]
    assert find("x", [*texts[1:], texts[1]]) == ()


def test_the_last_word_of_a_name() -> None:
    for name in (
        "id",
        "Id",
        "ID",
        "key",
        "KEY",
        "nr",
        "Kunden-Nr.",
        "customerId",
        "HTTPKey",
        "größeId",
        "a id",
        "x__id_",
    ):
        assert ends_with_id(name), name
    for name in ("", "_", "valid", "turkey", "Hydrid", "idea", "nro", "keys", "IDs", "numéro", "PAID"):
        assert not ends_with_id(name), name
