"""The format of the run folder and of the model file. NumPy and JSON only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autoencode.runs.claim import RUN_FILES, Claim, claim_beside, claim_folder, hold_folder, is_free, is_held
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
    "hold_folder",
    "is_free",
    "is_held",
    "json_text",
    "read_model_file",
    "write_model_file",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'autoencode.runs' has no attribute {name!r}")
    from autoencode.runs import model_file  # when it is asked for: whether a run is there needs no NumPy

    return getattr(model_file, name)
