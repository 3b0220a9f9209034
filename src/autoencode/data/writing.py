"""Samples, codes and reconstructions written to a file or a folder of images, whole or not at all."""

from __future__ import annotations

import io
import json
import math
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import BinaryIO

import numpy as np

from autoencode.arrow import pa, pc
from autoencode.data.image_files import ENDINGS
from autoencode.exceptions import InvalidInputError
from autoencode.files import exchange, hold_draft, open_whole

_CELLS_AT_ONCE = 2**20
_COLOURS = ("red", "green", "blue")
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
    write = _find_writer(os.fspath(path), target)
    _check_values(values)
    if row_names is not None:
        _check_names("row_names", row_names, len(values), "one a sample")
    with _report(target):
        if write is None:
            _write_images(values, Path(os.path.realpath(target)), row_names)
        elif write is _write_npy:
            _write_npy(values, target)
        else:
            table = _make_table(values, row_names, columns)
            with open_whole(target) as file:
                write(table, file) if write is _write_parquet else write_csv(table, file, frozenset(own))


def _find_writer(path: str, target: Path) -> Callable[..., None] | None:
    writers = {".csv": write_csv, ".parquet": _write_parquet, ".npy": _write_npy}
    ending = target.suffix.lower()
    if path.endswith(("/", os.sep)) or not ending:
        return None
    if ending not in writers:
        raise InvalidInputError(
            f"path: expected a name that ends in {', '.join(writers)}, or in / for a folder of images, got {path!r}"
        )
    return writers[ending]


def _check_values(values: object) -> None:
    if not isinstance(values, np.ndarray):
        if not isinstance(values, pa.Table):
            raise InvalidInputError(f"values: expected an array or a pyarrow.Table, got {type(values).__name__}")
    elif values.dtype.kind not in "biuf" or values.itemsize > 8 or values.ndim == 0:
        raise InvalidInputError(
            f"values: expected an array of numbers with an axis of samples, got {values.dtype} of shape {values.shape}"
        )


def _check_names(argument: str, names: Sequence[str], count: int, share: str) -> None:
    if len(names) != count:
        raise InvalidInputError(f"{argument}: expected {count:,}, {share}, got {len(names):,}")
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if wrong is not None:
        raise InvalidInputError(f"{argument}: expected text, got {wrong!r:.100}")


@contextmanager
def _report(target: Path) -> Iterator[None]:
    """Name in every error what was to be written, not the temporary name."""
    try:
        if not target.parent.is_dir():
            raise InvalidInputError(f"path: the folder {str(target.parent)!r} does not exist; create it first")
        yield
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise InvalidInputError(f"{target}: cannot hold these values: {' '.join(str(error).split())}") from error
    except OSError as error:
        # What Arrow says beside the number names the temporary file.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno, reason, str(target)) from error


def _write_npy(values: np.ndarray | pa.Table, target: Path) -> None:
    if not isinstance(values, np.ndarray):
        raise InvalidInputError(f"path: a table needs a name that ends in .csv or .parquet, got {str(target)!r}")
    with open_whole(target) as file:
        # NumPy writes to a file in a way of its own, which does not say why it failed; so it gets no file.
        np.save(SimpleNamespace(write=file.write), values, allow_pickle=False)  # type: ignore[arg-type]


def _make_table(
    values: np.ndarray | pa.Table, row_names: Sequence[str] | None, columns: Sequence[str] | None
) -> pa.Table:

    if isinstance(values, np.ndarray):
        features = math.prod(values.shape[1:])
        names = list(_name_features(values.shape[1:]) if columns is None else columns)
        _check_names("columns", names, features, "one for each number of a sample")
        # Arrow has no numbers of the other byte order.
        flat = values.reshape(len(values), features).astype(values.dtype.newbyteorder("="), copy=False)
        arrays = [pa.array(flat[:, index]) for index in range(features)]
    elif columns is not None:
        raise InvalidInputError("columns: a table has names for its columns; leave columns out")
    else:
        names, arrays = values.column_names, values.columns
    if row_names is not None:
        names, arrays = ["row_name", *names], [pa.array(row_names, pa.string()), *arrays]
    if not names:
        raise InvalidInputError("values: expected at least one column, got none")
    twice, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise InvalidInputError(f"columns: expected names that differ, got {twice!r} twice; rename one")
    return pa.table(arrays, names=names)


def _name_features(shape: tuple[int, ...]) -> Iterator[str]:
    is_image = _is_image(shape)
    for index in product(*map(range, shape)):
        words = [*map(str, index[:2]), *(_COLOURS[colour] for colour in index[2:])] if is_image else map(str, index)
        yield "_".join(["pixel" if is_image else "feature", *words])


def _write_parquet(table: pa.Table, file: BinaryIO) -> None:
    import pyarrow.parquet

    # Into the same file by its path, as Arrow's threads shall hold no file of Python's.
    with pa.OSFile(os.fsencode(file.name), "wb") as written:
        pyarrow.parquet.write_table(table, written)


def write_csv(table: pa.Table, file: BinaryIO, own: Collection[str] = (), *, header: bool = True) -> None:
    """Write a table as CSV into an open file, as `write_samples` does; without its header it goes on an earlier one."""
    names = (
        _write_cells("the header", pa.chunked_array([[name]], pa.string()), guarded=name not in own)
        for name in table.column_names
    )
    if header:
        file.write(",".join(name[0].as_py() for name in names).encode() + b"\n")
    # Many readers skip an empty line, so a missing cell that has no neighbour is quoted.
    missing = '""' if table.num_columns == 1 else ""
    rows = max(1, _CELLS_AT_ONCE // table.num_columns)
    for start in range(0, table.num_rows, rows):
        block = table.slice(start, rows)
        named = zip(block.column_names, block.columns, strict=True)
        cells = (_write_cells(name, column, guarded=name not in own).fill_null(missing) for name, column in named)
        lines = _join(*cells, between=",")
        file.write("\n".join(lines.to_pylist()).encode() + b"\n")


def _write_cells(name: str, column: pa.ChunkedArray, *, guarded: bool = True) -> pa.ChunkedArray:
    """Return a column's cells as CSV has them, no formulas where guarded; missing cells stay missing."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    try:
        text = column.cast(pa.large_string())
    except pa.ArrowException as error:
        raise InvalidInputError(f"values: CSV cannot hold column {name!r} of type {kind}; write .parquet") from error
    if pa.types.is_floating(kind):
        # A whole number stays a float when it is read, and keeps its sign where it is −0.
        return pc.replace_substring_regex(text, r"^(-?[0-9]+)$", r"\1.0")
    if pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return text
    quoted = _join('"', pc.replace_substring(text, '"', '""'), '"')
    if not guarded:
        return pc.if_else(pc.match_substring_regex(text, '[,"\\r\\n]|^$'), quoted, text)
    is_formula = pc.match_substring_regex(text, r"^[=+\-@\t\r]")
    text = pc.if_else(is_formula, _join("'", text), text)
    return _join('"', pc.replace_substring(text, '"', '""'), '"')


def _join(*parts: str | pa.ChunkedArray, between: str = "") -> pa.ChunkedArray:

    kind = pa.large_string()
    text = (pa.scalar(part, kind) if isinstance(part, str) else part for part in parts)
    return pc.binary_join_element_wise(*text, pa.scalar(between, kind))


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
    if not isinstance(values, np.ndarray) or 0 in shape or not _is_image(shape[1:]):
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


def _is_image(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)


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
