"""Sequences as small pictures: a line for each number of a step, one below the other."""

from __future__ import annotations

import io

import numpy as np
from jaxtyping import Float, Float64

WIDTH, LANE, MOST_HEIGHT = 160, 28, 224
"""Of a picture, and of the lane of one number, in pixels."""

FINE = 3
"""How many times larger a picture is drawn than it is kept, so that its lines are smooth."""

Spans = Float64[np.ndarray, "2 numbers"]


def find_spans(*sequences: Float[np.ndarray, "some steps numbers"]) -> Spans:
    """Return the least and the largest finite value of each number, over all sequences."""
    every = np.concatenate([part.reshape(-1, part.shape[2]) for part in sequences]).astype(np.float64)
    known = np.isfinite(every)
    low = np.where(known, every, np.inf).min(axis=0)
    high = np.where(known, every, -np.inf).max(axis=0)
    flat = ~(low < high)
    low, high = np.where(flat & ~np.isfinite(low), 0.0, low), np.where(flat & ~np.isfinite(high), 0.0, high)
    return np.stack([low - flat * 0.5, high + flat * 0.5])


def draw_lines(sequences: Float[np.ndarray, "some steps numbers"], spans: Spans) -> list[bytes]:
    """Return each sequence as a PNG picture: a lane a number, from top to bottom, time from left to right.

    Parameters
    ----------
    sequences
        What is not finite is a gap.
    spans
        What the lower and the upper edge of each lane stand for.

    Examples
    --------
    >>> draw_lines(np.zeros((1, 5, 2)), find_spans(np.zeros((1, 5, 2))))[0][:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    from autoencode.charts.palette import GRID, MODEL_COLOURS

    _, steps, numbers = sequences.shape
    lane = min(LANE, max(2, MOST_HEIGHT // numbers))
    size = (WIDTH, lane * numbers)
    across = (np.arange(steps) + 0.5) * FINE * WIDTH / steps
    low, high = spans
    found = []
    for sequence in sequences:
        shares = (sequence.astype(np.float64) - low) / (high - low)
        picture = Image.new("RGB", (FINE * size[0], FINE * size[1]), "white")
        pen = ImageDraw.Draw(picture)
        for number in range(numbers):
            base = FINE * lane * (number + 1)
            pen.line([(0, base - 1), (FINE * WIDTH, base - 1)], fill=GRID, width=1)
            down = base - FINE * (2 + np.clip(shares[:, number], 0, 1) * (lane - 4))
            known = np.isfinite(shares[:, number])
            for run in np.split(np.arange(steps), np.flatnonzero(np.diff(known)) + 1):
                if known[run[0]]:
                    points = [(float(across[step]), float(down[step])) for step in run]
                    pen.line(points if len(points) > 1 else points * 2, fill=MODEL_COLOURS[0], width=FINE)
        file = io.BytesIO()
        small = picture.resize(size, Image.Resampling.BOX).quantize(16, Image.Quantize.MEDIANCUT)
        small.save(file, "png", optimize=True)
        found.append(file.getvalue())
    return found
