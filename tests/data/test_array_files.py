from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autoencode.data import Samples, read, regular_file
from autoencode.data.idx import encode_idx
from autoencode.data.npy import read_npy
from autoencode.exceptions import AutoencodeError, CorruptDataError, DataNotFoundError, InvalidInputError

KINDS = [*"?bhiqBHIQ", "e", "f", "d", ">i4", ">f8", ">u2", "<f4", ">f2"]
quick = settings(max_examples=60, deadline=None)
arrays = st.sampled_from(KINDS).flatmap(
    lambda kind: hnp.arrays(np.dtype(kind), hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
)


def pack(array: np.ndarray, **options: bool) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def unpack(content: bytes) -> np.ndarray:
    return read_npy(io.BytesIO(content), "x.npy", stored_bytes=len(content))


def header(text: str, body: bytes = b"", version: int = 1) -> bytes:
    width = 2 if version == 1 else 4
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(width, "little") + text.encode() + body


def declare(descr: str = "'<f8'", order: str = "False", shape: str = "(2, 2)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


@quick
@given(arrays, st.booleans())
def test_npy_is_read_as_numpy_reads_it(array: np.ndarray, fortran: bool) -> None:
    content = pack(np.asfortranarray(array) if fortran else array)
    found, expected = unpack(content), np.load(io.BytesIO(content))
    assert found.dtype == expected.dtype.newbyteorder("=")
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, expected)


@quick
@given(arrays, st.data())
def test_npy_of_another_length_is_refused(array: np.ndarray, data: st.DataObject) -> None:
    content = pack(array)
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    for wrong in (cut, content + b"\0", content + content):
        with pytest.raises(CorruptDataError, match=r"expected|truncated|more than one array"):
            unpack(wrong)


@quick
@given(st.binary(max_size=60), st.integers(1, 3))
def test_any_header_is_read_or_refused(text: bytes, version: int) -> None:
    for content in (text, header(text.decode("latin-1"), b"12345678", version)):
        with pytest.raises(AutoencodeError) as error:
            unpack(content)
        assert "\n" not in str(error.value)


def test_versions_2_and_python_2_are_read() -> None:
    body = np.arange(4.0).tobytes()
    for version in (1, 2, 3):
        np.testing.assert_array_equal(unpack(header(declare(), body, version)), [[0, 1], [2, 3]])
    np.testing.assert_array_equal(unpack(header(declare(shape="(2L, 2L)"), body)), [[0, 1], [2, 3]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (declare(shape="(10000000000000,)"), "10000000000000 of float64, 80,000,000,000,000 bytes, but 32 follow"),
        (declare(shape="(-2, -2)"), "expected a shape"),
        (declare(shape="(4294967296, 4294967296, 4294967296)"), "the file is truncated"),
        (declare(shape="(9223372036854775808,)"), "expected a shape"),
        (declare(shape="(2.0, 2)"), "shape is not valid"),
        (declare(shape="(True, 4)"), "expected a shape"),
        (declare(shape="[2, 2]"), "shape is not valid"),
        (declare(shape="4"), "shape is not valid"),
        (declare(shape=f"({'1,' * 33})"), "at most 32 lengths"),
        (declare(order="1"), "fortran_order is not a valid bool"),
        (declare("'|O'"), "Python objects"),
        (declare("[('a', '<f8')]"), "records of several fields"),
        (declare("'<c16'"), "complex numbers"),
        (declare("'<f16'"), "differs between machines"),
        (declare("'<M8[s]'"), "dates"),
        (declare("'<m8[s]'"), "time spans"),
        (declare("'<U8'"), "text"),
        (declare("'S8'"), "text"),
        (declare("'V8'"), "records"),
        (declare("'<f7'"), "descr is not a valid dtype"),
        (declare("'f999999'"), "descr is not a valid dtype"),
        (declare("'<i8,<i8'"), "records of several fields"),
        (declare("8"), "descr is not a valid dtype"),
        ("{'descr': '<f8'}", "does not contain the correct keys"),
        ("[1, 2]", "not a dictionary"),
        ("__import__('os').getcwd()", "the header is damaged or truncated"),
        ("(" * 9000, "the header is damaged or truncated"),
        ("-" * 9000 + "1", "the header is damaged or truncated"),
        ("9" * 9000, "the header is damaged or truncated"),
        ("\0", "the header is damaged or truncated"),
        (" " * 10_001, "may not be safe"),
    ],
)
def test_a_hostile_header_is_refused_before_anything_is_allocated(text: str, message: str) -> None:
    tracemalloc.start()
    with pytest.raises((CorruptDataError, InvalidInputError), match=message) as error:
        unpack(header(text, np.arange(4.0).tobytes()))
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def test_more_than_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "x.npy", np.eye(10))
    monkeypatch.setattr(regular_file, "count_memory", lambda: 700)
    with pytest.raises(InvalidInputError, match=r"needs 0\.0 GiB of memory"):
        read(tmp_path / "x.npy")


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Boom:
        def __reduce__(self) -> tuple:
            return os.mkdir, (str(tmp_path / "ran"),)

    np.save(tmp_path / "x.npy", np.array([Boom()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "x.npz", X=np.array([Boom()], dtype=object), allow_pickle=True)
    (tmp_path / "y.npy").write_bytes(np.array([1]).dumps())
    for name in ("x.npy", "x.npz", "y.npy"):
        with pytest.raises((InvalidInputError, CorruptDataError), match="can run any program"):
            read(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (3, 0)])
def test_samples_have_rows_and_features(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "x.npy", np.zeros(shape))
    with pytest.raises(CorruptDataError, match="expected samples in rows"):
        read(tmp_path / "x.npy")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_gives_x_and_its_labels(tmp_path: Path, save: object) -> None:
    x, other = np.arange(12.0).reshape(4, 3), np.ones((2, 2))
    path = tmp_path / "x.npz"
    save(path, X=x, other=other, y=np.array(["a", "b", "a", "b"]))  # type: ignore[operator]
    samples = read(path)
    np.testing.assert_array_equal(samples.values, x)
    assert samples.labels is not None
    assert list(samples.labels) == ["a", "b", "a", "b"]
    chosen = read(f"{path}:other")
    np.testing.assert_array_equal(chosen.values, other)
    assert chosen.labels is None, "there is not one label for each of its samples"
    with pytest.raises(InvalidInputError, match=r"no array 'othr', only .*did you mean 'other'"):
        read(f"{path}:othr")


def test_the_only_array_of_an_npz_is_taken(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", images=np.eye(3), y=np.array([[1], [2], [3]]))
    samples = read(tmp_path / "one.npz")
    assert samples.values.shape == (3, 3)
    np.testing.assert_array_equal(samples.labels, [1, 2, 3])  # type: ignore[arg-type]
    np.savez(tmp_path / "two.npz", a=np.eye(3), b=np.eye(2))
    with pytest.raises(InvalidInputError, match=r"several arrays \('a' and 'b'\) and none is X"):
        read(tmp_path / "two.npz")
    np.savez(tmp_path / "none.npz")
    with pytest.raises(InvalidInputError, match="holds no arrays"):
        read(tmp_path / "none.npz")


@pytest.mark.parametrize("labels", [np.array([1, None], dtype=object), np.ones((2, 2)), np.ones(3), np.array(1)])
def test_what_is_no_label_is_left_alone(tmp_path: Path, labels: np.ndarray) -> None:
    np.savez(tmp_path / "x.npz", X=np.eye(2), y=labels, allow_pickle=True)
    assert read(tmp_path / "x.npz").labels is None


def write_zip(path: Path, members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["../X.npy"], "found the path"),
        (["a/../../X.npy"], "found the path"),
        (["..\\X.npy"], "found the path"),
        (["/X.npy"], "found the path"),
        (["X.npy", "X.npy"], "'X' twice"),
        (["X.npy", "X"], "'X' twice"),
        (["\x1b[31m.npy", "b.npy"], r"'\\x1b\[31m'"),
        (["readme.txt"], "holds no arrays"),
    ],
)
def test_hostile_names_in_an_npz_are_refused(tmp_path: Path, names: list[str], message: str) -> None:
    path = write_zip(tmp_path / "x.npz", [(name, pack(np.eye(2))) for name in names])
    with pytest.raises((CorruptDataError, InvalidInputError), match=message):
        read(path)
    assert list(tmp_path.iterdir()) == [path], "nothing is ever unpacked"


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    bomb = header(declare("'|u1'", shape="(1, 200000000)"), bytes(2_000_000))
    path = write_zip(tmp_path / "x.npz", [("X.npy", bomb)])
    tracemalloc.start()
    with pytest.raises(CorruptDataError, match="truncated"):
        read(path)
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x01\x02") + 24
    content[place : place + 4] = (2_000_000_000).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(CorruptDataError, match=r"declares 2,000,000,000 bytes, but is stored in [\d,]+, which hold"):
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_other_zip_files_are_refused(tmp_path: Path) -> None:
    content = bytearray(write_zip(tmp_path / "x.npz", [("X.npy", pack(np.eye(2)))]).read_bytes())
    encrypted = bytearray(content)
    encrypted[content.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "e.npz").write_bytes(encrypted)
    with pytest.raises(InvalidInputError, match="is encrypted"):
        read(tmp_path / "e.npz")
    with pytest.raises(InvalidInputError, match="method that NumPy does not write"):
        read(write_zip(tmp_path / "l.npz", [("X.npy", pack(np.eye(2)))], zipfile.ZIP_LZMA))
    (tmp_path / "t.npz").write_bytes(content[:-30])
    with pytest.raises(CorruptDataError, match="damaged"):
        read(tmp_path / "t.npz")
    (tmp_path / "n.npz").write_bytes(pack(np.eye(2)))
    with pytest.raises(CorruptDataError, match=r"it must end in \.npy"):
        read(tmp_path / "n.npz")


