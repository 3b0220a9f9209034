"""The fingerprint of what was learnt: one word that is the same for the same data, settings and seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from autoencode.runs.model_file import digest_content


def take_fingerprint(tensors: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> str:
    """Return the SHA-256 of tensors and of the settings that decide numbers, in 64 hexadecimal digits.

    A setting that is None counts as one that is not there: what later versions add leaves the fingerprint of a model
    that does not have it as it was. So does a NaN, of which there are several with different bits, count as any other.
    """
    plain = json.dumps(_leave_out_none(settings), sort_keys=True, default=lambda value: value.tolist())
    return digest_content({name: _level_nan(array) for name, array in tensors.items()}, plain)


def _leave_out_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _leave_out_none(item) for name, item in value.items() if item is not None}
    return value


def _level_nan(array: np.ndarray) -> np.ndarray:
    missing = np.isnan(array) if array.dtype.kind == "f" else None
    return array if missing is None or not missing.any() else np.where(missing, array.dtype.type(np.nan), array)
