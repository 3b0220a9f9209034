"""The payload of a study: what the page's script needs to explore it, as one JSON document of bounded size."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int

from autoencode.charts.point_colours import label_colours
from autoencode.evaluation import MEASURES
from autoencode.report.activation_script import DECODER_ACTIVATIONS
from autoencode.report.scripts import escape_json
from autoencode.report.sheets import MOST_SIDE, draw_sheets, quantise
from autoencode.report.study import CellColumn, Decoder, Study, StudySamples
from autoencode.report.wording import describe_map, name_measure, shorten
from autoencode.report.worst_columns import narrow

STUDY_BYTES = 4_700_000
"""What a study may take of a page: with Bokeh's 0.5 MB, the plots and their stills, a page of one stays below 6 MB."""

MOST_DECODER_PARAMETERS = 600_000
"""A larger decoder is no longer run by the page, which shows stored reconstructions in its place."""

LEAST_SAMPLES = 12
"""With fewer (of more) there is nothing to explore, and the study has no payload."""

TRIAL_SAMPLES = 48

WIDE_COLUMNS = 2_000
"""Of a table with more, the page's script has the columns that are rebuilt worst alone."""

MOST_LOST = 1e-6
"""As a share of how far the numbers of a column spread: what float32 may lose of them."""


def encode_array(values: Any, kind: str) -> dict[str, Any]:
    """Return an array as the page's script reads it.

    Parameters
    ----------
    values
        Numbers of any shape.
    kind
        "f4", "f8", "i4" or "u1": a type of NumPy, written with the least byte first.

    Returns
    -------
    dict
        With "type", "shape" and "data", in base64.

    Examples
    --------
    >>> encode_array([1, 2], "u1")
    {'type': 'u1', 'shape': [2], 'data': 'AQI='}
    """
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(values, np.dtype("<" + kind))
    return {"type": kind, "shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def encode_numbers(values: Float[np.ndarray, "samples ..."]) -> dict[str, Any]:
    """Return numbers as float32 where that tells them apart, else as float64.

    Examples
    --------
    >>> encode_numbers(np.array([0.1, 0.2]))["type"], encode_numbers(np.array([1e-60, 2e-60]))["type"]
    ('f4', 'f8')
    """
    # Values that are large beside their spread, such as seconds since 1970, would be rounded to far fewer digits.
    with np.errstate(over="ignore", invalid="ignore"):
        lost = np.abs(values - values.astype(np.float32))
        is_exact = (lost <= MOST_LOST * np.ptp(values, axis=0)).all()
    return encode_array(values, "f4" if is_exact else "f8")


@dataclass(frozen=True, eq=False)
class Payload:
    """What a page's script knows of a study.

    Attributes
    ----------
    content
        Plain values that JSON can hold.
    places
        Which samples of the study it has, ascending.
    """

    content: Mapping[str, Any]
    places: Int[np.ndarray, " embedded"] = field(repr=False)

    @cached_property
    def text(self) -> str:
        """The content as JSON."""
        return escape_json(self.content)

    @cached_property
    def bytes(self) -> int:
        """How long the JSON is, in UTF-8."""
        return len(self.text.encode())

    @property
    def traded(self) -> str:
        """What was left out to keep it small, in words, or ""."""
        return self.content["traded"]


def choose_samples(errors: Sequence[float] | np.ndarray, most: int) -> Int[np.ndarray, " chosen"]:
    """Return at most so many samples: a quarter with the largest errors, and the rest evenly spread over the others.

    Parameters
    ----------
    errors
        One number a sample.
    most
        How many, at least 1.

    Returns
    -------
    array of int64
        Ascending.

    Examples
    --------
    >>> choose_samples(np.array([0.0, 1.0, 9.0, 2.0, 0.0, 0.0, 0.0, 0.0]), 4).tolist()
    [0, 2, 4, 7]
    """
    values = np.asarray(errors)
    if most >= len(values):
        return np.arange(len(values))
    order = np.argsort(-values, kind="stable")
    first = -(-most // 4)
    others = np.sort(order[first:])
    spread = np.rint(np.linspace(0, len(others) - 1, most - first)).astype(np.int64)
    return np.sort(np.concatenate([order[:first], others[spread]]))


def usable_decoder(decoder: Decoder | None, budget: int) -> Decoder | None:
    """Return a decoder where the page can run it and it leaves room for samples, else None."""
    # A parameter takes 5.3 bytes, so that three quarters of the budget are the most that a decoder takes.
    if decoder is None or decoder.parameters > min(MOST_DECODER_PARAMETERS, budget // 7):
        return None
    known = all(layer.activation in DECODER_ACTIVATIONS for layer in decoder.layers)
    return decoder if known else None


def _share(numbers: Float64[np.ndarray, " features"]) -> Float64[np.ndarray, " numbers"]:
    """Return the one number that all features share, else those of each."""
    return numbers[:1] if (numbers == numbers[0]).all() else numbers


def _decoder_content(decoder: Decoder) -> dict[str, Any]:
    return {
        "layers": [
            {
                "weights": encode_array(layer.weights, "f4"),
                "bias": encode_array(layer.bias, "f4"),
                "activation": layer.activation,
            }
            for layer in decoder.layers
        ],
        "offset": encode_array(_share(decoder.offset), "f8"),
        "scale": encode_array(_share(decoder.scale), "f8"),
        "groups": [{**group._asdict(), "column": shorten(group.column)} for group in decoder.groups],
    }


def _index_texts(texts: Sequence[str | None]) -> tuple[list[str], list[int]]:
    """Return the distinct texts, and of each cell which it holds; -1 where it is missing."""
    places: dict[str, int] = {}
    index = [-1 if text is None else places.setdefault(shorten(text), len(places)) for text in texts]
    return list(places), index


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it, long texts cut; what is no number becomes null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value if value is None or isinstance(value, bool | int) else shorten(str(value))


def _cells_content(cells: Sequence[float | str | bool | None]) -> dict[str, Any]:
    if all(cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)) for cell in cells):
        return {"numbers": encode_array([math.nan if cell is None else cell for cell in cells], "f8")}
    # Booleans as the page's script writes them.
    texts, index = _index_texts(
        [None if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in cells]
    )
    return {"texts": texts, "index": encode_array(index, "i4")}


def _column_content(column: CellColumn, places: Int[np.ndarray, " embedded"] | None) -> dict[str, Any]:
    """Return a column; without places the cells are the features themselves."""
    return {
        "name": shorten(column.name),
        "kind": column.kind,
        "unit": column.unit,
        "deviation": column.deviation,
        "start": column.start,
        "stop": column.stop,
        "inverse": _plain(column.inverse),
        "cells": None if places is None else _cells_content([column.cells[place] for place in places.tolist()]),
    }


def _feature_content(
    samples: StudySamples, decoder: Decoder | None, places: Int[np.ndarray, " embedded"]
) -> dict[str, Any]:
    """Return samples and, where they cannot be decoded, reconstructions: as pictures, or as numbers."""
    content: dict[str, Any] = dict.fromkeys(("pictures", "rebuiltPictures", "features", "rebuilt"))
    given = {"": samples.features} if decoder else {"": samples.features, "rebuilt": samples.rebuilt}
    for prefix, values in given.items():
        if samples.kind != "images":
            content[prefix or "features"] = encode_numbers(values[places])
        elif max(samples.shape[:2]) <= MOST_SIDE:
            sheets = draw_sheets(quantise(values[places], samples.value_range), samples.shape)
            content[f"{prefix}Pictures" if prefix else "pictures"] = sheets
    return content


def _label_content(labels: Sequence[str] | None, places: Int[np.ndarray, " embedded"]) -> tuple[Any, Any]:
    """Return the labels of some samples, the names sorted, and the colours of the names."""
    if labels is None:
        return None, None
    shown = [shorten(label) for label in labels]
    colours = label_colours(shown)
    number = {name: k for k, name in enumerate(colours)}
    index = encode_array([number[shown[place]] for place in places.tolist()], "i4")
    return {"names": list(colours), "index": index}, {"label": list(colours.values())}


def _sample_content(
    samples: StudySamples, decoder: Decoder | None, places: Int[np.ndarray, " embedded"]
) -> dict[str, Any]:
    """Return all that has a row a sample, for some of the samples."""
    labels, colours = _label_content(samples.labels, places)
    row_names = samples.row_names
    measures = []
    for name, values in samples.errors.items():
        measures.append(
            {
                "name": name,
                "title": name_measure(name),
                "unit": samples.units[name],
                "values": encode_numbers(values[places]),
                "signed": name in MEASURES and MEASURES[name].misleading,
            }
        )
    is_mixed = samples.kind == "table"
    return {
        "count": len(places),
        "rows": encode_array(samples.rows[places], "i4"),
        "labels": labels,
        "colours": colours,
        "rowNames": None if row_names is None else [shorten(row_names[place]) for place in places.tolist()],
        "measures": measures,
        "maps": [
            {
                "name": name,
                "title": name,
                "note": describe_map(name, len(samples)),
                "points": encode_numbers(points[places]),
            }
            for name, points in samples.code_maps.items()
        ],
        "codes": encode_array(samples.codes[places], "f4"),
        **_feature_content(samples, decoder, places),
        "columns": [_column_content(column, places if is_mixed else None) for column in samples.columns],
    }


def _assemble(
    study: Study, samples: StudySamples, decoder: Decoder | None, places: Int[np.ndarray, " embedded"]
) -> Payload:
    content = {
        "kind": samples.kind,
        "name": shorten(study.name),
        "shape": list(samples.shape),
        "range": _plain(samples.value_range),
        "decoder": None if decoder is None else _decoder_content(decoder),
        "traded": _say_traded(study, samples, study.decoder if decoder is None else None, places),
        **_sample_content(samples, decoder, places),
    }
    return Payload(content, places)


def _say_traded(
    study: Study, samples: StudySamples, left_out: Decoder | None, places: Int[np.ndarray, " embedded"]
) -> str:
    said = []
    whole = samples if study.samples is None else study.samples
    if len(samples.columns) < len(whole.columns):
        said.append(
            f"Of {len(whole.columns):,} columns the explorer holds the {len(samples.columns):,} that are rebuilt worst."
        )
        left_out = None
    if len(places) < len(samples):
        title = name_measure(next(iter(samples.errors)))
        said.append(
            f"To keep this file small, the explorer holds {len(places):,} of the {len(samples):,} samples: the "
            f"{-(-len(places) // 4):,} with the largest {title}, and others evenly spread over the rest."
        )
    if left_out is not None:
        said.append(
            f"The decoder has {left_out.parameters:,} parameters, too many for this page; reconstructions are stored."
        )
    if samples.kind == "images" and max(samples.shape[:2]) > MOST_SIDE:
        said.append(f"Images with a side above {MOST_SIDE:,} pixels are not shown.")
    return " ".join(said)


def _guess_count(assemble: Callable[[Int[np.ndarray, " some"]], Payload], count: int, fixed: int, budget: int) -> int:
    """Return how many samples may fit, from a few of them: to write all only to throw them away may take minutes."""
    if count <= TRIAL_SAMPLES:
        return count
    spread = np.linspace(0, count - 1, TRIAL_SAMPLES).astype(np.int64)
    each = (assemble(spread).bytes - fixed) / TRIAL_SAMPLES
    return max(1, min(count, math.ceil(1.5 * (budget - fixed) / each)))


def build_payload(study: Study, *, budget: int = STUDY_BYTES) -> Payload | None:
    """Return what the page's script needs of a study, in at most so many bytes.

    Where all samples do not fit, some are left out of every array, see `choose_samples`.

    Parameters
    ----------
    study
        With samples.
    budget
        The longest JSON, in bytes.

    Returns
    -------
    Payload or None
        None where there are no samples, or not even a few fit.
    """
    samples = study.samples
    if samples is None or len(samples) == 0:
        return None
    errors = next(iter(samples.errors.values()))
    decoder = usable_decoder(study.decoder, budget)
    if len(samples.columns) > WIDE_COLUMNS:
        samples, decoder = narrow(samples), None
    assemble = partial(_assemble, study, samples, decoder)
    fixed = assemble(np.zeros(1, np.int64)).bytes
    count = _guess_count(assemble, len(samples), fixed, budget)
    while fixed < budget and count >= min(LEAST_SAMPLES, len(samples)):
        payload = assemble(choose_samples(errors, count))
        if payload.bytes <= budget:
            return payload
        # The worst samples, of which there are relatively more in fewer, may take more than others.
        count = min(count - 1, int(0.98 * count * (budget - fixed) / (payload.bytes - fixed)))
    return None
