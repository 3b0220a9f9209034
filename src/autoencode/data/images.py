"""Folders of images: files of many formats, read as float32 in [0, 1] in an order that is the same everywhere."""

from __future__ import annotations

import math
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from jaxtyping import Float32

from autoencode.data.extent import Extent
from autoencode.data.image_files import ENDINGS, name_inside, natural_key, search
from autoencode.data.image_header import SIDEWAYS, ImageHeader, open_image, read_header, read_orientation
from autoencode.data.image_labels import find_label_file, is_label_file, read_labels
from autoencode.data.regular_file import count_memory
from autoencode.data.samples import Reading, Samples
from autoencode.exceptions import AutoencodeWarning, InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.notice import warn_user
from autoencode.printable import make_printable
from autoencode.sizes import choose_pixels
from autoencode.stored_arrays import is_large, make_array

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOURS = ("auto", "grey", "rgb")
_MEMORY_SHARE = 0.5
_MOST_THREADS = 8
# An image while it is decoded: four bytes a pixel as it is stored, and as many as it is converted, with room.
_BYTES_PER_DECODED_PIXEL = 16
# What that came to in photographs, of one colour and of three.
_MEASURED_PER_PIXEL = {"grey": 4, "rgb": 10}
# Of a folder of more images, the heads of the first ones say how large all of them are.
_MOST_MEASURED = 500
# A photograph may be decoded at ½, ¼ or ⅛ of its size, which is quicker, where that leaves this many times the size
# wanted. Measured on photographs of 12 megapixels at 32 to 256 pixels: 2 to 4 times quicker, and different by 0.16 of
# 255 levels on average, 2 at most.
_DRAFT_FACTOR = 4
# What turns an image upright, by its orientation; 1 is upright.
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
# Left, top, right, bottom.
_Box: TypeAlias = tuple[float, float, float, float]


