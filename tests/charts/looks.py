"""What a picture looks like: the fixtures of all tests that draw one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

__all__ = ["cut_off", "texts_of"]


@pytest.fixture
def texts_of():
    """Return a function that gives every text of a figure, in one string, once it was laid out."""

    def collect(figure: Figure) -> str:
        figure.draw_without_rendering()
        return "\n".join(text.get_text() for text in figure.findobj(Text))

    return collect


@pytest.fixture
def cut_off():
    """Return a function that tells which sides of a picture have ink in their outermost dots, by default three."""

    def sides(png: bytes, width: int = 3) -> list[str]:
        dots = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
        edges = {"left": dots[:, :width], "right": dots[:, -width:], "top": dots[:width], "bottom": dots[-width:]}
        return [side for side, strip in edges.items() if strip.min() < 255]

    return sides
