"""The format of the run folder and of the model file. NumPy and JSON only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily
from autoencode.runs.claim import (
    RUN_FILES,
    Claim,
    claim_beside,
    claim_folder,
    find_replacement,
    hold_folder,
    is_free,
    is_held,
)
from autoencode.runs.folder import RunFolder, RunStatus, json_text
from autoencode.runs.lock_file import LOCK_FILE

if TYPE_CHECKING:
    from autoencode.runs.model_file import FORMAT_VERSION, read_model_file, write_model_file

__all__ = [
    "FORMAT_VERSION",
    "LOCK_FILE",
    "RUN_FILES",
    "Claim",
    "RunFolder",
    "RunStatus",
    "claim_beside",
    "claim_folder",
    "find_replacement",
    "hold_folder",
    "is_free",
    "is_held",
    "json_text",
    "read_model_file",
    "write_model_file",
]

# Whether a run is there needs no NumPy.
__getattr__ = find_lazily(
    __name__, dict.fromkeys(("FORMAT_VERSION", "read_model_file", "write_model_file"), "model_file")
)
