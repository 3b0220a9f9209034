"""Arrays of several axes are pictures or sequences, by their shape or as told: of models and of detectors."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoencode import AnomalyDetector, Autoencoder, DiagnosisWarning, detect, load
from autoencode.data.samples import Reading, Samples
from autoencode.estimators import report_detection
from autoencode.estimators.scoring import MOST_EXPLAINED
from autoencode.exceptions import InvalidInputError
from autoencode.report.lines import draw_lines

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

GUESSED = r"samples of 20 × 3 are taken for sequences of 20 steps with 3 numbers each"
SPANS = np.array([0.01, 1.0, 1000.0])


def draw(count: int = 60, shape: tuple[int, ...] = (20, 3), seed: int = 0) -> np.ndarray:
    """Return windows of waves, the last axis in units that differ."""
    random = np.random.default_rng(seed)
    steps = np.arange(shape[0])[:, None] + random.uniform(0, 20, (count, 1, 1))
    waves = np.sin(0.3 * steps + np.arange(shape[1])) + 0.05 * random.normal(size=(count, *shape))
    return waves * np.resize(SPANS, shape[1])


def make(**options: Any) -> Autoencoder:
    return Autoencoder(epochs=2, random_state=0, **options)


def kind_of(samples: Any, **options: Any) -> str | None:
    return make(**options).fit(samples).settings_["kind"]


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((5,), None),
        ((8, 8), "picture"),
        ((28, 28), "picture"),
        ((20, 3), "sequence"),
        ((33, 16), "sequence"),
        ((32, 16), "picture"),
        ((40, 17), "picture"),
        ((9, 9, 3), "picture"),
    ],
    ids=str,
)
def test_the_shape_tells_what_samples_are(shape: tuple[int, ...], kind: str | None) -> None:
    samples = np.random.default_rng(0).random((20, *shape))
    model = make().fit(samples)
    assert model.settings_["kind"] == kind
    assert ("kind" in model.settings_["derived"]) == (kind is not None)


def test_a_guess_is_said_once_and_settled() -> None:
    for fit in (make().fit, AnomalyDetector(make(), false_alarm_rate=0.2, random_state=0).fit):
        with pytest.warns(DiagnosisWarning, match=GUESSED) as caught:
            fit(draw())
        assert [one.filename for one in caught if "taken for" in str(one.message)] == [__file__]
    for against in (None, draw(seed=1)):
        with pytest.warns(DiagnosisWarning, match=GUESSED) as caught:
            detect(draw(), against=against, autoencoder=make(), false_alarm_rate=0.2, random_state=0)
        assert sum("taken for" in str(one.message) for one in caught) == 1
    for kind in ("picture", "sequence"):
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*taken for")
            assert kind_of(draw(), kind=kind) == kind
            detector = AnomalyDetector(make(), kind=kind, false_alarm_rate=0.2, random_state=0).fit(draw())
            assert detector.autoencoder_.settings_["kind"] == kind
            detect(draw(), kind=kind, autoencoder=make(), false_alarm_rate=0.2, random_state=0)


def test_images_from_files_are_pictures_whatever_their_shape() -> None:
    strips = np.random.default_rng(0).random((20, 30, 4)).astype(np.float32)
    assert kind_of(Samples(strips, "strips", Reading("images", (30, 4), "grey"))) == "picture"
    assert kind_of(Samples(strips, "windows", Reading("array"))) == "sequence"


def test_the_numbers_of_a_sequence_share_no_scaling() -> None:
    samples = draw()
    sequence, picture, flat = (make(kind=kind) for kind in ("sequence", "picture", "auto"))
    assert sequence.fit(samples).scaling_ == "standard"
    assert picture.fit(samples).scaling_ == "global_minmax"
    flat.fit(samples.reshape(60, -1))
    np.testing.assert_array_equal(sequence.transform(samples), flat.transform(samples.reshape(60, -1)))
    assert sequence.reconstruct(samples).shape == samples.shape


def test_a_detector_of_sequences_finds_a_small_unit() -> None:
    samples = draw(200)
    samples[5, 8:12, 0] += 6 * SPANS[0]  # far below the spread of the last number
    found = detect(samples, kind="sequence", random_state=0)
    assert found.order[0] == 5
    assert found.explanation.contributions.shape[1:] == (20, 3)
    assert found.explanation.contributions[0].sum(axis=0).argmax() == 0
    assert len(found.explanation) <= MOST_EXPLAINED


def test_reports_draw_sequences_as_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def note(sequences: np.ndarray, spans: np.ndarray) -> list[bytes]:
        drawn.append(sequences.shape[1:])
        return draw_lines(sequences, spans)

    for name in ("specimens", "creations", "abnormal_images"):
        monkeypatch.setattr(f"autoencode.report.{name}.draw_lines", note)
    samples = draw()
    found = detect(samples, kind="sequence", autoencoder=make(), false_alarm_rate=0.2, random_state=0)
    assert found.kind == "sequence"
    assert " at step " in found.reasons(0)[0]
    assert "fills its lane" in report_detection(found, samples).html
    assert drawn == [(20, 3)] * 4
    drawn.clear()
    report = make(kind="sequence").fit(samples).report(samples)
    assert "0 in the middle of a lane" in report.html
    assert set(drawn) == {(20, 3)}
    picture = detect(samples, kind="picture", autoencoder=make(), false_alarm_rate=0.2, random_state=0)
    assert (picture.kind, picture.reasons(0)) == ("picture", [])


def test_the_kind_is_kept(tmp_path: Path) -> None:
    for kind in ("picture", "sequence"):
        model = make(kind=kind).fit(draw())
        loaded = load(model.save(tmp_path / "model.safetensors"))
        assert (loaded.kind, loaded.settings_["kind"]) == (kind, kind)
        assert loaded.settings_ == model.settings_
        np.testing.assert_array_equal(loaded.transform(draw()), model.transform(draw()))
    again = make(kind="picture", warm_start=True).fit(draw()).set_params(kind="sequence")
    with pytest.raises(InvalidInputError, match="kind is 'picture', but kind='sequence' was set"):
        again.fit(draw())


@pytest.mark.parametrize(
    ("samples", "options", "words"),
    [
        (np.ones((9, 4)), {"kind": "picture"}, r"kind 'picture' is for arrays of shape \(n, rows, columns\)"),
        (np.ones((9, 4, 4, 3)), {"kind": "sequence"}, r"kind 'sequence' is for arrays of shape \(n, steps, channels\)"),
        (draw(), {"kind": "picture", "network": "lstm"}, "does not go with a network of sequences"),
        (draw(), {"kind": "film"}, "kind must be one of auto, picture, sequence, got 'film'"),
    ],
    ids=["flat", "four axes", "recurrent", "unknown"],
)
def test_what_cannot_be_of_a_kind_is_refused(samples: np.ndarray, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make(**options).fit(samples)


# ---------------------------------------------------------------------- networks


def test_large_pictures_have_a_convolutional_network() -> None:
    random = np.random.default_rng(0)
    shapes = [(8, 8), (28, 28), (32, 32), (20, 20, 3), (2000,), (700, 2)]
    samples = {shape: random.random((4, *shape), np.float32) for shape in shapes}
    models = {shape: make().fit(samples[shape]) for shape in shapes}
    networks = {shape: model.settings_["network"] for shape, model in models.items()}
    assert networks == dict.fromkeys(networks, "dense") | {(20, 20, 3): "convolutional"}
    large, model = samples[20, 20, 3], models[20, 20, 3]
    assert (model.hidden_, "network" in model.settings_["derived"]) == ((16, 32), True)
    assert make(network="dense").fit(large).settings_["network"] == "dense"
    assert make(recipe="vanilla").fit(large).settings_["network"] == "dense", "as the recipe says"
    assert model.set_params(warm_start=True).fit(large).history_.epochs == 4
