"""The report of a detection: what stands on it, and that hostile cells are text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autoencode.evaluation.detection import DRIFT, Detection
from autoencode.evaluation.explanation import Explanation, Reason
from autoencode.report import render_page
from autoencode.report.abnormal_images import AbnormalImages, AbnormalRow
from autoencode.report.blocks import Cards, Facts, Paragraph, Plot, Table
from autoencode.report.detecting import DetectionStudy, compose_detection
from autoencode.report.page import Page
from autoencode.types import ColumnDescription

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e{{ 7*7 }}" + "\ud800\n" + "long" * 2500


SHARES = np.array([0.6, 0.2, 0.12, *[0.08 / 7] * 7])


def make_found(name: str = "", *, reference: str | None = None) -> Detection:
    """Return a detection of 50 samples, of which the last two are flagged, and the last five explained."""
    scores = np.linspace(0, 10, 50)
    order = np.arange(49, -1, -1)
    explained = scores[order[:5]]
    return Detection(
        scores=scores,
        p_values=np.arange(50, 0, -1) / 50,
        threshold=float(scores[-3]),
        calibration_scores=scores[:-1],
        false_alarm_rate=0.04,
        judged_against=reference,
        order=order,
        explanation=Explanation(
            columns=tuple(f"column {column}{name}" for column in range(10)),
            contributions=explained[:, None] * SHARES,
            scores=explained,
            p_values=np.arange(1, 6) / 50,
            nearest=np.full(5, 3),
            reasons=((Reason(f"fare{name}", 512.0, 31.0, 20.0, 0.6, 24.0),),) * 5,
        ),
        rebuilt=None,
        seed=0,
        columns=(ColumnDescription(f"name{name}", "left out", 0, f"an id{name}"),),
    )


def make_study(name: str = "", *, reference: str | None = None) -> DetectionStudy:
    found = make_found(name, reference=reference)
    rows = tuple(
        AbnormalRow(
            name=f"row {49 - place}{name}",
            nearest=f"row 3{name}",
            score=float(found.scores[49 - place]),
            p_value=(place + 1) / 50,
            flagged=place < 2,
            reasons=(f"fare is 512, expected 31 ± 20{name}",),
            cells=tuple(f"cell {column}{name}" for column in range(10)),
            shares=tuple(SHARES.tolist()),
        )
        for place in range(5)
    )
    return DetectionStudy(
        found=found, source=f"people.csv{name}", reference=reference, rows=rows, versions=f"autoencode 0{name}"
    )


def find(page: Page, title: str, kind: type) -> Any:
    section = next(section for section in page.sections if section.title == title)
    return next(block for block in section.blocks if isinstance(block, kind))


def test_what_stands_on_the_page() -> None:
    page = compose_detection(make_study())
    assert [section.title for section in page.sections] == [
        "What was found",
        "The most abnormal samples",
        "Which cells give them away",
        "Which columns are guilty most often",
        "Columns that were left out",
        "The scores",
        "What the rate promises, and what not",
    ]
    found = next(section for section in page.sections if section.title == "What was found")
    said = [block.text for block in found.blocks if isinstance(block, Paragraph)]
    assert said[0] == "Of 50 samples 2 are flagged; were all normal, about 2.0 would be."
    assert find(page, "Which columns are guilty most often", Table).rows == [("column 0", "2", "60%")]
    assert find(page, "Columns that were left out", Table).rows == [("name", "an id")]
    rows = find(page, "The most abnormal samples", Table)
    assert rows.rows[0] == ("1. row 49", "0.020", "fare is 512, expected 31 ± 20", "10.0", "row 3")
    assert "the first 2 of them flagged" in rows.caption
    cells = find(page, "Which cells give them away", Table)
    assert cells.shades[0][:4] == [0, 4, 2, 1]
    assert len(cells.head) == 9
    assert "2 more columns left out" in cells.caption
    assert "judged against each other" in render_page(page)


def test_a_reference_and_labels() -> None:
    study = replace(make_study(reference="good.csv"), labels=np.arange(50) >= 48)
    page = compose_detection(study)
    facts = {name: (number, note) for number, name, note in find(page, "What was found", Facts).facts}
    assert facts["anomalies flagged"][0] == "2 of 2"
    assert facts["area under the ROC curve"][0] == "1.000"
    assert "at least 624 calibration samples" in facts["flagged by the stricter reading"][1]
    table = find(page, "Against the labels", Table)
    assert [row[1:] for row in table.rows] == [("2", "0"), ("0", "48"), ("100%", "0%")]
    assert isinstance(find(page, "Against the labels", Plot), Plot)
    assert "49 normal samples, kept from training" in render_page(page)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3)], ids=["grey", "colour"])
def test_images_come_first(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).random((5, *shape))
    rows = tuple(replace(row, reasons=(), cells=(), shares=()) for row in make_study().rows)
    found = make_found()
    found = replace(found, explanation=replace(found.explanation, contributions=images))
    study = replace(make_study(), found=found, rows=rows, images=AbnormalImages(images, images, images, images, (0, 1)))
    page = compose_detection(study)
    cards, table = page.sections[1].blocks
    assert isinstance(cards, Cards)
    assert [len(card.pictures) for card in cards.cards] == [4] * 5
    assert cards.cards[2].lines == ("3. row 47", "p = 0.060, not flagged")
    assert isinstance(table, Table)
    assert table.folded
    assert "why" not in table.head


def test_what_it_means_that_most_are_flagged_stands_on_the_page() -> None:
    found = replace(make_found(reference="good.csv"), threshold=-1.0, p_values=np.full(50, 1 / 201))
    page = compose_detection(replace(make_study(reference="good.csv"), found=found))
    said = [block.text for block in page.sections[0].blocks if isinstance(block, Paragraph)]
    assert said[1] == DRIFT
    assert DRIFT in found.sentences()


def test_hostile_cells_are_text() -> None:
    html = render_page(compose_detection(make_study(HOSTILE, reference=HOSTILE)))
    assert "<img src=x" not in html
    assert "\u202e" not in html
    assert "long" * 100 not in html
    assert html.count("<script>") == 1
    html.encode()


def test_all_that_is_flagged_is_listed_in_pages() -> None:
    study = make_study()
    rows = tuple(replace(study.rows[0], name=f"row {place}", flagged=place < 130) for place in range(130))
    scores = np.arange(150.0)
    found = replace(make_found(), scores=scores, p_values=np.full(150, 1 / 201), order=np.arange(150))
    page = compose_detection(replace(study, rows=rows, found=found))
    section = next(section for section in page.sections if section.title == "The most abnormal samples")
    tables = [block for block in section.blocks if isinstance(block, Table)]
    assert [len(table.rows) for table in tables] == [20, 50, 50, 10]
    assert [table.folded for table in tables] == [False, True, True, True]
    assert [row[0] for table in tables for row in table.rows][::129] == ["1. row 0", "130. row 129"]
    assert "20 more flagged samples left out" in tables[0].caption
    assert "21 to 70" in render_page(page)
    assert len(find(page, "Which cells give them away", Table).rows) == 20


def test_the_title_has_the_name_of_the_file_and_the_line_below_it_the_path() -> None:
    page = compose_detection(replace(make_study(), source="data/of 2026/people.csv"))
    assert page.title == "What is abnormal in people.csv"
    assert "data/of 2026/people.csv" in page.lead
    assert compose_detection(replace(make_study(), source="good/")).title == "What is abnormal in good"
