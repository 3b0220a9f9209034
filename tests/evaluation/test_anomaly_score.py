"""The anomaly score: evidence, its bound, isolation, contributions, bits."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import AnomalyScore, make_anomaly_score, make_column_ranks, references
from autoencode.evaluation.evidence_map import make_evidence
from autoencode.evaluation.references import TILE_ROWS

seeds = st.integers(0, 2**32 - 1)
Rows = tuple[np.ndarray, np.ndarray]


def draw(seed: int, count: int, features: int = 4) -> Rows:
    """Return scaled samples, of which one column has heavy tails and one has few values, and reconstructions."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, features))
    rows[:, 0] = random.standard_t(2, size=count)
    rows[:, -1] = random.integers(0, 3, count)
    return rows, 0.7 * rows + 0.1 * random.normal(size=rows.shape)


def make(seed: int, count: int, *, contaminated: bool, ranks: bool = True) -> AnomalyScore:
    rows, rebuilt = draw(seed, count)
    typical = np.ones(count, bool)
    if contaminated:
        typical[: count // 5] = False
    column_ranks = make_column_ranks(rows) if ranks else None
    return make_anomaly_score(rows, rebuilt, typical, contaminated=contaminated, seed=seed, column_ranks=column_ranks)


both = pytest.mark.parametrize("contaminated", [False, True])


@both
@given(seed=seeds, count=st.integers(10, 300), ranks=st.booleans())
@settings(max_examples=20, deadline=None)
def test_contributions_add_up_to_the_score(contaminated: bool, seed: int, count: int, ranks: bool) -> None:
    score = make(seed, count, contaminated=contaminated, ranks=ranks)
    rows, rebuilt = draw(seed + 1, 20)
    rows[:5] += 9
    found, parts, nearest = score.explain(rows, rebuilt)
    assert (parts >= 0).all()
    assert (found > 0).all()
    np.testing.assert_array_equal(found, score.measure(rows, rebuilt))
    np.testing.assert_allclose(parts.sum(axis=1), found, rtol=1e-9)
    assert score.typical[nearest].all()


@both
def test_what_is_wrong_with_a_sample_adds_most(contaminated: bool) -> None:
    score = make(0, 600, contaminated=contaminated)
    rows, rebuilt = draw(1, 40)
    rows[:, 1] += 12
    _, parts, _ = score.explain(rows, rebuilt)
    assert (parts.argmax(axis=1) == 1).mean() > 0.9


@both
def test_a_sample_alone_and_one_of_many_have_the_same_bits(contaminated: bool) -> None:
    count = 2 * TILE_ROWS + 100
    score, (rows, rebuilt) = make(0, 700, contaminated=contaminated), draw(1, count)
    found = score.measure(rows, rebuilt)
    order = np.random.default_rng(2).permutation(count)
    np.testing.assert_array_equal(score.measure(rows[order], rebuilt[order]), found[order])
    for place in (0, TILE_ROWS - 1, TILE_ROWS, count - 1):
        alone = slice(place, place + 1)
        np.testing.assert_array_equal(score.measure(rows[alone], rebuilt[alone]), found[alone])


@both
def test_tiles_of_any_size_give_the_same_bits(contaminated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, rebuilt = draw(1, 60)
    found = make(0, 300, contaminated=contaminated).explain(rows, rebuilt)
    monkeypatch.setattr(references, "TILE_ROWS", 7)
    for part, of_small_tiles in zip(found, make(0, 300, contaminated=contaminated).explain(rows, rebuilt), strict=True):
        np.testing.assert_array_equal(of_small_tiles, part)


@both
def test_another_order_of_the_references_changes_no_score(contaminated: bool) -> None:
    rows, rebuilt = draw(0, 400)
    typical = np.random.default_rng(1).random(400) < 0.8
    order = np.random.default_rng(2).permutation(400)
    scores = [
        make_anomaly_score(
            rows[places], rebuilt[places], typical[places], contaminated=contaminated, seed=3,
            column_ranks=make_column_ranks(rows[places]),
        ).measure(*draw(4, 100))
        for places in (np.arange(400), order)
    ]  # fmt: skip
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-9)


@both
def test_float32_moves_a_score_by_a_hundred_thousandth(contaminated: bool) -> None:
    score, (rows, rebuilt) = make(0, 800, contaminated=contaminated), draw(1, 2000)
    found = score.measure(rows, rebuilt)
    rounded = score.measure(rows.astype(np.float32), rebuilt.astype(np.float32))
    moved = np.abs(rounded / found - 1)
    assert np.quantile(moved, 0.99) < 1e-5
    assert moved.max() < 1e-3, "where another of two equally near references is the eighth"


def test_what_calibrates_is_scored_as_if_it_were_no_reference() -> None:
    rows, rebuilt = draw(0, 300)
    left_out = np.arange(300) < 60
    score = make_anomaly_score(rows, rebuilt, np.ones(300, bool), contaminated=False, seed=0, left_out=left_out)
    own, near = score.measure(rows, rebuilt), score.measure(rows + 1e-9, rebuilt + 1e-9)
    assert own[left_out].mean() == pytest.approx(2, abs=0.7), "twice the mean of −ln p"
    assert near[left_out].mean() < 1
    np.testing.assert_allclose(own[~left_out], near[~left_out], rtol=1e-3, atol=1e-3)


def test_an_honest_group_does_not_outbid_what_is_broken() -> None:
    """Thirty rows alike and far off are bounded by how many they are; four whose residual nobody shares are not."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(1100, 5))
    rows[:40, :3] += 25
    rebuilt = rows + 0.05 * random.normal(size=rows.shape)
    rebuilt[40:44, :2] += random.normal(scale=2, size=(4, 2))
    judged, normal = np.r_[:10, 40:44], np.r_[10:40, 44:1100]
    score = make_anomaly_score(rows[normal], rebuilt[normal], normal >= 240, contaminated=True, seed=0)
    found = score.measure(rows[judged], rebuilt[judged])
    assert found[10:].min() > found[:10].max()


def test_from_afar_a_sample_is_as_far_as_the_nearest_of_every_four() -> None:
    score = make(0, 12, contaminated=True)
    assert score.scene is not None
    found = score._find(score.points, np.ones(12, bool)).afar
    for view, squares in score._square_to_scene(score.points).items():
        nearest = np.array(
            [row[row > 0] if (row == 0).any() else row[:-1] for row in np.sort(np.sqrt(squares), axis=1)]
        )
        choices = [list(chosen) for chosen in combinations(range(nearest.shape[1]), 4)]
        expected = np.mean([nearest[:, chosen].min(axis=1) for chosen in choices], axis=0)
        np.testing.assert_allclose(found[view], expected, rtol=1e-9)


@both
@pytest.mark.parametrize("count", [2, 3, 12])
def test_few_references_and_references_all_alike(contaminated: bool, count: int) -> None:
    for rows in (np.ones((count, 2)), np.arange(2.0 * count).reshape(count, 2)):
        score = make_anomaly_score(rows, rows, np.ones(count, bool), contaminated=contaminated, seed=0)
        others = np.array([[1.0, 1.0], [40.0, 50.0], [1e6, -1e6]])
        found = score.measure(others, others)
        assert np.isfinite(found).all()
        assert (np.diff(found) > 0).all()


def test_nothing_to_score() -> None:
    none = np.zeros((0, 4))
    score = make(0, 40, contaminated=True)
    assert score.measure(none, none).shape == (0,)
    assert score.explain(none, none)[1].shape == (0, 4)


# ---------------------------------------------------------------------- evidence


@given(seed=seeds, count=st.integers(50, 3000))
@settings(max_examples=30, deadline=None)
def test_evidence_is_of_the_share_that_is_further_away(seed: int, count: int) -> None:
    distances = np.random.default_rng(seed).gamma(3, size=count)
    found = make_evidence(distances).apply(np.sort(distances))
    assert (np.diff(found) >= 0).all()
    middle = slice(count // 5, count - count // 8)
    np.testing.assert_allclose(found[middle], -np.log(1 - np.arange(count) / count)[middle], atol=0.1 + 5 / count**0.5)


def test_beyond_the_references_the_tail_goes_on() -> None:
    far = np.array([20.0, 40.0])
    found = make_evidence(np.random.default_rng(0).exponential(size=20_000)).apply(far)
    np.testing.assert_allclose(found, far, rtol=0.1)


def test_a_group_bounds_its_own_evidence() -> None:
    """However far 3 of 100 are, the mean excess of the farthest tenth is mostly theirs."""
    near = np.random.default_rng(0).exponential(size=970)
    found = [make_evidence(np.append(near, np.full(30, far))).apply(np.array([far]))[0] for far in (1e2, 1e4)]
    np.testing.assert_allclose(found, -np.log(0.1) + 0.1 / 0.03, rtol=0.1)


def test_evidence_counts_shares_of_weight() -> None:
    rng = np.random.default_rng(0)
    distances, counts = rng.exponential(size=4000), rng.integers(1, 4, 4000)
    far = np.array([0.2, 1.0, 2.0, 5.0])
    plain, even = make_evidence(distances), make_evidence(distances, np.full(4000, 0.3))
    np.testing.assert_allclose(even.apply(far), plain.apply(far), rtol=1e-9)
    weighted, repeated = make_evidence(distances, counts / 2), make_evidence(np.repeat(distances, counts))
    np.testing.assert_allclose(weighted.apply(far), repeated.apply(far), rtol=5e-3)
    heavy = make_evidence(distances, np.where(distances > 2, 50.0, 1.0))
    assert (heavy.apply(far) < plain.apply(far) - 0.05).all()
