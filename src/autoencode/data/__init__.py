"""Where samples come from: files, folders, arrays and tables; and the named data sets, checked to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
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

# Where each public name lives; it is imported when it is first asked for, so that a missing file is an answer at once.
_HOMES = {
    "Dataset": "dataset",
    "Reading": "samples",
    "Samples": "samples",
    "fetch": "named_sets",
    "find_source": "source",
    "load": "named_sets",
    "measure": "source",
    "names": "named_sets",
    "read": "source",
    "verify": "named_sets",
    "write_samples": "writing",
}

__getattr__ = find_lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
