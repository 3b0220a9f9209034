"""What a reader does with mouse and keyboard, and what the page makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from autoencode.estimators.model_study import study
from autoencode.report.cells import show_cell

WORST, MAP, DECODER = (f'[data-study="1"][data-part="{part}"]' for part in ("worst", "map", "decoder"))


def control(visit: Any, part: str, role: str) -> Any:
    return visit.page.locator(f'{part} [data-role="{role}"]')


def plot_box(visit: Any, part: str) -> dict[str, float]:
    plot = visit.page.locator(f"{part} figure.drawn .plot-live").first
    plot.scroll_into_view_if_needed()
    visit.settle()
    return plot.bounding_box()


def drag(visit: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    mouse = visit.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    mouse.move(*end)
    mouse.up()
    visit.settle()


def canvas_pixels(visit: Any, place: int) -> list[int]:
    visit.settle()
    return visit.page.evaluate(
        "([selector, place]) => { const c = document.querySelectorAll(selector)[place];"
        " return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data); }",
        [f'{DECODER} [data-role="pictures"] canvas', place],
    )


def test_brushing_the_histogram_lists_the_samples_in_that_range(look, mnist_report):
    seen = look(mnist_report.path)
    assert seen.state()["count"] == 10_000
    box = plot_box(seen, WORST)
    middle = box["y"] + 0.5 * box["height"]
    drag(seen, (box["x"] + 0.55 * box["width"], middle), (box["x"] + 0.7 * box["width"], middle))
    state = seen.state()
    low, high = (float(control(seen, WORST, role).input_value()) for role in ("from", "to"))
    errors = mnist_report.model.errors(mnist_report.samples)
    inside = np.flatnonzero((errors >= low) & (errors <= high))
    assert 0 < len(inside) < 10_000
    # Errors are float32 in the page, so one on the very edge may fall on either side.
    assert abs(state["count"] - len(inside)) <= 1
    assert np.isin(state["listed"], np.flatnonzero((errors > low - 1e-6) & (errors < high + 1e-6))).all()
    assert (np.diff(errors[state["listed"]]) <= 1e-7).all()
    first_card = seen.page.locator(f"{WORST} .sample-card").first
    assert f"row {state['listed'][0]}" in first_card.inner_text()
    assert str(state["listed"][0]) in seen.page.locator(f'{WORST} [data-role="body"] tr').first.inner_text()
    assert f"{state['count']:,} of 10,000" in control(seen, WORST, "status").inner_text()
    selected = seen.page.evaluate(
        "() => Bokeh.documents.map(d => d.get_model_by_name('points')).find(Boolean).selected.indices.length"
    )
    assert selected == state["count"]


def test_numbers_do_what_brushing_does(look, titanic_report):
    seen = look(titanic_report.path)
    errors = titanic_report.model.errors(titanic_report.samples)
    bound = float(np.sort(errors)[-40]) - 1e-4
    control(seen, WORST, "from").focus()
    seen.page.keyboard.type(f"{bound:.6f}")
    seen.page.keyboard.press("Tab")
    assert abs(seen.state()["count"] - np.count_nonzero(errors >= bound)) <= 1
    control(seen, WORST, "clear").click()
    assert seen.state()["count"] == len(errors)


def test_a_label_leaves_its_own_samples(look, photographs_report):
    seen = look(photographs_report.path)
    before = seen.state()["count"]
    control(seen, WORST, "label").select_option(label="3")
    state = seen.state()
    assert 0 < state["count"] < before
    assert "labelled 3" in control(seen, WORST, "status").inner_text()


def test_each_measure_ranks_by_itself(look, mnist_report):
    seen = look(mnist_report.path)
    sums = mnist_report.model.errors(mnist_report.samples, measure="signed_sum")
    options = control(seen, WORST, "measure").locator("option").all_inner_texts()
    assert len(options) >= 5
    control(seen, WORST, "measure").select_option("signed_sum:negative")
    assert seen.state()["listed"][:10] == np.argsort(sums, kind="stable")[:10].tolist()


def test_brushing_the_map_filters_list_and_histogram(look, mnist_report):
    seen = look(mnist_report.path)
    box = plot_box(seen, MAP)
    drag(
        seen,
        (box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"]),
        (box["x"] + 0.5 * box["width"], box["y"] + 0.6 * box["height"]),
    )
    count = seen.state()["count"]
    assert 0 < count < 10_000
    assert "chosen on the map" in control(seen, WORST, "status").inner_text()
    chosen = seen.page.evaluate(
        "() => Array.from(Bokeh.documents.map(d => d.get_model_by_name('bins')).find(Boolean).data.chosen)"
    )
    assert sum(chosen) == count


def test_a_click_on_the_map_moves_the_sliders_to_the_code_of_that_sample(look, mnist_report):
    seen = look(mnist_report.path)
    before = seen.state()
    box = plot_box(seen, MAP)
    seen.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    state = seen.state()
    assert state["chosen"] != before["chosen"]
    code = mnist_report.model.transform(mnist_report.samples[[state["chosen"]]])[0]
    np.testing.assert_allclose(state["codes"], code, rtol=1e-6, atol=1e-6)
    sliders = seen.page.locator(f'{DECODER} [data-role="sliders"] input[type="range"]')
    assert sliders.count() == 32
    shown = np.sort([float(slider.input_value()) for slider in sliders.all()])
    np.testing.assert_allclose(shown, np.sort(code), atol=0.01 * np.ptp(code))


def test_the_sample_at_hand_and_those_listed_stand_beside_the_map(look, mnist_report):
    seen = look(mnist_report.path)
    control(seen, WORST, "label").select_option(label="3")
    seen.page.locator(f"{WORST} .sample-card").nth(1).click()
    state = seen.state()
    assert f"row {state['chosen']}" in control(seen, MAP, "at-hand").inner_text()
    assert f"{state['count']:,}" in control(seen, MAP, "first-name").inner_text()
    cards = seen.page.locator(f"{MAP} .sample-card")
    assert [f"row {row}" in card.inner_text() for row, card in zip(state["listed"], cards.all(), strict=False)] == [
        True
    ] * 3
    assert cards.nth(1).get_attribute("aria-pressed") == "true"
    cards.nth(2).click()
    assert seen.state()["chosen"] == state["listed"][2]


def test_pointing_at_the_map_shows_the_sample(look, mnist_report):
    seen = look(mnist_report.path)
    box = plot_box(seen, MAP)
    card = control(seen, MAP, "hover")
    assert card.is_hidden()
    seen.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    seen.page.mouse.move(box["x"] + 0.505 * box["width"], box["y"] + 0.5 * box["height"])
    card.wait_for(state="visible")
    assert "row" in card.inner_text()
    assert card.locator("canvas").count() == 3


def test_a_slider_redraws_the_image(look, mnist_report):
    seen = look(mnist_report.path)
    before, sample = canvas_pixels(seen, 1), canvas_pixels(seen, 0)
    slider = seen.page.locator(f'{DECODER} [data-role="sliders"] input[type="range"]').first
    slider.focus()
    code = seen.state()["codes"]
    for _ in range(8):
        seen.page.keyboard.press("ArrowRight")
    moved = seen.state()["codes"]
    assert sum(a != b for a, b in zip(code, moved, strict=True)) == 1
    decoded = mnist_report.model.inverse_transform(np.array([moved], np.float32))[0]
    pixels = np.reshape(canvas_pixels(seen, 1), (28, 28, 4))[..., 0]
    np.testing.assert_allclose(pixels, 255 * np.clip(decoded, 0, 1), atol=1.5)
    assert pixels.ravel().tolist() != np.reshape(before, (28, 28, 4))[..., 0].ravel().tolist()
    assert canvas_pixels(seen, 0) == sample
    control(seen, DECODER, "back").click()
    assert canvas_pixels(seen, 1) == before


def test_a_slider_rewrites_the_row(look, titanic_report):
    seen = look(titanic_report.path)
    cells = control(seen, DECODER, "cells")
    before = cells.inner_text()
    slider = seen.page.locator(f'{DECODER} [data-role="sliders"] input[type="range"]').first
    slider.focus()
    seen.page.keyboard.press("End")
    seen.settle()
    assert cells.inner_text() != before
    assert {"age", "fare", "sex"} <= {line.split("\t")[0] for line in cells.inner_text().splitlines()}


def test_the_decoder_in_the_page_agrees_with_python(look, mnist_report, photographs_report):
    for report in (mnist_report, photographs_report):
        seen = look(report.path)
        codes = report.model.transform(report.samples[:40])
        wide = np.concatenate([codes, 3 * codes[:10], np.zeros((1, codes.shape[1]), np.float32)])
        here = report.model.inverse_transform(wide).reshape(len(wide), -1)
        there = seen.page.evaluate("codes => codes.map(c => window.autoencodeReport.decode(1, c))", wide.tolist())
        assert np.abs(np.array(there) - here).max() < 1e-5


def test_a_rows_cells_are_those_of_the_table_and_of_its_reconstruction(look, titanic_report):
    seen = look(titanic_report.path)
    row = seen.state()["chosen"]
    rebuilt = titanic_report.model.reconstruct(titanic_report.samples.slice(row, 1))
    lines = [line.split("\t") for line in control(seen, DECODER, "cells").inner_text().splitlines()]
    shown = {cells[0].strip(): cells[1:] for cells in lines}
    for name in ("age", "fare"):
        truth, guess = titanic_report.samples[name][row].as_py(), rebuilt[name][0].as_py()
        decoded, sample = (shown[name][k].replace("−", "-").strip() for k in (0, 1))
        if guess is not None:
            assert float(decoded) == pytest.approx(guess, rel=1e-3)
        if truth is not None:
            assert float(sample) == pytest.approx(truth, rel=1e-3)
    for name in ("sex", "embarked"):
        assert shown[name][0].strip() == rebuilt[name][0].as_py()
        assert shown[name][1].strip() == titanic_report.samples[name][row].as_py()


def test_cards_and_rows_are_chosen_by_keyboard(look, mnist_report):
    seen = look(mnist_report.path)
    card = seen.page.locator(f"{WORST} .sample-card").nth(3)
    card.focus()
    seen.page.keyboard.press("Enter")
    assert seen.state()["chosen"] == seen.state()["listed"][3]
    seen.page.locator(f'{WORST} [data-role="body"] tr button').nth(5).focus()
    seen.page.keyboard.press("Space")
    assert seen.state()["chosen"] == seen.state()["listed"][5]
    control(seen, DECODER, "next").focus()
    seen.page.keyboard.press("Enter")
    assert seen.state()["chosen"] == seen.state()["listed"][6]


def test_cells_are_decoded_as_python_does(visit, fitted, tmp_path):
    count = np.arange(60)
    start = pd.Timestamp("2024-03-30 20:37")
    table = pd.DataFrame(
        {
            "zone": start.tz_localize("Europe/Berlin") + pd.to_timedelta(60 * count, unit="min"),
            "night": start.normalize() + pd.to_timedelta(count, unit="D"),
            "days": pd.to_timedelta(count % 7, unit="D"),
            "wait": pd.to_timedelta(500 * count, unit="ms"),
            "clock": [(start + pd.Timedelta(minutes=int(k) * 37)).time() for k in count],
            "small": (count % 5).astype(np.uint8),
            "huge": count * 1e30,
            "gap": np.where(count % 4 == 0, np.nan, count),
            "kind": np.where(count < 40, "a", "b"),
        }
    )
    model = fitted(table, code_size=3, epochs=5)
    path = tmp_path / "times.html"
    model.report(table).save(path)
    seen = visit(path)
    samples = study(model, table).samples
    assert samples is not None
    for row in (0, 7, 59):
        control(seen, DECODER, "sample").fill(str(row))
        seen.page.keyboard.press("Tab")
        seen.settle()
        shown = control(seen, DECODER, "cells").locator("tr").all()
        decoded = [line.locator("td").first.inner_text() for line in shown]
        rebuilt = samples.rebuilt[row].astype(np.float64)
        assert decoded == [show_cell(column.read(rebuilt[None])[0]).replace(",", "") for column in samples.columns]


def test_errors_of_any_size_rank_the_samples(visit, fitted, tmp_path):
    for scale in (1e-30, 1e30):
        numbers = scale * np.random.default_rng(0).normal(size=(60, 5))
        model = fitted(numbers, code_size=2, epochs=2)
        path = tmp_path / "numbers.html"
        model.report(numbers).save(path)
        order = np.argsort(-model.errors(numbers), kind="stable")
        assert visit(path).state()["listed"] == order.tolist()


def test_the_map_is_coloured_by_any_column(look, titanic_report):
    page = look(titanic_report.path).page
    part = page.locator('[data-part="map"]')
    chosen = part.locator('[data-role="colour"]')
    names = chosen.locator("option").all_inner_texts()
    assert names[0] == "error"
    assert {"age", "sex", "deck", "alone"} <= set(names)
    chosen.select_option(label="sex")
    assert part.locator('[data-role="legend"]').inner_text().split() == ["male", "female"]
    chosen.select_option(label="age")
    assert part.locator('[data-role="ramp"]').inner_text().startswith("age ")
    assert part.locator('[data-role="legend"]').is_hidden()
    colours = page.evaluate(
        "() => Bokeh.documents.flatMap(d => d.get_model_by_name('points')?.get_column('colour') ?? [])"
    )
    assert len(set(colours)) > 20


def test_a_table_that_is_wider_than_the_page_says_so(visit, titanic_report):
    page = visit(titanic_report.path, viewport={"width": 380, "height": 800}).page
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(200)
    heights = page.evaluate(
        "() => Array.from(document.querySelectorAll('main .wide'), (box) => [box.scrollWidth > box.clientWidth, "
        "parseFloat(getComputedStyle(box, '::after').maxHeight) > 0, box.clientWidth])"
    )
    shown = [(is_wider, says_so) for is_wider, says_so, width in heights if width]
    assert len(shown) > 3
    assert all(is_wider == says_so for is_wider, says_so in shown)
