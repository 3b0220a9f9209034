"""Arrays in files and in memory that are odd or wrong."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.exceptions import InvalidInputError

# What tests/data asserts of the readers holds at the shell too; the fast tier has one file of each kind.
pytestmark = pytest.mark.slow

TRAIN = ("--epochs", "1", "--seed", "0", "--run", "./run")


def npy(values: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=allow_pickle)
    return file.getvalue()


def header(text: str, *, version: int = 1, data: bytes = b"") -> bytes:
    """Return an .npy file with a header of one's own."""
    padded = text.encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(padded)) + padded + data


def declared(shape: str, kind: str = "<f8", data: bytes = bytes(64)) -> bytes:
    return header(f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}", data=data)


GOOD = npy(np.arange(30.0).reshape(10, 3))
RECORDS = np.zeros(4, dtype=[("a", "f8"), ("b", "i4")])

REFUSED: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "no bytes": (b"", ("x.npy: the file is empty",)),
    "text": (b"1 2 3\n", ("x.npy", "expected a NumPy array")),
    "PNG called .npy": (b"\x89PNG\r\n\x1a\n" + bytes(99), ("x.npy", "PNG image")),
    "pickle called .npy": (pickle.dumps(np.eye(3)), ("x.npy", "pickle", "never read")),
    "pickled objects": (npy(np.array([{}, []], dtype=object), allow_pickle=True), ("x.npy", "Python objects", "never")),
    "records": (npy(RECORDS), ("x.npy", "records", "Parquet or CSV")),
    "text cells": (npy(np.array(["a", "b"])), ("x.npy", "text")),
    "dates": (npy(np.array(["2024-01-01"] * 3, "M8[D]")), ("x.npy", "dates")),
    "complex numbers": (npy(np.eye(3) * 1j), ("x.npy", "complex", "real and imaginary")),
    "cut in the numbers": (GOOD[:-7], ("x.npy", "truncated")),
    "cut in the header": (GOOD[:40], ("x.npy", "truncated")),
    "cut in the first bytes": (GOOD[:7], ("x.npy",)),
    "cut behind the version": (GOOD[:8], ("x.npy", "truncated")),
    "longer than declared": (GOOD + bytes(8), ("x.npy", "longer")),
    "10 TB declared": (declared("(1250000000000,)"), ("x.npy", "10,000,000,000,000 bytes", "truncated")),
    "more than 64 bits declared": (declared("(9223372036854775807, 9223372036854775807)"), ("x.npy", "truncated")),
    "a negative length": (declared("(-1, 8)"), ("x.npy", "lengths from 0")),
    "a length that is no number": (declared("('a',)"), ("x.npy", "shape is not valid")),
    "100 dimensions": (declared(f"({'1,' * 100})"), ("x.npy", "at most 32")),
    "a program in the header": (header("__import__('os').system('touch owned')"), ("x.npy", "damaged")),
    "a header of brackets": (header("[" * 5000), ("x.npy", "damaged")),
    "a version of the future": (b"\x93NUMPY\x09\x00" + GOOD[8:], ("x.npy", "version 1, 2 or 3")),
    "a kind that is none": (declared("(8,)", kind="<q7"), ("x.npy",)),
    "no axis": (npy(np.array(3.0)), ("x.npy", "samples in rows")),
    "one axis": (npy(np.arange(9.0)), ("x.npy", "samples in rows")),
    "no samples": (npy(np.zeros((0, 3))), ("sample",)),
    "no features": (npy(np.zeros((9, 0))), ("feature",)),
    "one sample": (npy(np.zeros((1, 3))), ("minimum of 2",)),
    "not a number": (npy(np.where(np.eye(5) > 0, np.nan, 1)), ("NaN", "feature 0 of sample 0")),
    "infinite": (npy(np.where(np.arange(15).reshape(5, 3) == 7, -np.inf, 1)), ("infinity", "feature 1 of sample 2")),
    "whole numbers beyond 2**53": (npy(np.array([[1, 2**60]] * 5)), ("2**53", str(2**60))),
    "numbers beyond float32": (npy(np.array([[1e200, -1e200], [3, 4], [5, 6]])), ("feature 0", "rescale")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_array_is_refused(case: str, shell: Any) -> None:
    content, says = REFUSED[case]
    (shell.folder / "x.npy").write_bytes(content)
    shell.refuses("train", "x.npy", *TRAIN, says=says)


def test_samples_that_are_all_alike_are_rebuilt(shell: Any) -> None:
    (shell.folder / "x.npy").write_bytes(npy(np.full((20, 3), 7.5)))
    shell.accepts("train", "x.npy", *TRAIN)
    assert np.isfinite(shell.errors(Path("run"), "x.npy")).all()


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_read_in_its_own_order(kind: str, order: Any, shell: Any, array: Any) -> None:
    values = np.load(array.data).astype(kind, order=order)
    (shell.folder / "x.npy").write_bytes(npy(values))
    expected = array.model.errors(np.ascontiguousarray(values.astype(np.float64)))
    np.testing.assert_allclose(shell.errors(array.run, "x.npy"), expected, rtol=1e-6)


# ---------------------------------------------------------------------- .npz


def npz(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return file.getvalue()


def patch(content: bytes, name: str, offset: int, value: bytes) -> bytes:
    """Change a field of the entry of a member, in the list of members and where it begins."""
    changed = bytearray(content)
    local, listed = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    changed[local + offset - 2 : local + offset - 2 + len(value)] = value
    changed[listed + offset : listed + offset + len(value)] = value
    return bytes(changed)


BAD_ARCHIVES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "not a zip file": (b"nothing of the kind", ("x.npz", "expected an .npz file")),
    "an array called .npz": (GOOD, ("x.npz", "NumPy array", ".npy")),
    "cut in the middle": (npz(("X.npy", GOOD))[:-30], ("x.npz", "damaged")),
    "no members": (npz(), ("x.npz",)),
    "no arrays": (npz(("readme.txt", b"hello")), ("x.npz", "no arrays")),
    "a name that leads out": (npz(("../../owned.npy", GOOD)), ("x.npz", "the path", "../../owned.npy")),
    "a name that is absolute": (npz(("/tmp/owned.npy", GOOD)), ("x.npz", "the path", "/tmp/owned.npy")),
    "a name of Windows": (npz(("..\\owned.npy", GOOD)), ("x.npz", "the path")),
    "one name twice": (npz(("X.npy", GOOD), ("Y.npy", GOOD)).replace(b"Y.npy", b"X.npy"), ("x.npz", "'X'", "twice")),
    "several arrays": (npz(("a.npy", GOOD), ("b.npy", GOOD)), ("x.npz", "several", "'a' and 'b'", "x.npz:a")),
    "more declared than can be": (
        patch(npz(("X.npy", GOOD), compression=zipfile.ZIP_DEFLATED), "X.npy", 24, struct.pack("<I", 2**31)),
        ("x.npz", "declares", "hold at most"),
    ),
    "encrypted": (patch(npz(("X.npy", GOOD)), "X.npy", 8, b"\x01"), ("x.npz", "encrypted", "without a password")),
    "an unknown compression": (patch(npz(("X.npy", GOOD)), "X.npy", 10, b"\x63"), ("x.npz", "compressed", "savez")),
    "a wrong checksum": (patch(npz(("X.npy", GOOD)), "X.npy", 16, b"\0\0\0\0"), ("x.npz", "damaged")),
    "pickled objects": (
        npz(("X.npy", npy(np.array([{}], dtype=object), allow_pickle=True))),
        ("x.npz:X", "Python objects", "never read"),
    ),
    "10 TB declared inside": (npz(("X.npy", declared("(1250000000000,)"))), ("x.npz:X", "truncated")),
}


@pytest.mark.parametrize("case", BAD_ARCHIVES)
def test_an_archive_is_refused(case: str, shell: Any) -> None:
    content, says = BAD_ARCHIVES[case]
    (shell.folder / "x.npz").write_bytes(content)
    shell.refuses("train", "x.npz", *TRAIN, says=says)
    assert not Path("/tmp/owned.npy").exists()


def test_a_bomb_is_not_set_off(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = npy(np.zeros(2**24, np.uint8))
    content = npz(("X.npy", zeros), compression=zipfile.ZIP_DEFLATED)
    assert len(content) < len(zeros) / 900
    (shell.folder / "x.npz").write_bytes(content)
    monkeypatch.setattr("autoencode.data.regular_file.count_memory", lambda: 2**23)
    shell.refuses("train", "x.npz", *TRAIN, says=("x.npz:X", "GiB of memory", "part of it"))


def test_an_array_of_an_archive_is_named(shell: Any, array: Any) -> None:
    values = np.load(array.data)
    (shell.folder / "x.npz").write_bytes(npz(("a.npy", npy(values)), ("b.npy", npy(values + 1))))
    np.testing.assert_allclose(shell.errors(array.run, "x.npz:b"), array.model.errors(values + 1))
    shell.refuses("errors", array.run, "x.npz:bb", says=("no array 'bb'", "'a' and 'b'"))


# ---------------------------------------------------------------------- scored


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.zeros((5, 4)), ("4 features", "3 features")),
        (np.zeros((5, 2)), ("2 features", "3 features")),
        (np.zeros((5, 3, 1)), ()),
        (np.zeros(3), ("x.npy", "samples in rows")),
        (np.zeros((0, 3)), ("sample",)),
        (np.full((5, 3), np.nan), ("NaN",)),
        (np.full((5, 3), 1e39), ()),
    ],
    ids=["a feature more", "a feature less", "an axis more", "an axis less", "no samples", "NaN", "beyond float32"],
)
def test_an_array_that_is_scored_is_refused(values: np.ndarray, says: tuple[str, ...], shell: Any, array: Any) -> None:
    np.save(shell.folder / "x.npy", values)
    if values.shape == (5, 3, 1):  # another shape of the same three numbers
        assert shell.errors(array.run, "x.npy").shape == (5,)
        return
    shell.refuses("errors", array, "x.npy", "errors.csv", says=says)


# ---------------------------------------------------------------------- in memory


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "of which no samples are read"),
        (3, "3|scalar|int"),
        ("", "path"),
        ({"a": [1, 2]}, "dict"),
        (b"bytes", "bytes"),
        ([[1, 2], [3]], "inhomogeneous|ragged|shape"),
        ([["a", "b"], ["c", "d"]], "numbers|string|convert"),
        (np.ma.masked_equal([[1, 2], [3, 4]], 3), "masked"),
        (np.array([[1, "x"], [2, 3]], dtype=object), "convert|number"),
        (np.array([["2024-01-01"]] * 3, dtype="M8[D]"), "dates"),
        ([[float("nan"), 1], [2, 3]], "NaN"),
        ([[float("inf"), 1], [2, 3]], "infinity"),
        (np.zeros((3, 2)) * 1j, "[Cc]omplex"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value[:12],
)
def test_what_is_no_samples_is_refused(data: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words) as caught:
        ae.Autoencoder(2, epochs=1).fit(data)
    assert isinstance(caught.value, InvalidInputError | TypeError | ValueError)
