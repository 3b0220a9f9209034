"""Fitted estimators to and from the model file."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

import autoencode
from autoencode.estimators.assembly import choose_parts
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.code_summaries import describe_summaries, store_summaries
from autoencode.estimators.restoration import NETWORK_PREFIX, restore_model
from autoencode.estimators.sequence_representation import SequenceRepresentation
from autoencode.estimators.settings import check_parameters, is_plain
from autoencode.exceptions import AutoencodeError, InvalidInputError, ModelFileError
from autoencode.runs import RunFolder, read_model_file, write_model_file
from autoencode.sizes import is_auto

__all__ = ["check_savable", "load", "save_model"]


def _savable(model: Autoencoder) -> dict[str, Any]:
    """Return the constructor's arguments, checked, as JSON can hold them."""
    check_parameters(model)
    plain = model.get_params(deep=False)
    plain["callbacks"] = None
    plain["random_state"] = plain["random_state"] if isinstance(plain["random_state"], int | np.integer) else None
    plain |= {name: part for name, part in choose_parts(model).tell().items() if not is_auto(plain[name])}
    for name, value in plain.items():
        if not is_plain(value):
            raise InvalidInputError(
                f"a model with {name}={value!r} cannot be saved: a file holds no code. Use a named {name}, or pickle."
            )
        if isinstance(value, np.generic | list | tuple):
            plain[name] = np.asarray(value).tolist()
    return plain


def _tell_sequences(model: Autoencoder) -> dict[str, Any] | None:
    representation = model._representation
    return representation.to_dict() if isinstance(representation, SequenceRepresentation) else None


def check_savable(model: Autoencoder) -> None:
    """Check that a file can hold the model's arguments, fitted or not.

    Raises
    ------
    InvalidInputError
        If one of them is a function of the user's own, or cannot be used.
    """
    _savable(model)


def _encode_numbers(value: Any) -> Any:
    """Return plain values in which NaN and the infinities, which JSON does not have, are words; `float` reads them."""
    if isinstance(value, dict):
        return {key: _encode_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode_numbers(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(float(value))
    return value


def save_model(model: Autoencoder, path: str | Path) -> Path:
    """Write a fitted model to one file; see `Autoencoder.save`."""
    path = Path(path)
    parameters = _savable(model)
    if path.is_dir():
        raise InvalidInputError(f"path must name a file, but {path} is a folder; add the file's name.")
    if not path.parent.is_dir():
        raise InvalidInputError(f"path: there is no folder {path.parent} to save {path.name} in; make it first.")
    leaves = jax.tree_util.tree_flatten_with_path(eqx.filter(model.networks_, eqx.is_array))[0]
    tensors = {NETWORK_PREFIX + jax.tree_util.keystr(place): np.asarray(leaf) for place, leaf in leaves}
    mean_sample, pca = model.baselines_
    tensors |= {"mean_sample": mean_sample.mean, "pca_components": pca.components}
    tensors |= {"scaling_offset": model._scaling.offset, "scaling_scale": model._scaling.scale}
    deviations = getattr(model._representation, "deviations", None)
    tensors |= {} if deviations is None else {"column_deviations": deviations}
    tensors |= store_summaries(model._code_summaries)
    names = getattr(model, "feature_names_in_", None)
    ends = None if names is None else model._feature_ends
    tensors |= {} if ends is None else {"feature_ends": ends}
    configuration = {
        "autoencode": autoencode.__version__,
        "estimator": type(model).__name__,
        "parameters": parameters,
        "settings": dict(model.settings_),
        "sample_shape": model.sample_shape_,
        "table_encoder": None if model.table_encoder_ is None else model.table_encoder_.to_dict(),
        "sequences": _tell_sequences(model),
        "reading": None if model.reading_ is None else model.reading_.to_dict(),
        "features": model.n_features_in_,
        "feature_names": None if names is None else [str(name) for name in names],
        "dtype": model.dtype_.name,
        "seed": model.seed_,
        "restarts": [restart.to_dict() for restart in model.restarts_],
        "best_restart": model.best_restart_,
        "history": model.history_.to_dict(),
        "diagnosis": [asdict(finding) for finding in model.diagnosis_],
        "pca_note": pca.note,
        "train_range": model.train_range_,
        "knows_feature_ends": ends is not None,
        "trained_rows": model._trained_rows and model._trained_rows.to_dict(),
        "code_summaries": describe_summaries(model._code_summaries),
    }
    return write_model_file(path, tensors, _encode_numbers(configuration))


def load(path: str | Path) -> Autoencoder:
    """Return the fitted model of a model file or a run.

    Parameters
    ----------
    path
        A file that `Autoencoder.save` wrote, or a run's folder.

    Returns
    -------
    Autoencoder
        The model, which gives the same bits as the one that was saved.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is damaged, not ours, or of a newer version.
    """
    path = Path(path)
    with contextlib.suppress(OSError):  # what cannot be looked at cannot be read either, and reading says why
        if path.is_dir():
            path = RunFolder(path).model
    tensors, configuration = read_model_file(path)
    try:
        return restore_model(tensors, configuration)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        kind = "" if isinstance(error, AutoencodeError) else f"{type(error).__name__} "
        raise ModelFileError(f"{path} is not a complete model: {kind}{' '.join(str(error).split())}") from error
