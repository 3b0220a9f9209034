from __future__ import annotations

import stat
import subprocess
import sys

import matplotlib
import pytest

from autoencode.charts import palette
from autoencode.charts.palette import new_figure, png_bytes, save_figure, style, visible_span
from autoencode.exceptions import InvalidInputError


def draw():
    with style():
        figure = new_figure(2.0, 1.0)
        figure.add_axes((0.2, 0.2, 0.7, 0.7)).plot([0, 1], [1, 0])
    return figure


def test_importing_the_figures_is_light_and_drawing_needs_no_pyplot():
    code = (
        "import sys, autoencode.charts as f; heavy = {'matplotlib', 'jax', 'sklearn', 'PIL'} & set(sys.modules);"
        "assert not heavy, heavy;"
        "f.draw_learning_curve(f.compute_learning_curve([0.9, 0.5]));"
        "heavy = {'matplotlib.pyplot', 'jax'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_drawing_leaves_the_settings_of_the_caller_as_they_were():
    before = dict(matplotlib.rcParams)
    png_bytes(draw())
    assert dict(matplotlib.rcParams) == before


def test_the_settings_of_the_caller_do_not_change_the_picture():
    plain = png_bytes(draw())
    with matplotlib.rc_context({"axes.facecolor": "red", "savefig.bbox": "tight", "font.size": 30, "lines.color": "g"}):
        assert png_bytes(draw()) == plain


def test_style_comes_back_after_an_error():
    before = matplotlib.rcParams["text.color"]
    with pytest.raises(RuntimeError, match="stop"), style():
        raise RuntimeError("stop")
    assert matplotlib.rcParams["text.color"] == before


def test_colours_differ_and_text_on_white_can_be_read():
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert len(set(palette.MODEL_COLOURS)) == len(set(palette.MARKERS)) == len(palette.MODEL_TEXT_COLOURS) == 6
    for colour in (*palette.MODEL_TEXT_COLOURS, palette.MUTED, palette.INK):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour  # the contrast that WCAG 2.1 asks for


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_saved_picture_is_the_same_each_time_and_carries_no_date(tmp_path, suffix):
    for name in ("first", "second"):
        save_figure(draw(), tmp_path / f"{name}{suffix}")
    content = (tmp_path / f"first{suffix}").read_bytes()
    assert content == (tmp_path / f"second{suffix}").read_bytes()
    assert b"CreationDate" not in content
    assert b"Matplotlib v" not in content
    assert len(list(tmp_path.iterdir())) == 2


def test_saving_replaces_the_file_and_keeps_the_usual_rights(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")
    usual = stat.S_IMODE(path.stat().st_mode)
    save_figure(draw(), str(path), dpi=40.0)
    assert path.read_bytes() == png_bytes(draw(), dpi=40.0)
    assert stat.S_IMODE(path.stat().st_mode) == usual


def test_a_save_that_fails_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(palette.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_figure(draw(), path)
    assert [file.name for file in tmp_path.iterdir()] == ["picture.png"]
    assert path.read_bytes() == b"old"


def test_a_wrong_path_or_dpi_is_refused(tmp_path):
    for path in (tmp_path / "picture.gif", tmp_path / "picture", tmp_path / "missing" / "picture.png"):
        with pytest.raises(InvalidInputError, match=r"^path: "):
            save_figure(draw(), path)
    with pytest.raises(InvalidInputError, match=r"^dpi: "):
        png_bytes(draw(), dpi=0.0)


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (-3.0, -3.0), (1e9, 1e9 + 1e-6), (0.0, 1e-30)])
def test_a_span_can_always_be_seen(low, high):
    assert low + visible_span(low, high) > low
