"""Where samples come from: files, folders, arrays and tables; and the named data sets, checked to the byte."""

from __future__ import annotations

from autoencode.data.dataset import Dataset
from autoencode.data.named_sets import fetch, load, names, verify
from autoencode.data.samples import Reading, Samples
from autoencode.data.source import find_source, measure, read
from autoencode.data.writing import write_samples

__all__ = [
    "Dataset",
    "Reading",
    "Samples",
    "fetch",
    "find_source",
    "load",
    "measure",
    "names",
    "read",
    "verify",
    "write_samples",
]
