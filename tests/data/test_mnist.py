from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoencode import data, exceptions
from autoencode.data import mnist
from autoencode.data.idx import encode_idx, read_idx
from autoencode.exceptions import CorruptDataError, DataNotFoundError

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def use(monkeypatch: pytest.MonkeyPatch, *mirrors: str) -> None:
    monkeypatch.setenv("AUTOENCODE_MNIST_MIRRORS", ", ".join(mirrors))


def corrupt(path: Path) -> None:
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))


@pytest.mark.parametrize("plain", [False, True])
def test_bytes_become_numbers_between_0_and_1(tiny: Any, tmp_path: Path, plain: bool) -> None:
    found = data.load("mnist", folder=tiny.write(tmp_path / "mine", plain=plain), offline=True)
    images = read_idx(tiny.content[IMAGES])
    assert found.train.dtype == found.test.dtype == np.float32
    assert found.train.shape == (12, 784)
    assert found.test.shape == (5, 784)
    np.testing.assert_allclose(found.train, images.reshape(12, 784).astype(np.float64) / 255, rtol=1e-7)
    np.testing.assert_array_equal(np.rint(found.train.reshape(images.shape) * 255), images)
    assert found.train_labels is not None
    assert found.train_labels.dtype == np.int64
    assert found.train_labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert found.sample_shape == (28, 28)
    assert str(tmp_path / "mine") in found.source


def test_places_are_looked_at_in_turn(tiny: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path / "data"))
    for folder in (cache, tmp_path / "data" / "mnist", mine):
        tiny.write(folder)
        assert str(folder) in data.load("mnist", folder=mine, offline=True).source


def test_a_given_folder_that_lacks_files_is_an_error(tiny: Any, cache: Path, tmp_path: Path) -> None:
    tiny.write(cache)
    mine = tiny.write(tmp_path / "mine", IMAGES, TEST_LABELS)
    with pytest.raises(DataNotFoundError, match=f"lacks {LABELS}, {TEST_IMAGES}; put the missing files there"):
        data.load("mnist", folder=mine)


def test_a_later_place_that_lacks_files_is_passed_over_and_named(
    tiny: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exceptions, "MOST_LETTERS", 5000)  # the paths of a test are long
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path))
    tiny.write(tmp_path / "mnist", IMAGES)
    with pytest.raises(DataNotFoundError, match=f"has {IMAGES} but lacks {LABELS}, {TEST_IMAGES}, {TEST_LABELS}"):
        data.load("mnist", offline=True)
    tiny.write(cache)
    assert str(cache) in data.load("mnist", offline=True).source


def test_offline_every_place_is_named_and_nothing_is_asked(
    tiny_mirrors: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tiny_mirrors("good"))
    monkeypatch.setattr(exceptions, "MOST_LETTERS", 5000)  # the paths of a test are long
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("AUTOENCODE_OFFLINE", "1")
    for offline in (None, True):
        with pytest.raises(DataNotFoundError, match="offline") as caught:
            data.load("mnist", folder=tmp_path / "mine", offline=offline)
        for part in (
            tmp_path / "mine",
            tmp_path / "data" / "mnist",
            cache,
            "What to do",
            "autoencode data fetch mnist",
        ):
            assert str(part) in str(caught.value)
        assert "\n" not in str(caught.value)
    monkeypatch.delenv("AUTOENCODE_DATA")
    with pytest.raises(DataNotFoundError, match="AUTOENCODE_DATA is not set"):
        data.fetch("mnist")
    assert tiny_mirrors.asked == []


@pytest.mark.parametrize("place", ["given", "variable", "cache"])
@pytest.mark.parametrize("complete", [True, False])
def test_a_corrupt_file_is_an_error_at_once(
    tiny_mirrors: Any,
    tiny: Any,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    complete: bool,
) -> None:
    use(monkeypatch, tiny_mirrors("good"))
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path / "data"))
    folders = {"given": tmp_path / "mine", "variable": tmp_path / "data" / "mnist", "cache": cache}
    tiny.write(folders[place])
    corrupt(folders[place] / f"{IMAGES}.gz")
    if place == "variable":
        tiny.write(cache)
    folder = folders[place] if place == "given" else None
    if not complete and place != "given":
        (folders[place] / f"{TEST_LABELS}.gz").unlink()
    with pytest.raises(CorruptDataError, match=rf"{IMAGES}\.gz: expected content with MD5 .*; delete the file and run"):
        data.load("mnist", folder=folder)
    with pytest.raises(CorruptDataError, match=rf"{IMAGES}\.gz"):
        data.fetch("mnist", folder=folder)
    assert tiny_mirrors.asked == []


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (LABELS, np.zeros((12, 28, 28), np.uint8), "expected 1 dimensions, found 3"),
        (IMAGES, np.zeros(12, np.uint8), "expected 3 dimensions, found 1"),
        (LABELS, np.zeros(11, np.uint8), f"expected 12 labels, one an image of {IMAGES}.gz, found 11"),
        (LABELS, np.full(12, 10, np.uint8), "expected labels 0 to 9, found 10 at position 0"),
        (TEST_LABELS, np.array([0, 1, 2, 200, 4], np.uint8), "found 200 at position 3"),
        (IMAGES, np.zeros((12, 27, 28), np.uint8), r"expected images of \(28, 28\), found \(27, 28\)"),
        (IMAGES, np.zeros((12, 28, 28), np.int8), "expected numbers of type uint8, found int8"),
        (IMAGES, np.zeros((12, 28, 28), np.uint8), "expected content with MD5"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tiny: Any, tmp_path: Path, name: str, array: np.ndarray, message: str
) -> None:
    tiny.write(tmp_path)
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(encode_idx(array)))
    with pytest.raises(CorruptDataError, match=message) as caught:
        data.load("mnist", folder=tmp_path)
    assert str(tmp_path / f"{name}.gz") in str(caught.value)


