"""Samples, codes and reconstructions written to a file or a folder of images, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from autoencode.arrow import pa
from autoencode.data.image_files import ENDINGS
from autoencode.data.table_writing import check_names, check_values, is_image, name_target, open_blocks
from autoencode.exceptions import InvalidInputError
from autoencode.files import exchange, hold_draft

FILE_ENDINGS = (".csv", ".parquet", ".npy")
"""How the files end that samples can be written to."""

# In a folder of images that was written here: the names of its images, so that writing again may replace it.
_LIST_NAME = ".autoencode-images.json"


def write_samples(
    values: np.ndarray | pa.Table,
    path: str | os.PathLike[str],
    *,
    row_names: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    own: Collection[str] = (),
) -> None:
    """Write samples to a CSV, Parquet or NumPy file, or to a folder of PNG images; the ending of the path decides.

    Parameters
    ----------
    values : array of shape (samples, …), or pyarrow.Table
        What to write. Images are numbers from 0 to 1 of shape (samples, height, width) or (samples, height, width, 3).
    path : path
        ``.csv``, ``.parquet`` or ``.npy``; without an ending, or ending in ``/``, a folder of images. A file of that
        name is replaced, and so is a folder in which everything was written by this function; no other folder is.
    row_names : sequence of str or None
        What each sample is called: a column ``row_name`` before the others in CSV and Parquet, the images' names,
        sub-folders included, in a folder; ``.npy`` has no place for them. None numbers the images.
    columns : sequence of str or None
        What each number of a sample is called in CSV and Parquet. None calls them ``feature_7``, those of an image
        ``pixel_3_14`` (row and column from 0) or ``pixel_3_14_red``. A table brings its own.
    own : collection of str
        Names of a table's columns that are the user's own: their names and cells are written as they are.

    Raises
    ------
    InvalidInputError
        If the ending is none of these, or the values or names do not suit it.
    OSError
        If the disk is full or nothing can be written there. What was there before is then still there.

    Notes
    -----
    ``.npy`` and Parquet keep every bit. CSV has the shortest decimal number that reads back as the same bits, an empty
    cell where one is missing, and quotes around text. A spreadsheet takes text that starts with ``=``, ``+``, ``-``,
    ``@``, a tab or a carriage return for a formula: it gets a leading apostrophe, in the header too; not in columns of
    the user's `own`, whose text comes out as it came in, and is quoted only where it must be. Images are
    rounded to 255 levels, numbers beyond 0 and 1 to these. Where two images would get one name, the later one is
    numbered.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "codes.csv"
    ...     write_samples(np.array([[0.1, 2], [3, np.inf]]), path, columns=["left", "right"])
    ...     print(path.read_text(), end="")
    "left","right"
    0.1,2.0
    3.0,inf
    """
    target = Path(path)
    is_folder = _is_folder(os.fspath(path), target)
    check_values(values)
    if row_names is not None:
        check_names("row_names", row_names, len(values), "one a sample")
    if is_folder:
        with name_target(target):
            _write_images(values, Path(os.path.realpath(target)), row_names)
        return
    with open_blocks(target) as blocks:
        blocks.add(values, row_names=row_names, columns=columns, own=own)


def _is_folder(path: str, target: Path) -> bool:
    ending = target.suffix.lower()
    if path.endswith(("/", os.sep)) or not ending:
        return True
    if ending not in FILE_ENDINGS:
        raise InvalidInputError(
            f"path: expected a name that ends in {', '.join(FILE_ENDINGS)}, or in / for a folder of images, "
            f"got {path!r}"
        )
    return False


def _write_images(values: np.ndarray | pa.Table, target: Path, row_names: Sequence[str] | None) -> None:
    """Write the folder under another name beside it, then give it its own."""
    _check_images(values)
    width = len(str(len(values) - 1))
    files = _name_images(row_names or [f"{index:0{width}}" for index in range(len(values))])
    _check_replaceable(target)
    with hold_draft(target, is_folder=True) as draft:
        for file, image in zip(files, values, strict=True):
            (draft / file).parent.mkdir(parents=True, exist_ok=True)
            _write_png(image, draft / file)
        (draft / _LIST_NAME).write_text(json.dumps(files), encoding="utf-8")
        # All at once: to wait for the disk after each image would take longer than everything else.
        if hasattr(os, "sync"):  # not Windows
            os.sync()
        if target.exists():
            exchange(draft, target)  # the earlier folder, now a draft, is removed
        else:
            os.rename(draft, target)


def _write_png(image: np.ndarray, path: Path) -> None:
    from PIL.Image import fromarray

    content = io.BytesIO()  # where the disk is full, Pillow's own writing would not say so
    fromarray(np.rint(np.clip(image, 0, 1) * np.float32(255)).astype(np.uint8)).save(content, "PNG")
    path.write_bytes(content.getvalue())


def _check_images(values: np.ndarray | pa.Table) -> None:
    shape = values.shape
    if not isinstance(values, np.ndarray) or 0 in shape or not is_image(shape[1:]):
        raise InvalidInputError(
            "path: a folder of images needs an array of shape (samples, height, width) or (samples, height, width, 3), "
            f"got values of shape {shape}; give a name that ends in .csv or .parquet"
        )
    # A reconstruction may leave [0, 1] a little; what leaves it far has other units, and clipped would be wrong.
    lowest, highest = values.min(), values.max()
    if values.dtype.kind in "iu" or not (lowest >= -1 and highest <= 2):
        raise InvalidInputError(
            "values: a folder of images needs floats from 0 to 1, "
            f"got {values.dtype} from {lowest} to {highest}; scale them first"
        )


def _name_images(row_names: Sequence[str]) -> list[str]:
    """Return a file for each image: its row name with the ending ``.png``, numbered where another one has that name."""
    names = [PurePosixPath(_check_name(name)) for name in row_names]
    taken = {_fold(folder) for name in names for folder in name.parents}
    files = []
    for name in names:
        stem = name.with_suffix("") if name.suffix.lower() in ENDINGS else name
        file, number = f"{stem}.png", 1
        while _fold(file) in taken:
            number += 1
            file = f"{stem}-{number}.png"
        taken.add(_fold(file))
        files.append(file)
    return files


def _fold(name: object) -> str:
    """Return what names have in common that are one name to some file systems."""
    return unicodedata.normalize("NFC", str(name)).casefold()


def _check_name(name: str) -> str:
    parts = name.split("/")
    # A leading dot stands for the folder, the folder above and hidden files.
    if any(not part or part.startswith(".") for part in parts) or "\0" in name:
        raise InvalidInputError(
            f"row_names: expected the name of a file within the folder, such as 'cats/1.png', got {name!r:.100}"
        )
    return name


def _check_replaceable(target: Path) -> None:
    """Refuse to replace a file, or a folder with anything in it that was not written here."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InvalidInputError(f"path: expected a folder, or no file yet, got the file {str(target)!r}")
    try:
        ours = {_LIST_NAME, *json.loads((target / _LIST_NAME).read_bytes())}
    except (FileNotFoundError, ValueError, TypeError, RecursionError):
        ours = set()
    for entry in target.rglob("*"):
        name = entry.relative_to(target).as_posix()
        if name not in ours and (entry.is_symlink() or not entry.is_dir()):
            raise InvalidInputError(
                f"path: the folder {str(target)!r} has {name!r}, which was not written here; "
                "give another folder, or empty this one"
            )
