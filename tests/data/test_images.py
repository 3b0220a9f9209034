from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from autoencode.data import images
from autoencode.data.image_files import search
from autoencode.data.images import ImageFolder
from autoencode.data.samples import Reading
from autoencode.exceptions import (
    AutoencodeError,
    AutoencodeWarning,
    CorruptDataError,
    DataNotFoundError,
    InvalidInputError,
)

RGB = np.random.default_rng(3).integers(0, 256, (6, 4, 3)).astype(np.uint8)
GREY = RGB[..., 0]
# How the pixels that are seen are stored, by orientation: table 6 of the Exif 2.32 standard.
STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.transpose(1, 0, 2),
    6: lambda seen: np.rot90(seen, 1),
    7: lambda seen: seen[::-1, ::-1].transpose(1, 0, 2),
    8: lambda seen: np.rot90(seen, -1),
}


def turn(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def encode(pixels: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, form, **options)
    return content.getvalue()


def read_one(folder: Path, content: bytes, name: str = "a.png", **options: object) -> np.ndarray:
    (folder / name).write_bytes(content)
    return ImageFolder(folder / name, **options).read().values[0]


def build_png(width: int, height: int, bits: int, kind: int, *chunks: tuple[bytes, bytes]) -> bytes:
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)), *chunks, (b"IEND", b"")):
        content += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return content


def build_tiff(width: int, height: int) -> bytes:
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 9)]
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(tags))
        + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        + bytes(4)
    )


def test_folder_in_full(tmp_path: Path) -> None:
    for name in ("cats/10.png", "cats/2.JPG", "dogs/b/1.webp", "dogs/.hidden.png"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(RGB))
    samples = ImageFolder(tmp_path).read()
    assert samples.row_names == ("cats/2.JPG", "cats/10.png", "dogs/b/1.webp")
    assert samples.labels is not None
    assert samples.labels.tolist() == ["cats", "cats", "dogs"]
    assert samples.reading == Reading("images", size=(6, 4), colour="rgb")
    assert samples.name == str(tmp_path)
    assert samples.values.dtype == np.float32
    np.testing.assert_array_equal(samples.values, np.stack([RGB] * 3) / np.float32(255))


