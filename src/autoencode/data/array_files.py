"""Arrays in files: .npy, .npz and IDX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from autoencode.data.extent import Extent, measure_array
from autoencode.data.idx import measure_idx, read_idx
from autoencode.data.npy import read_npy, read_npy_blocks, read_shape
from autoencode.data.npz import measure_npz, read_npz
from autoencode.data.regular_file import open_file, read_head, show_path
from autoencode.data.sample_blocks import BlockRequest, SampleBlocks, watch_file
from autoencode.data.samples import Reading, Samples
from autoencode.exceptions import CorruptDataError
from autoencode.stored_arrays import map_rows

ARRAY_ENDINGS = (".npy", ".npz", ".idx", ".idx.gz", "-ubyte", "-ubyte.gz")


@dataclass(frozen=True)
class ArrayFile:
    """An array in a file.

    Parameters
    ----------
    path : Path
        A file whose name ends in one of `ARRAY_ENDINGS`.
    name : str
        What the samples are called.
    member : str or None
        Which array of an .npz file; None takes ``X``, or the only one.
    """

    path: Path
    name: str
    member: str | None = None

    def measure(self) -> Extent:
        """Return what the header says; it raises the errors of `read`."""
        name = self.path.name.lower()
        if name.endswith(".npz"):
            return measure_npz(self.path, self.member)
        if not name.endswith(".npy"):
            return measure_idx(self.path)
        with open_file(self.path) as file:
            stored_bytes = self.path.stat().st_size
            dtype, _, shape = read_shape(file, show_path(self.path), stored_bytes=stored_bytes)
        return replace(measure_array(shape, dtype), may_lie_in_files=True)

    def open_blocks(self, request: BlockRequest) -> SampleBlocks | None:
        """Return the array block by block; None of what is no plain array of rows in a .npy file."""
        if not self.path.name.lower().endswith(".npy"):
            return None
        with open_file(self.path) as file:
            _, fortran_order, shape = read_shape(file, show_path(self.path), stored_bytes=self.path.stat().st_size)
        if fortran_order or len(shape) < 2 or 0 in shape:
            return None
        return SampleBlocks(self.name, None, lambda: self._read_blocks(request.rows))

    def _read_blocks(self, rows: int) -> Iterator[Samples]:
        with watch_file(self.path), open_file(self.path) as file:
            for values in read_npy_blocks(file, show_path(self.path), stored_bytes=self.path.stat().st_size, rows=rows):
                yield Samples(values, self.name, Reading("array"))

    def read(self) -> Samples:
        """Read the array; the unsigned bytes of IDX become float32 in [0, 1], as the images of MNIST do.

        Raises
        ------
        CorruptDataError
            If the file is damaged, or its header promises what it does not hold.
        InvalidInputError
            If it holds anything but samples of numbers.
        DataNotFoundError
            If the file cannot be read.
        """
        name, labels = self.path.name.lower(), None
        read_head(self.path)  # which says so where the file is empty
        if name.endswith(".npz"):
            values, labels = read_npz(self.path, self.member)
        elif name.endswith(".npy"):
            with open_file(self.path) as file:
                values = read_npy(file, show_path(self.path), stored_bytes=self.path.stat().st_size)
        else:
            values = read_idx(self.path)
            if values.dtype == np.uint8 and values.ndim:
                values = _scale_pixels(values)
        if values.ndim < 2 or values.size == 0:
            raise CorruptDataError(
                f"{show_path(self.path)}: expected samples in rows, each with its features, found shape {values.shape}"
            )
        return Samples(values, self.name, Reading("array"), labels)


def _scale_pixels(values: Shaped[np.ndarray, "*axes"]) -> Shaped[np.ndarray, "*axes"]:
    """Return bytes as float32 in [0, 1]."""

    def scale(rows: slice) -> Shaped[np.ndarray, "*axes"]:
        return values[rows].astype(np.float32) / np.float32(255)

    return map_rows(scale, len(values), values.shape[1:], np.float32)
