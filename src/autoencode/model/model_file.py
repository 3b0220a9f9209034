"""What was learnt, to and from the model file."""

from __future__ import annotations

import contextlib
import copyreg
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

import autoencode
from autoencode.exceptions import AutoencodeError, InvalidInputError, ModelFileError
from autoencode.model.arguments import PART_NAMES, Arguments, check_values
from autoencode.model.code_summaries import describe_summaries
from autoencode.model.detector import DetectorPair, FittedDetector
from autoencode.model.detector_file import describe_detector, describe_groups, restore_detector, restore_groups
from autoencode.model.fitted import Fitted
from autoencode.model.grouped_detector import Detector, GroupedDetector
from autoencode.model.restoration import restore_model, take_field
from autoencode.model.sequence_format import SequenceFormat
from autoencode.model.settings import is_plain
from autoencode.runs import RunFolder, read_model_file, write_model_file
from autoencode.runs.model_file import decode_model, encode_model

DETECTOR = "AnomalyDetector"
"""What a file of a detector names as its estimator."""

SECOND = "second."
"""What the names of tensors of the second of two detectors begin with."""


def _list_savable(arguments: Arguments) -> dict[str, Any]:
    """Return the constructor's arguments as JSON can hold them."""
    check_values(arguments)
    plain = vars(arguments) | {"callbacks": None}
    if not isinstance(arguments.random_state, int | np.integer):
        plain["random_state"] = None
    for name in PART_NAMES:
        if not is_plain(plain[name]):
            from autoencode.model.part_lookup import choose_parts

            plain[name] = choose_parts(arguments).tell()[name]
    for name, value in plain.items():
        if not is_plain(value):
            raise InvalidInputError(
                f"a model with {name}={value!r} cannot be saved: a file holds no code. Use a named {name}, or pickle."
            )
        if isinstance(value, np.generic | list | tuple):
            plain[name] = np.asarray(value).tolist()
    return plain


def check_savable(arguments: Arguments) -> None:
    """Check that a file can hold the constructor's arguments.

    Raises
    ------
    InvalidInputError
        If one of them is a function of the user's own, or cannot be used.
    """
    _list_savable(arguments)


