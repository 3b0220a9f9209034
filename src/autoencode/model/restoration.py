"""What was learnt, made of what a model file holds; a file may come from anybody, so every part is checked first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, cast, get_args

import numpy as np

from autoencode.data.samples import Reading
from autoencode.evaluation import Finding, MeanSample, PCABaseline
from autoencode.evaluation.diagnosis import FindingName
from autoencode.exceptions import ModelFileError
from autoencode.model.arguments import PART_NAMES, Arguments, check_installed, check_values
from autoencode.model.array_format import ArrayFormat
from autoencode.model.code_summaries import restore_summaries
from autoencode.model.fitted import NETWORK_PREFIX, Fitted
from autoencode.model.format import Format
from autoencode.model.history import History, Restart
from autoencode.model.network_arrays import list_dense_shapes
from autoencode.model.row_digest import KnownRows
from autoencode.model.samples import Columns
from autoencode.model.sequence_format import SequenceFormat
from autoencode.model.settings import DerivedSettings
from autoencode.model.setup import Setup
from autoencode.model.table_format import TableFormat
from autoencode.options import ENGINE_NAMES, KIND_NAMES, PYTHON_ONLY, TRAINING
from autoencode.parts.recipes import DEFAULT
from autoencode.registry import LOSSES, OUTPUT_ACTIVATIONS
from autoencode.tables import SCALINGS, Scaling, StepScaling, TableColumns
from autoencode.training.threads import Threads

_NOT_FINITE = ("nan", "inf", "-inf")


def restore_model(tensors: dict[str, np.ndarray], configuration: dict[str, Any]) -> Fitted:
    """Return what a file's tensors and configuration describe.

    Raises
    ------
    ModelFileError
        If a part is missing, of the wrong kind or shape, or does not fit the others.
    """
    parameters = restore_parameters(take_field(configuration, "parameters", dict))
    arguments = Arguments(**parameters)
    check_values(arguments)
    columns = _restore_columns(configuration)
    form = _restore_format(configuration, columns)
    settings = take_field(configuration, "settings", dict)
    # Files of versions 1 and 2 know nothing of parts: their networks are dense, with a plain code.
    before = {name: getattr(DEFAULT, name) for name in PART_NAMES}
    before |= {name: parameters[name] for name in ("activation", "code_activation", "loss")}
    derived = _restore_settings(before | settings, form)
    reading = configuration.get("reading")
    rows, threads = configuration.get("trained_rows"), configuration.get("threads")  # earlier versions had none
    seed = take_field(configuration, "seed", int, least=0)
    require_field(seed < 2**32, "seed", "below 2**32")
    scaling = _restore_scaling(form, derived.scaling, tensors)
    if isinstance(form, ArrayFormat):
        form.has_columns = columns.names is not None or "column_deviations" in tensors
        if form.has_columns:
            form.deviations = _restore_deviations(scaling, tensors)
    restarts = [_restore_restart(content) for content in _take_all(configuration, "restarts", dict)]
    best_restart = take_field(configuration, "best_restart", int, least=0)
    require_field(best_restart < len(restarts), "best_restart", "one of the restarts")
    setup = Setup(
        arguments=arguments,
        format=form,
        scaling=scaling,
        settings=derived,
        seed=seed,
        reading=None if reading is None else Reading.from_dict(reading),
        train_range=_read_range(configuration),
        feature_ends=_restore_ends(configuration, tensors),
        trained_rows=None if rows is None else KnownRows.from_dict(rows),
        threads=None if threads is None else Threads.from_dict(threads),
    )
    mean, components = _take_baselines(tensors, len(scaling.offset))
    summaries = configuration.get("code_summaries", [])
    return Fitted(
        **setup.describe(),
        arrays=_restore_arrays(setup, tensors, len(restarts), best_restart),
        best_restart=best_restart,
        history=_restore_history(take_field(configuration, "history", dict), len(restarts)),
        restarts=restarts,
        diagnosis=tuple(_restore_finding(content) for content in _take_all(configuration, "diagnosis", dict)),
        baselines=(MeanSample(mean), PCABaseline(mean, components, take_field(configuration, "pca_note", str))),
        code_summaries=restore_summaries(summaries, tensors, len(restarts), derived.code_size),
    )


def restore_parameters(content: dict[str, Any]) -> dict[str, Any]:
    """Return the constructor's arguments, with defaults for those that files of earlier versions do not have."""
    defaults = {option.name: option.default for option in TRAINING} | PYTHON_ONLY
    unknown = sorted(set(content) - set(defaults))
    require_field(not unknown, "parameters", f"arguments of an Autoencoder, not {', '.join(map(str, unknown)):.100}")
    parameters = defaults | content
    if isinstance(parameters["hidden"], list):
        parameters["hidden"] = tuple(parameters["hidden"])
    check_installed(parameters)
    return dict(sorted(parameters.items()))  # as an estimator lists them


