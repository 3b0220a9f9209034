"""Fitted estimators to and from the model file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

import autoencode
from autoencode.estimators.autoencoder import Autoencoder
from autoencode.estimators.evidence import Restart
from autoencode.estimators.history import History
from autoencode.estimators.settings import DerivedSettings
from autoencode.evaluation import Finding, MeanSample, PCABaseline
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.features import Scaling
from autoencode.networks import Affine
from autoencode.runs import RunFolder, read_model_file, write_model_file
from autoencode.training import select_restart, stack_networks

__all__ = ["check_savable", "load", "save_model"]

NETWORK_PREFIX = "networks"


def _savable(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the constructor's arguments as JSON can hold them."""
    plain = dict(parameters)
    plain["callbacks"] = None
    plain["random_state"] = plain["random_state"] if isinstance(plain["random_state"], int | np.integer) else None
    for name, value in plain.items():
        if callable(value) or hasattr(value, "update"):
            raise InvalidInputError(
                f"a model with {name}={value!r} cannot be saved: a file holds no code. Use a named {name}, or pickle."
            )
        if isinstance(value, np.generic | list | tuple):
            plain[name] = np.asarray(value).tolist()
    return plain


def check_savable(model: Autoencoder) -> None:
    """Check that a file can hold the model's arguments, fitted or not.

    Raises
    ------
    InvalidInputError
        If one of them is a function of the user's own.
    """
    _savable(model.get_params(deep=False))


def _encode_numbers(value: Any) -> Any:
    """Return plain values in which NaN and the infinities, which JSON does not have, are words; `float` reads them."""
    if isinstance(value, dict):
        return {key: _encode_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode_numbers(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(float(value))
    return value


def _decode_number(value: Any) -> Any:
    return float(value) if value in ("nan", "inf", "-inf") else value


def save_model(model: Autoencoder, path: str | Path) -> Path:
    """Write a fitted model to one file; see `Autoencoder.save`."""
    path = Path(path)
    if path.is_dir():
        raise InvalidInputError(f"path must name a file, but {path} is a folder; add the file's name.")
    if not path.parent.is_dir():
        raise InvalidInputError(f"path: there is no folder {path.parent} to save {path.name} in; make it first.")
    leaves = jax.tree_util.tree_flatten_with_path(eqx.filter(model.networks_, eqx.is_array))[0]
    tensors = {NETWORK_PREFIX + jax.tree_util.keystr(place): np.asarray(leaf) for place, leaf in leaves}
    mean_sample, pca = model.baselines_
    tensors |= {"mean_sample": mean_sample.mean, "pca_components": pca.components}
    tensors |= {"scaling_offset": model._scaling.offset, "scaling_scale": model._scaling.scale}
    names = getattr(model, "feature_names_in_", None)
    configuration = {
        "autoencode": autoencode.__version__,
        "estimator": type(model).__name__,
        "parameters": _savable(model.get_params(deep=False)),
        "settings": model.settings_.to_dict(),
        "sample_shape": model.sample_shape_,
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
    }
    return write_model_file(path, tensors, _encode_numbers(configuration))


def _restore_networks(model: Autoencoder, tensors: dict[str, np.ndarray], restarts: int) -> Any:
    blueprint = model._blueprint()
    middle = len(blueprint.hidden) + 1
    layers = []
    for index, (inputs, outputs) in enumerate(blueprint.kernel_shapes):
        side = f"encoder[{index}]" if index < middle else f"decoder[{index - middle}]"
        arrays = []
        for name, shape in (("kernel", (restarts, inputs, outputs)), ("bias", (restarts, outputs))):
            place = f"{NETWORK_PREFIX}.{side}.{name}"
            array = tensors.get(place)
            if array is None or array.shape != shape or array.dtype != np.float32:
                raise ModelFileError(f"the model file's {place} is missing or not float32 of shape {shape}.")
            arrays.append(array)
        layers.append(arrays)
    return stack_networks(
        [
            blueprint.assemble([Affine(jax.device_put(kernel[k]), jax.device_put(bias[k])) for kernel, bias in layers])
            for k in range(restarts)
        ]
    )


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
    if path.is_dir():
        path = RunFolder(path).model
    tensors, configuration = read_model_file(path)
    try:
        return _restore(tensors, configuration)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path} is not a complete model: {type(error).__name__} {error}") from error


def _restore(tensors: dict[str, np.ndarray], configuration: dict[str, Any]) -> Autoencoder:
    parameters = configuration["parameters"]
    if isinstance(parameters["hidden"], list):
        parameters["hidden"] = tuple(parameters["hidden"])
    model = Autoencoder(**parameters)
    settings = configuration["settings"]
    model.settings_ = DerivedSettings(
        **{**settings, "hidden": tuple(settings["hidden"]), "derived": tuple(settings["derived"])}
    )
    model.code_size_ = model.settings_.code_size
    model.hidden_ = model.settings_.hidden
    model.batch_size_ = model.settings_.batch_size
    model.scaling_ = model.settings_.scaling
    model.n_features_in_ = configuration["features"]
    if configuration["feature_names"] is not None:
        model.feature_names_in_ = np.array(configuration["feature_names"], dtype=object)
    model.sample_shape_ = tuple(configuration["sample_shape"])
    model.dtype_ = np.dtype(configuration["dtype"])
    model.train_range_ = tuple(configuration["train_range"])
    model.seed_ = configuration["seed"]
    model.restarts_ = [
        Restart(**{name: _decode_number(value) for name, value in restart.items()})
        for restart in configuration["restarts"]
    ]
    model.best_restart_ = configuration["best_restart"]
    model.history_ = History.from_dict(configuration["history"])
    model.diagnosis_ = tuple(
        Finding(f["name"], f["text"], {name: _decode_number(value) for name, value in f["numbers"].items()})
        for f in configuration["diagnosis"]
    )
    model._scaling = Scaling(model.scaling_, tensors["scaling_offset"], tensors["scaling_scale"])
    model.baselines_ = (
        MeanSample(tensors["mean_sample"]),
        PCABaseline(tensors["mean_sample"], tensors["pca_components"], configuration["pca_note"]),
    )
    model.networks_ = _restore_networks(model, tensors, len(model.restarts_))
    model.network_ = select_restart(model.networks_, model.best_restart_)
    return model