def _encode_numbers(value: Any) -> Any:
    """Return plain values in which NaN and the infinities, which JSON does not have, are words; `float` reads them."""
    if isinstance(value, dict):
        return {key: _encode_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode_numbers(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(float(value))
    return value


def save_model(fitted: Fitted | Detector, path: str | Path) -> Path:
    """Write what was learnt to one file; see `Autoencoder.save`."""
    content = _describe(fitted)
    return write_model_file(_check_place(Path(path)), *content)


def check_keepable(path: str | Path, arguments: Arguments) -> None:
    """Check, before minutes of training, that what will be learnt can be saved there.

    Raises
    ------
    InvalidInputError
        If a file cannot hold the autoencoder's arguments, or there is no place for it.
    """
    _check_place(Path(path))
    check_savable(arguments)


def _check_place(path: Path) -> Path:
    if path.is_dir():
        raise InvalidInputError(f"path must name a file, but {path} is a folder; add the file's name.")
    if not path.parent.is_dir():
        raise InvalidInputError(f"path: there is no folder {path.parent} to save {path.name} in; make it first.")
    return path


def write_bytes(fitted: Fitted | Detector) -> bytes:
    """Return what was learnt as the bytes of its model file.

    Raises
    ------
    InvalidInputError
        If it uses a function of the user's own, which a file cannot hold.
    """
    return encode_model(*_describe(fitted))


def read_bytes(content: bytes) -> Fitted | Detector:
    """Return what the bytes of a model file hold."""
    return _restore(*decode_model(content))


def _restore(tensors: dict[str, np.ndarray], configuration: dict[str, Any]) -> Fitted | Detector:
    learnt = _restore_content(tensors, configuration)
    # Files of earlier versions name none, and have that of what they hold.
    told = configuration.get("fingerprint", learnt.fingerprint)
    if told != learnt.fingerprint:
        raise ModelFileError(
            f"it names the fingerprint {told!r:.80}, but what it holds has {learnt.fingerprint}; it was put together "
            "from parts, or by a later version whose settings are not known here"
        )
    return learnt


def _restore_content(tensors: dict[str, np.ndarray], configuration: dict[str, Any]) -> Fitted | Detector:
    own = {name: array for name, array in tensors.items() if not name.startswith(SECOND)}
    fitted = restore_model(own, configuration)
    if configuration.get("estimator") != DETECTOR:
        return fitted
    detector: FittedDetector | DetectorPair = restore_detector(fitted, own, take_field(configuration, "detector", dict))
    if "second" in configuration:
        others = {name.removeprefix(SECOND): array for name, array in tensors.items() if name.startswith(SECOND)}
        second = _restore(others, take_field(configuration, "second", dict))
        if not isinstance(second, FittedDetector) or not isinstance(detector, FittedDetector):
            raise ModelFileError("second is expected to be a detector's.")
        detector = DetectorPair(parts=(detector, second))
    if "groups" not in configuration:
        return detector
    return restore_groups(detector, tensors, take_field(configuration, "groups", dict))


def _reduce(learnt: Fitted | Detector) -> tuple[Any, tuple[Any, ...]]:
    """Return how what was learnt is pickled: as the bytes of its model file, where one can hold it."""
    try:
        content = write_bytes(learnt)
        return (_read_all, (content, learnt.optimizer)) if isinstance(learnt, Fitted) else (read_bytes, (content,))
    except InvalidInputError:
        return _rebuild, (type(learnt), {field.name: getattr(learnt, field.name) for field in fields(learnt)})


def _read_all(content: bytes, optimizer: Mapping[str, np.ndarray] | None) -> Fitted | Detector:
    """Return what the bytes of a model file hold, and beside it what they do not."""
    learnt = read_bytes(content)
    return replace(learnt, optimizer=optimizer) if isinstance(learnt, Fitted) else learnt


def _rebuild(kind: type[Fitted | Detector], values: dict[str, Any]) -> Fitted | Detector:
    return kind(**values)


copyreg.pickle(Fitted, _reduce)
copyreg.pickle(FittedDetector, _reduce)
copyreg.pickle(DetectorPair, _reduce)
copyreg.pickle(GroupedDetector, _reduce)


def _describe(learnt: Fitted | Detector) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the tensors of a model file, and everything else as JSON can hold it."""
    tensors, configuration = _describe_content(learnt)
    return tensors, configuration | {"fingerprint": learnt.fingerprint}


def _describe_content(learnt: Fitted | Detector) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    if isinstance(learnt, Fitted):
        return _describe_fitted(learnt)
    if isinstance(learnt, GroupedDetector):
        tensors, configuration = _describe_content(learnt.base)
        own, content = describe_groups(learnt)
        return tensors | own, configuration | {"groups": content}
    if isinstance(learnt, DetectorPair):
        (tensors, configuration), (others, second) = (_describe(part) for part in learnt.parts)
        return tensors | {SECOND + name: array for name, array in others.items()}, configuration | {"second": second}
    told = learnt.settings.autoencoder
    tensors, configuration = _describe_fitted(learnt.fitted)
    own, content = describe_detector(learnt, _list_savable(told) if isinstance(told, Arguments) else told)
    return tensors | own, configuration | {"estimator": DETECTOR, "detector": content}


def _describe_fitted(fitted: Fitted) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    parameters, parts = _list_savable(fitted.arguments), fitted.settings.part_texts
    own = next((name for name, part in parts.items() if not is_plain(part)), None)
    if own is not None or fitted.own_networks is not None:
        raise InvalidInputError(
            f"a model that was fitted with {own or 'network'}={parts[own or 'network']!r} cannot be saved: a file "
            "holds no code; pickle it."
        )
    form, names, tensors = fitted.format, fitted.format.columns.names, fitted.list_tensors()
    configuration = {
        "autoencode": autoencode.__version__,
        "estimator": "Autoencoder",
        "parameters": parameters,
        "settings": dict(fitted.settings),
        "sample_shape": form.sample_shape,
        "table_encoder": None if form.encoder is None else form.encoder.to_dict(),
        "sequences": form.to_dict() if isinstance(form, SequenceFormat) else None,
        "reading": None if fitted.reading is None else fitted.reading.to_dict(),
        "features": form.columns.length,
        "feature_names": None if names is None else list(names),
        "dtype": form.dtype.name,
        "seed": fitted.seed,
        "restarts": [restart.to_dict() for restart in fitted.restarts],
        "best_restart": fitted.best_restart,
        "history": fitted.history.to_dict(),
        "diagnosis": [asdict(finding) for finding in fitted.diagnosis],
        "pca_note": fitted.baselines[1].note,
        "train_range": fitted.train_range,
        "knows_feature_ends": "feature_ends" in tensors,
        "trained_rows": fitted.trained_rows and fitted.trained_rows.to_dict(),
        "threads": fitted.threads and fitted.threads.to_dict(),
        "code_summaries": describe_summaries(fitted.code_summaries),
    }
    return tensors, _encode_numbers(configuration)


def read_model(path: str | Path) -> Fitted:
    """Return what a model file, or a run's folder, holds of an autoencoder; see `load`.

    Raises
    ------
    ModelFileError
        If it is not there, damaged, foreign or newer, or holds a detector.
    """
    return need_autoencoder(read_learnt(path), path)


def need_autoencoder(learnt: Fitted | Detector, name: str | Path) -> Fitted:
    """Return what was learnt, where it is an autoencoder; else say what to do with a detector of that name."""
    if not isinstance(learnt, Fitted):
        raise ModelFileError(f"{name} holds a detector, not an autoencoder; `autoencode score` judges samples by it.")
    return learnt


def read_learnt(path: str | Path) -> Fitted | Detector:
    """Return what a model file, or a run's folder, holds; see `load`."""
    path = Path(path)
    with contextlib.suppress(OSError):  # what cannot be looked at cannot be read either, and reading says why
        if path.is_dir():
            path = RunFolder(path).model
    tensors, configuration = read_model_file(path)
    try:
        return _restore(tensors, configuration)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        kind = "" if isinstance(error, AutoencodeError) else f"{type(error).__name__} "
        raise ModelFileError(f"{path} is not a complete model: {kind}{' '.join(str(error).split())}") from error
