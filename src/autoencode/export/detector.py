"""A fitted detector as an ONNX file, which judges samples anywhere without us."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autoencode.export.detector_nodes import add_detector, find_ends
from autoencode.export.detector_parity import check_samples, measure_detector
from autoencode.export.graph import Graph, check_extra
from autoencode.export.judge_nodes import GroupNodes, PooledNodes, find_judges
from autoencode.export.onnx import check_folder, describe_model, digest_weights, write_all
from autoencode.export.table_nodes import TableNodes
from autoencode.model.grouped_detector import Detector

NAME = "detector"


@dataclass(frozen=True)
class DetectorExport:
    """The file of a detector's export.

    Attributes
    ----------
    detector
        The file.
    differences
        How far its "score", "p_value" and "contributions" are from the detector's at most; see
        `export.detector_parity.measure_detector`.
    samples
        How many samples they were measured on.
    """

    detector: Path
    differences: dict[str, float]
    samples: int


def export_detector(detector: Detector, folder: str | Path, *, samples: Any = None) -> DetectorExport:
    """Write what a detector learnt as one ONNX file, checked against its own numbers.

    ``detector.onnx`` maps samples to their ``score``, ``p_value``, ``flagged`` and ``contributions``, as
    `AnomalyDetector.explain` gives them. Samples go in as into the files of `export_onnx`, in their own shape and
    units, a table's columns one by one; the number of samples is free.

    Parameters
    ----------
    detector
        What a detector learnt, `AnomalyDetector.fitted_`.
    folder
        The folder for the file; it is made if it is not there. A file of an earlier export is replaced.
    samples
        Real samples to compare the file with the detector on; by default ones that are made from its autoencoder's
        mean sample, principal components and range of training.

    Returns
    -------
    DetectorExport
        The file, and how far its numbers are from the detector's.

    Raises
    ------
    InvalidInputError
        If the detector uses a part of the user's own, `folder` is a file, the samples cannot be used, one of them is of
        a group that was not there in the training, or the packages of the extra "onnx" are missing.
    ModelFileError
        If the file does not give the detector's numbers; nothing is then written.
    OSError
        If the folder cannot be written to or the disk is full; the file is then not written.

    Notes
    -----
    Networks multiply in float32, and round otherwise than ours; the distances are float64. A score moves by some
    millionths of itself, and by far less than what a p-value's steps lie above the scores of the calibration samples.
    The file refuses nothing: a number that is missing where the detector would refuse it is as abnormal as can be. Of a
    detector with a threshold for each group, a sample of a group that was not there in the training is flagged, with a
    p-value of 0, which no other has.
    """
    check_extra()
    folder = Path(folder)
    check_folder(folder, [NAME])
    ends = find_ends(detector)
    judges = find_judges(detector, ends)
    content = _build_file(detector, ends, judges)
    if samples is None:
        checked = judges.spread(ends[0].make_samples())
    else:
        given = check_samples(detector, samples)
        judges.check(given)
        checked = ends[0].shape_samples(given)
    differences = measure_detector(detector, NAME, content, ends, judges, checked)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.onnx"
    write_all({path: content})
    return DetectorExport(path, differences, len(checked))


def _build_file(detector: Detector, ends: Sequence[Any], judges: PooledNodes | GroupNodes) -> bytes:
    """Return the content of the file."""
    graph, fitted = Graph(NAME), detector.fitted
    found = add_detector(graph, detector, ends, judges)
    flagged = graph.add("Greater", found.score, found.threshold, name="flagged")
    shape = fitted.format.sample_shape
    for name, value, dtype, axes, meaning in (
        ("score", found.score, np.float64, (), "anomaly score of each sample; high is abnormal"),
        ("p_value", found.p_value, np.float64, (), "conformal p-value of each sample; low is abnormal"),
        ("flagged", flagged, np.bool_, (), "whether the p-value is at most the false-alarm rate"),
        ("contributions", found.contributions, np.float64, shape, "what each column adds to the score"),
    ):
        graph.add_output(value, name, dtype, axes, meaning)
    metadata = _describe(detector, ends) | judges.describe()
    return graph.to_bytes(f"samples to their anomaly scores; {metadata['model']}", {"file": NAME, **metadata})


def _describe(detector: Detector, ends: Sequence[Any]) -> dict[str, str]:
    """Return what the file says of the detector and of its samples."""
    fitted = detector.fitted
    described = describe_model(fitted) | ends[0].metadata
    if isinstance(ends[0], TableNodes):
        columns = {column["column"]: column for nodes in ends for column in nodes.describe_columns()}
        described["columns"] = json.dumps([{**column, "output": None} for column in columns.values()])
        features = {one.column.name for nodes in ends for one in nodes.columns}
        without = [name for name in fitted.format.list_columns() if name not in features]
        described["columns_without_features"] = json.dumps(without)
    for name in ("measure", "unit"):  # of errors
        del described[name]
    return described | {
        "model": f"AnomalyDetector of {fitted.summary().title}",
        "weights_sha256": digest_weights([part.fitted.networks for part in detector.parts]),
        "contributions": json.dumps(fitted.format.list_columns() if len(fitted.format.sample_shape) == 1 else None),
        "false_alarm_rate": str(detector.settings.false_alarm_rate),
        "calibration_samples": str(len(detector.calibration_scores)),
    }
