"""What the code can make, and how it is used, in a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import autoencode as ae
from autoencode.estimators.model_study import study
from autoencode.evaluation import CodeStatistics
from autoencode.report import render_page
from autoencode.report.blocks import Cards, Paragraph, Plot, Table
from autoencode.report.creations import show_creations
from autoencode.report.page import Page, Section
from autoencode.report.report import compose_report
from autoencode.report.study import Creations, Study

MAKE, USE = "What the code can make", "How the code is used"


def add_creations(study: Study, units: int = 2, normal: bool = False) -> Study:
    samples = study.samples
    assert samples is not None
    rng = np.random.default_rng(0)
    width = samples.features.shape[1]
    values = np.tile(np.linspace(-1, 1, 9), (units, 1))
    made = Creations(rng.random((32, width)), normal, 3, np.arange(units), values, rng.random((*values.shape, width)))
    return replace(study, creations=made, codes=CodeStatistics.of(samples.codes))


def find(page: Page, title: str) -> Section:
    return next(section for section in page.sections if section.title == title)


@pytest.mark.parametrize("kind", ["images", "numbers", "table"])
def test_made_up_samples_are_shown_as_samples_are(build_study: Callable[..., Study], kind: str) -> None:
    study = add_creations(build_study(kind), units=2 if kind == "images" else 0)
    page = compose_report([study])
    titles = [section.title for section in page.sections]
    assert titles.index("Live decoder") < titles.index(MAKE) < titles.index(USE)
    section = find(page, MAKE)
    if kind == "images":
        made, along = (block for block in section.blocks if isinstance(block, Cards))
        assert sum(len(card.pictures) for card in made.cards) == 32
        assert [card.lines for card in along.cards] == [
            ("unit 0", "from −1.00 to 1.00"),
            ("unit 1", "from −1.00 to 1.00"),
        ]
        assert {len(card.pictures) for card in along.cards} == {9}
        assert len(along.names) == 9
    else:
        (table,) = (block for block in section.blocks if isinstance(block, Table))
        assert study.samples is not None
        assert list(table.head) == [column.name for column in study.samples.columns[:6]]
        assert len(table.rows) == 8
    assert any(isinstance(block, Plot) for block in find(page, USE).blocks)
    html = render_page(page)
    assert "never active are orange" not in html
    assert len(html) < 6_000_000


def test_it_is_said_what_codes_were_drawn_from(build_study: Callable[..., Study]) -> None:
    for normal, words in ((True, "the standard normal distribution"), (False, "stand for nothing")):
        study = add_creations(build_study(), normal=normal)
        assert study.creations is not None
        assert study.samples is not None
        section = show_creations(study.creations, study.samples)
        assert isinstance(section.blocks[0], Paragraph)
        assert words in section.blocks[0].text


def test_hostile_names_are_text(build_study: Callable[..., Study], hostile: str) -> None:
    study = add_creations(build_study("table", hostile=hostile), units=0)
    assert "<img src=x" not in render_page(compose_report([study]))


def test_the_use_of_a_codebook_is_shown(build_study: Callable[..., Study]) -> None:
    study = build_study(with_samples=False)
    codes = CodeStatistics.of(np.zeros((4, 2)), np.array([[0, 1]] * 4), entry_count=8)
    page = compose_report([replace(study, codes=codes)])
    assert [section.title for section in page.sections][-2:] == [USE, "How to use it"]
    section = find(page, USE)
    assert len([block for block in section.blocks if isinstance(block, Plot)]) == 2
    text = " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))
    assert "2 of 8 entries are used" in text
    assert "never active are orange" in text


@pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")
def test_numbers_have_no_traversals() -> None:
    table = np.random.default_rng(0).normal(size=(40, 3))
    model = ae.Autoencoder(code_size=1, hidden=(), epochs=2, random_state=0).fit(table)
    made = study(model, table).creations
    assert made is not None
    assert made.traversals.shape == (0, 9, 3)
    np.testing.assert_allclose(made.made_up, model.sample(32))


@pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")
def test_sequences_are_made_up_as_they_are_shown() -> None:
    sequences = np.random.default_rng(0).normal(size=(30, 7, 2)).cumsum(axis=1)
    sequences[::3, 5:] = np.nan
    model = ae.Autoencoder(recipe="sequence", code_size=2, hidden=(4,), epochs=1, random_state=0).fit(sequences)
    made = study(model, sequences).creations
    assert made is not None
    assert made.made_up.shape == (32, 14)
    assert np.isfinite(made.made_up).all()
    assert made.traversals.shape == (2, 9, 14)


@pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")
def test_a_fitted_model_brings_its_own() -> None:
    digits = ae.data.load("digits")
    train, test = digits.train.reshape(-1, 8, 8), digits.test.reshape(-1, 8, 8)[:40]
    model = ae.Autoencoder(code_size=3, hidden=(), epochs=30, random_state=0).fit(train)
    found = study(model, test)
    made, samples = found.creations, found.samples
    assert made is not None
    assert samples is not None
    assert found.codes is not None
    np.testing.assert_array_equal(made.made_up.reshape(-1, 8, 8), model.sample(32))
    for unit, values, images in zip(made.units, made.values, made.traversals, strict=True):
        np.testing.assert_array_equal(images.reshape(-1, 8, 8), model.traverse(test[made.origin], unit, values))
    assert str(found.codes) == str(model.code_statistics(test))
    assert str(study(model).codes) == str(model.code_statistics())
