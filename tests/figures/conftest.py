"""What the tests of the figures share: the texts of a figure, and names that try to break it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

HOSTILE_NAMES = ("$x_1$", "a $ b", "<b>&amp;", r"back\slash \$", "under_score^2", "two\nlines", "数字", "x" * 300)


@pytest.fixture
def texts_of():
    """Return a function that gives every text of a figure, in one string, once it was laid out."""

    def collect(figure: Figure) -> str:
        figure.draw_without_rendering()
        return "\n".join(text.get_text() for text in figure.findobj(Text))

    return collect


@pytest.fixture
def cut_off():
    """Return a function that tells which sides of a picture have ink in their outermost dots."""

    def sides(png: bytes) -> list[str]:
        dots = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
        edges = {"left": dots[:, :3], "right": dots[:, -3:], "top": dots[:3], "bottom": dots[-3:]}
        return [side for side, strip in edges.items() if strip.min() < 255]

    return sides


@pytest.fixture(params=HOSTILE_NAMES, ids=lambda name: ascii(name)[:12])
def hostile_name(request: pytest.FixtureRequest) -> str:
    return request.param
