"""The head of an image file: how large it is, and whether it can be decoded to one sample, before it is."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autoencode.data.regular_file import open_file, show_path
from autoencode.exceptions import CorruptDataError, InvalidInputError

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_DECODERS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
_MOST_PIXELS = 64_000_000
_MOST_FILE_BYTES = 2**29
_ORIENTATION_TAG = 0x0112
# Of TIFF: what an image is to the one before it, its bits a colour, and whether black or white is 0.
_COPY_TAG, _BITS_TAG, _WHITE_TAG = 0x00FE, 0x0102, 0x0106
_MOST_COPIES = 32
# A JPEG file may hold previews or depths beside its picture; the frames of these are pictures.
_FRAMED = ("PNG", "WEBP", "TIFF", "GIF")
# What Pillow raises on damaged files.
_DECODING_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, zlib.error)
SIDEWAYS = (5, 6, 7, 8)
"""The orientations in which height and width change places."""


@dataclass(frozen=True)
class ImageHeader:
    """What the head of an image file says: its height and width once turned upright, and whether it is grey."""

    size: tuple[int, int]
    is_grey: bool


@contextmanager
def open_image(path: Path) -> Iterator[ImageFile]:
    """Open an image whose head was found right; decoding errors in the block are reported with the file's name."""
    from PIL.Image import DecompressionBombError, UnidentifiedImageError
    from PIL.Image import open as open_content

    with open_file(path) as file:
        if not 0 < (size := os.fstat(file.fileno()).st_size) <= _MOST_FILE_BYTES:
            raise CorruptDataError(
                f"{show_path(path)}: expected an image file of 1 to {_MOST_FILE_BYTES:,} bytes, found {size:,}"
            )
        try:
            with open_content(file, formats=_DECODERS) as image:
                pixels = image.width * image.height
                if pixels > _MOST_PIXELS:
                    raise _too_large(path, f"{pixels:,}")
                yield image
        except UnidentifiedImageError as error:
            raise CorruptDataError(
                f"{show_path(path)}: expected a PNG, JPEG, WebP, BMP, TIFF or GIF image, found none in it"
            ) from error
        except DecompressionBombError as error:
            raise _too_large(path, "far more") from error
        except (CorruptDataError, InvalidInputError):
            raise
        except _DECODING_ERRORS as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise CorruptDataError(f"{show_path(path)}: expected a whole image, found it broken: {reason}") from error


def _too_large(path: Path, found: str) -> CorruptDataError:
    return CorruptDataError(
        f"{show_path(path)}: expected an image of at most {_MOST_PIXELS:,} pixels, found {found}; make it smaller first"
    )


def read_header(path: Path) -> ImageHeader:
    """Read the head of an image file, and refuse what cannot be one sample of numbers between black and white.

    Raises
    ------
    CorruptDataError
        If it is no image, broken, or too large.
    InvalidInputError
        If it has several frames, or numbers without a range.
    DataNotFoundError
        If it cannot be read.
    """
    with open_image(path) as image:
        width, height = image.size
        size = (width, height) if read_orientation(image) in SIDEWAYS else (height, width)
        header = ImageHeader(size, _is_grey(image))
        _check_range(image, path)
        _check_frames(image, path)
        return header


def _check_range(image: ImageFile, path: Path) -> None:
    """Refuse numbers whose black and white are not known."""
    tags = getattr(image, "tag_v2", {})
    bits = {*np.atleast_1d(tags.get(_BITS_TAG, 8))}
    is_wide = image.mode in ("I", "F") or not bits <= {1, 2, 4, 8, 16}
    if is_wide or (image.mode.startswith("I;16") and tags.get(_WHITE_TAG) == 0):
        raise InvalidInputError(
            f"{show_path(path)}: has numbers whose range is not known ({'/'.join(map(str, sorted(bits)))} bits, mode "
            f"{image.mode}); save it with 8 or 16 bits a colour, black as 0, or the numbers as .npy"
        )


def _check_frames(image: ImageFile, path: Path) -> None:
    """Refuse a file of several frames or pages; small copies of the first, and what a camera adds, are passed over."""
    if image.format not in _FRAMED:
        return
    for frame in range(1, _MOST_COPIES):
        try:
            image.seek(frame)
        except EOFError:
            return
        if not getattr(image, "tag_v2", {}).get(_COPY_TAG, 0) & 1:
            break
    raise InvalidInputError(
        f"{show_path(path)}: has several frames or pages, of which one would be read; save each in a file of its own"
    )


def read_orientation(image: ImageFile) -> int:
    """Return how an image is turned, as its EXIF data says; 1 is upright."""
    # In a PNG file it must stand before the pixels; Pillow would decode them to look behind.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    try:
        return image.getexif().get(_ORIENTATION_TAG, 1)
    except _DECODING_ERRORS:
        return 1  # broken EXIF data says nothing about the pixels


def _is_grey(image: ImageFile) -> bool:
    if image.mode == "P" and image.palette is not None:
        form, colours = image.palette.getdata()
        bands, _, order = form.partition(";")
        stored = np.frombuffer(colours, np.uint8)
        # In TIFF, all reds stand before all greens; elsewhere, the colours stand behind each other.
        by_colour = stored.reshape(len(bands), -1).T if "L" in order else stored.reshape(-1, len(bands))
        return bool((by_colour[:, :3] == by_colour[:, :1]).all())
    # Pillow makes RGBA of grey with transparency of 16 bits.
    return image.mode in ("1", "L", "LA", "I;16", "I;16B") or any(tile.args == "LA;16B" for tile in image.tile)
