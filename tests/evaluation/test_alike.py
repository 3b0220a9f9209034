"""Abnormal samples that are alike: which are a group, how it is said, where it stands for all of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode.cli.main import main
from autoencode.estimators import report_detection
from autoencode.evaluation.alike import LEAST_ALIKE, find_alike
from autoencode.evaluation.explanation import Reason


def make(column: str, value: float | str | bool | None, spread: float | None = 5.0) -> tuple[Reason, ...]:
    return (Reason(column, value, 20.0, spread, 0.9, 60.0), Reason("tip", 1.0, 2.0, 1.0, 0.1, 1.0))


def test_numbers_without_a_gap_are_alike_and_others_are_not() -> None:
    bills = (340.0, 100.0, 344.0, 339.0, 348.0, 104.0, 343.0, 352.0)
    (group,) = find_alike([make("bill", bill) for bill in bills])
    assert group.numbers == (0, 2, 3, 4, 6, 7)
    assert str(group) == "6 rows alike: bill about 344"


def test_fewer_than_five_and_other_columns_are_no_group() -> None:
    assert find_alike([make("bill", 340.0)] * (LEAST_ALIKE - 1) + [make("tip", 340.0)]) == ()
    assert find_alike([()] * 9) == ()


@pytest.mark.parametrize(
    ("value", "said"), [("rug", "sort is 'rug'"), (True, "sort is true"), (None, "sort is missing")]
)
def test_words_truth_values_and_missing_cells(value: str | bool | None, said: str) -> None:
    (group,) = find_alike([make("sort", value, None)] * 5 + [make("sort", "lamp", None)])
    assert str(group) == f"5 rows alike: {said}"


def test_the_largest_group_is_first() -> None:
    groups = find_alike([make("bill", 340.0)] * 5 + [make("bill", 900.0)] * 7)
    assert [len(group.numbers) for group in groups] == [7, 5]


@pytest.fixture(scope="module")
def bills() -> pd.DataFrame:
    random = np.random.default_rng(0)
    size = random.normal(20, 5, size=1000)
    table = pd.DataFrame({"bill": size, "tip": 0.15 * size + random.normal(0, 0.2, 1000), "guests": size / 8})
    table.loc[:24, "bill"] = random.normal(340, 2, 25)
    return table


def test_a_detection_says_and_shows_them_as_one(bills: pd.DataFrame) -> None:
    found = ae.detect(bills, false_alarm_rate=0.04, random_state=0)
    (group,) = found.alike
    assert set(found.order[list(group.numbers)]) <= set(range(25))
    assert len(group.numbers) >= 20
    assert group.value == pytest.approx(340, abs=2)
    assert f"{group}; is this a kind of its own?" in found.sentences()
    page = report_detection(found, bills).html
    assert str(group) in page
    assert page.count(f"and {len(group.numbers) - 1} alike") == 1


def test_the_shell_shows_the_first_of_them(
    bills: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bills.to_csv(tmp_path / "bills.csv", index=False)
    options = ["--false-alarm-rate", "0.04", "--seed", "0"]
    assert main(["detect", str(tmp_path / "bills.csv"), *options]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"\d+ rows alike: bill about 3\d\d; is this a kind of its own\?", " ".join(printed.split()))
    assert len(re.findall(r"^\s*\d+ +0\.", printed, re.MULTILINE)) == 10
    assert len(re.findall(r"and \d+ alike", printed)) == 1
    assert main(["detect", str(tmp_path / "bills.csv"), *options, "--json"]) == 0
    (group,) = json.loads(capsys.readouterr().out)["alike"]
    assert group["column"] == "bill"
    assert len(group["rows"]) >= 20


def test_a_number_has_the_digits_that_tell_how_far_it_is_off() -> None:
    off_by_little = [[Reason("heat", 25.62 + 0.001 * place, 25.83, 0.01, 0.9, 20.0)] for place in range(6)]
    assert [str(group) for group in find_alike(off_by_little)] == ["6 rows alike: heat about 25.62"]
    off_by_much = [[Reason("bill", 338.0 + place, 20.0, 5.0, 0.9, 60.0)] for place in range(6)]
    assert [str(group) for group in find_alike(off_by_much)] == ["6 rows alike: bill about 340"]