def test_a_folder_under_a_wanted_name_is_an_error(tiny: Any, tmp_path: Path) -> None:
    tiny.write(tmp_path, IMAGES, TEST_IMAGES, TEST_LABELS)
    (tmp_path / LABELS).mkdir()
    with pytest.raises(CorruptDataError, match="expected a file, found a folder"):
        data.load("mnist", folder=tmp_path)


@pytest.mark.parametrize("behaviour", ["missing", "truncated", "wrong"])
def test_what_no_place_has_is_downloaded_into_the_cache(
    tiny_mirrors: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    use(monkeypatch, tiny_mirrors(behaviour), tiny_mirrors("good"))
    found = data.load("mnist", folder=tmp_path / "none")
    assert found.train.shape == (12, 784)
    assert sorted(os.listdir(cache)) == sorted(tiny_mirrors.files)
    assert not (tmp_path / "none").exists()
    tiny_mirrors.asked.clear()
    data.load("mnist")
    assert tiny_mirrors.asked == []


def test_mirrors_can_be_replaced_in_the_module(tiny_mirrors: Any, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "MNIST_MIRRORS", (tiny_mirrors("good"),))
    monkeypatch.setenv("AUTOENCODE_MNIST_MIRRORS", " , ")
    assert data.fetch("mnist") == cache
    assert len(mnist.MNIST_FILES) == len(tiny_mirrors.asked) == 4


def test_only_missing_files_are_downloaded(
    tiny_mirrors: Any, tiny: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tiny_mirrors("good"))
    said: list[str] = []
    for folder in (None, tmp_path / "mine"):
        tiny.write(folder or cache, IMAGES, LABELS)
        tiny_mirrors.asked.clear()
        assert data.fetch("mnist", folder=folder, announce=said.append) == (folder or cache)
        assert tiny_mirrors.asked == [f"/good/{TEST_IMAGES}.gz", f"/good/{TEST_LABELS}.gz"]
    assert len(said) == 4
    assert data.fetch("mnist", folder=tmp_path / "mine", announce=said.append) == tmp_path / "mine"
    assert len(said) == 4


def test_files_that_come_uncompressed_are_found_again(
    tiny_mirrors: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tiny_mirrors("plain"))
    data.fetch("mnist")
    assert (cache / IMAGES).exists()
    assert data.load("mnist", offline=True).train.shape == (12, 784)


def test_when_all_mirrors_fail_each_is_named_with_its_reason(
    tiny_mirrors: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tiny_mirrors("missing"), tiny_mirrors("wrong"))
    monkeypatch.setattr(exceptions, "MOST_LETTERS", 5000)
    with pytest.raises(DataNotFoundError) as caught:
        data.load("mnist")
    message = str(caught.value)
    assert f"{tiny_mirrors('missing')}{IMAGES}.gz answered 404 Not Found" in message
    assert f"{tiny_mirrors('wrong')}{IMAGES}.gz sent something else: expected content with MD5" in message
    assert f"user cache ({cache})" in message
    assert "delete the file" not in message
    assert os.listdir(cache) == []


def test_verify_reports_every_file(tiny: Any, tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "mine")
    assert all(report.ok and report.problem is None for report in data.verify("mnist", folder=folder))
    corrupt(folder / f"{IMAGES}.gz")
    (folder / f"{LABELS}.gz").unlink()
    (folder / f"{TEST_IMAGES}.gz").write_bytes((folder / f"{TEST_IMAGES}.gz").read_bytes()[:-3])
    images, labels, test_images, test_labels = data.verify("mnist", folder=folder)
    assert [report.ok for report in (images, labels, test_images, test_labels)] == [False, False, False, True]
    assert images.path == folder / f"{IMAGES}.gz"
    assert images.bytes == images.path.stat().st_size
    assert images.found_md5 not in {None, images.expected_md5}
    assert (labels.path, labels.bytes, labels.found_md5, labels.problem) == (None, 0, None, "missing")
    assert test_images.found_md5 is None
    assert "gzip" in str(test_images.problem)
    assert test_labels.found_md5 == test_labels.expected_md5


def test_verify_checks_the_place_that_load_would_read(
    tiny: Any, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataNotFoundError, match="nothing to check"):
        data.verify("mnist")
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path))
    tiny.write(tmp_path / "mnist", IMAGES)
    assert [report.ok for report in data.verify("mnist")] == [True, False, False, False]
    tiny.write(cache)
    assert {report.path.parent for report in data.verify("mnist") if report.path} == {cache}
    with pytest.raises(DataNotFoundError, match="no such folder"):
        data.verify("mnist", folder=tmp_path / "none")


@pytest.mark.skipif("AUTOENCODE_DATA" not in os.environ, reason="AUTOENCODE_DATA names no folder with the real MNIST")
def test_the_real_mnist() -> None:
    found = data.load("mnist", offline=True)
    assert found.train.shape == (60_000, 784)
    assert found.test.shape == (10_000, 784)
    assert found.train.dtype == found.test.dtype == np.float32
    assert (found.train.min(), found.train.max(), found.test.min(), found.test.max()) == (0, 1, 0, 1)
    assert found.train_labels is not None
    assert found.test_labels is not None
    assert found.train_labels[0] == 5
    assert found.test_labels[0] == 7
    assert np.bincount(found.train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert found.train.mean(dtype=np.float64) == pytest.approx(0.1307, abs=1e-4)
    reports = data.verify("mnist")
    assert [report.found_md5 for report in reports] == [file.md5 for file in mnist.MNIST_FILES]
    assert all(report.ok for report in reports)
