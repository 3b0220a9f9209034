from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import planting
import protocol
import pytest
from alarms import LEAST_CALIBRATION, expected_rate, is_in_band, realised_rates
from bench_detection import save
from comparisons import bootstrap_difference, count_found, mean_ranks, measure_ranking, standard_error
from goals import judge_goals
from hypothesis import assume, given
from hypothesis import strategies as st
from page import render_page
from planted_errors import FOREST, encode_one_hot, make_table, read_columns
from planting import KINDS, PER_KIND, PLANS, Plan, plant
from protocol import DEVELOPED_ON, MAX_ROWS, MODES, SEEDS, SETS, count_kept, split, split_class
from rankings import DETECTORS
from raw_tables import RAW_MODES, lay_out, list_sets
from score_files import Scores, check_folder, keep_scores, read_scores, write_scores
from simple_peers import SIMPLE_PEERS
from summaries import summarise_alarms

needs_data = pytest.mark.skipif(not os.environ.get("AUTOENCODE_DATA"), reason="needs AUTOENCODE_DATA")
pytestmark = pytest.mark.slow

SEED = st.integers(0, 2**32 - 1)

# ---------------------------------------------------------------------- what a detector is given


def test_every_other_set_by_name_was_developed_on():
    assert tuple(sorted(SETS, key=str.lower)[::2]) == DEVELOPED_ON
    assert len(set(SETS)) == 20


@given(rows=st.integers(10, 10 * MAX_ROWS), share=st.floats(0.0, 0.5))
def test_the_ratio_of_anomalies_is_kept(rows, share):
    anomalies = max(2, round(share * rows))
    labels = np.zeros(rows, dtype=np.int64)
    labels[:anomalies] = 1
    normal, abnormal = count_kept(labels)
    assert normal + abnormal == min(rows, MAX_ROWS)
    expected = anomalies * min(rows, MAX_ROWS) / rows
    assert abs(abnormal - expected) <= 0.5 or (abnormal == 2 and expected < 2)


@given(normal=st.integers(2, 60), anomalies=st.integers(2, 30), seed=SEED)
def test_no_row_is_both_trained_on_and_scored(normal, anomalies, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "MAX_ROWS", 50)
        labels = np.repeat([0, 1], [normal, anomalies])
        # Scaling keeps different numbers different.
        features = np.stack([np.arange(len(labels)), np.full(len(labels), 7.0)], axis=1)
        without, semi = (split(features, labels, seed, mode) for mode in MODES)
        for data in (without, semi):
            rows = np.concatenate([data.train[:, 0], data.test[:, 0]])
            assert len(np.unique(rows)) == len(rows) <= 50
            assert set(data.test_labels) == {0, 1}
            assert np.allclose(data.train.mean(axis=0), 0)
            assert not data.train[:, 1].any()
        assert set(without.train_labels) == {0, 1}
        assert not semi.train_labels.any()
        # The same rows are scored.
        assert np.array_equal(np.sort(without.test_labels), np.sort(semi.test_labels))
        assert len(semi.train) == np.sum(without.train_labels == 0)


def test_splits_are_those_of_the_scores_that_are_kept():
    """Scores on disk belong to these rows: who changes them must count up `PROTOCOL`."""
    labels = np.repeat([0, 1], [7, 3])
    data = split(np.arange(10.0)[:, None], labels, 1, "unsupervised")
    rows = np.argsort(np.argsort(np.concatenate([data.train, data.test])[:, 0]))
    assert (protocol.PROTOCOL, rows[:7].tolist(), rows[7:].tolist()) == (1, [0, 9, 8, 5, 1, 4, 2], [3, 6, 7])


@given(seed=SEED, normal=st.integers(0, 2))
def test_a_class_is_trained_on_alone(seed, normal):
    classes = np.repeat([0, 1, 2], [10, 20, 30])
    samples = np.arange(60)
    data = split_class(samples, classes, normal, seed)
    assert sorted([*data.train, *data.test]) == list(range(60))
    assert set(classes[data.train]) == {normal}
    assert len(data.train) == round(0.7 * np.sum(classes == normal))
    assert np.array_equal(data.test_labels, classes[data.test] != normal)


