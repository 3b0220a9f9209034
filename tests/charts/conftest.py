"""What the tests of the figures share: what a picture shows, and what every plot of a page keeps to."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from bokeh.embed import json_item
from bokeh.models import CustomJS, Label, LayoutDOM, LegendItem, PlainText
from bokeh.plotting import figure as Plot

sys.path[:0] = [str(Path(__file__).parent)]

from looks import cut_off as cut_off  # noqa: E402
from looks import texts_of as texts_of  # noqa: E402


@pytest.fixture
def columns_of():
    """Return a function that gives the columns of a plot's source of some name."""

    def collect(plot: LayoutDOM, name: str) -> dict[str, np.ndarray]:
        return {column: np.asarray(values) for column, values in plot.select_one({"name": name}).data.items()}

    return collect


@pytest.fixture
def check_page_law():
    """Return a function that checks what holds for every plot: it is data, and all its texts are short and plain."""

    def check(plot: LayoutDOM) -> None:
        item = json.dumps(json_item(plot, "place"), allow_nan=False)
        assert "CustomJS" not in item
        assert not [model for model in plot.references() if isinstance(model, CustomJS)]
        figures = [plot] if isinstance(plot, Plot) else list(plot.select({"type": Plot}))
        texts = [*plot.select({"type": Label}), *(axis for figure in figures for axis in figure.axis)]
        for text in (getattr(model, "text", None) or model.axis_label for model in texts):
            assert isinstance(text, PlainText)
            assert_shown(text.text)
        for entry in plot.select({"type": LegendItem}):
            assert_shown(entry.label.value)
        for tool in (tool for figure in figures for tool in figure.hover):
            for name, _ in tool.tooltips:
                assert_shown(name)

    return check


def assert_shown(text: str) -> None:
    assert len(text) <= 60
    assert text.isprintable()
