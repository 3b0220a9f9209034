"""Every interactive plot: its texts are short and plain, its colours are the page's, and loading it is cheap."""

from __future__ import annotations

import subprocess
import sys

from bokeh.models import InlineStyleSheet, ResetTool, Span
from hypothesis import given
from hypothesis import strategies as st

from autoencode.charts.page_labels import mark_line
from autoencode.charts.page_plot import cut_text, new_plot, set_ranges, text_colour


def style_of(model) -> str:
    return "".join(sheet.css for sheet in model.stylesheets if isinstance(sheet, InlineStyleSheet))


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_is_printable_on_one_line_and_no_longer_than_its_limit(text, limit):
    cut = cut_text(text, limit)
    assert len(cut) <= limit
    assert not set(cut) & set("\n\r\t\0\x1b\u2028\u2029\u202e\u2066")
    if len(text) <= limit and text.isprintable():
        assert cut == text


def test_a_plot_takes_its_colours_from_the_page_with_light_ones_where_the_page_has_none():
    css = style_of(new_plot("epoch", "loss"))
    for name in ("--ink", "--muted", "--line", "--paper", "--accent"):
        assert f"var({name}, #" in css


def test_a_plot_is_as_wide_as_its_place_and_takes_neither_the_drag_nor_the_wheel():
    plot = new_plot("epoch", "loss", height=123, name="curve")
    assert (plot.sizing_mode, plot.frame_height, plot.name) == ("stretch_width", 123, "curve")
    assert plot.output_backend == "canvas"
    assert plot.toolbar.logo is None
    assert plot.toolbar.active_drag is None
    assert plot.toolbar.active_scroll is None


def test_given_tools_are_the_only_ones():
    tool = ResetTool()
    assert new_plot("epoch", "loss", tools=[tool]).tools == [tool]
    assert new_plot("epoch", "loss", tools=[]).tools == []


def test_ranges_are_kept_as_the_ones_to_come_back_to():
    plot = new_plot("epoch", "loss")
    set_ranges(plot, (1, 2), (3, 4))
    assert [(ends.start, ends.end) for ends in (plot.x_range, plot.y_range)] == [(1, 2), (3, 4)]


def test_a_line_has_its_colour_from_a_style_sheet():
    plot = new_plot("epoch", "loss")
    mark_line(plot, 0.5, "width", text_colour("#0072B2"), dash=(5, 4))
    (line,) = plot.select({"type": Span})
    assert (line.location, line.dimension, line.line_dash) == (0.5, "width", [5, 4])
    assert "--bk-line-color: color-mix(in srgb, #0072B2" in style_of(line)


def test_importing_the_figures_imports_no_library_that_draws():
    modules = "autoencode.charts, autoencode.charts.paint_bokeh, autoencode.charts.paint_matplotlib"
    code = f"import sys, {modules}; print({{'bokeh', 'matplotlib'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
