"""`AnomalyDetector`: its promises, and what it says of samples that are hard to judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode import AnomalyDetector, Autoencoder, CalibrationWarning
from autoencode.exceptions import InvalidInputError
from autoencode.parts.recipes import RECIPES

pytestmark = pytest.mark.filterwarnings("ignore:the networks learnt nothing:autoencode.DiagnosisWarning")

Samples = Any


def make(recipe: str | None = None, **options: Any) -> AnomalyDetector:
    """Return a detector that is fitted in no time."""
    return AnomalyDetector(
        Autoencoder(recipe=recipe, epochs=2), **{"random_state": 0, "false_alarm_rate": 0.05, **options}
    )


def draw_numbers(count: int = 120, seed: int = 0) -> np.ndarray:
    """Return samples of three features, of which the last follows from the others."""
    rows = np.random.default_rng(seed).normal(size=(count, 3))
    rows[:, 2] = rows[:, 0] + rows[:, 1]
    return rows


def draw_table(count: int = 120) -> pd.DataFrame:
    """Return a table of numbers with gaps, a category and dates, all of one hidden number."""
    hidden = np.random.default_rng(0).normal(size=count)
    table = pd.DataFrame(
        {
            "weight": 70 + 10 * hidden,
            "height": 170 + 8 * hidden,
            "size": np.where(hidden > 0, "large", "small"),
            "seen": pd.Timestamp("2024-03-01") + pd.to_timedelta(np.round(10 * hidden), unit="D"),
        }
    )
    table.loc[::9, "weight"] = np.nan
    return table


def draw_images(count: int = 120) -> np.ndarray:
    return np.random.default_rng(0).random((count, 4, 5))


def draw_sequences(count: int = 120) -> np.ndarray:
    """Return sequences of up to five steps, of which only one has all five."""
    sequences = np.random.default_rng(0).normal(size=(count, 5, 2))
    sequences[1:, 4] = np.nan
    sequences[::3, 3] = np.nan
    sequences[0] = 0.5
    return sequences


KINDS = {"numbers": draw_numbers, "table": draw_table, "images": draw_images, "sequences": draw_sequences}
FITTED: dict[str, tuple[AnomalyDetector, Samples]] = {}


@pytest.fixture(params=KINDS)
def judged(request: pytest.FixtureRequest) -> tuple[AnomalyDetector, Samples]:
    """Return a fitted detector, which no test may change, and the samples of its `fit`."""
    kind = request.param
    if kind not in FITTED:
        samples = KINDS[kind]()
        FITTED[kind] = make("sequence" if kind == "sequences" else None).fit(samples), samples
    return FITTED[kind]


def take(samples: Samples, places: Any) -> Samples:
    return samples.iloc[places] if isinstance(samples, pd.DataFrame) else samples[places]


# ---------------------------------------------------------------------- laws


def test_a_sample_alone_and_one_of_many_have_the_same_bits(judged: tuple[AnomalyDetector, Samples]) -> None:
    detector, samples = judged
    scores, explained = detector.score_samples(samples), detector.explain(samples)
    order = np.random.default_rng(1).permutation(len(samples))
    np.testing.assert_array_equal(detector.score_samples(take(samples, order)), scores[order])
    for place in (0, 7, 119):
        alone = take(samples, [place])
        np.testing.assert_array_equal(detector.score_samples(alone), scores[[place]])
        np.testing.assert_array_equal(detector.explain(alone).contributions[0], explained.contributions[place])
        assert detector.explain(alone).reasons[0] == explained.reasons[place]


def test_flags_p_values_and_scores_agree(judged: tuple[AnomalyDetector, Samples]) -> None:
    detector, samples = judged
    flagged, scores = detector.predict(samples) == -1, detector.score_samples(samples)
    np.testing.assert_array_equal(flagged, detector.p_values(samples) <= detector.false_alarm_rate)
    np.testing.assert_array_equal(flagged, detector.decision_function(samples) < 0)
    np.testing.assert_array_equal(detector.decision_function(samples), scores - detector.offset_)
    assert np.isfinite(scores).all()
    assert (scores <= 0).all()
    assert ((detector.p_values(samples) > 0) & (detector.p_values(samples) <= 1)).all()


def test_contributions_add_up_to_the_score(judged: tuple[AnomalyDetector, Samples]) -> None:
    detector, samples = judged
    explained, scores = detector.explain(samples), detector.score_samples(samples)
    assert (explained.contributions >= 0).all()
    np.testing.assert_allclose(explained.contributions.reshape(len(samples), -1).sum(axis=1), -scores, rtol=1e-9)
    np.testing.assert_array_equal(explained.scores, -scores)
    np.testing.assert_array_equal(explained.p_values, detector.p_values(samples))
    assert np.isin(explained.nearest, detector.reference_).all()
    for reasons in explained.reasons:
        assert len(reasons) <= 3
        assert all(0 < reason.share <= 1 and reason.value != reason.expected for reason in reasons)


def test_a_normal_sample_is_its_own_nearest(judged: tuple[AnomalyDetector, Samples]) -> None:
    detector, samples = judged
    places = detector.reference_[detector.fitted_.score.typical][:9]
    np.testing.assert_array_equal(detector.explain(take(samples, places)).nearest, places)


def test_the_same_seed_gives_the_same_scores(judged: tuple[AnomalyDetector, Samples]) -> None:
    detector, samples = judged
    again = make(detector.autoencoder.recipe).fit(samples)
    np.testing.assert_array_equal(again.score_samples(samples), detector.score_samples(samples))
    np.testing.assert_array_equal(again.trained_on_, detector.trained_on_)
    other = make(detector.autoencoder.recipe, random_state=1).fit(samples)
    assert (other.score_samples(samples) != detector.score_samples(samples)).any()


def test_calibration_samples_are_not_trained_on(judged: tuple[AnomalyDetector, Samples]) -> None:
    detector, samples = judged
    assert len(detector.calibration_scores_) == 30
    scores = -detector.score_samples(samples)
    untrained = np.setdiff1d(np.arange(120), detector.trained_on_)
    assert np.isin(detector.reference_, detector.trained_on_).all()
    assert np.isin(detector.calibration_scores_, scores[untrained]).all()
    assert (np.diff(detector.trained_on_) > 0).all()


@given(count=st.integers(25, 80), fraction=st.floats(0.1, 0.8), contaminated=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_how_many_are_trained_on_and_calibrated(count: int, fraction: float, contaminated: bool, seed: int) -> None:
    detector = make(contaminated=contaminated, calibration_fraction=fraction, random_state=seed, false_alarm_rate=0.5)
    detector.fit(draw_numbers(count))
    held_out = len(detector.calibration_scores_)
    assert held_out == round(fraction * count)
    trained = len(detector.trained_on_)
    assert trained == count - held_out
    assert len(detector.reference_) == (trained if contaminated else count)


def test_the_autoencoders_own_held_out_samples_are_neither() -> None:
    rows = draw_numbers(100)
    model = Autoencoder(epochs=2, validation_fraction=0.2)
    detector = AnomalyDetector(model, contaminated=False, random_state=0, false_alarm_rate=0.05).fit(rows)
    assert len(detector.calibration_scores_) == 25
    assert len(detector.trained_on_) == 60
    assert len(detector.reference_) == 85
    nearest, is_trained_on = detector.explain(rows).nearest, np.isin(np.arange(100), detector.trained_on_)
    np.testing.assert_array_equal(nearest == np.arange(100), is_trained_on)


# ---------------------------------------------------------------------- reasons


def test_a_wrong_cell_is_the_first_reason_and_the_right_one_is_expected() -> None:
    random = np.random.default_rng(0)
    length = random.uniform(20, 60, 400)
    fish = pd.DataFrame(
        {
            "length": length,
            "weight": 0.5 * length + random.normal(0, 0.5, 400),
            "age": length / 10 + random.normal(0, 0.2, 400),
            "pond": np.where(length > 40, "north", "south"),
        }
    )
    detector = AnomalyDetector(random_state=0, false_alarm_rate=0.05).fit(fish)
    for column in ("length", "weight", "age"):
        wrong = fish.iloc[:20].copy()
        wrong[column] *= 10
        explained = detector.explain(wrong)
        assert (detector.predict(wrong) == -1).all()
        first, right = [reasons[0] for reasons in explained.reasons], fish[column][:20].to_numpy()
        assert {reason.column for reason in first} == {column}
        np.testing.assert_allclose([reason.value for reason in first], 10 * right)
        missed = np.abs([reason.expected for reason in first] - right) / right
        assert np.median(missed) < 0.05
        assert missed.max() < 0.5
    swapped = fish.iloc[:40].copy()
    swapped["pond"] = np.where(swapped["pond"] == "north", "south", "north")
    first = [reasons[0] for reasons in detector.explain(swapped).reasons]
    expected = [reason.expected == right for reason, right in zip(first, fish["pond"][:40], strict=True)]
    assert np.mean([reason.column == "pond" for reason in first]) > 0.8
    assert np.mean(expected) > 0.8


@pytest.mark.parametrize("count", [0, 1, 2, 99])
def test_as_many_reasons_as_were_asked_for(count: int) -> None:
    detector = make().fit(draw_numbers())
    explained = detector.explain(draw_numbers(4), reasons=count)
    assert [len(reasons) for reasons in explained.reasons] == [min(count, 3)] * 4
    assert len(str(explained).splitlines()) == len(explained) == 4


# ---------------------------------------------------------------------- every recipe


QUICK_RECIPES = {"vanilla", "vae", "convolutional"}
"""Of these the fast tier compiles the programs; of the others, the tests of recipes do."""


@pytest.mark.parametrize(
    "recipe", [pytest.param(name, marks=() if name in QUICK_RECIPES else pytest.mark.slow) for name in RECIPES]
)
def test_every_recipe(recipe: str) -> None:
    samples = {"sequence": draw_sequences, "convolutional": draw_images}.get(recipe, draw_numbers)(100)
    detector = AnomalyDetector(Autoencoder(recipe=recipe, epochs=1), random_state=0, false_alarm_rate=0.05).fit(samples)
    scores = detector.score_samples(samples)
    assert np.isfinite(scores).all()
    assert detector.autoencoder_.recipe == recipe
    far = np.where(np.isnan(samples), samples, samples + 50) if recipe == "sequence" else samples + 50
    assert (detector.predict(far) == -1).all()
    assert detector.explain(samples[:2]).contributions.shape == samples[:2].shape


def test_a_name_is_a_recipe() -> None:
    detector = AnomalyDetector("linear", random_state=0, false_alarm_rate=0.05).fit(draw_numbers())
    assert detector.autoencoder_.recipe == "linear"
    assert len(detector.autoencoder_.restarts_) == 2


def test_a_longer_sequence_than_all_is_said_and_a_wrong_step_is_found() -> None:
    sequences = draw_sequences()
    detector = make("sequence").fit(sequences)
    wrong = sequences[1:2].copy()
    wrong[0, 2, 1] = 60
    explained = detector.explain(wrong)
    assert explained.reasons[0][0].column == "x1 at step 2"
    assert np.unravel_index(explained.contributions[0].argmax(), (5, 2)) == (2, 1)
    with pytest.raises(InvalidInputError, match="longest of training has 5"):
        detector.predict(np.zeros((1, 6, 2)))


# ---------------------------------------------------------------------- hard samples


def judge(detector: AnomalyDetector, samples: Samples) -> None:
    """Check that nothing said of samples is NaN or infinite."""
    explained = detector.explain(samples)
    assert np.isfinite(detector.score_samples(samples)).all()
    assert np.isfinite(explained.contributions).all()
    assert "nan" not in str(explained)
    assert "inf" not in str(explained)


def test_numbers_that_float64_cannot_spread_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="spreads too little"):
        make().fit(draw_numbers() * 1e-300)


@pytest.mark.parametrize(
    "rows",
    [
        np.full((100, 3), 7.0),
        np.repeat(draw_numbers(5), 20, axis=0),
        draw_numbers() * [1, 0, 1],
        draw_numbers() * 1e-30,
        draw_numbers() * 1e30,
        draw_numbers() + 1e9,
        draw_numbers()[:, :1],
        draw_numbers() > 0,
        np.where(np.arange(100)[:, None] == 50, 1e12, draw_numbers(100)),
    ],
    ids=["constant", "copies", "constant-column", "tiny", "large", "far", "one-column", "booleans", "one-far"],
)
def test_rows_that_are_hard_to_judge(rows: np.ndarray) -> None:
    detector = make().fit(rows)
    judge(detector, rows)
    judge(detector, rows * 2 + 1 if rows.dtype != bool else ~rows)
    assert (detector.predict(rows) == -1).mean() < 0.3


@pytest.mark.parametrize("count", [3, 4, 5, 8])
@pytest.mark.parametrize("contaminated", [True, False])
def test_few_samples(count: int, contaminated: bool) -> None:
    with pytest.warns(CalibrationWarning):
        detector = make(contaminated=contaminated).fit(draw_numbers(count))
    judge(detector, draw_numbers(20))


def test_a_constant_column_that_changes_is_the_reason() -> None:
    rows = draw_numbers() * [1, 0, 1]
    changed = rows[:5] + np.array([0, 3, 0])
    detector = make().fit(rows)
    assert (detector.predict(changed) == -1).all()
    assert str(detector.explain(changed).reasons[0][0]) == "x1 is 3, expected 0"


@pytest.mark.parametrize("huge", [1e9, 1e30, -1e38])
def test_a_huge_number_is_an_anomaly(huge: float) -> None:
    detector, rows = make().fit(draw_numbers()), draw_numbers(5)
    rows[:, 1] = huge
    judge(detector, rows)
    assert (detector.predict(rows) == -1).all()
    assert {reasons[0].column for reasons in detector.explain(rows).reasons} == {"x1"}


def test_what_float32_cannot_hold_is_said() -> None:
    rows = draw_numbers()
    rows[3, 1] = 1e300
    with pytest.raises(InvalidInputError, match=r"too large for float32.* sample 3, feature 1"):
        make().fit(draw_numbers()).predict(rows)
    with pytest.raises(InvalidInputError, match="feature 1 of X spreads too far"):
        make(contaminated=False).fit(np.concatenate([rows, rows, rows, rows]))


def test_cells_that_training_did_not_have() -> None:
    table = draw_table()
    detector = make().fit(table)
    other = table.iloc[1:6].copy()
    other["size"] = "gigantic"
    judge(detector, other)
    for reasons in detector.explain(other, reasons=4).reasons:
        (reason,) = [reason for reason in reasons if reason.column == "size"]
        assert reason.value == "gigantic"
        assert reason.expected in ("large", "small")
    usual, unknown = detector.score_samples(table.iloc[1:6]), detector.score_samples(other)
    assert (unknown < usual).all()
    for height in (np.nan, 1e300, np.inf):
        wrong = table.assign(height=height).iloc[1:6]
        assert (detector.score_samples(wrong) < usual).all()
        assert np.isfinite(detector.explain(wrong).contributions).all()
        assert {reasons[0].column for reasons in detector.explain(wrong).reasons} == {"height"}
    assert (detector.predict(wrong) == -1).all()
    judge(detector, table.assign(weight=np.nan))


def test_columns_without_anything_to_learn() -> None:
    table = draw_table().assign(planet="Earth", nothing=np.nan, name=[f"animal {row}" for row in range(120)])
    detector = make().fit(table)
    judge(detector, table)
    explained = detector.explain(table, reasons=9)
    assert explained.columns == tuple(table.columns)
    by_column = dict(zip(explained.columns, explained.contributions.max(axis=0), strict=True))
    assert by_column["nothing"] == by_column["name"] == 0
    assert by_column["planet"] < 0.01 < by_column["height"]


def test_a_fit_that_warns_of_codes_does_not_warn_of_them_here() -> None:
    detector = make().fit(draw_numbers())
    assert detector.autoencoder_.diagnosis_ is not None