@needs_data
@pytest.mark.parametrize(("name", "rows"), [("wine", 129), ("ALOI", MAX_ROWS)])
def test_real_sets_are_split(name, rows):
    features, labels = protocol.read_set(name)
    data = split(features, labels, 1, "unsupervised")
    assert len(data.train) + len(data.test) == rows
    kept = np.mean([*data.train_labels, *data.test_labels])
    assert kept == pytest.approx(labels.mean(), abs=1 / rows)


# ---------------------------------------------------------------------- scores on disk


def test_scores_are_made_once(tmp_path: Path):
    made = []

    def make() -> Scores:
        made.append(1)
        return Scores(np.array([1.0, np.inf]), 0.5, 0.25, {"p_values": np.array([0.5, 0.1])})

    path = tmp_path / "ours" / "wine-1.npz"
    for _ in range(2):
        found = keep_scores(path, make)
        assert found.scores.tolist() == [1.0, np.inf]
        assert (found.fit_seconds, found.score_seconds) == (0.5, 0.25)
        assert found.more["p_values"].tolist() == [0.5, 0.1]
    assert len(made) == 1
    assert [file.name for file in path.parent.iterdir()] == ["wine-1.npz"]
    write_scores(path, Scores(np.array([np.nan]), 0, 0))
    with pytest.raises(ValueError, match="not a number"):
        read_scores(path)


def test_scores_of_another_version_are_not_used(tmp_path: Path):
    about = {"protocol": 1, "pyod": "1"}
    check_folder(tmp_path / "new", about)
    check_folder(tmp_path / "new", about)
    with pytest.raises(SystemExit, match="name another folder"):
        check_folder(tmp_path / "new", {**about, "pyod": "2"})
    write_scores(tmp_path / "unknown" / "PCA" / "wine.npz", Scores(np.ones(1), 0, 0))
    with pytest.raises(SystemExit, match="nobody knows what"):
        check_folder(tmp_path / "unknown", about)


# ---------------------------------------------------------------------- statistics


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([-1.0, 0.0, 0.5, 2.0, np.inf])), min_size=2, max_size=30))
def test_area_is_the_share_of_pairs_in_order(rows):
    labels, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    assume(0 < labels.sum() < len(labels))
    pairs = [(high > low) + 0.5 * (high == low) for high in scores[labels] for low in scores[~labels]]
    assert measure_ranking(labels, scores)[0] == pytest.approx(np.mean(pairs))


def test_statistics_by_hand():
    assert measure_ranking(np.array([0, 1, 0, 1]), np.array([1.0, 4, 3, 2]))[1] == pytest.approx((1 + 2 / 3) / 2)
    values = np.array([[0.9, 0.5, 0.5], [0.8, 0.6, 0.5], [0.7, 0.7, 0.1]])
    assert mean_ranks(values).tolist() == [(1 + 3 + 1.5) / 3, (2 + 2 + 1.5) / 3, (3 + 1 + 3) / 3]
    assert standard_error(np.array([1.0, 2, 3, 4])) == pytest.approx(np.sqrt(5 / 3) / 2)
    # Of four equal scores no order of the rows decides, and infinity is first.
    assert count_found(np.array([0.0, np.inf, 2, 1]), np.array([1, 2]), 2) == 2
    assert count_found(np.arange(10.0), np.array([0, 8, 9]), 3) == 2


