"""Images of BMP, TIFF and GIF, files of several frames, numbers without a range, and what is left out of a folder."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autoencode.data.images import ImageFolder
from autoencode.exceptions import AutoencodeWarning, InvalidInputError

RGB = np.random.default_rng(3).integers(0, 256, (6, 4, 3)).astype(np.uint8)
GREY = RGB[..., 0]


def encode(pixels: np.ndarray, form: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form)
    return content.getvalue()


def read_one(folder: Path, content: bytes, name: str = "a.png") -> np.ndarray:
    (folder / name).write_bytes(content)
    return ImageFolder(folder / name).read().values[0]


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "TIFF"])
def test_several_frames_are_refused_as_one_would_be_read(tmp_path: Path, form: str) -> None:
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "blue", "lime")]
    content = io.BytesIO()
    frames[0].save(content, form, save_all=True, append_images=frames[1:])
    with pytest.raises(
        InvalidInputError, match=r"a\.png: has several frames or pages, .* save each in a file of its own"
    ):
        read_one(tmp_path, content.getvalue())


def test_small_copies_beside_a_picture_are_passed_over(tmp_path: Path) -> None:
    content, copy = io.BytesIO(), Image.fromarray(RGB).resize((2, 3))
    copy.encoderinfo = {"tiffinfo": {254: 1}}
    Image.fromarray(RGB).save(content, "TIFF", save_all=True, append_images=[copy])
    np.testing.assert_array_equal(read_one(tmp_path, content.getvalue(), "a.tif"), RGB / np.float32(255))


@pytest.mark.parametrize("name", ["a.bmp", "a.TIF", "a.tiff", "a.gif"])
@pytest.mark.parametrize("kind", ["grey", "rgb", "one bit", "grey palette", "palette"])
def test_bmp_tiff_and_gif(tmp_path: Path, name: str, kind: str) -> None:
    image = {
        "grey": Image.fromarray(GREY),
        "rgb": Image.fromarray(np.where(RGB > 99, 255, 0).astype(np.uint8)),
        "one bit": Image.fromarray(GREY > 99),
        "palette": Image.fromarray(RGB).quantize(16),
        "grey palette": Image.fromarray(GREY).convert("P"),
    }[kind]
    form = {"b": "BMP", "t": "TIFF", "g": "GIF"}[Path(name).suffix[1].lower()]
    image.save(tmp_path / name, form)
    samples = ImageFolder(tmp_path).read()
    assert samples.reading.colour == ("rgb" if kind in ("rgb", "palette") else "grey")
    expected = np.asarray(image.convert("RGB" if kind in ("rgb", "palette") else "L"))
    np.testing.assert_allclose(samples.values[0], expected / 255, atol=1e-6)


@pytest.mark.parametrize("mark", ["<", ">"])
def test_tiff_of_16_bits_keeps_its_range(tmp_path: Path, mark: str) -> None:
    grey = (GREY.astype(np.uint16) * 201).astype(f"{mark}u2")
    image = Image.frombytes("I;16" if mark == "<" else "I;16B", (4, 6), grey.tobytes())
    image.save(tmp_path / "a.tif")
    np.testing.assert_allclose(ImageFolder(tmp_path).read().values[0], GREY * 201.0 / 65535, atol=1e-6)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_numbers_without_a_range_are_refused(tmp_path: Path, kind: type) -> None:
    with pytest.raises(InvalidInputError, match=r"a\.tif: has numbers whose range is not known \(32 bits, mode"):
        read_one(tmp_path, encode(GREY.astype(kind), "TIFF"), "a.tif")


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    for name in ("1.png", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (tmp_path / name).write_bytes(encode(GREY))
    assert len(ImageFolder(tmp_path).read()) == 1
    (tmp_path / "b.heic").touch()
    with pytest.warns(AutoencodeWarning, match=r": 1 file is left out, which by the name is no image .* b\.heic$"):
        ImageFolder(tmp_path).read()
    (tmp_path / "a\n.cr2").touch()
    with pytest.warns(AutoencodeWarning, match=r": 2 files are left out, .*such as a\\n\.cr2$"):
        ImageFolder(tmp_path).read()
