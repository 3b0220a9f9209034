"""Weights of samples: 0 is absent to the bit, all the same is none to the bit, and 2 is worth two samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder
from autoencode.exceptions import InvalidInputError

pytestmark = [
    pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning"),
    pytest.mark.filterwarnings("ignore::autoencode.CalibrationWarning"),
]

Make = Callable[..., Autoencoder]
RANDOM = np.random.default_rng(5)
WEIGHTS = np.where(np.arange(80) % 5 == 0, 0.0, RANDOM.integers(1, 4, 80))
COUNTED = WEIGHTS > 0
NUMBERS = (
    RANDOM.normal(size=(80, 2)) @ RANDOM.normal(size=(2, 5)) + 0.1 * RANDOM.normal(size=(80, 5)) + [0, 9, 0, 0, -3]
)


def make_table() -> pd.DataFrame:
    """80 rows of every kind of column; in those of weight 0 are cells that no other row has."""
    table = pd.DataFrame(
        {
            "size": NUMBERS[:, 0],
            "tall": NUMBERS[:, 1] > 9,
            "colour": np.where(NUMBERS[:, 2] > 0, "red", "blue"),
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(80), unit="D"),
        }
    )
    table.loc[~COUNTED, "colour"] = None
    table.loc[~COUNTED, "size"] = np.inf
    return table


def make_numbers() -> np.ndarray:
    return np.where(COUNTED[:, None], NUMBERS, np.nan)


def make_sequences() -> np.ndarray:
    """80 sequences; those of weight 0 alone have all six steps."""
    steps = RANDOM.normal(size=(80, 6, 2))
    steps[COUNTED, 4:] = np.nan
    return steps


KINDS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "numbers": (make_numbers, {}),
    "numbers by xla": (make_numbers, {"engine": "xla", "restarts": 2}),
    "numbers held out": (make_numbers, {"validation_fraction": 0.25, "patience": 2}),
    "named numbers": (lambda: pd.DataFrame(make_numbers(), columns=list("abcde")), {}),
    "a table": (make_table, {"hidden": (4,)}),
    "a table by quantiles": (make_table, {"scaling": "quantile"}),
    "pictures": (lambda: RANDOM.random((80, 8, 8)), {"network": "convolutional", "hidden": (2,), "epochs": 1}),
    "sequences": (make_sequences, {"network": "gru", "hidden": (3,), "epochs": 2}),
    "variational": (make_numbers, {"recipe": "vae"}),
    "quantised": (make_numbers, {"bottleneck": "vector_quantized(entries=8, numbers=2)", "code_size": 4}),
    "terms": (make_numbers, {"terms": ["kl_sparsity", "mmd", "l1"], "code_activation": "sigmoid"}),
}


def list_bits(model: Autoencoder, samples: Any) -> list[np.ndarray]:
    """Return what a training left, as arrays."""
    fitted = model.fitted_
    arrays = [fitted.arrays[name] for name in sorted(fitted.arrays)]
    arrays += [model.history_.loss, fitted.scaling.offset, fitted.scaling.scale, model.transform(samples)]
    if model.history_.validation_loss is not None:
        arrays.append(model.history_.validation_loss)
    return [*arrays, fitted.baselines[0].mean, fitted.baselines[1].components, model.code_statistics().mean]


def assert_same_bits(one: Autoencoder, other: Autoencoder, samples: Any) -> None:
    for ours, theirs in zip(list_bits(one, samples), list_bits(other, samples), strict=True):
        np.testing.assert_array_equal(ours, theirs)


# ------------------------------------------------------------------ laws


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_of_0_is_as_absent_and_weights_that_are_the_same_are_none(make: Make, kind: str) -> None:
    create, settings = KINDS[kind]
    samples = create()
    counted = samples[COUNTED]
    weighted = make(**settings).fit(samples, sample_weight=WEIGHTS)
    assert_same_bits(weighted, make(**settings).fit(counted, sample_weight=WEIGHTS[COUNTED]), counted)
    plain = make(**settings).fit(counted)
    assert_same_bits(plain, make(**settings).fit(samples, sample_weight=3 * COUNTED), counted)
    assert plain.settings_.engine == make(**settings).fit(counted, sample_weight=0.1).settings_.engine
    assert not np.array_equal(weighted.history_.loss, plain.history_.loss), "weights count"


def test_only_proportions_count(make: Make) -> None:
    weights = WEIGHTS[COUNTED]
    models = [make().fit(NUMBERS[COUNTED], sample_weight=scale * weights) for scale in (1.0, 2.0**900, 1e-300, 7.0)]
    assert_same_bits(models[0], models[1], NUMBERS)
    for model in models[2:]:
        np.testing.assert_allclose(model.transform(NUMBERS), models[0].transform(NUMBERS), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("terms", [[], ["l1", "contractive"], ["kl_sparsity"]], ids=["loss", "terms", "mean"])
@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_a_step_of_all_samples_is_that_of_repeated_ones(make: Make, terms: list[str], scaling: str) -> None:
    counts = WEIGHTS.astype(int)
    sigmoid = {"code_activation": "sigmoid", "code_size": 4}  # whose squared Jacobian is exact
    told = {"optimizer": "sgd", "learning_rate": 0.3, "epochs": 2, "batch_size": 10_000, "terms": terms} | sigmoid
    weighted = make(**told, scaling=scaling).fit(NUMBERS, sample_weight=counts)
    repeated = make(**told, scaling=scaling).fit(np.repeat(NUMBERS, counts, axis=0))
    np.testing.assert_allclose(weighted.history_.loss, repeated.history_.loss, rtol=1e-5)
    np.testing.assert_allclose(weighted.reconstruct(NUMBERS), repeated.reconstruct(NUMBERS), rtol=1e-5, atol=1e-5)
    assert not np.allclose(make(**told, scaling=scaling).fit(NUMBERS).history_.loss, weighted.history_.loss, rtol=1e-3)


def test_a_weight_means_the_same_in_every_batch(make: Make) -> None:
    """Small steps over all batches add up to one step over all samples, though few batches have a heavy sample."""
    weights = np.where(np.arange(80) < 4, 60.0, 1.0)
    told = {"optimizer": "sgd", "epochs": 1, "scaling": "none"}

    def fit(batch_size: int, learning_rate: float) -> np.ndarray:
        model = make(**told, batch_size=batch_size, learning_rate=learning_rate)
        return model.fit(NUMBERS / 10, sample_weight=weights).fitted_.arrays[".encoder[0].kernel"][0]

    before, once, often = fit(80, 1e-9), fit(80, 1e-2), fit(4, 1e-2 / 20)
    assert np.abs(once - before).max() > 1e-4
    np.testing.assert_allclose(often - before, once - before, rtol=0.05, atol=0.02 * np.abs(once - before).max())


def test_scaling_and_baselines_are_those_of_repeated_samples(make: Make) -> None:
    counts = WEIGHTS.astype(int)
    weighted = make(scaling="standard").fit(NUMBERS, sample_weight=counts).fitted_
    repeated = make(scaling="standard").fit(np.repeat(NUMBERS, counts, axis=0)).fitted_
    np.testing.assert_allclose(weighted.scaling.offset, repeated.scaling.offset, rtol=1e-9)
    np.testing.assert_allclose(weighted.scaling.scale, repeated.scaling.scale, rtol=1e-9)
    rows = weighted.scaling.apply(NUMBERS)
    for ours, theirs in zip(weighted.baselines, repeated.baselines, strict=True):
        np.testing.assert_allclose(ours.reconstruct(rows), theirs.reconstruct(rows), atol=1e-5)


def test_held_out_samples_are_weighted_and_those_of_validation_are_not(make: Make) -> None:
    told = {"learning_rate": 1e-9, "epochs": 1, "batch_size": 80, "scaling": "none"}
    weights = 1.0 + 9 * (np.arange(80) < 8)
    model = make(**told, validation_fraction=0.5).fit(NUMBERS, sample_weight=weights)
    assert model.history_.validation_loss is not None
    apart = np.square(NUMBERS - model.reconstruct(NUMBERS)).mean(axis=1)
    whole = make(**told).fit(NUMBERS, sample_weight=weights, validation=NUMBERS).history_
    assert whole.validation_loss is not None
    np.testing.assert_allclose(whole.loss[0, 0], np.average(apart, weights=weights), rtol=1e-4)
    np.testing.assert_allclose(whole.validation_loss[0, 0], apart.mean(), rtol=1e-4)
    both = [float(loss[0, 0]) for loss in (model.history_.loss, model.history_.validation_loss)]
    assert not np.isclose(sum(both) / 2, apart.mean(), rtol=1e-2), "both halves are weighted"


def test_codes_are_summarised_by_weight(make: Make) -> None:
    weights = np.where(NUMBERS[:, 0] > 0, 50.0, 1.0)
    model = make(epochs=30).fit(NUMBERS, sample_weight=weights)
    codes = model.transform(NUMBERS)
    found = model.code_statistics().mean
    assert np.abs(found - np.average(codes, axis=0, weights=weights)).max() < 0.1 * codes.std()
    assert np.abs(found - codes.mean(axis=0)).max() > 0.2 * codes.std()


# ------------------------------------------------------------------ detectors


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("numbers", {}),
        ("numbers", {"contaminated": False}),
        ("a table", {}),
        ("sequences", {"autoencoder": "sequence"}),
    ],
    ids=["unlabelled", "normal", "table", "sequences"],
)
def test_a_detectors_samples_of_weight_0_are_absent(kind: str, settings: dict[str, Any], tmp_path: Path) -> None:
    samples = KINDS[kind][0]()
    counted = samples[COUNTED]

    def fit(rows: Any, weights: Any) -> AnomalyDetector:
        told = {"autoencoder": Autoencoder(epochs=2), "random_state": 1, "false_alarm_rate": 0.2}
        return AnomalyDetector(**{**told, **settings}).fit(rows, sample_weight=weights)

    weighted, others, plain = fit(samples, WEIGHTS), fit(counted, WEIGHTS[COUNTED]), fit(counted, None)
    even = fit(samples, 3 * COUNTED)
    kept = ae.load(weighted.save(tmp_path / "detector.safetensors"))
    for one, other in ((weighted, others), (plain, even), (weighted, kept)):
        np.testing.assert_array_equal(one.score_samples(counted), other.score_samples(counted))
        np.testing.assert_array_equal(one.p_values(counted), other.p_values(counted))
        assert one.offset_ == other.offset_
    places = np.flatnonzero(COUNTED)
    for one, other in ((weighted, others), (even, plain)):
        np.testing.assert_array_equal(one.trained_on_, places[other.trained_on_])
        np.testing.assert_array_equal(one.reference_, places[other.reference_])
    assert plain.fitted_.calibration_weights is None
    assert not np.array_equal(weighted.p_values(counted), plain.p_values(counted)), "weights count"


@pytest.mark.parametrize("contaminated", [True, False])
def test_a_detector_calibrates_by_weight(contaminated: bool) -> None:
    rows = np.random.default_rng(2).normal(size=(240, 4))
    weights = np.random.default_rng(3).integers(1, 5, 240)
    told: dict[str, Any] = {"contaminated": contaminated, "false_alarm_rate": 0.1, "random_state": 0}
    detector = AnomalyDetector(Autoencoder(epochs=2), **told).fit(rows, sample_weight=weights)
    known = np.setdiff1d(np.arange(240), detector.trained_on_)
    of_calibration = weights[known] / weights[known].mean()
    scores = -detector.score_samples(rows)
    apart = np.abs(scores[:, None] - detector.calibration_scores_).min(axis=1) > 1e-3  # flags are steady near a score
    above = (detector.calibration_scores_ >= scores[:, None]) @ of_calibration
    np.testing.assert_allclose(detector.p_values(rows)[apart], ((1 + above) / (len(known) + 1))[apart], rtol=1e-12)
    np.testing.assert_array_equal(detector.predict(rows) == -1, detector.p_values(rows) <= 0.1)
    again = detector.fitted_.calibrate(rows)
    assert again.calibration_weights is None, "other samples have none"


def test_frequent_samples_are_less_evidence() -> None:
    """References that count more make distances like theirs more usual."""
    rows = np.random.default_rng(4).normal(size=(300, 3))
    far = np.linalg.norm(rows, axis=1) > 2
    told: dict[str, Any] = {"random_state": 0, "false_alarm_rate": 0.1}
    plain, weighted = (
        AnomalyDetector(Autoencoder(epochs=2), **told).fit(rows, sample_weight=weights)
        for weights in (None, np.where(far, 20.0, 1.0))
    )
    assert (-weighted.score_samples(rows[far])).mean() < 0.7 * (-plain.score_samples(rows[far])).mean()


# ------------------------------------------------------------------ in use


def test_messages_name_the_sample_that_was_given(make: Make) -> None:
    samples = NUMBERS.copy()
    samples[17, 2] = np.nan
    for estimator in (make(), make(validation_fraction=0.4), AnomalyDetector(Autoencoder(epochs=1), random_state=0)):
        with pytest.raises(InvalidInputError, match="feature 2 of sample 17"):
            estimator.fit(samples, sample_weight=WEIGHTS)
    table = make_table()
    table.loc[17, "size"] = -np.inf
    for estimator in (make(), make(validation_fraction=0.4), AnomalyDetector(Autoencoder(epochs=1), random_state=0)):
        with pytest.raises(InvalidInputError, match="size' is -inf in row 17"):
            estimator.fit(table, sample_weight=WEIGHTS)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.where(np.arange(80) == 3, np.nan, 1), "is nan for sample 3"),
        (np.where(np.arange(80) == 3, -0.5, 1), "is -0.5 for sample 3"),
        (np.where(np.arange(80) == 3, np.inf, 1), "is inf for sample 3"),
        (np.ones(79), r"for each of 80 samples, a 1D array; got an array of shape \(79,\)"),
        (np.ones((80, 1)), r"got an array of shape \(80, 1\)"),
        (np.zeros(80), "zero for all but 0 of 80 samples; at least 2 must count"),
        (np.arange(80) == 7, "zero for all but 1 of 80 samples"),
        (0, "zero for all but 0 of 80"),
        (-1, "is -1 for sample 0"),
        (["1"] * 80, "got values of type <U1"),
        ("balanced", "got values of type <U8"),
        ([None] * 80, "got values of type object"),
        (np.ones(80, complex), "got values of type complex128"),
        ([[1], [1, 2]], "nested sequences of several lengths"),
    ],
    ids=[
        "nan",
        "negative",
        "inf",
        "short",
        "2d",
        "zero",
        "one",
        "0",
        "-1",
        "text",
        "word",
        "none",
        "complex",
        "ragged",
    ],
)
def test_weights_that_cannot_be_used_are_said(make: Make, weights: Any, words: str) -> None:
    for estimator in (make(), AnomalyDetector(Autoencoder(epochs=1))):
        with pytest.raises(InvalidInputError, match=f"sample_weight .*{words}"):
            estimator.fit(NUMBERS, sample_weight=weights)
        assert not estimator.__sklearn_is_fitted__()


def test_weights_of_every_kind_are_taken(make: Make) -> None:
    expected = make().fit(NUMBERS, sample_weight=WEIGHTS).transform(NUMBERS)
    kinds = [WEIGHTS.tolist(), WEIGHTS.astype(np.int8), pd.Series(WEIGHTS, index=range(9, 89)), WEIGHTS.astype(object)]
    for weights in [*kinds, WEIGHTS.astype(np.float32)]:
        np.testing.assert_array_equal(make().fit(NUMBERS, sample_weight=weights).transform(NUMBERS), expected)
    for samples in (NUMBERS.tolist(), NUMBERS.astype(np.float64, order="F")):
        np.testing.assert_array_equal(make().fit(samples, sample_weight=WEIGHTS).transform(NUMBERS), expected)
    every = make().fit(NUMBERS, sample_weight=COUNTED).transform(NUMBERS)
    np.testing.assert_array_equal(every, make().fit(NUMBERS[COUNTED]).transform(NUMBERS))


def test_very_small_weights_leave_no_batch_empty(make: Make) -> None:
    weights = np.where(np.arange(80) < 40, 1e-300, 1.0)
    assert np.isfinite(make(batch_size=2).fit(NUMBERS, sample_weight=weights).history_.loss).all()


def test_files_have_weights_too(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    frame = pd.DataFrame(NUMBERS, columns=list("abcde"))
    frame.to_csv(path, index=False)
    model = make().fit(path, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(model.transform(path), make().fit(frame, sample_weight=WEIGHTS).transform(frame))
    assert model.reading_ is not None


def test_a_training_goes_on_with_weights(make: Make) -> None:
    model = make(warm_start=True, epochs=2).fit(NUMBERS)
    model.fit(make_numbers(), sample_weight=WEIGHTS)
    other = make(warm_start=True, epochs=2).fit(NUMBERS).fit(NUMBERS[COUNTED], sample_weight=WEIGHTS[COUNTED])
    np.testing.assert_array_equal(model.transform(NUMBERS), other.transform(NUMBERS))
    assert model.history_.epochs == 4


def test_the_kernel_is_left_aside_or_refused(make: Make) -> None:
    assert make().fit(NUMBERS, sample_weight=np.arange(80)).settings_.engine == "xla"
    with pytest.raises(InvalidInputError, match="engine='kernel' cannot be had: the kernel knows no sample_weight"):
        make(engine="kernel").fit(NUMBERS, sample_weight=np.arange(80))


@pytest.mark.parametrize("estimator", [Autoencoder(epochs=2, random_state=0), AnomalyDetector(random_state=0)])
def test_pipelines_route_weights(estimator: Any) -> None:
    if isinstance(estimator, AnomalyDetector):
        estimator = AnomalyDetector(Autoencoder(epochs=2), random_state=0, false_alarm_rate=0.1)
    apply = "transform" if isinstance(estimator, Autoencoder) else "score_samples"
    step = type(estimator).__name__.lower()
    named = make_pipeline(StandardScaler(), clone(estimator)).fit(NUMBERS, **{f"{step}__sample_weight": WEIGHTS})
    expected = getattr(named, apply)(NUMBERS)
    assert not np.array_equal(
        expected, getattr(make_pipeline(StandardScaler(), estimator).fit(NUMBERS), apply)(NUMBERS)
    )
    with sklearn.config_context(enable_metadata_routing=True):
        asked = clone(clone(estimator).set_fit_request(sample_weight=True))
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        routed = make_pipeline(scaler, asked).fit(NUMBERS, sample_weight=WEIGHTS)
        np.testing.assert_array_equal(getattr(routed, apply)(NUMBERS), expected)
        unasked = make_pipeline(scaler, clone(estimator).set_fit_request(sample_weight=False))
        with pytest.raises(TypeError, match="not routed to any object"):
            unasked.fit(NUMBERS, sample_weight=WEIGHTS)


def test_fit_and_apply_at_once(make: Make) -> None:
    codes = make().fit_transform(NUMBERS, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(codes, make().fit(NUMBERS, sample_weight=WEIGHTS).transform(NUMBERS))
    detector = AnomalyDetector(Autoencoder(epochs=2), random_state=0, false_alarm_rate=0.1)
    flags = detector.fit_predict(NUMBERS, sample_weight=WEIGHTS)
    np.testing.assert_array_equal(flags, detector.predict(NUMBERS))
    assert detector.fitted_.calibration_weights is not None