def _restore_columns(configuration: dict[str, Any]) -> Columns:
    count = take_field(configuration, "features", int, least=1)
    if configuration["feature_names"] is None:
        return Columns(count)
    names = _take_all(configuration, "feature_names", str)
    require_field(len(names) == count, "feature_names", f"{count} names")
    return Columns(count, tuple(names))


# ---------------------------------------------------------------------- fields


def require_field(ok: bool, name: str, expected: str) -> None:
    """Refuse a file of which a field is not as expected."""
    if not ok:
        raise ModelFileError(f"{name!r} must be {expected}")


def take_field(content: dict[str, Any], name: str, kind: type, *, least: int | None = None) -> Any:
    """Return a field that must be of a kind; true and false are no whole numbers."""
    value = content[name]
    require_field(type(value) is kind, name, f"of type {kind.__name__}, not {type(value).__name__}")
    if least is not None:
        require_field(value >= least, name, f"at least {least}")
    return value


def _take_all(content: dict[str, Any], name: str, kind: type) -> list[Any]:
    """Return a field that must be a list of values of a kind."""
    values = take_field(content, name, list)
    require_field(all(type(value) is kind for value in values), name, f"a list of values of type {kind.__name__}")
    return values


def _number(value: Any, name: str, *, finite: bool = False) -> float:
    """Return a number; where it need not be finite, one of the words that stand for what JSON cannot hold."""
    is_word = isinstance(value, str) and value in _NOT_FINITE
    require_field(type(value) in (int, float) or (is_word and not finite), name, "a number")
    number = float(value)
    require_field(math.isfinite(number) or not finite, name, "a finite number")
    return number


# ---------------------------------------------------------------------- parts


def _restore_ends(configuration: dict[str, Any], tensors: dict[str, np.ndarray]) -> np.ndarray | None:
    """Return the least and the largest of each feature of a table's training; files of earlier versions have none."""
    if configuration.get("knows_feature_ends", False) is False:
        return None
    ends = take_tensor(tensors, "feature_ends", (2, len(tensors["scaling_offset"])))
    require_field(bool((ends[0] <= ends[1]).all()), "feature_ends", "in order")
    return ends


def _restore_settings(content: dict[str, Any], form: Format) -> DerivedSettings:
    output_activation = take_field(content, "output_activation", str)
    if output_activation not in ("by_column", "by_step"):
        _check_name(output_activation, OUTPUT_ACTIVATIONS, "output_activation")
    loss = take_field(content, "loss", str)
    if not form.is_mixed:
        _check_name(loss, LOSSES, "loss")
    hidden = _take_all(content, "hidden", int)
    require_field(all(units >= 1 for units in hidden), "hidden", "whole numbers ≥ 1")
    return DerivedSettings(
        code_size=take_field(content, "code_size", int, least=1),
        hidden=tuple(hidden),
        batch_size=take_field(content, "batch_size", int, least=1),
        scaling=take_field(content, "scaling", str),
        output_activation=output_activation,
        loss=form.choose_loss(loss),
        part_texts=_restore_parts(content),
        derived=tuple(_take_all(content, "derived", str)),
        kind=form.kind,
        engine=_restore_engine(content.get("engine")),
        **{name: _restore_count(content, name) for name in ("block_rows", "window_blocks")},
    )


