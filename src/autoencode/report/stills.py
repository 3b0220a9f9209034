"""Still pictures: what stands for a plot on paper and where no script runs, as small PNG files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

if TYPE_CHECKING:
    import matplotlib.figure

STILL_DPI = 110.0
"""Dots per inch of a still: a figure of ten inches is as wide as the page's text on a screen."""

MOST_COLOURS = 64

MOST_EXACT_SIDE, MOST_SIDE = 64, 160
"""Of a small picture, in pixels: up to where it is kept as it is, and to what it is reduced."""


def shrink_png(png: bytes) -> bytes:
    """Return a PNG picture with at most 64 colours, a third to a half of its size; as it is where that is no smaller.

    Parameters
    ----------
    png
        A file's bytes.

    Returns
    -------
    bytes
        A file's bytes. Colours are not dithered, so that areas and letters stay clean.
    """
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(
            MOST_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
        )
    file = io.BytesIO()
    few.save(file, "png", optimize=True)
    return min(file.getvalue(), png, key=len)


def draw_still(figure: matplotlib.figure.Figure) -> bytes:
    """Return a matplotlib figure as a small PNG file."""
    from autoencode.charts import png_bytes

    return shrink_png(png_bytes(figure, dpi=STILL_DPI))


def write_small(pixels: UInt8[np.ndarray, "height width ..."]) -> bytes:
    """Return grey or RGB pixels as a small file: exactly, as PNG, where they are few, else a reduced WebP picture.

    Examples
    --------
    >>> write_small(np.zeros((2, 2), np.uint8))[:4]
    b'\\x89PNG'
    """
    from PIL import Image

    picture, file = Image.fromarray(pixels), io.BytesIO()
    if max(picture.size) <= MOST_EXACT_SIDE:
        picture.save(file, "png", optimize=True)
    else:
        picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.BOX)
        picture.save(file, "webp", quality=85)
    return file.getvalue()
