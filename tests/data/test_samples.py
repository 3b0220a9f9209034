from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.data import Reading, Samples
from autoencode.data.source import Source
from autoencode.exceptions import InvalidInputError

side = st.integers(1, 65_535)
readings = st.builds(
    Reading,
    st.sampled_from(["array", "table", "images", "named"]),
    size=st.none() | st.tuples(side, side),
    colour=st.sampled_from([None, "grey", "rgb"]),
    fit=st.sampled_from(["resize", "crop"]),
)


@settings(max_examples=50)
@given(readings)
def test_a_reading_survives_json(reading: Reading) -> None:
    assert Reading.from_dict(json.loads(json.dumps(reading.to_dict()))) == reading


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "folder"},
        {"kind": None},
        {"kind": ["array"]},
        {"size": 28},
        {"size": [28]},
        {"size": [28, 0]},
        {"size": [28, 2**40]},
        {"size": [28, 28.0]},
        {"size": [True, 28]},
        {"size": "28"},
        {"colour": "red"},
        {"colour": {}},
        {"fit": None},
        {"more": 1},
    ],
)
def test_a_hostile_reading_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="expected") as error:
        Reading.from_dict(Reading("images").to_dict() | change)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("parts", [{}, None, [], {"kind": "array"}])
def test_a_reading_needs_every_part(parts: object) -> None:
    with pytest.raises(InvalidInputError, match="expected kind, size, colour and fit"):
        Reading.from_dict(parts)  # type: ignore[arg-type]


def test_samples_are_a_source_of_themselves() -> None:
    samples = Samples(np.eye(3), "the identity", Reading("array"), np.arange(3), ("a", "b", "c"))
    assert isinstance(samples, Source)
    assert samples.read() is samples
    assert len(samples) == 3


def test_samples_show_sizes_only() -> None:
    table = Samples(pa.table({"a": [1, 2]}), "t.csv", Reading("table"))
    assert repr(table) == "Samples('t.csv', table of 2 × 1)"
    array = Samples(np.zeros((5, 2, 2)), "x", Reading("array"), held_out=np.zeros((1, 2, 2)))
    assert repr(array) == "Samples('x', array of 5 × 2 × 2, 1 held out)"


@pytest.mark.parametrize(
    "parts",
    [
        {"labels": np.arange(2)},
        {"row_names": ("a",)},
        {"held_out_labels": np.arange(3)},
        {"held_out": np.eye(2), "held_out_labels": np.arange(3)},
    ],
)
def test_there_is_one_label_and_name_a_sample(parts: dict) -> None:
    with pytest.raises(InvalidInputError, match=r"x: \w+: expected \d, one a sample, got \d"):
        Samples(np.eye(3), "x", Reading("array"), **parts)
