"""What the decoder of a fitted model makes beside reconstructions, in plain numbers, for a report."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from autoencode.evaluation import CodeStatistics
from autoencode.model.fitted import Fitted
from autoencode.model.generation import decode_codes, draw_codes, has_normal_prior, make_up, spread_values
from autoencode.report.study import Creations, StudySamples
from autoencode.types import SampleMatrix

MADE_UP, MOST_UNITS = 32, 6

MOST_FEATURES = 2**19
"""Of larger samples nothing is made up: so many would take a gigabyte."""


def read_codes(model: Fitted, samples: StudySamples | None) -> CodeStatistics | None:
    """Return how the units of a model's code are used.

    Parameters
    ----------
    model
        What was learnt.
    samples
        What it was measured on; None: the samples of training, where the model knows of them.
    """
    if samples is None:
        summary = model.code_summary
        return None if summary is None else summary.statistics
    return model.describe_codes(samples.codes)


def create(model: Fitted, samples: StudySamples) -> Creations | None:
    """Return made-up samples, and what comes of changing single units of one sample's code.

    Parameters
    ----------
    model
        What was learnt.
    samples
        What it was measured on. The one whose error is the median is changed, in the units that vary most.

    Returns
    -------
    Creations
        None where the model does not know the codes of its training, or samples are too large.
    """
    summary = model.code_summary
    if summary is None or samples.features.shape[1] > MOST_FEATURES or not len(samples):
        return None
    generator = np.random.default_rng(0)
    drawn = make_up(model, draw_codes(model, MADE_UP, generator))
    made_up = model.format.show(drawn, drawn)[0]
    errors = next(iter(samples.errors.values()))
    origin = int(np.argsort(errors, kind="stable")[len(errors) // 2])
    varying = np.flatnonzero(summary.high > summary.low)
    order = np.argsort(-summary.statistics.deviation[varying], kind="stable")
    units = varying[order][:MOST_UNITS] if samples.kind == "images" or samples.are_sequences else varying[:0]
    values = spread_values(summary, units)
    codes = np.tile(samples.codes[origin], (*values.shape, 1))
    for row, unit in enumerate(units):
        codes[row, :, unit] = values[row]
    shape = (*values.shape, samples.features.shape[1])
    traversals = _decode(model, codes.reshape(-1, codes.shape[-1])).reshape(shape) if len(units) else np.zeros(shape)
    return Creations(made_up, has_normal_prior(model.settings.parts), origin, units, values, traversals)


def _decode(model: Fitted, codes: Float32[np.ndarray, "samples code"]) -> SampleMatrix:
    """Return what codes stand for, as `StudySamples.features` are."""
    features = model.scaling.invert(decode_codes(model, codes))
    return model.format.show(features, features)[0]