class ImageFolder:
    """A folder of images, its sub-folders included; or one image file, which is a folder of one.

    Parameters
    ----------
    path : path
        A folder or a file. In a folder, files that end in `ENDINGS` are read, others and hidden ones are left out.
    size : int, (height, width) or None
        To how many pixels each image is resized; one number stands for a square. None takes the commonest size, and
        of more than 32 × 32 pixels fewer, by the number of images (`sizes.choose_pixels`).
    colour : {"auto", "grey", "rgb"}
        "auto" is grey where every file is stored in grey, else rgb. Colour becomes grey by
        0.299 red + 0.587 green + 0.114 blue.
    fit : {"resize", "crop"}
        "resize" stretches each image to `size`; "crop" resizes it until the shorter side fits, and cuts off what
        is left over on both sides of the longer one.
    root : path or None
        The folder that names of files and their sub-folders are relative to; None takes `path`.
    files : sequence of path, or None
        The files, images and others, where they were found by a pattern; None searches the folder.

    Raises
    ------
    InvalidInputError
        If an argument is none of these.

    Notes
    -----
    The content decides how a file is decoded, not its name. Images are turned as their EXIF data says. What is
    transparent shows white. Grey of 16 bits keeps its range, other images have 8 bits a colour. A file of several
    frames or pages is refused, unless all but the first are small copies of it. Colour profiles are not applied.
    Resizing weighs neighbouring pixels by a triangle as wide as the reduction, so that no pixel is skipped and no
    number leaves [0, 1].

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("L", (4, 3), 255).save(f"{folder}/white.png")
    ...     ImageFolder(folder, size=2).read().values
    array([[[1., 1.],
            [1., 1.]]], dtype=float32)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        size: int | tuple[int, int] | None = None,
        colour: Literal["auto", "grey", "rgb"] = "auto",
        fit: Literal["resize", "crop"] = "resize",
        root: Path | None = None,
        files: Sequence[Path] | None = None,
    ) -> None:
        self.path = Path(path)
        self._root, self._files = root or self.path, files
        self.name = make_printable(os.fspath(path))
        if colour not in _COLOURS:
            nearest = end_with_nearest(colour, _COLOURS)
            raise InvalidInputError(f"colour: expected one of {', '.join(_COLOURS)}, got {colour!r:.100}{nearest}")
        self.colour: Literal["auto", "grey", "rgb"] = colour
        # A reading checks its parts.
        self._wanted = Reading("images", size=(size, size) if isinstance(size, int) else size, fit=fit)

    def measure(self) -> Extent:
        """Return how large the images are by their heads; of many, by those of the first 500."""
        files, _ = self._search()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            headers = [read_header(file) for file in files[:_MOST_MEASURED]]
        reading = self._choose_form(headers, len(files))
        shape = _shape(len(files), reading)
        kept = math.prod(shape) * np.dtype(np.float32).itemsize
        largest = max(math.prod(header.size) for header in headers)
        threads = min(_count_threads(largest), len(files))
        beside = threads * largest * _MEASURED_PER_PIXEL[reading.colour or "rgb"]
        return Extent(len(files), shape[1:], kept, kept + beside, is_resizable=True, may_lie_in_files=True)

    def read(self) -> Samples:
        """Read every image.

        Returns
        -------
        Samples
            Float32 in [0, 1], of shape (images, height, width) for grey, else (images, height, width, 3). The labels
            are the names of the sub-folders, where every image lies in one; the row names are the files, relative to
            the folder; the reading says which size and colour it became.

        Raises
        ------
        DataNotFoundError
            If there is no such folder or file, no image in it, or it cannot be read.
        CorruptDataError
            If a file is no image, is broken, or is too large to decode.
        InvalidInputError
            If the images need more memory than is sensible, or one has several frames or numbers without a range.

        Warns
        -----
        AutoencodeWarning
            If images are brought to another size unasked, files are left out, or a CSV file of their labels does not
            fit the images.
        """
        files, others = self._search()
        label_file = find_label_file(self._root, others)
        labels = None if label_file is None else read_labels(label_file, self._root, files)
        if label_file is not None and (labels is not None or is_label_file(label_file)):
            others.remove(label_file)
        with warnings.catch_warnings():
            # Pillow warns of odd metadata; what matters of it is checked here and is an error.
            warnings.simplefilter("ignore")
            headers = [read_header(file) for file in files]
            reading = self._resolve(files, headers)
            values = _decode_all(files, headers, reading)
        row_names = [make_printable(name_inside(file, self._root)) for file in files]
        if labels is None and all("/" in name for name in row_names):
            labels = np.array([name.split("/")[0] for name in row_names])
        self._warn_of_size(headers, reading)
        self._warn_of(others)
        return Samples(values, self.name, reading, labels=labels, row_names=tuple(row_names))

    def _search(self) -> tuple[list[Path], list[Path]]:
        """Return the images and the other files."""
        if self._files is None:
            return search(self.path)
        images = [file for file in self._files if file.suffix.lower() in ENDINGS]
        images.sort(key=lambda file: natural_key(name_inside(file, self._root)))
        return images, [file for file in self._files if file not in images and file.is_file()]

    def _warn_of(self, others: list[Path]) -> None:
        if others:
            verb = "is" if len(others) == 1 else "are"
            warn_user(
                f"{self.name}: {len(others):,} file{'s' * (len(others) > 1)} {verb} left out, which by the name {verb} "
                f"no image that is read, such as {make_printable(min(others).name)}",
                AutoencodeWarning,
                cause="files that are left out",
            )

    def _resolve(self, files: list[Path], headers: list[ImageHeader]) -> Reading:
        """Decide what "auto" and None stand for, and whether the images fit into memory; nothing is decoded yet."""
        reading = self._choose_form(headers, len(files))
        shape = _shape(len(files), reading)
        wanted, memory = math.prod(shape) * np.dtype(np.float32).itemsize, count_memory()
        if (wanted // len(files) if is_large(wanted) else wanted) > memory:  # one image at least is held
            raise InvalidInputError(
                f"{self.name}: {_times(shape)} numbers need {wanted / 1e9:,.1f} GB, more than this machine's "
                f"{memory / 1e9:,.1f} GB of memory; give a smaller size=, or fewer images"
            )
        return reading

    def _choose_form(self, headers: list[ImageHeader], count: int) -> Reading:
        """Return the size and colour that so many images of such heads are brought to."""
        colour = self.colour
        if colour == "auto":
            colour = "grey" if all(header.is_grey for header in headers) else "rgb"
        size = self._wanted.size or choose_pixels(count, _find_commonest(headers))
        return replace(self._wanted, size=size, colour=colour)

    def _warn_of_size(self, headers: list[ImageHeader], reading: Reading) -> None:
        commonest = _find_commonest(headers)
        assert reading.size is not None
        others = sum(header.size != commonest for header in headers)
        if self._wanted.size is not None or (reading.size == commonest and not others):
            return
        counted = f"{len(headers):,} image{'s' * (len(headers) > 1)}"
        odd = f", but {others:,} that {'has' if others == 1 else 'have'} another size" if others else ""
        why = ", which suits so many" if reading.size != commonest else ", the commonest size"
        warn_user(
            f"{self.name}: {counted} of {_times(commonest)} pixels{odd}; all are brought to "
            f"{_times(reading.size)}{why} (height × width); a size that is given takes its place",
            AutoencodeWarning,
            cause="size of images",
        )


def _find_commonest(headers: list[ImageHeader]) -> tuple[int, int]:
    """Return the size that most images have, of several the first."""
    return Counter(header.size for header in headers).most_common(1)[0][0]


def _shape(count: int, reading: Reading) -> tuple[int, ...]:
    assert reading.size is not None
    return (count, *reading.size, 3) if reading.colour == "rgb" else (count, *reading.size)


def _decode_all(files: list[Path], headers: list[ImageHeader], reading: Reading) -> np.ndarray:
    values = make_array(_shape(len(files), reading), np.float32)

    def decode(index: int) -> None:
        _decode(files[index], reading, values[index])

    largest = max(math.prod(header.size) for header in headers)
    # Decoding and resizing run outside Python's lock. `map` reports the first failure in the order of the files.
    with ThreadPoolExecutor(_count_threads(largest)) as pool:
        for _ in pool.map(decode, range(len(files))):
            pass
    return values


def _count_threads(largest: int) -> int:
    """Return how many images are decoded at once, whose largest has so many pixels."""
    room = int(_MEMORY_SHARE * count_memory() / (largest * _BYTES_PER_DECODED_PIXEL))
    return max(1, min(room, _MOST_THREADS, os.cpu_count() or 1))


def _decode(path: Path, reading: Reading, values: Float32[np.ndarray, "height width *colours"]) -> None:
    """Decode an image into its place; no array of its size is made beside it."""
    from PIL.Image import Resampling, Transpose

    assert reading.size is not None
    with open_image(path) as image:
        orientation = read_orientation(image)
        height, width = reversed(reading.size) if orientation in SIDEWAYS else reading.size
        side = _DRAFT_FACTOR * max(reading.size)
        drafted = image.draft(None, (side, side))
        whole = (0, 0, *image.size) if drafted is None else drafted[1]
        box = _middle(whole, (width, height)) if reading.fit == "crop" else whole
        pixels = _flatten(image, reading.colour).resize((width, height), Resampling.BILINEAR, box=box)
        if orientation in _TURNS:
            pixels = pixels.transpose(Transpose[_TURNS[orientation]])
    decoded = np.asarray(pixels)
    if reading.colour == "rgb" and decoded.ndim == 2:
        decoded = decoded[..., None]
    if pixels.mode == "F":
        np.clip(decoded, 0, 1, out=values)  # a sum of weights that is 1 only nearly may leave [0, 1] by its rounding
    else:
        np.divide(decoded, np.float32(255), out=values, dtype=np.float32)


def _middle(whole: _Box, size: tuple[int, int]) -> _Box:
    """Return the largest box in the middle that has the shape of `size`, which is width and height."""
    _, _, width, height = whole
    scale = min(width / size[0], height / size[1])
    left, top = max(0, (width - scale * size[0]) / 2), max(0, (height - scale * size[1]) / 2)
    return left, top, width - left, height - top


def _flatten(image: Image, colour: str | None) -> Image:
    """Decode to one band or three, without palette or transparency; 16 bits become floats in [0, 1]."""
    from PIL.Image import alpha_composite, fromarray, new

    if image.mode in ("I;16", "I;16B"):
        grey = np.asarray(image)
        values = grey / np.float32(65535)
        transparent = image.info.get("transparency")
        return fromarray(values if transparent is None else np.where(grey == transparent, np.float32(1), values))
    if image.has_transparency_data:
        image = alpha_composite(new("RGBA", image.size, "white"), image.convert("RGBA"))
    return image.convert("L" if colour == "grey" else "RGB")


def _times(sides: Iterable[int]) -> str:
    return " × ".join(f"{side:,}" for side in sides)
