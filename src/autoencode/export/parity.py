"""The check that ONNX files give the model's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from autoencode.exceptions import ModelFileError
from autoencode.model.fitted import Fitted

TOLERANCE = 1e-5
"""The largest difference with which a file is handed over; see `measure_differences`."""

BATCH_SIZES = (1, 7)
"""Each file is also run on so few samples, as its batch axis must be free."""


def measure_differences(model: Fitted, files: Mapping[str, bytes], nodes: Any, samples: Any) -> dict[str, float]:
    r"""Run files in ONNX Runtime and return how far their numbers are from the model's, the largest of each file.

    .. math::
        \max_i \frac{\max_j |a_{ij} - b_{ij}|}{m_i}, \qquad
        m_i = \max(1, \sqrt d / 100) \, \sqrt T \max_j (1, |x_{ij}|, |c_{ij}|, |b_{ij}|)

    with the file's numbers :math:`a` and the model's :math:`b`, both in scaled units, in which features are of the
    order of 1; the sample :math:`x`, likewise; and its code :math:`c`. A difference is thus seen relative to the
    largest number that the network meets in the sample: each number that it gives is a sum over all of them, so
    float32 promises no more. From ten thousand features :math:`d` on, the roundings of such long sums show, and the
    divisor grows with their number's root; so it does with that of the :math:`T` steps of a sequence, each of which
    hands its roundings on to the next. The difference of an error is divided by the error, or by :math:`m_i^2` times
    the error of being 1 off in each scaled feature, whichever is larger. What the model itself rounds (whole numbers,
    dates, categories, float32) may be rounded to the other side where it is as near.

    Parameters
    ----------
    model
        A fitted `Autoencoder`.
    files
        The content of the four files by name.
    nodes
        The ends of the model's graphs, `ArrayNodes`, `TableNodes` or `SequenceNodes`.
    samples
        What ``nodes.read_samples`` or ``nodes.make_samples`` gave.

    Returns
    -------
    dict
        One number ≥ 0 a file.

    Raises
    ------
    ModelFileError
        If ONNX's checker or ONNX Runtime refuses a file, or a difference is larger than `TOLERANCE`.
    """
    features = nodes.scale(samples)
    codes = model.encode_scaled(features)
    rebuilt = model.rebuild_scaled(features)
    least, most = nodes.bound_errors(samples, rebuilt)
    largest = [np.abs(numbers).max(axis=1) for numbers in (features, codes, rebuilt)]
    sizes = np.maximum(1, np.max(largest, axis=0)) * max(1, np.sqrt(features.shape[1]) / 100) * np.sqrt(nodes.steps)
    feed = nodes.feed(samples)

    def compare(name: str, outputs: dict[str, np.ndarray], rows: np.ndarray) -> Float[np.ndarray, " rows"]:
        if name == "encoder":
            return np.abs(outputs["code"].astype(np.float64) - codes[rows]).max(axis=1) / sizes[rows]
        if name == "errors":
            unit = np.maximum(most[rows], nodes.error_unit * np.square(sizes[rows]))
            apart = np.maximum(least[rows] - outputs["errors"], outputs["errors"] - most[rows])
            return np.maximum(apart, 0) / unit
        return nodes.subtract(outputs, rebuilt[rows]) / sizes[rows]

    differences = {}
    for name, content in files.items():
        session = open_session(name, content)
        inputs = {"code": codes} if name == "decoder" else feed
        for count in (len(features), *BATCH_SIZES):
            rows = np.arange(count) % len(features)
            outputs = run_session(session, {key: values[rows] for key, values in inputs.items()})
            differences[name] = max(differences.get(name, 0.0), float(compare(name, outputs, rows).max()))
        if not differences[name] <= TOLERANCE:  # NaN is a difference too
            raise ModelFileError(
                f"{name}.onnx gives other numbers than the model, {differences[name]:.2g} apart where {TOLERANCE:g} is "
                "the most that is handed over; nothing was written. Export with samples= that the model was made for."
            )
    return differences


def open_session(name: str, content: bytes) -> Any:
    """Check a file's content as ONNX does and load it in ONNX Runtime, on the CPU."""
    import onnx
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as states  # type: ignore[attr-defined]

    refusals = (
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
        states.Fail,
        states.InvalidArgument,
        states.InvalidGraph,
        states.NotImplemented,
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors alone
    try:
        onnx.checker.check_model(content, full_check=True)
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except refusals as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(
            f"{name}.onnx was refused by onnx {onnx.__version__} or onnxruntime {onnxruntime.__version__}, and nothing "
            f"was written: {reason}"
        ) from error


def run_session(session: Any, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what a file gives, by name."""
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))
