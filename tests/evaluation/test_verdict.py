"""The verdict: it never contradicts the means, its cause follows from the numbers, its words are right."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.evaluation import RestartSummary, decide, describe_restarts, find_cause
from autoencode.exceptions import InvalidInputError

LEVELS = {2: 0.0776, 1: 0.0805, 0: 0.0833}


def summary(name, directions, *, shift=0.0, width=1e-4, seed=0, units=None):
    directions = np.array(directions)
    noise = width * np.random.default_rng(seed).random(len(directions))
    errors = np.array([LEVELS[int(level)] for level in directions]) + noise + shift
    return RestartSummary(name, errors, directions, directions if units is None else np.array(units))


def sample_errors(mean, seed=0, n=400):
    """Errors of one table that all models share, moved to a mean."""
    shared = np.random.default_rng(99).normal(0, 0.01, n)
    own = np.random.default_rng(seed).normal(0, 1e-4, n)
    values = shared + own
    return values - values.mean() + mean


def test_a_lower_error_is_better_whatever_the_signed_sums_look_like():
    verdict = decide({"vanilla": sample_errors(0.0776, 1), "deep": sample_errors(0.0805, 2)}, measure="squared_error")
    assert verdict.better == "vanilla"
    assert verdict.difference == pytest.approx(0.0029)
    assert "'vanilla' is better than 'deep'. Its mean squared error is 0.07760 against 0.08050" in verdict.text
    assert (
        "(squared units of the features), lower by 0.0029 (95% interval 0.0029 to 0.0029, 400 samples)" in verdict.text
    )


@given(
    seed=st.integers(0, 9999),
    models=st.integers(1, 4),
    n=st.integers(2, 30),
    gap=st.sampled_from([0.0, 0.01, 1.0]),
    heavy=st.booleans(),
    confidence=st.sampled_from([0.1, 0.5, 0.95]),
)
@settings(max_examples=60, deadline=None)
def test_the_verdict_never_contradicts_the_means(seed, models, n, gap, heavy, confidence):
    rng = np.random.default_rng(seed)
    values = rng.random((models + 1, n)) ** (12 if heavy else 1) + gap * rng.random((models + 1, 1))
    given_errors = {f"m{k}": values[k] for k in range(models)}
    baselines = {"mean sample": values[-1]}
    verdict = decide(given_errors, measure="absolute_error", baselines=baselines, confidence=confidence)
    rivals = given_errors if models > 1 else {**given_errors, **baselines}
    means = {name: float(np.mean(errors)) for name, errors in rivals.items()}
    assert verdict.difference is not None
    assert verdict.interval is not None
    assert verdict.difference >= 0
    if verdict.better is None:
        assert verdict.interval.direction == 0
        assert "no difference shown" in verdict.text
        assert verdict.cause == "none"
    else:
        assert means[verdict.better] == min(means.values())
        assert verdict.interval.direction == 1
        assert verdict.cause != "none"
        assert "no difference shown" not in verdict.text
    order = rng.permutation(n)
    again = decide(
        {name: errors[order] for name, errors in given_errors.items()},
        measure="absolute_error",
        baselines={"mean sample": values[-1][order]},
        confidence=confidence,
    )
    assert again == verdict
    json.dumps(verdict.to_dict(), allow_nan=False)


def test_no_difference_shown():
    rng = np.random.default_rng(3)
    first, second = rng.normal(1, 0.1, (2, 300))
    verdict = decide(
        {"a": first, "b": second},
        measure="squared_error",
        restarts={"a": summary("a", [2, 2]), "b": summary("b", [1, 1])},
    )
    assert verdict.better is None
    assert verdict.cause == "none"
    assert "there is no difference shown" in verdict.text
    assert "better" not in verdict.text


@pytest.mark.parametrize("rounding", [0.0, 1e-16, 1e-9, 0.9e-6])
def test_models_that_are_equal_to_rounding_are_the_same(rounding):
    errors = np.random.default_rng(4).random(300)
    verdict = decide({"a": errors, "b": errors * (1 + rounding)}, measure="squared_error")
    assert (verdict.better, verdict.cause) == (None, "none")
    assert "there is no difference shown: their mean squared error" in verdict.text
    assert "is the same to a millionth (300 samples)" in verdict.text
    against = decide({"a": errors}, measure="squared_error", baselines={"mean sample": errors * (1 + rounding)})
    assert against.better is None
    beside = decide({"a": errors, "b": errors + 1}, measure="squared_error", baselines={"PCA": errors * (1 + rounding)})
    assert "'a' is not shown to beat PCA" in beside.text


def decided(vanilla, deep, kept=None):
    kept = kept or {}
    restarts = {"vanilla": vanilla, "deep": deep}
    levels = {name: float(one.errors[kept.get(name, one.best)]) for name, one in restarts.items()}
    errors = {name: sample_errors(mean, seed) for seed, (name, mean) in enumerate(levels.items())}
    return decide(errors, measure="squared_error", restarts=restarts, kept=kept)


def test_lost_directions_are_the_cause_where_the_kept_networks_differ_in_them():
    deep = summary("deep", [1, 2, 2, 1, 0, 2], seed=1, units=[2, 2, 2, 1, 0, 2])
    verdict = decided(summary("vanilla", [2, 2, 2, 2]), deep, kept={"vanilla": 0, "deep": 0})
    assert (verdict.better, verdict.cause) == ("vanilla", "live_directions")
    assert "'deep' lets 1 direction of its code reach the reconstruction, 'vanilla' 2." in verdict.text
    assert "the lost directions made the difference, not the architecture" in verdict.text
    assert "Of 6 restarts of 'deep', 3 kept 2 live directions (mean error 0.077" in verdict.text
    assert "2 kept 1 (0.0805" in verdict.text
    assert "1 kept 0 (0.083" in verdict.text
    assert "All 4 restarts of 'vanilla' kept 2 live directions; their median error is 0.077" in verdict.text
    assert "In 1 of them more code units were alive" in verdict.text


def test_a_constant_network_lets_no_direction_through():
    verdict = decided(summary("vanilla", [2]), summary("deep", [0]))
    assert verdict.cause == "live_directions"
    assert "'deep' does not let any direction" in verdict.text
    assert "No restart of 'deep' kept 2, out of 1" in verdict.text
    assert "The one restart of 'vanilla' kept 2 live directions." in verdict.text


def test_a_difference_at_equal_directions_too_is_said():
    verdict = decided(
        summary("vanilla", [2, 2, 2]), summary("deep", [1, 2, 2], shift=0.001), kept={"vanilla": 0, "deep": 0}
    )
    assert verdict.cause == "live_directions"
    assert "at equal directions 'vanilla' is lower in every one" in verdict.text


def test_spread_of_restarts_is_the_cause_where_it_is_as_large():
    vanilla = RestartSummary("vanilla", np.array([0.0776, 0.0790, 0.0785]), np.full(3, 2), np.full(3, 2))
    deep = RestartSummary("deep", np.array([0.0780, 0.0781, 0.0786]), np.full(3, 2), np.full(3, 2))
    verdict = decided(vanilla, deep)
    assert (verdict.better, verdict.cause) == ("vanilla", "restarts")
    assert "They differ by 0.00040, and the spread over restarts with as many is 0.0014" in verdict.text


def test_architecture_is_the_cause_where_restarts_are_parted():
    verdict = decided(summary("vanilla", [2] * 5), summary("deep", [2] * 5, shift=0.001, seed=1))
    assert (verdict.better, verdict.cause) == ("vanilla", "architecture")
    assert "every such restart of 'vanilla' is below every one of 'deep'. The architecture" in verdict.text
    few = decided(summary("vanilla", [2] * 2), summary("deep", [2] * 2, shift=0.001, seed=1))
    assert few.cause == "architecture"
    assert "luck alone would part the two in one case of 3: train more" in few.text


@pytest.mark.parametrize(
    ("vanilla", "deep", "words"),
    [
        ([2], [2], "only one restart of 'vanilla' and 'deep' did so"),
        ([2, 2, 2], [2, 1, 1], "only one restart of 'deep' did so"),
    ],
)
def test_one_restart_says_nothing_of_architectures(vanilla, deep, words):
    verdict = decided(summary("vanilla", vanilla), summary("deep", deep, shift=0.0005))
    assert (verdict.better, verdict.cause) == ("vanilla", "unknown")
    assert words in verdict.text
    assert "train several restarts of each model" in verdict.text


def test_parted_restarts_are_no_luck_however_far_those_of_the_worse_model_spread():
    from autoencode.evaluation.restarts import _judge_level

    wide = RestartSummary("wide", np.array([0.055, 0.131, 0.090]), np.full(3, 2), np.full(3, 2))
    narrow = RestartSummary("narrow", np.array([0.0062, 0.0085, 0.0070]), np.full(3, 2), np.full(3, 2))
    assert narrow.errors.max() < wide.errors.min()
    assert wide.errors.max() - wide.errors.min() > wide.errors.min() - narrow.errors.max()
    cause, text = _judge_level("narrow", "wide", {"narrow": narrow, "wide": wide}, level=2, difference=0.049)
    assert cause == "architecture"
    assert "every such restart of 'narrow' is below every one of 'wide'" in text


def test_without_restarts_the_cause_is_unknown():
    errors = {"a": sample_errors(0.07), "b": sample_errors(0.08)}
    assert decide(errors, measure="squared_error").cause == "unknown"
    verdict = decide(errors, measure="squared_error", restarts={"a": summary("a", [2, 2])})
    assert "nothing is known of restarts of 'b'" in verdict.text


def test_fewer_directions_cannot_explain_a_lower_error():
    cause, text = find_cause(
        "deep", "vanilla", restarts={"deep": summary("deep", [1]), "vanilla": summary("vanilla", [2])}, kept={}
    )
    assert cause == "unknown"
    assert "live directions do not explain it" in text


def test_restarts_that_order_the_other_way_leave_the_cause_unknown():
    restarts = {"a": summary("a", [2] * 4, shift=0.01), "b": summary("b", [2] * 4)}
    cause, text = find_cause("a", "b", restarts=restarts, kept={})
    assert cause == "unknown"
    assert "the other way" in text


def test_restarts_that_diverged_are_counted_and_left_out():
    errors = np.array([np.nan, 0.0776, np.inf])
    deep = RestartSummary("deep", errors, np.array([0, 2, 0]), np.array([0, 2, 0]))
    assert deep.best == 1
    assert "1 kept 2 live directions (mean error 0.07760) and 2 diverged" in describe_restarts(deep)
    nothing = RestartSummary("deep", np.array([np.nan, np.nan]), np.zeros(2, int), np.zeros(2, int))
    assert describe_restarts(nothing) == "All 2 restarts of 'deep' diverged."


def test_baselines_that_are_not_beaten_are_named():
    errors = {"vanilla": sample_errors(0.0776, 1), "deep": sample_errors(0.0835, 2), "wide": sample_errors(0.0775, 3)}
    baselines = {"mean sample": sample_errors(0.0831, 4), "PCA with 2 components": sample_errors(0.07755, 5)}
    baselines["close"] = errors["wide"] + np.random.default_rng(6).normal(0, 1e-3, 400) + 1e-5
    verdict = decide(errors, measure="squared_error", baselines=baselines)
    assert verdict.better == "wide"
    assert "'vanilla' and 'wide' beat the mean sample (0.08310)." in verdict.text
    assert "'deep' is worse than the mean sample: its mean error is 0.08350 against 0.08310" in verdict.text
    assert "'wide' beats PCA with 2 components (0.07755)." in verdict.text
    assert "'vanilla' is worse than PCA with 2 components" in verdict.text
    assert "'wide' is not shown to beat close" in verdict.text
    assert "The mean error is 0.08350 for 'deep'." in verdict.text


def test_one_model_is_held_against_the_strongest_baseline():
    baselines = {"mean sample": sample_errors(0.0831, 4), "PCA with 2 components": sample_errors(0.0775, 5)}
    worse = decide({"vanilla": sample_errors(0.0776, 1)}, measure="squared_error", baselines=baselines)
    assert worse.better == "PCA with 2 components"
    assert worse.text.startswith("PCA with 2 components is better than 'vanilla'.")
    assert "'vanilla' beats the mean sample (0.08310)." in worse.text
    better = decide({"vanilla": sample_errors(0.05, 1)}, measure="squared_error", baselines=baselines)
    assert better.better == "vanilla"
    assert better.text.startswith("'vanilla' is better than PCA with 2 components.")
    capital = decide(
        {"v": sample_errors(0.09)}, measure="squared_error", baselines={"mean sample": sample_errors(0.08)}
    )
    assert capital.text.startswith("The mean sample is better than 'v'.")


def test_one_model_alone_is_only_described():
    verdict = decide({"vanilla": sample_errors(0.05)}, measure="binary_cross_entropy")
    assert (verdict.better, verdict.difference, verdict.interval, verdict.cause) == (None, None, None, "none")
    assert "is 0.05000 (nats per feature). There is nothing to compare it with." in verdict.text


def test_signed_sums_cannot_decide():
    with pytest.raises(InvalidInputError, match=r"cancel.*'squared_error', 'absolute_error', 'huber', 'binary_cross"):
        decide({"a": np.ones(3), "b": np.ones(3)}, measure="signed_sum")


@pytest.mark.parametrize(
    ("models", "baselines", "message"),
    [
        ({}, {}, "at least one model"),
        ({"a": [1.0, 2.0], "b": [1.0]}, {}, "2 of 'a' and 1 of 'b'"),
        ({"a": [1.0, 2.0], "b": [1.0, np.inf]}, {}, "'b' must be finite"),
        ({"a": [1.0, 2.0]}, {"a": [1.0, 2.0]}, "must not share a name"),
    ],
)
def test_refuses(models, baselines, message):
    groups = [{name: np.array(errors) for name, errors in group.items()} for group in (models, baselines)]
    with pytest.raises(InvalidInputError, match=message):
        decide(groups[0], measure="squared_error", baselines=groups[1])


@pytest.mark.usefixtures("unchecked_shapes")
def test_refuses_restarts_that_do_not_fit():
    with pytest.raises(InvalidInputError, match="one number a restart"):
        RestartSummary("a", np.zeros(2), np.zeros(3, int), np.zeros(2, int))
    restarts = {name: summary(name, [2, 2]) for name in "ab"}
    with pytest.raises(InvalidInputError, match="index of one of its 2 restarts; got 2"):
        find_cause("a", "b", restarts=restarts, kept={"a": 2})


def test_a_code_too_narrow_for_as_many_directions_is_no_matter_of_luck():
    wide = RestartSummary("wide", np.array([0.01]), np.array([32]), np.array([32]), 32)
    narrow = RestartSummary("narrow", np.array([0.02]), np.array([16]), np.array([16]), 16)
    _, text = find_cause("wide", "narrow", restarts={"wide": wide, "narrow": narrow}, kept={})
    assert "The code of 'narrow' has 16 units, so no more can" in text
    assert "more restarts" not in text