def test_no_labels_where_an_image_lies_in_no_sub_folder(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    for name in ("cats/1.png", "2.png"):
        (tmp_path / name).write_bytes(encode(GREY))
    assert ImageFolder(tmp_path).read().labels is None


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("options", [{}, {"size": (3, 5)}, {"size": (3, 5), "fit": "crop"}], ids=str)
def test_turned_by_exif_is_turned_pixels(
    tmp_path: Path, form: str, orientation: int, options: dict[str, object]
) -> None:
    # A smooth picture, so that JPEG keeps it.
    rows, columns = np.mgrid[0:24, 0:16]
    seen = np.stack([rows * 8, columns * 12, 200 - rows * 4], axis=-1).astype(np.uint8)
    stored = np.ascontiguousarray(STORED[orientation](seen))
    quality = {} if form == "PNG" else {"quality": 100}
    turned = read_one(tmp_path, encode(stored, form, exif=turn(orientation), **quality), **options)
    upright = read_one(tmp_path, encode(seen), **options)
    assert turned.shape == upright.shape
    assert abs(turned - upright).max() <= (1.1 if form == "PNG" else 12) / 255


def build_small(bits: int, kind: int, row: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Build a PNG of two pixels from the bytes of its one row."""
    return build_png(2, 1, bits, kind, *chunks, (b"IDAT", zlib.compress(b"\0" + row)))


PALETTE = (b"PLTE", bytes([0, 0, 0, 255, 0, 51]))
FORMS = {
    "grey": (encode(GREY), GREY / 255),
    "rgb": (encode(RGB), RGB / 255),
    "one bit": (encode(GREY > 99), GREY > 99),
    "16 bits": (encode(GREY.astype(np.uint16) * 201), GREY * 201.0 / 65535),
    "palette": (build_small(8, 3, b"\1\0", PALETTE), [[[1, 0, 0.2], [0, 0, 0]]]),
    "palette of greys": (build_small(8, 3, b"\1\0", (b"PLTE", bytes([0, 0, 0, 51, 51, 51]))), [[0.2, 0]]),
    "palette, transparent": (build_small(8, 3, b"\1\0", PALETTE, (b"tRNS", b"\0")), [[[1, 0, 0.2], [1, 1, 1]]]),
    "palette, half": (build_small(8, 3, b"\1\0", PALETTE, (b"tRNS", b"\x33\xff")), [[[1, 0, 0.2], [0.8, 0.8, 0.8]]]),
    "grey, one transparent": (build_small(8, 0, b"\7\x33", (b"tRNS", b"\0\7")), [[1, 0.2]]),
    "16 bits, one transparent": (build_small(16, 0, b"\1\7\x33\x33", (b"tRNS", b"\1\7")), [[1, 0.2]]),
    "one bit, black transparent": (build_small(1, 0, b"\x40", (b"tRNS", b"\0\0")), [[1, 1]]),
    "rgb, one transparent": (
        build_small(8, 2, b"\1\2\3\0\x33\xff", (b"tRNS", b"\0\1\0\2\0\3")),
        [[[1, 1, 1], [0, 0.2, 1]]],
    ),
    "grey, alpha": (build_small(8, 4, b"\0\x33\x33\xff"), [[0.8, 0.2]]),
    "16 bits, alpha": (build_small(16, 4, b"\0\0\x33\x33\x33\x33\xff\xff"), [[0.8, 0.2]]),
    "rgb, alpha": (build_small(8, 6, b"\xff\0\x33\xff\0\xff\0\x33"), [[[1, 0, 0.2], [0.8, 1, 0.8]]]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_png_gives_its_numbers(tmp_path: Path, form: str) -> None:
    content, expected = FORMS[form][0], np.array(FORMS[form][1], np.float32)
    values = read_one(tmp_path, content)
    assert values.shape == expected.shape
    np.testing.assert_allclose(values, expected, atol=1e-6)
    other = read_one(tmp_path, content, colour="rgb" if expected.ndim == 2 else "grey")
    red, green, blue = np.moveaxis(expected, -1, 0) if expected.ndim == 3 else [expected] * 3
    if expected.ndim == 3:
        np.testing.assert_allclose(other, 0.299 * red + 0.587 * green + 0.114 * blue, atol=1.1 / 255)
    else:
        np.testing.assert_allclose(other, np.stack([red, green, blue], axis=-1), atol=1e-6)


def test_cmyk_and_grey_jpeg(tmp_path: Path) -> None:
    content = io.BytesIO()
    Image.new("RGB", (16, 16), (204, 51, 102)).convert("CMYK").save(content, "JPEG", quality=100)
    values = read_one(tmp_path, content.getvalue(), "a.jpg")
    np.testing.assert_allclose(values, np.broadcast_to([0.8, 0.2, 0.4], (16, 16, 3)), atol=2.1 / 255)
    flat = np.full((8, 8), 77, np.uint8)
    np.testing.assert_allclose(read_one(tmp_path, encode(flat, "JPEG"), "a.jpg"), flat / 255, atol=1e-6)


def test_grey_is_only_where_all_are_grey(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(encode(GREY))
    (tmp_path / "2.png").write_bytes(encode(GREY))
    assert ImageFolder(tmp_path).read().reading.colour == "grey"
    (tmp_path / "3.png").write_bytes(encode(RGB))
    samples = ImageFolder(tmp_path).read()
    assert (samples.reading.colour, samples.values.shape) == ("rgb", (3, 6, 4, 3))
    np.testing.assert_array_equal(samples.values[0], np.stack([GREY] * 3, axis=-1) / np.float32(255))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_reducing_takes_every_pixel_and_crop_cuts_the_middle(tmp_path: Path, dtype: type) -> None:
    wide = np.zeros((4, 12), dtype)
    wide[:, 4:8] = np.iinfo(dtype).max
    # In the middle third all is white; its borders are not reached by a crop that does not reduce.
    np.testing.assert_array_equal(read_one(tmp_path, encode(wide), size=4, fit="crop"), np.ones((4, 4)))
    stripes = np.zeros((64, 64), dtype)
    stripes[::2] = np.iinfo(dtype).max
    reduced = read_one(tmp_path, encode(stripes), size=4)
    np.testing.assert_allclose(reduced, np.full((4, 4), 0.5), atol=0.02)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.sampled_from(["PNG", "JPEG"]))
@settings(max_examples=40, deadline=None)
def test_one_colour_stays_that_colour(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, new_height: int, new_width: int, form: str
) -> None:
    folder = tmp_path_factory.mktemp("images")
    content = encode(np.full((height, width), 51, np.uint8), form)
    for fit in ("resize", "crop"):
        values = read_one(folder, content, size=(new_height, new_width), fit=fit)
        np.testing.assert_allclose(values, np.full((new_height, new_width), 0.2), atol=1e-6)


def test_large_photograph_is_decoded_small_without_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = np.mgrid[0:640, 0:800]
    picture = np.stack([np.sin(rows / 7), np.sin(columns / 9), np.sin((rows + columns) / 60)], axis=-1) * 127 + 128
    content = encode(picture.astype(np.uint8), "JPEG", quality=90)
    quick = read_one(tmp_path, content, size=20)
    monkeypatch.setattr(images, "_DRAFT_FACTOR", 1000)
    assert abs(read_one(tmp_path, content, size=20) - quick).max() <= 2.1 / 255


def test_content_counts_not_the_name(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_one(tmp_path, encode(GREY), "photo.jpg"), GREY / np.float32(255))


def test_reading_a_folder_again_by_its_reading(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(encode(GREY))
    (tmp_path / "2.png").write_bytes(encode(RGB[:3]))
    first = ImageFolder(tmp_path, size=5, fit="crop").read()
    again = ImageFolder(tmp_path, size=first.reading.size, colour=first.reading.colour, fit=first.reading.fit).read()
    np.testing.assert_array_equal(first.values, again.values)
    assert again.reading == first.reading == Reading("images", size=(5, 5), colour="rgb", fit="crop")


def test_images_of_several_sizes_are_brought_to_the_commonest(tmp_path: Path) -> None:
    for name, image in (("1.png", GREY[:3]), ("2.png", GREY), ("3.png", GREY)):
        (tmp_path / name).write_bytes(encode(image))
    with pytest.warns(AutoencodeWarning, match="3 images of 6 × 4 pixels, but 1 that has .* to 6 × 4, the commonest"):
        samples = ImageFolder(tmp_path).read()
    assert samples.reading.size == (6, 4)
    np.testing.assert_array_equal(samples.values[1], GREY / np.float32(255))
    np.testing.assert_array_equal(ImageFolder(tmp_path, size=(6, 4)).read().values, samples.values)


def test_large_images_have_as_many_pixels_as_suit_their_number(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(encode(np.zeros((60, 80), np.uint8)))
    with pytest.warns(AutoencodeWarning, match="1 image of 60 × 80 pixels; all are brought to 14 × 18, which suits"):
        samples = ImageFolder(tmp_path).read()
    assert samples.reading.size == samples.values.shape[1:] == (14, 18)
    assert ImageFolder(tmp_path).measure().shape == (14, 18)
    assert ImageFolder(tmp_path, size=(60, 80)).read().values.shape == (1, 60, 80)


BOMB = build_png(60_000, 60_000, 8, 0, (b"IDAT", zlib.compress(bytes(1000))))
BROKEN = {
    "empty": (b"", "found 0"),
    "text": (b"not an image at all", "found none"),
    "jpeg 2000": (encode(GREY, "JPEG2000"), "found none"),
    "truncated gif": (encode(RGB[..., 0].repeat(20, 0), "GIF")[:-500], "broken"),
    "truncated tiff": (encode(RGB, "TIFF")[:-40], "broken"),
    "truncated bmp": (encode(RGB, "BMP")[:-40], "broken"),
    "gif bomb": (
        b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + encode(GREY, "GIF")[10:],
        "at most 64,000,000 pixels",
    ),
    "tiff bomb": (build_tiff(60_000, 60_000), "at most 64,000,000 pixels"),
    "bmp bomb": (
        encode(RGB, "BMP")[:18] + struct.pack("<ii", 60_000, 60_000) + encode(RGB, "BMP")[26:],
        "at most 64,000,000",
    ),
    "truncated jpeg": (encode(RGB.repeat(20, 0), "JPEG")[:-100], "broken: image file is truncated"),
    "truncated png": (encode(RGB)[:60], "broken"),
    "truncated webp": (encode(RGB.repeat(20, 0), "WEBP")[:-100], "broken"),
    "bomb": (BOMB, "at most 64,000,000 pixels, found far more"),
    "large": (build_png(8001, 8000, 8, 0), "at most 64,000,000 pixels, found 64,008,000"),
    "much too large": (build_png(2**31 - 1, 2**31 - 1, 8, 0), "at most 64,000,000 pixels"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file_is_named_in_one_line(tmp_path: Path, kind: str) -> None:
    content, reason = BROKEN[kind]
    (tmp_path / "1.png").write_bytes(encode(RGB))
    for name in ("2.png", "3.png"):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CorruptDataError) as caught:
        ImageFolder(tmp_path, size=4).read()
    assert str(caught.value).startswith(f"{tmp_path / '2.png'}: expected ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_file_gives_numbers_or_one_of_our_errors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("images")
    form = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"]))
    content = bytearray(encode(RGB, form, **({"exif": turn(6)} if form not in ("BMP", "GIF") else {})))
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=9)
    ):
        content[place] = byte
    try:
        values = read_one(folder, bytes(content[: data.draw(st.integers(0, len(content)))]), size=3)
    except AutoencodeError:
        return
    assert values.min() >= 0
    assert values.max() <= 1


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "1.png").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(CorruptDataError, match=r"1\.png: expected an image file of 1 to 536,870,912 bytes"):
        ImageFolder(tmp_path).read()


def test_memory_is_counted_before_anything_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "count_memory", lambda: 8 * 10**9)
    (tmp_path / "1.png").write_bytes(build_png(8, 8, 8, 2))
    with pytest.raises(InvalidInputError, match=r"1 × 60,000 × 60,000 × 3 numbers need 43\.2 GB, .*smaller size="):
        ImageFolder(tmp_path, size=60_000).read()


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1.png")
    os.mkfifo(tmp_path / "other")
    with pytest.raises(InvalidInputError, match=r"1\.png: expected a file, found a pipe, socket or device"):
        ImageFolder(tmp_path).read()


def test_device_and_missing_path() -> None:
    with pytest.raises(InvalidInputError, match="found a pipe, socket or device"):
        ImageFolder("/dev/zero").read()
    for path in ("no such folder", "null\0byte"):
        with pytest.raises(DataNotFoundError, match="cannot be read"):
            ImageFolder(path).read()


def test_unreadable_folder_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "1.png").write_bytes(encode(GREY))
    for method in ("open", "iterdir"):
        monkeypatch.setattr(Path, method, refuse)
        with pytest.raises(DataNotFoundError, match="cannot be read: Permission denied"):
            ImageFolder(tmp_path).read()


def test_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"expected images \(\.png, \.jpg, .*\.gif\), found none$"):
        search(tmp_path)
    (tmp_path / "a.heic").touch()
    with pytest.raises(DataNotFoundError, match=r"found none; it has 1 other files, such as a\.heic"):
        search(tmp_path)


def test_strange_names_stay_one_line_of_text(tmp_path: Path) -> None:
    for name in (b"a\nb.png", b"c\xff.png", "ü ж.png".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(encode(GREY))
    names = ImageFolder(tmp_path).read().row_names
    assert names == (r"a\nb.png", r"c\udcff.png", "ü ж.png")
    (tmp_path / "a\nb.png").write_bytes(b"")
    with pytest.raises(CorruptDataError, match=r"a\\nb\.png"):
        ImageFolder(tmp_path).read()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colour": "gray"}, "colour: expected one of auto, grey, rgb, got 'gray'; did you mean 'grey'"),
        ({"fit": "pad"}, "fit: expected"),
        ({"size": 0}, "size: expected"),
        ({"size": -3}, "size: expected"),
        ({"size": True}, "size: expected"),
        ({"size": 2.5}, "size: expected"),
        ({"size": (3,)}, "size: expected"),
        ({"size": 10**9}, "size: expected"),
    ],
)
def test_bad_arguments(options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        ImageFolder("folder", **options)


def test_real_photographs() -> None:
    if "AUTOENCODE_DATA" not in os.environ:
        pytest.skip("AUTOENCODE_DATA is not set")
    folder = Path(os.environ["AUTOENCODE_DATA"]) / "images" / "sign_language_digits"
    samples = ImageFolder(folder, size=32).read()
    assert samples.values.shape == (2062, 32, 32, 3)
    assert samples.labels is not None
    assert samples.row_names is not None
    assert sorted(set(samples.labels)) == list("0123456789")
    # One as all the others; one of 3024 × 3024, taken with the telephone on its side.
    for name in ("0/IMG_1118.JPG", "7/IMG_5874.JPG"):
        upright = ImageOps.exif_transpose(Image.open(folder / name)).resize((32, 32), Image.Resampling.BILINEAR)
        values = samples.values[samples.row_names.index(name)]
        np.testing.assert_allclose(values, np.asarray(upright) / 255, atol=2.1 / 255)
