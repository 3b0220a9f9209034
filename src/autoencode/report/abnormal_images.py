"""The most abnormal samples of a detection as pictures: images as they are, sequences as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, UInt8

from autoencode.report.blocks import Card, Cards
from autoencode.report.lines import draw_lines, find_spans
from autoencode.report.sheets import quantise
from autoencode.report.stills import MOST_EXACT_SIDE, write_small
from autoencode.report.wording import say, shorten


@dataclass(frozen=True)
class AbnormalRow:
    """One of the most abnormal samples.

    Attributes
    ----------
    name, nearest
        What it is called, and the normal sample nearest to it.
    score, p_value, flagged
        How abnormal it is.
    reasons
        In words, the strongest first.
    cells, shares
        Of each column: what the sample has, and which share of the score it adds; empty where there are no columns.
    """

    name: str
    nearest: str
    score: float
    p_value: float
    flagged: bool
    reasons: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class AbnormalImages:
    """The first of the abnormal rows as images.

    Attributes
    ----------
    samples, expected, nearest
        Themselves, their reconstructions and the normal images nearest to them.
    contributions
        What each of their numbers adds to the score, ≥ 0.
    value_range
        What is black and what is white.
    are_sequences
        Whether they are sequences of steps, (samples, steps, numbers), which are drawn as lines.
    """

    samples: Float[np.ndarray, "samples height width *colours"]
    expected: Float[np.ndarray, "samples height width *colours"]
    nearest: Float[np.ndarray, "samples height width *colours"]
    contributions: Float64[np.ndarray, "samples height width *colours"]
    value_range: tuple[float, float]
    are_sequences: bool = False


def draw_abnormal(rows: Sequence[AbnormalRow], images: AbnormalImages) -> Cards:
    """Return a card a sample: itself, what is expected, what speaks against it, and the nearest normal sample.

    Parameters
    ----------
    rows
        The most abnormal samples, at least as many as there are images.
    images
        Of the first of them.
    """
    shown = rows[: len(images.samples)]
    return _draw_sequences(shown, images) if images.are_sequences else _draw_images(shown, images)


def _draw_images(rows: Sequence[AbnormalRow], images: AbnormalImages) -> Cards:
    from autoencode.charts import compute_anomaly_strip

    shape = images.samples.shape[1:]
    strip = compute_anomaly_strip(
        images.samples,
        images.expected,
        images.contributions,
        images.nearest,
        sample_shape=shape,
        p_values={f"{place}. {row.name}": row.p_value for place, row in enumerate(rows, 1)},
        value_range=images.value_range,
    )
    assert strip.nearest is not None
    kinds = [
        _write_pictures(strip.samples),
        _write_pictures(strip.expected),
        [write_small(image) for image in _colour(strip.shares)],
        _write_pictures(strip.nearest),
    ]
    cards = [Card(pictures, line) for *pictures, line in zip(*kinds, _name_cards(rows), strict=True)]
    names = ("sample", "expected", "what each pixel adds to the score", "nearest normal sample")
    caption = (
        "From left to right: the sample, what the networks make of it, what each pixel adds to its score (from blue, "
        "nothing, to yellow, most), and the normal sample that is nearest to it."
    )
    smooth = max(shape[:2]) > MOST_EXACT_SIDE
    return Cards(names, cards, caption, smooth, broad=True)


def _name_cards(rows: Sequence[AbnormalRow]) -> list[tuple[str, str]]:
    return [
        (f"{place}. {shorten(row.name, 60)}", f"p = {say(row.p_value, 2)}{'' if row.flagged else ', not flagged'}")
        for place, row in enumerate(rows, 1)
    ]


def _draw_sequences(rows: Sequence[AbnormalRow], images: AbnormalImages) -> Cards:
    spans = find_spans(images.samples, images.expected, images.nearest)
    added = images.contributions / np.maximum(images.contributions.max(axis=(1, 2), keepdims=True), 1e-300)
    pictures = (
        *(draw_lines(part, spans) for part in (images.samples, images.expected)),
        draw_lines(added, np.array([np.zeros(added.shape[2]), np.ones(added.shape[2])])),
        draw_lines(images.nearest, spans),
    )
    names = _name_cards(rows)
    cards = [Card(parts, line) for *parts, line in zip(*pictures, names, strict=True)]
    caption = (
        "From left to right: the sample, what the networks make of it, what each number adds to its score (the largest "
        "fills its lane), and the normal sample that is nearest to it. A lane is one number of the steps, the first on "
        "top, on one scale in all samples."
    )
    kinds = ("sample", "expected", "what each number adds to the score", "nearest normal sample")
    return Cards(kinds, cards, caption, smooth=True, broad=True)


def _write_pictures(images: Float[np.ndarray, "samples height width *colours"]) -> list[bytes]:
    pixels = quantise(images.reshape(len(images), -1), (0.0, 1.0)).reshape(images.shape)
    return [write_small(image) for image in pixels]


def _colour(shares: Float[np.ndarray, "samples height width"]) -> UInt8[np.ndarray, "samples height width 3"]:
    from matplotlib import colormaps

    from autoencode.charts.feature_errors import HEAT_COLOURS

    return colormaps[HEAT_COLOURS](shares, bytes=True)[..., :3]
