"""The diagnosis: what is found, what is not, and in which words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autoencode.evaluation import Evidence, diagnose
from autoencode.evaluation.diagnosis import ADVICE

HEALTHY = Evidence(
    layer_live_units={"encoder 1": (128, 128), "code": (32, 32)},
    live_directions=31,
    code_size=32,
    effective_code_size=12.3,
    error=0.008,
    mean_sample_error=0.067,
    pca_error=0.009,
    loss=0.0079,
    validation_loss=0.0081,
    best_validation_loss=0.0080,
    loss_at_best=0.0080,
)


def names(evidence):
    return [finding.name for finding in diagnose(evidence)]


def test_nothing_is_found_where_nothing_went_wrong():
    assert diagnose(HEALTHY) == ()
    assert diagnose(Evidence()) == ()


def test_dead_units_name_their_layer():
    found = diagnose(
        replace(HEALTHY, layer_live_units={"encoder 1": (125, 128), "code": (31, 32), "decoder 1": (9, 9)})
    )
    assert [finding.name for finding in found] == ["dead_units", "dead_units", "fewer_live_directions"]
    assert found[0].text == "3 of 128 units of layer 'encoder 1' are dead: nothing passes through them on any sample."
    assert found[1].text.startswith("1 of 32 units of layer 'code' is dead: nothing passes through it")
    assert found[0].numbers == {"layer": "encoder 1", "dead": 3, "total": 128}
    assert "31 of 32 directions of the code reach the reconstruction" in found[2].text


def test_weak_directions_of_a_wide_code_are_no_finding_but_lost_halves_are():
    assert names(replace(HEALTHY, live_directions=20)) == []
    assert names(replace(HEALTHY, live_directions=16)) == ["fewer_live_directions"]
    (found,) = diagnose(replace(HEALTHY, live_directions=1, code_size=2, effective_code_size=1.04))
    assert found.text == "1 of 2 directions of the code reaches the reconstruction (effective code size 1.0)."


def test_a_code_wider_than_the_samples_cannot_use_more_directions():
    assert names(Evidence(live_directions=4, code_size=64, features=4)) == ["not_narrower"]


@pytest.mark.parametrize(("code_size", "narrower"), [(3, True), (4, False), (5, False)])
def test_a_code_that_squeezes_nothing_is_said_and_not_held_against_pca(code_size, narrower):
    evidence = Evidence(code_size=code_size, features=4, error=0.1, mean_sample_error=1.0, pca_error=0.0)
    assert names(evidence) == (["no_better_than_pca"] if narrower else ["not_narrower"])


def test_a_constant_network_is_said_once():
    assert names(replace(HEALTHY, live_directions=0)) == ["constant_output"]
    dead = replace(
        HEALTHY, layer_live_units={"code": (0, 32)}, live_directions=0, error=0.0669999, effective_code_size=0.0
    )
    assert names(dead) == ["dead_units", "constant_output", "no_better_than_mean"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (0.0833, ["no_better_than_mean"]),
        (0.0831 * 0.9995, ["no_better_than_mean"]),
        (0.0805, ["no_better_than_pca"]),
        (0.0776, ["no_better_than_pca"]),
        (0.0770, []),
    ],
)
def test_baselines_on_the_uniform_table(error, expected):
    evidence = Evidence(error=error, mean_sample_error=0.0831, pca_error=0.0775, code_size=2)
    assert names(evidence) == expected
    assert names(replace(evidence, measure="signed_sum")) == []


def test_the_words_on_baselines():
    (found,) = diagnose(Evidence(error=0.0776, mean_sample_error=0.0831, pca_error=0.0775, code_size=2))
    assert found.text == (
        "The mean squared error, 0.07760, is no better than that of PCA with 2 components, 0.07750 "
        "(squared units of the features)."
    )
    (found,) = diagnose(Evidence(error=0.07749, mean_sample_error=0.0831, pca_error=0.0775, code_size=2))
    assert "0.077490, is hardly better than that of PCA with 2 components, 0.077500" in found.text
    (found,) = diagnose(Evidence(error=0.6932, mean_sample_error=0.6931, measure="binary_cross_entropy"))
    assert "that of the mean sample, 0.69310 (nats per feature)" in found.text


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("where", ["loss", "validation_loss", "error"])
def test_divergence_is_found_and_breaks_nothing_else(where, bad):
    found = diagnose(replace(HEALTHY, **{where: bad}))
    assert [finding.name for finding in found] == ["diverged"]
    assert str(bad) in found[0].text


@pytest.mark.parametrize(
    ("loss", "final", "best", "loss_at_best", "found"),
    [
        (0.10, 0.22, 0.20, 0.15, True),
        (0.10, 0.209, 0.20, 0.15, False),  # rose by less than 5%
        (0.16, 0.22, 0.20, 0.15, False),  # the training loss rose as well
        (0.10, 0.22, 0.20, None, True),
        (-3.0, -1.8, -2.0, -2.1, True),
        (-3.0, -1.95, -2.0, -2.1, False),
        (-1.0, 0.1, 0.0, 0.0, True),
    ],
)
def test_over_fitting(loss, final, best, loss_at_best, found):
    evidence = Evidence(loss=loss, validation_loss=final, best_validation_loss=best, loss_at_best=loss_at_best)
    assert names(evidence) == (["over_fitting"] if found else [])


def test_over_fitting_says_by_how_much():
    (found,) = diagnose(Evidence(loss=0.1, validation_loss=0.22, best_validation_loss=0.2))
    assert "from its best, 0.2000, to 0.2200, by 10%, while the training loss fell" in found.text


def test_a_training_that_was_too_short_is_told_to_go_on_and_not_to_restart():
    still_falling = Evidence(live_directions=0, code_size=4, recent_fall=0.05)
    (finding,) = diagnose(still_falling)
    assert finding.name == "under_trained"
    assert "still fell by 5.0%" in finding.text
    dead = Evidence(layer_live_units={"code": (0, 4)}, live_directions=0, code_size=4, recent_fall=0.05)
    assert [finding.name for finding in diagnose(dead)] == ["dead_units", "constant_output", "under_trained"]
    assert [finding.name for finding in diagnose(Evidence(live_directions=0, code_size=4, recent_fall=0.001))] == [
        "constant_output"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"recent_fall": 0.1, "validation_loss": 0.009, "loss_at_best": 0.0085},
        {"recent_fall": 0.1, "loss": math.nan},
        {"layer_live_units": {"code": (0, 32)}, "live_directions": 0, "recent_fall": 0.1},
        {"features": 30, "validation_loss": 0.009, "loss_at_best": 0.0085},
        {"variance": 0.0, "live_directions": 0, "layer_live_units": {"code": (0, 32)}, "recent_fall": 0.1},
    ],
)
def test_one_diagnosis_says_one_thing_to_do(changes):
    texts = [finding.text for finding in diagnose(replace(HEALTHY, **changes))]
    assert sum(text.count(advice) for text in texts for advice in ADVICE.values()) == 1
    assert not any(", or " in text for text in texts)
    assert all(len(text) <= 500 for text in texts)


def test_a_loss_that_rose_is_not_told_to_go_on():
    both = replace(HEALTHY, recent_fall=0.1, validation_loss=0.009, loss_at_best=0.0085)
    assert names(both) == ["over_fitting"]
    assert "under_trained" not in names(replace(HEALTHY, recent_fall=0.1, error=math.nan))


def test_samples_that_are_all_the_same_are_said_to_be():
    constant = replace(HEALTHY, variance=0.0, layer_live_units={"code": (0, 32)}, live_directions=0)
    (found,) = diagnose(constant)
    assert found.name == "constant_samples"
    assert found.text == "All samples are the same, so that there is nothing to learn. Give samples that differ."
