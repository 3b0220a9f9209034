"""Both painters: they draw every mark, and names that try to break a picture or a page show as they are."""

from __future__ import annotations

import numpy as np
import pytest

from autoencode.charts import marks, paint_bokeh, paint_matplotlib, png_bytes
from autoencode.charts.chart import Axis, Chart, Entry, Heading, Panel, Rows
from autoencode.charts.labels import MarginLabel
from autoencode.charts.palette import new_figure, place_axes, style
from examples import POINTS

PAPER_NAMES = ("$x_1$", "a $ b", "<b>&amp;", r"back\slash \$", "under_score^2", "two\nlines", "数字", "x" * 300)
PAGE_NAMES = (
    "</script><img src=x onerror=alert(1)>",
    "$$\\frac{a}{b}$$",
    "@index and $index",
    "\u202eturned round\u2066",
    "two\nlines\x00",
    "x" * 10_000,
    "",
)
PAPER_ONLY = {marks.Pictures, marks.Tiles}


def make_chart(name: str) -> Chart:
    """Return a chart that has a name wherever one can stand."""
    data = marks.Data("points", {"x": POINTS[:20, 0], "y": POINTS[:20, 1]})
    bins = marks.Data("bins", {"left": np.arange(2.0), "right": np.arange(1.0, 3.0), "n": np.array([3, 5])})
    rows = marks.Data("rows", {"end": [1.0, 2.0], "low": [0.5, 1.0], "middle": [0.7, 1.1], "high": [1.0, 1.5]})
    heading = Heading(name, name, lift=20.0)
    axis = Axis(name=name, limits=(-3.0, 3.0))
    usual = Panel(
        place=(1.05, 4.0, 6.5, 2.0),
        heading=heading,
        across=axis,
        up=axis,
        marks=[
            marks.Dots(data=data, x="x", y="y", colours=["#0072B2"] * 20, group="dots"),
            marks.Line(data=data, x="x", y="y", colour="#0072B2", group="line", hover=marks.Hover([(name, "@x")])),
            marks.Bars(data=bins, top="n", colours="#0072B2", hover=marks.Hover([(name, "@n")], is_wide=True)),
            marks.Tags(data=data, x="x", y="y", names=[name] * 20, colours=["#0072B2"] * 20),
            marks.Rule(value=1.0, name=name, number=" 1.234"),
            marks.Level(value=0.5, name=name, corner="over left"),
            marks.Level(value=0.6, name=name, group="level"),
            marks.Text(text=name[:40], at=(0.0, None)),
        ],
        legend=[Entry("dots", name, ", 12 restarts"), Entry("level", name)],
        paper_legend="above",
        margin=[MarginLabel(0.5, name), MarginLabel(0.5, name)],
    )
    ends = Axis(name=name, limits=(0.0, 2.0))
    blue = ["#0072B2"] * 2
    with_rows = Panel(
        place=(2.3, 0.8, 4.0, 1.5),
        title=name,
        across=ends,
        up=Axis(limits=(1.6, -0.6), page_limits=(2.1, -0.1), is_bare=True),
        rows=Rows([name] * 2, [name] * 2, blue),
        marks=[
            marks.RowBars(data=rows, end="end", colours=blue, is_cut=[True, False]),
            marks.Intervals(
                data=rows, low="low", middle="middle", high="high", colours=blue, markers="oD", is_hollow=[True, False]
            ),
        ],
    )
    return Chart((10.0, 6.1 + heading.height), [usual, with_rows])


@pytest.mark.parametrize("name", PAPER_NAMES, ids=lambda name: ascii(name)[:12])
def test_on_paper_a_name_shows_as_it_is_and_stays_in_the_picture(name, texts_of, cut_off):
    figure = paint_matplotlib.paint_matplotlib(make_chart(name))
    shown = name.replace("\n", r"\n") if name.isascii() else r"\u6570\u5b57"
    assert texts_of(figure).count(shown[:5]) >= 35
    assert cut_off(png_bytes(figure, dpi=75.0)) == []


@pytest.mark.parametrize("name", PAGE_NAMES, ids=lambda name: ascii(name)[:12])
def test_on_a_page_a_name_is_a_short_plain_text(name, check_page_law, columns_of):
    plots = paint_bokeh.paint_bokeh(make_chart(name))
    check_page_law(plots)
    for tag in columns_of(plots.children[0], "points")["name"].tolist():
        assert len(tag) <= 16
        assert tag.isprintable()


def find_marks(kind: type = marks.Mark) -> set[type]:
    return {kind, *(found for child in kind.__subclasses__() for found in find_marks(child))}


def test_every_mark_is_drawn_on_paper_and_on_a_page() -> None:
    every = find_marks() - {marks.Mark}
    assert len(every) > 12
    assert every <= set(paint_matplotlib._paint.registry)
    assert every - PAPER_ONLY <= set(paint_bokeh._paint.registry)
    assert not PAPER_ONLY & set(paint_bokeh._paint.registry)


def test_a_mark_without_a_painter_is_named():
    class Cloud(marks.Mark):
        pass

    panel = Panel(place=(1, 1, 1, 1), marks=[Cloud()])
    for paint in (paint_matplotlib.paint_matplotlib, paint_bokeh.paint_bokeh):
        with pytest.raises(TypeError, match="a painter for Cloud is missing"):
            paint(Chart((3.0, 3.0), [panel]))


def test_a_mark_may_be_for_one_of_both():
    data = marks.Data("points", {"x": np.arange(3.0), "y": np.arange(3.0)})
    axis = Axis(limits=(0.0, 3.0))
    panel = Panel(
        place=(1, 1, 1, 1),
        across=axis,
        up=axis,
        marks=[
            marks.Line(data=data, x="x", y="y", colour="#0072B2", only="paper"),
            marks.Dots(data=data, x="x", y="y", colours="#0072B2", only="page", name="dots"),
        ],
    )
    with style():
        axes = place_axes(new_figure(3.0, 3.0), 1.0, 1.0, 1.0, 1.0)
        paint_matplotlib.paint_panel(axes, panel)
    assert [line.get_marker() for line in axes.lines] == ["None"]
    (drawn,) = paint_bokeh.paint_bokeh(Chart((3.0, 3.0), [panel])).renderers
    assert drawn.name == "dots"
