"""Images and folders of them that are odd or wrong."""

from __future__ import annotations

import io
import os
import shutil
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

# What tests/data asserts of the readers holds at the shell too; the fast tier has one file of each kind.
pytestmark = pytest.mark.slow

TRAIN = ("--epochs", "1", "--seed", "0", "--run", "./run")
RANDOM = np.random.default_rng(1)
GREY = RANDOM.integers(0, 256, (4, 6), np.uint8)


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def declare(width: int, height: int) -> bytes:
    """Return a PNG file that says how large it is, with next to nothing in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")


PNG = encode(Image.fromarray(GREY))
JPEG = encode(Image.fromarray(RANDOM.integers(0, 256, (32, 32, 3), np.uint8)), "JPEG")
JPEG_2000 = encode(Image.fromarray(GREY), "JPEG2000")

REFUSED: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "no bytes": (b"", ("bad.png", "found 0")),
    "text": (b"this is no image\n", ("bad.png", "expected a PNG, JPEG, WebP, BMP, TIFF or GIF image")),
    "JPEG 2000 called .png": (JPEG_2000, ("bad.png", "expected a PNG, JPEG, WebP, BMP, TIFF or GIF image")),
    "40,000 × 40,000 declared": (declare(40_000, 40_000), ("bad.png", "at most 64,000,000 pixels", "smaller")),
    "2³¹ × 2³¹ declared": (declare(2**31 - 1, 2**31 - 1), ("bad.png",)),
    "no width declared": (declare(0, 9), ("bad.png",)),
    "cut in the pixels": (PNG[:-35], ("bad.png", "broken")),
    "cut in the head": (PNG[:20], ("bad.png",)),
    "a changed pixel": (PNG[:50] + bytes([PNG[50] ^ 0xFF]) + PNG[51:], ("bad.png", "broken")),
    "JPEG cut": (JPEG[: len(JPEG) // 2], ("bad.png",)),
}


def place(folder: Path, content: bytes, count: int = 5) -> None:
    """Make a folder of good images with one of this content."""
    folder.mkdir()
    for index in range(count):
        (folder / f"{index}.png").write_bytes(PNG)
    (folder / "bad.png").write_bytes(content)


@pytest.mark.parametrize("case", REFUSED)
def test_an_image_is_refused(case: str, shell: Any) -> None:
    content, says = REFUSED[case]
    place(shell.folder / "photos", content)
    shell.refuses("train", "photos", "--size", 8, *TRAIN, says=says)
    shell.refuses("train", "photos/bad.png", "--size", 8, *TRAIN, says=says)


def test_images_of_several_sizes_are_brought_to_the_commonest_and_say_so(shell: Any) -> None:
    place(shell.folder / "photos", encode(Image.new("L", (9, 5))))
    came = shell.accepts("train", "photos", *TRAIN)
    assert "1 that has another size; all are brought to 4 × 6" in came.err


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (Image.fromarray(GREY), {}),
        (Image.fromarray(GREY).convert("RGB"), {}),
        (Image.fromarray(GREY).convert("RGBA"), {}),
        (Image.fromarray(GREY).convert("LA"), {}),
        (Image.fromarray(GREY).convert("P"), {}),
        (Image.fromarray(GREY.astype(np.uint16) * 257), {}),
        (Image.fromarray(GREY), {"pnginfo": None, "compress_level": 0}),
    ],
    ids=["grey", "RGB", "RGBA", "grey with transparency", "palette", "16 bits", "not compressed"],
)
def test_one_image_in_many_forms_has_one_error(image: Image.Image, options: Any, shell: Any, images: Any) -> None:
    (shell.folder / "x.png").write_bytes(encode(image, **options))
    expected = images.model.errors(GREY[None] / np.float32(255))
    np.testing.assert_allclose(shell.errors(images.run, "x.png"), expected, rtol=1e-3)


def test_inks_are_colours(shell: Any, images: Any) -> None:
    white = encode(Image.new("CMYK", (6, 4), (0, 0, 0, 0)), "JPEG")
    (shell.folder / "x.jpg").write_bytes(white)
    np.testing.assert_allclose(shell.errors(images.run, "x.jpg"), images.model.errors(np.ones((1, 4, 6))), rtol=1e-2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_upright(orientation: int, shell: Any, images: Any) -> None:
    turns = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: np.rot90,
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turns[orientation](GREY)))
    (shell.folder / "x.png").write_bytes(encode(stored, exif=exif))
    expected = images.model.errors(GREY[None] / np.float32(255))
    np.testing.assert_allclose(shell.errors(images.run, "x.png"), expected, rtol=1e-5)


def test_images_of_one_pixel_are_images(shell: Any) -> None:
    folder = shell.folder / "photos"
    folder.mkdir()
    for index in range(6):
        (folder / f"{index}.png").write_bytes(encode(Image.new("L", (1, 1), index * 40)))
    shell.accepts("train", "photos", *TRAIN)
    assert shell.errors(Path("run"), "photos").shape == (6,)


def test_another_size_is_brought_to_that_of_training(shell: Any, images: Any) -> None:
    large = Image.fromarray(GREY).resize((60, 40), Image.Resampling.NEAREST)
    (shell.folder / "x.png").write_bytes(encode(large))
    expected = images.model.errors(GREY[None] / np.float32(255))
    np.testing.assert_allclose(shell.errors(images.run, "x.png"), expected, rtol=0.2)


# ---------------------------------------------------------------------- folders


def test_an_empty_folder_is_refused(shell: Any) -> None:
    (shell.folder / "photos").mkdir()
    shell.refuses("train", "photos", *TRAIN, says=("photos", "empty"))


def test_a_folder_of_other_files_is_refused(shell: Any) -> None:
    (shell.folder / "photos").mkdir()
    (shell.folder / "photos" / "notes.txt").write_text("hello")
    shell.refuses("train", "photos", *TRAIN, says=("photos", "found none", "notes.txt"))


def test_links_that_lead_back_are_refused(shell: Any) -> None:
    place(shell.folder / "photos", PNG)
    (shell.folder / "photos" / "again").symlink_to(".", target_is_directory=True)
    shell.refuses("train", "photos", *TRAIN, says=("again", "one folder", "remove the link"))


def test_a_link_to_itself_is_refused(shell: Any) -> None:
    place(shell.folder / "photos", PNG)
    (shell.folder / "photos" / "loop.png").symlink_to("loop.png")
    shell.refuses("train", "photos", *TRAIN, says=("loop.png",))
    (shell.folder / "x.csv").symlink_to("x.csv")
    shell.refuses("train", "x.csv", *TRAIN, says=("x.csv",))


def test_a_link_to_nothing_is_refused(shell: Any) -> None:
    place(shell.folder / "photos", PNG)
    (shell.folder / "photos" / "gone.png").symlink_to("nowhere.png")
    shell.refuses("train", "photos", *TRAIN, says=("gone.png",))


@pytest.mark.parametrize("name", ["pipe.png", "pipe.csv", "pipe.npy", "pipe.npz", "pipe.parquet", "pipe-ubyte", "pipe"])
def test_a_pipe_is_not_waited_for(name: str, shell: Any, numbers: Any) -> None:
    os.mkfifo(shell.folder / name)
    shell.refuses("train", name, *TRAIN, says=(name, "pipe"))
    shell.refuses("errors", numbers, name, says=(name, "pipe"))


def test_a_pipe_among_images_is_not_waited_for(shell: Any) -> None:
    place(shell.folder / "photos", PNG)
    os.mkfifo(shell.folder / "photos" / "pipe.png")
    shell.refuses("train", "photos", *TRAIN, says=("pipe.png", "pipe"))


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/stdin"])
def test_a_device_is_not_read(path: str, shell: Any, numbers: Any) -> None:
    if not Path(path).exists():
        pytest.skip(f"there is no {path} here")
    shell.refuses("train", path, *TRAIN, says=(path,))
    shell.refuses("errors", path, numbers.data, says=(path,))
    shell.refuses("train", "--config", path, says=(path,))


def test_what_is_no_image_in_a_folder_of_images_is_said(shell: Any) -> None:
    place(shell.folder / "photos", PNG)
    shutil.copy(shell.folder / "photos" / "0.png", shell.folder / "photos" / "table.csv")
    assert "1 file is left out" in shell.accepts("train", "photos", *TRAIN).err


def test_more_numbers_than_memory_are_refused(shell: Any) -> None:
    place(shell.folder / "photos", PNG)
    shell.refuses("train", "photos", "--size", "65535", *TRAIN, code=4, says=("GiB of memory", "smaller --size"))


@pytest.mark.parametrize("size", ["0", "-1", "8x", "x8", "8x8x8", "eight", "1e3", "65536", "9" * 50, ""])
def test_a_size_that_is_none_is_refused(size: str, shell: Any, images: Any) -> None:
    shell.refuses("train", images.data, f"--size={size}", *TRAIN, says=("size",))


# ---------------------------------------------------------------------- the wrong kind of samples


def test_a_table_is_no_images(shell: Any, images: Any, numbers: Any, mixed: Any) -> None:
    shell.refuses("errors", images, numbers.data, "errors.csv", says=("3 features", "24 features"))
    shell.refuses("errors", images, mixed.data, "errors.csv", says=("'city'",))
    shell.refuses("train", numbers.data, "--size", 8, *TRAIN, says=("size", "images"))


def test_images_are_no_table(shell: Any, images: Any, numbers: Any, mixed: Any, array: Any) -> None:
    shell.refuses("errors", numbers, images.data, "errors.csv", says=("(4, 6)", "(3,)"))
    shell.refuses("errors", mixed, images.data, "errors.csv", says=("table", "'age'"))
    shell.refuses("errors", array, images.data, "errors.csv", says=("(4, 6)", "(3,)"))
    shell.refuses("train", images.data, "--drop", "a", *TRAIN, says=("--drop", "table"))


def test_an_array_is_no_mixed_table(shell: Any, mixed: Any, array: Any) -> None:
    shell.refuses("errors", mixed, array.data, "errors.csv", says=("table", "'age'"))
