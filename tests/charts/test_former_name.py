"""`autoencode.figures` goes on working, and says what it is now."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

import autoencode
from autoencode import charts
from autoencode.charts.palette import new_figure, place_axes, style
from examples import LOSSES, code_statistics


def test_every_name_is_that_of_charts_with_a_warning_at_the_line_that_asks():
    figures = autoencode.figures
    with pytest.warns(DeprecationWarning, match=r"figures\.png_bytes is autoencode\.charts\.png_bytes now") as caught:
        assert figures.png_bytes is charts.png_bytes
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert all(getattr(figures, name) is getattr(charts, name) for name in charts.__all__)
        for name in ("compute_signed_histogram", "draw_signed_histogram", "Overview", "Panel", "draw_overview"):
            assert getattr(figures, name).__module__.startswith("autoencode.reproduce.")


def test_what_draws_on_axes_paints_the_panels():
    with pytest.warns(DeprecationWarning, match="paint_panel now"):
        draw = autoencode.figures.draw_code_units_on
    with style():
        figure = new_figure(6.0, 4.0)
        pair = [place_axes(figure, 1.0, bottom, 4.0, 1.0) for bottom in (2.5, 0.8)]
        draw(*pair, charts.compute_code_units(code_statistics(4)))
        draw(place_axes(figure, 1.0, 0.8, 4.0, 1.0), charts.compute_learning_curve(LOSSES))
    assert [axes.get_ylabel().split()[0] for axes in pair] == ["standard", "active"]


def test_an_unknown_name_is_an_attribute_error():
    for name in ("draw_nothing", "draw_nothing_on"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(autoencode.figures, name)


def test_a_program_that_imports_from_it_sees_the_warning_at_its_line():
    code = "from autoencode.figures import save_figure"
    done = subprocess.run([sys.executable, "-W", "always", "-c", code], capture_output=True, text=True, check=True)
    assert "<string>:1: DeprecationWarning: autoencode.figures.save_figure is autoencode.charts" in done.stderr
