"""Arrays that lie in files: the same numbers, less memory."""

from __future__ import annotations

import errno
import gc
import os
from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from autoencode import Autoencoder, stored_arrays
from autoencode.data import measure, read
from autoencode.data.idx import encode_idx
from autoencode.exceptions import InvalidInputError
from autoencode.memory_budget import find_budget, limit_memory
from autoencode.model.samples import PickedSamples
from autoencode.stored_arrays import can_store, make_array, map_rows, pick_rows
from autoencode.stored_tables import pick_table_rows

pytestmark = [
    pytest.mark.skipif(not can_store(), reason="this system does not let go of mapped files"),
    pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning"),
]


def is_stored(array: np.ndarray) -> bool:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.base is not None


@pytest.mark.parametrize("budget", [10**9, 10**4])
def test_rows_are_picked_and_made_alike_in_memory_and_in_files(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_arrays, "BLOCK_BYTES", 4096)
    samples = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
    places = np.random.default_rng(1).permutation(5000)[:4000]
    with limit_memory(budget):
        picked = pick_rows(samples, places)
        doubled = map_rows(lambda rows: 2 * samples[rows], len(samples), (3,), np.float32)
    assert is_stored(picked) is (budget < 10**9)
    np.testing.assert_array_equal(picked, samples[places])
    np.testing.assert_array_equal(doubled, 2 * samples)


@pytest.mark.parametrize("budget", [10**9, 10**4])
def test_rows_of_a_table_are_picked_alike(budget: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_arrays, "BLOCK_BYTES", 4096)
    words = pa.chunked_array([[f"word {row}" for row in range(start, start + 700)] for start in (0, 700, 1400)])
    table = pa.table({"word": words, "number": np.arange(2100)})
    random = np.random.default_rng(0)
    with limit_memory(budget):
        for places in (random.permutation(2100)[:900], np.sort(random.choice(2100, 50)), np.empty(0, int)):
            assert pick_table_rows(table, places).equals(table.take(pa.array(places)))


def test_samples_are_picked_when_a_slice_is_asked_for() -> None:
    samples = np.arange(60.0).reshape(20, 3)
    for values in (samples, nw.from_native(pa.table({"a": samples[:, 0]}), eager_only=True)):
        picked = PickedSamples(values, np.array([2, 3, 9, 17]))
        assert len(picked) == 4
        for part in (slice(0, 2), slice(1, 4), slice(4, 9)):
            found = np.asarray(picked[part])[:, 0]
            np.testing.assert_array_equal(found, samples[[2, 3, 9, 17]][part][:, 0])


def test_what_is_let_go_of_is_not_lost() -> None:
    with limit_memory(10**6):
        array = make_array((2**20, 4), np.float32)
        array[:] = np.arange(4)
        for mapping in stored_arrays._mappings:
            mapping.madvise(stored_arrays.mmap.MADV_DONTNEED)
        assert array.sum(dtype=np.float64) == 6 * 2**20


def test_a_file_goes_with_its_array() -> None:
    with limit_memory(10**4):
        before = len(stored_arrays._mappings)
        array = make_array((10**5,), np.float32)
        assert len(stored_arrays._mappings) == before + 1
        del array
        gc.collect()
        assert len(stored_arrays._mappings) == before


def test_a_full_disk_is_told_of_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with limit_memory(10**4), pytest.raises(OSError, match=r"GiB of samples do not fit on the disk of"):
        make_array((10**5,), np.float32)


@pytest.mark.parametrize("engine", ["kernel", "xla"])
def test_a_training_has_the_same_bits_however_little_memory_it_may_take(engine: str, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).normal(size=(20_000, 8)).astype(np.float32)
    np.save(tmp_path / "samples.npy", samples)
    found = []
    for budget, data in ((None, samples), (10**5, samples), (10**5, tmp_path / "samples.npy")):
        model = Autoencoder(3, hidden=(8,), epochs=2, random_state=0, validation_fraction=0.2, engine=engine)
        with limit_memory(budget):
            model.fit(data)
            errors = model.errors(data)
        arrays = {name: array.tobytes() for name, array in model.fitted_.arrays.items()}
        found.append((arrays, model.history_.loss.tolist(), errors.tolist()))
    assert found[0] == found[1] == found[2]


def test_a_mixed_table_has_the_same_bits_too() -> None:
    random = np.random.default_rng(0)
    table = pa.table(
        {
            "size": random.normal(size=9_000),
            "kind": random.choice(["a", "b", "c"], 9_000),
            "n": random.integers(9, size=9_000),
        }
    )
    found = []
    for budget in (None, 10**4):
        model = Autoencoder(2, epochs=2, random_state=0, validation_fraction=0.2)
        with limit_memory(budget):
            model.fit(table)
        found.append({name: array.tobytes() for name, array in model.fitted_.arrays.items()})
    assert found[0] == found[1]


def test_a_parquet_file_that_is_too_large_has_the_bits_of_its_table(tmp_path: Path) -> None:
    from pyarrow import parquet

    random = np.random.default_rng(0)
    numbers = {f"x{place}": random.normal(size=6_000).astype(np.float32) for place in range(4)}
    kinds = {"kind": random.choice(["a", "b"], 6_000)}
    for name, columns in (("numbers", numbers), ("mixed", numbers | kinds)):
        table = pa.table(columns)
        parquet.write_table(table, tmp_path / f"{name}.parquet", row_group_size=1_000)
        found = []
        for budget, data in ((None, table), (10**4, tmp_path / f"{name}.parquet")):
            model = Autoencoder(2, epochs=2, random_state=0, validation_fraction=0.2)
            with limit_memory(budget):
                model.fit(data)
            found.append(model.fitted_.fingerprint)
        assert found[0] == found[1]


def test_arrays_and_pictures_in_files_have_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_arrays, "BLOCK_BYTES", 4096)
    pixels = np.random.default_rng(0).integers(256, size=(60, 8, 8), dtype=np.uint8)
    (tmp_path / "pictures").mkdir()
    for place, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / "pictures" / f"{place}.png")
    np.savez(tmp_path / "pixels.npz", pixels / np.float32(255))
    (tmp_path / "pixels.idx").write_bytes(encode_idx(pixels))
    expected = pixels.astype(np.float32) / np.float32(255)
    for name in ("pictures", "pixels.npz", "pixels.idx"):
        extent = measure(tmp_path / name)
        assert extent is not None
        assert extent.may_lie_in_files
        with limit_memory(10**4):
            values = read(tmp_path / name).values
        assert isinstance(values, np.ndarray)
        assert is_stored(values)
        np.testing.assert_array_equal(values, expected)
    found = set()
    for budget in (10**9, 10**4):
        model = Autoencoder(2, epochs=1, random_state=0, network="dense")
        with limit_memory(budget):
            found.add(model.fit(tmp_path / "pictures").fitted_.fingerprint)
    assert len(found) == 1


@pytest.mark.parametrize("budget", ["1GB", 0, -5, 1.5, True, float("nan")])
def test_what_is_no_budget_is_refused(budget: object) -> None:
    with pytest.raises(InvalidInputError, match="whole number of bytes"), limit_memory(budget):  # pyright: ignore[reportArgumentType]
        pass


def test_budgets_that_overlap_leave_nothing() -> None:
    before = find_budget()
    first, second = limit_memory(1000), limit_memory(2000)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert find_budget() == 2000
    second.__exit__(None, None, None)
    assert find_budget() == before