def _restore_count(content: dict[str, Any], name: str) -> int | None:
    """Return a whole number that files of earlier versions do not have."""
    return None if content.get(name) is None else take_field(content, name, int, least=1)


def _restore_engine(engine: Any) -> str | None:
    require_field(engine is None or engine in ENGINE_NAMES, "engine", f"one of {', '.join(ENGINE_NAMES)}")
    return engine


def _restore_parts(content: dict[str, Any]) -> dict[str, Any]:
    names = ("network", "activation", "code_activation", "bottleneck")
    texts: dict[str, Any] = {name: take_field(content, name, str) for name in names}
    corruption, terms = content["corruption"], content["terms"]
    require_field(corruption is None or type(corruption) is str, "corruption", "a text, or null")
    require_field(all(type(term) is str for term in terms), "terms", "a list of texts")
    texts |= {"corruption": corruption, "terms": tuple(terms)}
    check_installed(texts)
    return texts


def _check_name(name: str, known: Iterable[str], field: str) -> None:
    require_field(name in known, field, f"one of {', '.join(known)}, not {name:.100}")


def _restore_format(configuration: dict[str, Any], columns: Columns) -> Format:
    encoder = configuration.get("table_encoder")
    if encoder is not None:
        require_field(columns.names is not None, "feature_names", "given for a table")
        table = TableFormat(encoder=TableColumns.from_dict(encoder), columns=columns)
        require_field(len(table.encoder.columns) == columns.length, "table_encoder", f"one of {columns.length} columns")
        return table
    if configuration.get("sequences") is not None:
        return _restore_sequences(configuration, columns.length)
    shape = _take_all(configuration, "sample_shape", int)
    fits = all(side >= 1 for side in shape) and math.prod(shape) == columns.length
    require_field(fits, "sample_shape", f"of {columns.length} features")
    dtype = take_field(configuration, "dtype", str)
    require_field(dtype in ("float32", "float64"), "dtype", "float32 or float64")
    low, high = _read_range(configuration)
    # Files of earlier versions do not tell: what had several axes was a picture.
    kind = configuration["settings"].get("kind", "picture" if len(shape) > 1 else None)
    require_field(kind in (*KIND_NAMES, None), "kind", f"one of {', '.join(KIND_NAMES)}, or null")
    in_unit_interval = low >= 0 and high <= 1
    return ArrayFormat(tuple(shape), dtype, in_unit_interval=in_unit_interval, kind=kind, columns=columns)


def _read_range(configuration: dict[str, Any]) -> tuple[float, float]:
    low, high = (_number(value, "train_range", finite=True) for value in take_field(configuration, "train_range", list))
    return low, high


def _restore_sequences(configuration: dict[str, Any], columns: int) -> SequenceFormat:
    content = take_field(configuration, "sequences", dict)
    steps, step_features = (take_field(content, name, int, least=1) for name in ("steps", "step_features"))
    require_field(steps * step_features == columns, "sequences", f"of {columns} features")
    dtype = take_field(configuration, "dtype", str)
    require_field(dtype in ("float32", "float64"), "dtype", "float32 or float64")
    return SequenceFormat(steps, step_features, varying=take_field(content, "varying", bool), dtype=dtype)


def _restore_scaling(form: Format, kind: str, tensors: dict[str, np.ndarray]) -> Scaling:
    width = form.width
    offset = take_tensor(tensors, "scaling_offset", (width,))
    scale = take_tensor(tensors, "scaling_scale", (width,))
    require_field(bool((scale != 0).all()), "scaling_scale", "without zeros")
    if form.is_mixed:
        return Scaling("none", offset, scale)
    require_field(kind in SCALINGS, "scaling", f"one of {', '.join(SCALINGS)}")
    if isinstance(form, SequenceFormat):
        return StepScaling(kind, offset, scale, form.step_features)
    return Scaling(kind, offset, scale)


