"""What the tests of the interactive figures share: names that try to break a page, and what every plot must keep to."""

from __future__ import annotations

import json

import pytest
from bokeh.embed import json_item
from bokeh.models import Column, CustomJS, Label, LegendItem, PlainText
from bokeh.plotting import figure as Plot

HOSTILE_NAMES = (
    "</script><img src=x onerror=alert(1)>",
    "$$\\frac{a}{b}$$",
    "@index and $index",
    "\u202eturned round\u2066",
    "two\nlines\x00",
    "x" * 10_000,
    "",
)


@pytest.fixture(params=HOSTILE_NAMES, ids=lambda name: ascii(name)[:12])
def hostile_page_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def check_page_law():
    """Return a function that checks what holds for every plot: it is data, and all its texts are short and plain."""

    def check(plot: Plot | Column) -> None:
        item = json.dumps(json_item(plot, "place"))
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
