from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from autoencode.exceptions import InvalidInputError
from autoencode.report import Report, comparison_html, make_report
from autoencode.report.blocks import Facts, Listing, Paragraph, Part, Plot, Table
from autoencode.report.cells import find_shades, show_cell
from autoencode.report.curves import show_training
from autoencode.report.page import Page, Section, render_page
from autoencode.report.report import compose_report
from autoencode.report.study import Study
from autoencode.report.summary import summarise
from autoencode.report.usage import show_usage

COMMON = ["In short", "How it was trained"]
WITH_SAMPLES = ["Originals and reconstructions", "Worst first", "Map of the codes", "Live decoder"]
LAST = ["Against the baselines", "How to use it"]
BY_FEATURE = {"images": "Errors by pixel", "numbers": "Errors by column", "table": "Errors by column"}


@pytest.fixture(scope="session")
def page_of(build_study: Callable[..., Study]) -> Callable[..., Page]:
    """The page of one study, composed once."""

    @cache
    def compose(kind: str = "images", hostile: str = "", with_decoder: bool = True) -> Page:
        return compose_report([build_study(kind, hostile=hostile, with_decoder=with_decoder)])

    return compose


class Text(HTMLParser):
    """The text of a page outside of scripts and styles, and its tags."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] not in (["script"], ["style"]):
            self.text.append(data)


def find(page: Page, title: str) -> Section:
    return next(section for section in page.sections if section.title == title)


def words(section: Section) -> str:
    return " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize("kind", ["images", "numbers", "table"])
@pytest.mark.parametrize("with_decoder", [True, False])
def test_every_section_is_there(page_of, kind: str, with_decoder: bool) -> None:
    page = page_of(kind, "", with_decoder)
    assert [section.title for section in page.sections] == [*COMMON, *WITH_SAMPLES, BY_FEATURE[kind], *LAST]
    assert all(section.blocks for section in page.sections)
    assert len(page.studies) == 1
    parts = [block for section in page.sections for block in section.blocks if isinstance(block, Part)]
    assert [(part.name, part.study) for part in parts] == [("worst", 1), ("map", 1), ("decoder", 1)][: 2 + with_decoder]
    assert all(part.plot is not None for part in parts[:2])
    assert parts[0].fallback
    plots = [block for section in page.sections for block in section.blocks if isinstance(block, Plot)]
    assert len(plots) == 4  # the restarts all have the same live directions, so they are a table
    assert all(plot.still.startswith(b"\x89PNG") and plot.description for plot in plots)


def test_a_study_without_samples_tells_of_its_training(build_study) -> None:
    page = compose_report([build_study(with_samples=False)])
    html = render_page(page)
    assert [section.title for section in page.sections] == [*COMMON, "How to use it"]
    assert page.studies == []
    assert "data-part" not in html.partition("</style>")[2].partition("<script>")[0]


def test_several_studies_are_compared_first_and_have_a_chapter_each(build_study, compare_studies) -> None:
    studies = [build_study("numbers", 12, name=name, seed=seed) for seed, name in enumerate(("first", "second"))]
    page = compose_report(studies, compare_studies(*studies))
    assert page.sections[0].title == "Which is better"
    assert [section.chapter for section in page.sections if section.chapter] == ["first", "second"]
    assert [json.loads(text)["name"] for text in page.studies] == ["first", "second"]
    assert page.title == "first and second"
    numbers = [block.study for section in page.sections for block in section.blocks if isinstance(block, Part)]
    assert numbers == [1, 1, 1, 2, 2, 2]


def test_studies_with_and_without_samples_are_numbered_by_their_payloads(build_study) -> None:
    page = compose_report([build_study(name="bare", with_samples=False), build_study("numbers", 12, name="full")])
    numbers = {block.study for section in page.sections for block in section.blocks if isinstance(block, Part)}
    assert numbers == {1}
    assert len(page.studies) == 1


def test_samples_too_large_to_explore_are_still_shown(build_study, monkeypatch) -> None:
    monkeypatch.setattr("autoencode.report.report.STUDY_BYTES", 100)
    page = compose_report([build_study("numbers")])
    assert page.studies == []
    assert not [block for section in page.sections for block in section.blocks if isinstance(block, Part)]
    assert "too large to be explored" in words(find(page, "Worst first"))
    assert [block for block in find(page, "Worst first").blocks if isinstance(block, Table)]


def test_nothing_to_report_is_said() -> None:
    with pytest.raises(InvalidInputError, match="studies: expected at least one"):
        make_report([])


@pytest.mark.parametrize("kind", ["images", "numbers", "table"])
def test_hostile_names_are_text(page_of, kind: str, hostile: str) -> None:
    html = render_page(page_of(kind, hostile))
    tame, wild = (Text(page) for page in (render_page(page_of(kind)), html))
    assert set(wild.tags) == set(tame.tags)
    assert wild.tags.count("script") == tame.tags.count("script")
    assert wild.tags.count("img") == tame.tags.count("img")
    assert not [name for name, _ in wild.attributes if name.startswith("on")]
    assert any("</script><img src=x onerror=alert(1)>" in text for text in wild.text)
    assert "\u202e" not in "".join(wild.text)
    html.encode()


@pytest.mark.parametrize("kind", ["images", "numbers", "table"])
def test_nothing_is_loaded_from_anywhere(page_of, kind: str) -> None:
    found = Text(render_page(page_of(kind)))
    addresses = [value for name, value in found.attributes if name in ("src", "href", "srcset", "action", "data")]
    assert all(re.match(r"data:image/(png|webp);base64,|#section-\d+$", address) for address in addresses)
    assert "link" not in found.tags
    assert "iframe" not in found.tags


def test_samples_of_training_are_said_loudly(build_study) -> None:
    held_out, trained, unknown = (summarise(build_study(held_out=h)) for h in (True, False, None))
    assert "was not trained on" in words(held_out)
    assert "is not known here" in words(unknown)
    loud = [block for block in trained.blocks if isinstance(block, Paragraph) and "TRAINED" in block.text]
    assert len(loud) == 1
    assert loud[0].strong
    assert loud[0].mark == "bad"


def test_the_summary_has_the_numbers_and_the_verdict(build_study) -> None:
    study = build_study("images")
    section = summarise(study)
    (facts,) = [block for block in section.blocks if isinstance(block, Facts)]
    numbers = [number for number, _, _ in facts.facts]
    assert numbers[:2] == ["24 → 2", "0.800"]
    assert "30" in numbers
    assert study.comparison.verdict.headline in words(section)
    assert study.comparison.verdict.text.split(". ")[-1] in words(section)


def test_a_diagnosis_is_said(build_study) -> None:
    study = build_study()
    study = replace(study, training=replace(study.training, diagnosis=("1 of 2 units is dead.",)))
    assert "1 of 2 units is dead." in words(summarise(study))


@pytest.mark.parametrize("change", ["diverged", "nan r_squared", "many directions", "one restart", "one epoch"])
def test_odd_trainings_make_a_page(build_study, change: str) -> None:
    study = build_study("numbers", 12)
    training, samples = study.training, study.samples
    if change == "diverged":
        training = replace(training, loss=np.full((5, 3), np.nan), final_loss=np.full(3, np.nan))
    if change == "many directions":
        training = replace(training, live_directions=np.array([40, 41, 42]))
    if change == "one restart":
        training = replace(
            training, loss=training.loss[:, :1], validation_loss=None, final_loss=training.final_loss[:1],
            live_directions=training.live_directions[:1],
        )  # fmt: skip
    if change == "one epoch":
        training = replace(training, loss=training.loss[:1], validation_loss=None)
    if change == "nan r_squared":
        samples = replace(samples, r_squared=float("nan"))
    study = replace(study, training=training, samples=samples)
    html = render_page(Page("t", "l", [summarise(study), show_training(study)]))
    assert "How it was trained" in html


def test_code_to_copy_quotes_its_names(build_study) -> None:
    study = build_study("numbers")
    card = replace(study.card, path="my runs/a'b; rm -rf ~")
    usage = show_usage(replace(study, card=card))
    python, shell = (block.text for block in usage.blocks if isinstance(block, Listing) and block.title)
    compile(python, "usage", "exec")
    assert repr(card.path) in python
    assert "'my runs/a'\"'\"'b; rm -rf ~'" in shell


def test_the_worst_stand_first_without_a_script(build_study, page_of) -> None:
    study = build_study("numbers")
    (part,) = [block for block in find(page_of("numbers"), "Worst first").blocks if isinstance(block, Part)]
    (table,) = [block for block in part.fallback if isinstance(block, Table)]
    order = np.argsort(-study.samples.errors["squared_error"], kind="stable")[:12]
    assert [row[0] for row in table.rows] == [
        f"row {study.samples.rows[k]:,}, label {study.samples.labels[k]}" for k in order
    ]


def test_cells_decode_as_the_table_encoder_has_them(build_study) -> None:
    samples = build_study("table", 60).samples
    for column in samples.columns[:-1]:
        for place in range(60):
            cell, found = column.cells[place], column.read(samples.features[[place]])[0]
            assert found == (pytest.approx(cell, abs=1e-4) if isinstance(cell, float) else cell)
    places = np.arange(60)
    same = replace(samples, rebuilt=samples.features)
    assert all(find_shades(column, same, places, 1.0) == [0] * 60 for column in samples.columns)
    shades = [find_shades(column, samples, places, 1.0) for column in samples.columns]
    assert {level for column in shades for level in column} > {0, 4}
    assert shades[-1] == [0] * 60


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, "missing"), (True, "true"), (3.0, "3"), (-2.5, "−2.5"), (1e-9, "1.000e−09"), ("a\nb", "a\\nb")],
)
def test_cells_are_shown(cell: object, text: str) -> None:
    assert show_cell(cell) == text  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("kind", "step", "number", "text"),
    [
        ("timestamp[us, tz=Europe/Berlin]", 60.0, 3600.0, "2000-01-01 01:00:00Z"),
        ("timestamp[us]", 1e-3, 1.0625, "2000-01-01 00:00:01.062"),
        ("timestamp[us]", 1e-6, -1.000001, "1999-12-31 23:59:58.999999"),
        ("timestamp[ms]", 1.0, 1e300, "9999-12-31 23:59:59"),
        ("date32[day]", 86400.0, -1e300, "0001-01-01"),
        ("time64[us]", 1e-3, 1e9, "23:59:59.999"),
        ("time32[s]", 60.0, 1e9, "23:59:00"),
        ("duration[us]", 86400.0, -172_800.0, "−2 days"),
        ("duration[us]", 1.0, 2571.0, "2571 s"),
        ("duration[ms]", 1e-3, -0.5, "−0.500 s"),
    ],
)
def test_times_are_shown_to_their_resolution(make_column, kind: str, step: float, number: float, text: str) -> None:
    origin = 946_684_800 if kind.startswith(("timestamp", "date")) else 0  # 2000-01-01
    plain = {"scaling": "standard", "offset": 0.0, "scale": 1.0}
    inverse = {"kind": "datetime", "type": kind, "step": step, "origin": origin, "missing": 0, "map": plain}
    column = make_column("when", "datetime", [text], 0, 1, inverse)
    assert column.read(np.array([[number]])) == [text]


@pytest.mark.parametrize(
    ("kind", "number", "cell"), [("uint8", -6.2, 0.0), ("int8", 300.0, 127.0), ("int64", 2.5, 2.0)]
)
def test_whole_numbers_stay_in_their_type(make_column, kind: str, number: float, cell: float) -> None:
    plain = {"scaling": "standard", "offset": 0.0, "scale": 1.0}
    column = make_column("count", "numeric", [1.0], 0, 1, {"kind": "numeric", "type": kind, "missing": 0, "map": plain})
    assert column.read(np.array([[number]])) == [cell]


def test_a_comparison_in_a_notebook(build_study, compare_studies, hostile: str) -> None:
    studies = [build_study(name=name, hostile=hostile, seed=seed) for seed, name in enumerate("ab")]
    comparison = compare_studies(*studies)
    found = Text(comparison_html(comparison))
    assert "script" not in found.tags
    assert found.tags.count("img") == 2
    assert found.tags.count("tr") == 4
    assert not [name for name, _ in found.attributes if name.startswith("on")]


def test_the_report_is_saved_whole(tmp_path: Path) -> None:
    report = Report("<p>é</p>")
    path = report.save(tmp_path / "report.html")
    assert path.read_text(encoding="utf-8") == report.html
    assert report.save(str(path)) == path
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(InvalidInputError, match="does not exist"):
        report.save(tmp_path / "none" / "report.html")
    with pytest.raises(InvalidInputError, match="is a folder"):
        report.save(tmp_path)
    for name in ("a\0b.html", "\ud800.html"):
        with pytest.raises(InvalidInputError, match="cannot be the name of a file"):
            report.save(tmp_path / name)


def test_the_report_in_a_notebook(build_study) -> None:
    report = make_report([build_study("numbers", 12)])
    found = Text(report._repr_html_())
    assert found.tags == ["iframe"]
    attributes = dict(found.attributes)
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == report.html
    assert len(repr(report)) < 100
