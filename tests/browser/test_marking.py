"""Rows of a detection's page are marked by clicks, saved, and given to the next training."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.estimators import report_detection

HOSTILE = '</script><img src=x onerror="alert(1)">, "as it is"\u2028'
WORDS = ["--seed", "0", "--false-alarm-rate", "0.05"]


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file as people in Europe have it, of which a few rows are odd; its cells are written as nobody else would."""
    random = np.random.default_rng(0)
    with (tmp_path / "orders.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["order", "kind", "size", "weight", "day"])
        for row in range(240):
            size = random.integers(1, 2000)
            weight = size * (2.0 if row not in (30, 31, 130) else 40.0) + 5 * random.normal()
            kind = HOSTILE if row in (30, 80) else "" if row % 9 == 0 else "post"
            cells = [f"A{row}", kind, f"{size:,}".replace(",", "."), f"{weight:.2f}".replace(".", ",")]
            writer.writerow([*cells, f"{row % 28 + 1:02}.03.2024"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def flagged(capsys: pytest.CaptureFixture[str], *words: str) -> set[int]:
    capsys.readouterr()
    assert main(["detect", "orders.csv", *WORDS, *words, "--json"]) == 0
    return {row["row"] for row in json.loads(capsys.readouterr().out)["anomalies"] if row["flagged"]}


def click(seen: Any, word: str, row: int) -> None:
    seen.page.get_by_role("button", name=f"{word}: ").and_(seen.page.locator(f'[aria-label*=" row {row},"]')).click()


def save(seen: Any, path: Path) -> list[dict[str, str]]:
    with seen.page.expect_download() as begun:
        seen.page.get_by_role("button", name="Save marks.csv").click()
    assert begun.value.suggested_filename == "marks.csv"
    begun.value.save_as(path)
    return read(path, ",")


def read(path: Path, separator: str) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=separator))


def test_what_is_clicked_is_saved_and_not_flagged_again(
    visit: Any, orders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = flagged(capsys, "--report", "page.html")
    assert {30, 31, 130} <= before
    seen = visit(orders / "page.html")
    assert seen.page.get_by_role("button", name="Save marks.csv").is_disabled()
    for word, row in (("normal", 30), ("anomaly", 31), ("normal", 31), ("anomaly", 130), ("anomaly", 130)):
        click(seen, word, row)
    assert seen.page.locator(".marking output").inner_text() == "2 marked"
    rows = save(seen, orders / "marks.csv")
    own = read(orders / "orders.csv", ";")
    places = {row["order"]: place for place, row in enumerate(own)}
    assert {places[row["order"]]: row["mark"] for row in rows} == {30: "normal", 31: "normal"}
    # The cells as they stand in the file, to the character.
    assert all(row == own[places[row["order"]]] | {"mark": row["mark"]} for row in rows)
    after = flagged(capsys, "--feedback", "marks.csv")
    assert not {30, 31} & after
    assert 130 in after
    assert after < before


def test_marks_of_an_array(visit: Any, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(120, 3))
    rows[7] += [0, 9, 0]
    found = ae.detect(rows, false_alarm_rate=0.05, random_state=0)
    assert found.flagged[7]
    path = tmp_path / "page.html"
    report_detection(found, rows).save(path)
    seen = visit(path)
    seen.page.locator('button[aria-label="normal: 1. row 7"]').click()
    (row,) = save(seen, tmp_path / "marks.csv")
    assert row == {"x0": str(rows[7, 0]), "x1": str(rows[7, 1]), "x2": str(rows[7, 2]), "mark": "normal"}
    again = ae.detect(rows, false_alarm_rate=0.05, random_state=0, feedback=tmp_path / "marks.csv")
    assert not again.flagged[7]


def test_nothing_of_it_is_seen_without_script_or_on_paper(visit: Any, orders: Path) -> None:
    assert main(["detect", "orders.csv", *WORDS, "--report", "page.html", "--json"]) == 0
    seen = visit(orders / "page.html", ready=False, java_script_enabled=False)
    assert not [button for button in seen.page.locator("button").all() if button.is_visible()]
    seen = visit(orders / "page.html")
    assert seen.page.locator("td.mark button").first.is_visible()
    seen.page.emulate_media(media="print")
    assert not [control for control in seen.page.locator(".mark, .marking").all() if control.is_visible()]


def test_it_fits_a_telephone(visit: Any, orders: Path) -> None:
    assert main(["detect", "orders.csv", *WORDS, "--report", "page.html", "--json"]) == 0
    seen = visit(orders / "page.html", viewport={"width": 380, "height": 900})
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= 380
