from __future__ import annotations

import gzip
import hashlib
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autoencode.data.idx import encode_idx, hash_idx, read_idx
from autoencode.exceptions import CorruptDataError, DataNotFoundError, InvalidInputError

DTYPES = [np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]
quick = settings(max_examples=50, deadline=None)

arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
)


def header(code: int, *lengths: int) -> bytes:
    return bytes([0, 0, code, len(lengths)]) + b"".join(length.to_bytes(4, "big") for length in lengths)


@quick
@given(arrays, st.booleans())
def test_what_is_written_is_read(array: np.ndarray, gzipped: bool) -> None:
    content = encode_idx(array)
    found = read_idx(gzip.compress(content) if gzipped else content, dimensions=array.ndim, dtype=array.dtype)
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()
    assert encode_idx(found) == content


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_are_big_endian(dtype: type) -> None:
    array = np.array([1, 2, 3], dtype=dtype)
    assert encode_idx(array)[8:] == b"".join(
        np.array(n, np.dtype(dtype).newbyteorder(">")).tobytes() for n in (1, 2, 3)
    )
    assert encode_idx(array.astype(array.dtype.newbyteorder(">"))) == encode_idx(array)
    np.testing.assert_array_equal(read_idx(encode_idx(array)), array)


@quick
@given(arrays, st.data())
def test_a_truncated_file_is_refused(array: np.ndarray, data: st.DataObject) -> None:
    content = encode_idx(array)
    content = gzip.compress(content) if data.draw(st.booleans()) else content
    with pytest.raises(CorruptDataError, match="expected"):
        read_idx(content[: data.draw(st.integers(0, len(content) - 1))])


@quick
@given(arrays, st.binary(min_size=1, max_size=4), st.booleans())
def test_trailing_bytes_are_refused(array: np.ndarray, tail: bytes, gzipped: bool) -> None:
    content = encode_idx(array) + tail
    with pytest.raises(CorruptDataError, match="more bytes after"):
        read_idx(gzip.compress(content) if gzipped else content)


def test_bytes_after_the_gzip_data_are_refused() -> None:
    with pytest.raises(CorruptDataError, match="gzip"):
        read_idx(gzip.compress(encode_idx(np.arange(3, dtype=np.uint8))) + b"tail")


@quick
@given(arrays, st.data())
def test_a_bit_flipped_in_the_header_is_refused(array: np.ndarray, data: st.DataObject) -> None:
    content = bytearray(encode_idx(array))
    position = data.draw(st.integers(0, 8 * (4 + 4 * array.ndim) - 1))
    content[position // 8] ^= 1 << position % 8
    with pytest.raises(CorruptDataError):
        read_idx(bytes(content), dimensions=array.ndim, dtype=array.dtype)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_bit_flipped_in_a_gzip_file_never_gives_a_wrong_array(data: st.DataObject) -> None:
    array = (np.arange(50) % 7).astype(np.uint8)
    content = bytearray(gzip.compress(encode_idx(array), mtime=0))
    position = data.draw(st.integers(0, 8 * len(content) - 1))
    content[position // 8] ^= 1 << position % 8
    try:
        found = read_idx(bytes(content))
    except CorruptDataError:
        return
    np.testing.assert_array_equal(found, array)  # gzip leaves a few bits of its own header unused


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=40), st.sampled_from([b"", b"\x00\x00", b"\x00\x00\x08\x01", b"\x1f\x8b", b"\x1f\x8b\x08\x00"])
)
def test_any_bytes_are_read_or_refused(tail: bytes, start: bytes) -> None:
    try:
        found = read_idx(start + tail)
    except CorruptDataError:
        return
    assert encode_idx(found) == start + tail


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\x00\x00\x08", "at least 8 bytes"),
        (b"\x00\x00\x0a\x01\x00\x00\x00\x01\x05", "found 00 00 0a 01"),
        (b"\x00\x00\x08\x00", "found 00 00 08 00"),
        (b"\x00\x00\x08\x21" + bytes(200), "found 00 00 08 21"),
        (b"\x00\x00\x08\x02\x00\x00\x00\x01", "expected 8 bytes of header for 2 dimensions, found 4"),
        (b"<!DOCTYPE html>", "web page"),
        (header(8, 0, 2**32 - 1, 2**32 - 1, 2**32 - 1), "at most"),
        (gzip.compress(b"", mtime=0), "at least 8 bytes"),
    ],
)
def test_a_bad_header_is_named(content: bytes, message: str) -> None:
    with pytest.raises(CorruptDataError, match=message):
        read_idx(content)


def test_an_empty_dimension_is_an_empty_array() -> None:
    assert read_idx(header(8, 0, 28, 28)).shape == (0, 28, 28)


def test_another_kind_of_file_is_refused() -> None:
    content = encode_idx(np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(CorruptDataError, match=r"expected 1 dimensions, found 3 \(2, 3, 3\)"):
        read_idx(content, dimensions=1)
    with pytest.raises(CorruptDataError, match="expected numbers of type int8, found uint8"):
        read_idx(content, dtype=np.int8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            gzip.compress(header(8, 2**31), mtime=0),
            "truncated or its header is damaged",
        ),  # claims more than gzip can hold
        (gzip.compress(header(8, 2**31, 2**31), mtime=0), "at most 4294967296"),
        (header(14, 2**28), "holds at most"),
        (gzip.compress(header(8, 3) + bytes(50_000_000), mtime=0), "more bytes after"),  # holds more than it claims
    ],
)
def test_a_bomb_costs_no_memory(content: bytes, message: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(CorruptDataError, match=message):
            read_idx(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_hash_is_of_the_content(tmp_path: Path) -> None:
    content = encode_idx(np.arange(30, dtype=np.int16))
    for number, stored in enumerate((content, gzip.compress(content, 1), gzip.compress(content, 9))):
        path = tmp_path / str(number)
        path.write_bytes(stored)
        assert hash_idx(path) == hashlib.md5(content).hexdigest()
        assert hash_idx(path, max_bytes=len(content)) == hashlib.md5(content).hexdigest()
        with pytest.raises(CorruptDataError, match="found more"):
            hash_idx(path, max_bytes=len(content) - 1)


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    with pytest.raises(DataNotFoundError, match=r"labels\.gz: there is no such file"):
        read_idx(path)
    path.write_bytes(b"no IDX")
    with pytest.raises(CorruptDataError, match=r"labels\.gz: expected an IDX header"):
        read_idx(path)
    with pytest.raises(InvalidInputError, match="expected a file, found a folder"):
        read_idx(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="pipe"):
        read_idx(tmp_path / "pipe")


@pytest.mark.parametrize("array", [np.zeros(3, np.int64), np.zeros(3, bool), np.float32(1) + np.zeros((), np.float32)])
def test_what_idx_cannot_hold_is_not_written(array: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="expected"):
        encode_idx(np.asarray(array))