def test_bootstrap_by_hand():
    ours = np.array([0.9, 0.8, 0.7])
    same = bootstrap_difference(ours, ours - 0.1)
    assert (same.mean, same.low, same.high) == pytest.approx((0.1, 0.1, 0.1))
    assert str(bootstrap_difference(ours, ours + 0.25)) == "−0.250 [−0.250, −0.250]"
    # Two sets: the mean of a draw is −1, 0 or 1, each end in a quarter of the draws.
    two = bootstrap_difference(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert (two.mean, two.low, two.high) == (0.0, -1.0, 1.0)
    many = np.random.default_rng(0).normal(size=400)
    wide = bootstrap_difference(many, np.zeros(400))
    assert wide == bootstrap_difference(many, np.zeros(400))
    assert wide.high - wide.low == pytest.approx(2 * 1.96 * standard_error(many), rel=0.05)


def test_alarms_by_hand():
    assert [expected_rate(rows, 0.05) for rows in (18, 19, 20, 59)] == [0.0, 0.05, 1 / 21, 0.05]
    p_values, labels = np.array([0.01, 0.05, 0.2, 0.05, 0.6]), np.array([0, 0, 0, 1, 1])
    assert realised_rates(p_values, labels, 0.05) == (pytest.approx(2 / 3), 0.5)
    rates = {"false_alarms": [0.0, 0.1], "power": [1.0, 0.5]}
    other = {"false_alarms": [0.03, 0.03], "power": [0.25, 0.25]}
    measured = {
        "one": {"calibration_rows": [19, 19], "rates": {"0.05": rates, "0.01": rates}},
        "two": {"calibration_rows": [19, 19], "rates": {"0.05": other, "0.01": other}},
        "few": {"calibration_rows": [30, 18], "rates": {"0.05": other, "0.01": other}},
    }
    found = summarise_alarms(measured, 0.05)
    assert found is not None
    assert found.sets == ("one", "two")
    assert (found.expected, found.realised, found.power) == pytest.approx((0.05, 0.04, 0.5))
    assert (found.realised_error, found.power_error) == pytest.approx((0.01, 0.25))
    assert summarise_alarms(measured, 0.01) is None


# ---------------------------------------------------------------------- planted errors


def make_columns(rows: int = 400) -> planting.Columns:
    random = np.random.default_rng(0)
    kind = random.choice(np.array(["a", "b", "c"], dtype=object), rows)
    length = random.normal(100, 10, rows) + 200 * (kind == "c")
    width = np.where(random.random(rows) < 0.1, np.nan, random.normal(10, 3, rows))
    place = np.array([None if random.random() < 0.1 else {"a": "x", "b": "y", "c": "y"}[k] for k in kind], dtype=object)
    return {"kind": kind, "length": length, "width": width, "place": place}


def is_same(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.array([a == b or (a != a and b != b) for a, b in zip(one, other, strict=True)])


def check_planted(columns: planting.Columns, plan: Plan, seed: int) -> None:
    planted = plant(columns, plan, seed)
    rows = np.concatenate(list(planted.rows.values()))
    assert len(set(rows)) == PER_KIND * len(KINDS)
    differing = {name: ~is_same(columns[name], planted.columns[name]) for name in columns}
    assert set(np.flatnonzero(np.logical_or.reduce(list(differing.values())))) == set(rows), "each is an error"
    by_kind = dict(zip(KINDS, planted.rows.values(), strict=True))
    changed = {row: [name for name in columns if differing[name][row]] for row in rows}
    before = {row: {name: columns[name][row] for name in columns} for row in rows}
    after = {row: {name: planted.columns[name][row] for name in columns} for row in rows}
    for row in by_kind["two values swapped"]:
        one, other = changed[row]
        assert (after[row][one], after[row][other]) == (before[row][other], before[row][one])
    factors = {"another unit": plan.units, "ten times as much": dict.fromkeys(plan.measured, 10)}
    for kind, by_column in factors.items():
        for row in by_kind[kind]:
            (name,) = changed[row]
            assert after[row][name] == pytest.approx(before[row][name] * by_column[name])
            assert abs(after[row][name] - before[row][name]) >= np.nanstd(columns[name])
    for row in by_kind["impossible pair"]:
        (name,) = changed[row]
        having = columns[name] == after[row][name]
        assert any(never_occurs(values[having], columns[other][row]) for other, values in columns.items())


def never_occurs(seen: np.ndarray, cell: object) -> bool:
    if seen.dtype == object:
        return cell is not None and cell not in set(seen)
    return bool(np.nanmin(seen) > cell or np.nanmax(seen) < cell)


def test_planted_errors_are_errors():
    plan = Plan(("length", "width"), {"length": 0.1})
    columns = make_columns()
    for seed in range(5):
        check_planted(columns, plan, seed)
    one, again, other = (plant(columns, plan, seed).rows for seed in (1, 1, 2))
    assert all(np.array_equal(one[kind], again[kind]) for kind in KINDS)
    assert not all(np.array_equal(one[kind], other[kind]) for kind in KINDS)


@needs_data
@pytest.mark.parametrize("name", ["titanic", "penguins", "mpg"])
def test_planted_errors_of_real_tables(name):
    check_planted(read_columns(name), PLANS[name], 1)


def test_equal_values_are_no_swap():
    columns = {"a": np.array([1.0, 5.0, np.nan]), "b": np.array([1.0, 1.0, 9.0])}
    (edit,) = planting.swap_values(columns, Plan(("a", "b"), {}))
    assert edit.rows.tolist() == [False, True, False]


def test_tables_for_ours_and_for_the_forest():
    columns = {
        "a": np.array([1.0, np.nan, 4.0]),
        "b": np.array([0.5, 1.0, 2.0]),
        "c": np.array(["x", None, "y"], object),
    }
    table = make_table(columns)
    assert [str(field.type) for field in table.schema] == ["int64", "double", "string"]
    assert table.to_pydict() == {"a": [1, None, 4], "b": [0.5, 1.0, 2.0], "c": ["x", None, "y"]}
    assert encode_one_hot(columns).tolist() == [[1, 0.5, 1, 0], [2.5, 1, 0, 0], [4, 2, 0, 1]]


def test_the_band_holds_nineteen_of_twenty_fits():
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        scores = rng.random(300)
        calibration, later = scores[:199], scores[199:]
        p_values = (1 + (calibration[:, None] >= later).sum(axis=0)) / 200
        inside.append(is_in_band(int((p_values <= 0.05).sum()), len(later), len(calibration), 0.05))
    assert 0.92 < np.mean(inside) < 0.99
    assert is_in_band(0, 50, 8, 0.05)
    assert not is_in_band(1, 50, 8, 0.05)


@needs_data
def test_raw_tables_are_laid_out():
    name = list_sets()[0]
    alone, mixed = (lay_out(name, 1, mode) for mode in RAW_MODES)
    assert not alone.train_labels.any()
    assert mixed.train_labels.sum() == alone.test_labels.sum() // 2
    assert len(mixed.train) + len(mixed.test) == len(alone.train) + len(alone.test)
    rows = [np.concatenate([data.train, data.test]) for data in (alone, mixed)]
    assert np.array_equal(*(given[np.lexsort(given.T)] for given in rows))


def test_simple_peers_by_hand():
    data = split(np.arange(40.0)[:, None] ** 2, np.repeat([0, 1], [36, 4]), 1, "semi-supervised")
    square = (data.test - data.train.T) ** 2
    expected = np.sort(square, axis=1)[:, :5].mean(axis=1)
    assert SIMPLE_PEERS["DTE-NP"](data, 0).scores == pytest.approx(expected)
    for score in SIMPLE_PEERS.values():
        scores = score(data, 0).scores
        assert scores[data.test_labels == 1].min() > np.median(scores)


# ---------------------------------------------------------------------- the page


def make_results() -> dict:
    quality = {name: {"auroc": [0.5] * 5, "average_precision": [0.2] * 5, "fit_seconds": 1.0} for name in DETECTORS}
    quality["ours"] = {"auroc": [0.75] * 5, "average_precision": [0.1] * 5, "fit_seconds": 0.5}
    rates = {str(rate): {"false_alarms": [2 * rate] * 5, "power": [0.5] * 5} for rate in LEAST_CALIBRATION}
    times = {"threads": 2, "disturbance": None}
    found = {kind: [10] * len(SEEDS) for kind in KINDS}
    return {
        "about": {"rankings": {"cpu": "a processor", "cores": 2, "python": "3.11", "versions": {"pyod": "1"}}},
        "rankings": {mode: {key: dict(quality) for key in SETS} for mode in MODES},
        "alarms": {key: {"calibration_rows": [600] * 5, "normal_rows": [100] * 5, "rates": rates} for key in SETS},
        "raw": {
            **{
                mode: {f"set {place}": {"ours": quality["ours"], "LOF": quality["PCA"]} for place in range(12)}
                for mode in RAW_MODES
            },
            "alarms": {f"set {place}": {"0.05": [[5, 100, 199], [40, 100, 199]]} for place in range(12)},
        },
        "timing": {
            "ours-detector": {"seconds": [2.0, 4.0], "by_set": dict.fromkeys(SETS, 0.1), **times},
            "pyod-detector": {"seconds": [9.0, 9.0], "by_set": dict.fromkeys(SETS, 0.2), **times},
        },
        "planted": {"mpg": {"rows": 400, "found": {FOREST: found, "ours": found}}},
        "photographs": {str(number): {"ours": quality["ours"], "AutoEncoder": quality["PCA"]} for number in range(10)},
    }


def test_goals_are_judged():
    goals = {goal.what: (goal.measured, goal.reached) for goal in judge_goals(make_results())}
    best = "0.750 beside 0.500 of AutoEncoder: +0.250 [+0.250, +0.250]"
    assert goals["AUROC, unsupervised, sets only reported, over the best of all peers"] == (best, True)
    assert goals["AUROC, unsupervised, all sets, over AutoEncoder"] == (best, True)
    assert goals["seconds to fit all sets, compiling included"] == ("3.00× (3.0 s, 9.0 s)", False)
    assert goals["false alarms where 5% is asked"] == ("10.00% ± 0.00%, 20 sets", False)
    assert goals["planted errors among the first 100 of `mpg`"] == ("40.0 beside 40.0", True)
    assert goals["AUROC, photographs, mean of classes"] == ("0.750 beside 0.500", True)
    assert {goal.reached for goal in judge_goals({})} == {None}


def test_the_page_has_what_was_measured_and_no_more():
    results = make_results()
    page = render_page(results)
    assert "| **autoencode** | 0.750 | 0.750 | 0.750 | 0.100 | 0.100 | 0.100 | 1.00 | 10 |" in page
    assert "| ALOI † | 600 | 2.0% | 50.0% | 10.0% | 50.0% | 20.0% | 50.0% |" in page
    assert "| `mpg`, 400 | **autoencode** | 10.0 | 10.0 | 10.0 | 10.0 | 40.0 | 40 – 40 |" in page
    assert "| 5% | 4.99% | 10.00% ± 0.00% | 100.0% | 50.0% ± 0.0% | 20 |" in page
    assert "| LOF, AUROC, only reported | +0.250 [+0.250, +0.250] | +0.250 | 6 – 0 | " in page
    assert "| 5% | 22.50% ± 0.00% | 50.0% | 12 |" in page
    assert "a processor, 2 cores, Python 3.11; pyod 1" in page
    assert "{" not in page
    for by_set in results["rankings"].values():
        for quality in by_set.values():
            del quality["ours"]
    without = render_page({key: results[key] for key in ("about", "rankings")})
    assert "Ours is not measured." in without
    assert "## Photographs" not in without


def test_results_are_written_whole(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("bench_detection.RESULTS", tmp_path / "detection.json")
    monkeypatch.setattr("bench_detection.PAGE", tmp_path / "DETECTION.md")
    save(make_results())
    text = (tmp_path / "detection.json").read_text()
    assert json.loads(text) == make_results()
    assert '"auroc": [0.75, 0.75, 0.75, 0.75, 0.75]' in text
    assert (tmp_path / "DETECTION.md").read_text().startswith("# Anomaly detection")
