"""The page as it is looked at: without script, on paper, in the dark, on a telephone, in a notebook; and attacked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

HEADINGS = {
    "In short",
    "How it was trained",
    "Originals and reconstructions",
    "Worst first",
    "Map of the codes",
    "Live decoder",
    "Against the baselines",
    "How to use it",
}
HOSTILE = '</script><img src=x onerror="alert(1)">\u202egnp.$$x^2$$'


def headings(seen) -> set[str]:
    return set(seen.page.locator("h2").all_inner_texts())


def test_the_report_of_ten_thousand_images_is_small(mnist_report):
    assert mnist_report.path.stat().st_size <= 6_000_000


@pytest.mark.parametrize(
    ("name", "scheme"), [("mnist_report", "light"), ("titanic_report", "dark"), ("photographs_report", "light")]
)
def test_every_section_is_there_and_nothing_complains(visit, look, request, name, scheme):
    path = request.getfixturevalue(name).path
    seen = look(path) if scheme == "light" else visit(path, color_scheme=scheme)
    assert headings(seen) >= HEADINGS
    assert len(headings(seen) & {"Errors by pixel", "Errors by column"}) == 1
    seen.page.wait_for_function("() => document.querySelectorAll('figure.drawn').length >= 5")
    light = seen.page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (np.mean(light) > 127) == (scheme == "light")


@pytest.mark.parametrize("name", ["mnist_report", "titanic_report", "photographs_report"])
def test_nothing_sticks_out_of_a_telephone(visit, request, name):
    seen = visit(request.getfixturevalue(name).path, viewport={"width": 380, "height": 900})
    seen.page.wait_for_function("() => document.querySelectorAll('figure.drawn').length >= 5")
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= 380


def test_nothing_sticks_out_of_a_window_that_is_made_wide_and_narrow(look, mnist_report):
    seen = look(mnist_report.path)
    for width in (1920, 600):
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.page.wait_for_timeout(300)
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_plots_follow_the_light(look, mnist_report):
    seen = look(mnist_report.path)
    corner = """() => {
      const find = root => {
        for (const element of root.querySelectorAll("*")) {
          const found = element.tagName === "CANVAS" ? element : element.shadowRoot && find(element.shadowRoot);
          if (found) return found;
        }
      };
      const canvas = find(document.querySelector("[data-part=map] .plot-live"));
      return Array.from(canvas.getContext("2d").getImageData(2, 2, 1, 1).data).slice(0, 3);
    }"""
    seen.settle()
    bright = seen.page.evaluate(corner)
    seen.page.emulate_media(color_scheme="dark")
    seen.settle()
    dark = seen.page.evaluate(corner)
    assert np.mean(bright) > 200
    assert np.mean(dark) < 60


@pytest.mark.parametrize("name", ["mnist_report", "titanic_report"])
def test_without_script_it_still_says_and_shows_all_that_a_picture_can(visit, request, name):
    seen = visit(request.getfixturevalue(name).path, ready=False, java_script_enabled=False)
    text = seen.page.inner_text("body")
    assert "needs JavaScript" in text
    assert "R²" in text
    assert headings(seen) >= HEADINGS
    pictures = [image for image in seen.page.locator("figure img").all() if image.is_visible()]
    assert len(pictures) >= 5
    for image in pictures:
        box = image.bounding_box()
        assert box is not None
        assert box["width"] > 20
    shown = [control for control in seen.page.locator("button, select, input").all() if control.is_visible()]
    assert shown == []


def test_on_paper_there_are_pictures_and_no_controls(look, mnist_report, tmp_path):
    seen = look(mnist_report.path)
    seen.page.emulate_media(media="print")
    seen.settle()
    shown = [control for control in seen.page.locator("button, select, input").all() if control.is_visible()]
    assert [control for control in shown if "sample-card" not in (control.get_attribute("class") or "")] == []
    assert sum(image.is_visible() for image in seen.page.locator("figure img").all()) >= 5
    pdf = tmp_path / "report.pdf"
    seen.page.pdf(path=pdf)
    assert pdf.stat().st_size > 20_000


def test_every_control_has_a_name_and_can_be_reached_by_keyboard(look, titanic_report):
    seen = look(titanic_report.path)
    unnamed = seen.page.evaluate(
        "() => Array.from(document.querySelectorAll('main button, main select, main input')).filter(e => e.offsetParent"
        " && !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )
    assert unnamed == []
    reached = set()
    for _ in range(120):
        seen.page.keyboard.press("Tab")
        role = seen.page.evaluate("() => document.activeElement.dataset?.role ?? document.activeElement.type ?? ''")
        reached.add(role)
    assert {"measure", "from", "to", "more", "range", "random", "kind", "colour"} <= reached


def test_hostile_names_are_text(visit, fitted, tmp_path: Path):
    import pandas as pd

    rng = np.random.default_rng(0)
    names = [HOSTILE, "long" * 2500, "<b>bold</b>"]
    table = pd.DataFrame({name: rng.normal(size=60) for name in names})
    table["kind"] = np.where(table[names[0]] > 0, HOSTILE + "1", "javascript:alert(2)")
    model = fitted(table, code_size=2, epochs=3)
    path = model.report(table, name=HOSTILE, labels=[HOSTILE + str(k % 3) for k in range(60)]).save(
        tmp_path / "hostile.html"
    )
    seen = visit(path)
    dialogs: list[str] = []
    seen.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    seen.page.wait_for_function("() => document.querySelectorAll('figure.drawn').length >= 5")
    seen.page.locator('[data-part="worst"] .sample-card').first.click()
    seen.page.mouse.wheel(0, 4000)
    seen.settle()
    assert dialogs == []
    assert seen.page.locator("main img[onerror], main b:text-is('bold')").count() == 0
    assert "<img src=x" in seen.page.inner_text("main")
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= 1280


def test_in_a_notebook_it_works_inside_its_frame(visit, titanic_report, tmp_path: Path):
    host = tmp_path / "notebook.html"
    shown = titanic_report.report._repr_html_()
    host.write_text(f"<!doctype html><meta charset=utf-8><body>{shown}</body>", encoding="utf-8")
    seen = visit(host, ready=False)
    seen.page.locator("iframe").scroll_into_view_if_needed()
    frame = seen.page.frame_locator("iframe")
    frame.locator("figure.drawn").first.wait_for()
    card = frame.locator('[data-part="worst"] .sample-card').nth(2)
    card.click()
    assert card.get_attribute("aria-pressed") == "true"