@quick
@given(st.data())
def test_a_damaged_npz_is_read_right_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    np.savez_compressed(path, X=np.arange(30.0).reshape(10, 3))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    message = ""
    try:
        np.testing.assert_array_equal(read(path).values, np.arange(30.0).reshape(10, 3))
    except AutoencodeError as error:
        message = str(error)
    assert "\n" not in message


def test_bytes_of_idx_become_shares_of_one(tmp_path: Path) -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) * 10
    for name in ("images.idx", "t10k-images-idx3-ubyte", "IMAGES.IDX3-UBYTE"):
        (tmp_path / name).write_bytes(encode_idx(images))
        samples = read(tmp_path / name)
        assert samples.values.dtype == np.float32
        np.testing.assert_array_equal(samples.values, images.astype(np.float32) / np.float32(255))
    counts = images.astype(np.int32)
    (tmp_path / "counts.idx").write_bytes(encode_idx(counts))
    np.testing.assert_array_equal(read(tmp_path / "counts.idx").values, counts)
    (tmp_path / "labels.idx").write_bytes(encode_idx(images[0, 0]))
    with pytest.raises(CorruptDataError, match="expected samples in rows"):
        read(tmp_path / "labels.idx")


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.idx"])
def test_an_empty_or_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataNotFoundError, match="no such file"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(CorruptDataError, match=r"empty|expected a NumPy array"):
        read(tmp_path / name)


def test_real_npz_files(tmp_path: Path) -> None:
    folder = os.environ.get("AUTOENCODE_DATA")
    if not folder:
        pytest.skip("AUTOENCODE_DATA is not set")
    files = sorted((Path(folder) / "adbench").glob("*.npz"))
    assert len(files) == 20
    for file in files:
        samples = read(file)
        assert isinstance(samples, Samples)
        expected = np.load(file, allow_pickle=False)
        np.testing.assert_array_equal(samples.values, expected["X"])
        np.testing.assert_array_equal(samples.labels, expected["y"])  # type: ignore[arg-type]