def _restore_deviations(scaling: Scaling, tensors: dict[str, np.ndarray]) -> np.ndarray | None:
    """Return the standard deviations of a table's columns; None where a file of earlier versions does not tell."""
    if "column_deviations" not in tensors:
        return scaling.scale if scaling.kind == "standard" else None
    deviations = take_tensor(tensors, "column_deviations", scaling.scale.shape)
    require_field(bool((deviations > 0).all()), "column_deviations", "above zero")
    return deviations


def take_tensor(
    tensors: dict[str, np.ndarray], name: str, shape: tuple[int, ...], *, dtype: type = np.float64
) -> np.ndarray:
    """Return a tensor that must be of a shape and type, and in float64 finite."""
    array = tensors[name]
    require_field(array.dtype == dtype and array.shape == shape, name, f"{np.dtype(dtype).name} of shape {shape}")
    require_field(dtype is np.float32 or bool(np.isfinite(array).all()), name, "finite")  # a lost restart is kept
    return array


def _take_baselines(tensors: dict[str, np.ndarray], width: int) -> tuple[np.ndarray, np.ndarray]:
    rows = tensors["pca_components"].shape[0] if tensors["pca_components"].ndim else 0
    return take_tensor(tensors, "mean_sample", (width,)), take_tensor(tensors, "pca_components", (rows, width))


def _restore_restart(content: dict[str, Any]) -> Restart:
    validation = content["validation_loss"]
    counts = {name: take_field(content, name, dict) for name in ("live_units", "units")}
    for name, layers in counts.items():
        require_field(all(type(units) is int and units >= 0 for units in layers.values()), name, "whole numbers")
    live, every = (set(layers) for layers in counts.values())
    require_field("code" in live and live == every, "live_units", "given for the code and every layer that has units")
    return Restart(
        loss=_number(content["loss"], "loss"),
        validation_loss=None if validation is None else _number(validation, "validation_loss"),
        live_directions=take_field(content, "live_directions", int, least=0),
        **counts,
    )


def _restore_history(content: dict[str, Any], restarts: int) -> History:
    history = History.from_dict(content)
    epochs = len(history.seconds)
    for name in ("loss", "validation_loss"):
        array = getattr(history, name)
        fits = array is None or array.shape == (epochs, restarts)
        require_field(fits and epochs > 0, f"history.{name}", f"of shape ({epochs}, {restarts}), and not empty")
    for name in ("seconds", "samples_per_second"):
        require_field(getattr(history, name).shape == (epochs,), f"history.{name}", f"of shape ({epochs},)")
    return history


def _restore_finding(content: dict[str, Any]) -> Finding:
    def restore(value: Any) -> float | int | str:
        is_plain = type(value) is int or (isinstance(value, str) and value not in _NOT_FINITE)
        return value if is_plain else _number(value, "numbers")

    name = take_field(content, "name", str)
    require_field(name in get_args(FindingName), "diagnosis", f"one of {', '.join(get_args(FindingName))}")
    numbers = {key: restore(value) for key, value in take_field(content, "numbers", dict).items()}
    return Finding(cast(FindingName, name), take_field(content, "text", str), numbers)


def _restore_arrays(
    setup: Setup, tensors: dict[str, np.ndarray], restarts: int, best_restart: int
) -> dict[str, np.ndarray]:
    """Return the arrays of a file's networks, which must be those of networks that would be drawn anew."""
    shapes = list_dense_shapes(setup)
    if shapes is None:
        from autoencode.model.assembly import list_shapes

        shapes = list_shapes(setup)
    arrays = {}
    for name, shape in shapes.items():
        arrays[name] = take_tensor(tensors, NETWORK_PREFIX + name, (restarts, *shape), dtype=np.float32)
        require_field(
            bool(np.isfinite(arrays[name][best_restart]).all()), NETWORK_PREFIX, "finite where a restart is kept"
        )
    return arrays
