"""A detector is kept in a file: the same scores, p-values, flags and reasons tomorrow; anything else is refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load, save

import autoencode as ae
from autoencode.cli.main import main
from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.model.model_file import read_learnt, write_bytes
from autoencode.runs.model_file import decode_model, encode_model

ROWS = np.random.default_rng(0).normal(size=(160, 5))
ROWS[:, 4] = ROWS[:, 0] + ROWS[:, 1]
HEAVY = np.exp(2 * np.random.default_rng(1).normal(size=(400, 3)))
TABLE = pd.DataFrame(
    {
        "a": ROWS[:, 0],
        "b": np.where(ROWS[:, 1] > 0, "up", "down"),
        "c": ROWS[:, 2],
        "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(160), unit="D"),
    }
)
TABLE.loc[::9, "c"] = np.nan
PICTURES = np.random.default_rng(0).random((90, 6, 6))
STEPS = np.random.default_rng(0).normal(size=(70, 12, 2))

KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "numbers": (ROWS, {}),
    "normal numbers": (ROWS, {"contaminated": False}),
    "heavy tails": (HEAVY, {"contaminated": False}),
    "without ranks": (HEAVY, {"ranks": False}),
    "named numbers": (pd.DataFrame(ROWS, columns=list("abcde")), {}),
    "a table": (TABLE, {}),
    "pictures": (PICTURES, {"kind": "picture"}),
    "sequences": (STEPS, {"autoencoder": "sequence"}),
    "a recipe": (ROWS, {"autoencoder": "denoising"}),
    "an autoencoder": (ROWS, {"autoencoder": ae.Autoencoder(2, hidden=(4,), epochs=3, restarts=3)}),
}

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")


@pytest.fixture(scope="module", params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Path]:
    """A detector of each kind, what it is to judge, and its file."""
    samples, settings = KINDS[request.param]
    detector = ae.AnomalyDetector(false_alarm_rate=0.1, random_state=3, **settings).fit(samples)
    return detector, samples, detector.save(tmp_path_factory.mktemp("kept") / "d.safetensors")


def test_it_judges_to_the_bit_as_before(kept: tuple[Any, Any, Path]) -> None:
    detector, samples, path = kept
    loaded: Any = ae.load(path)
    assert type(loaded) is ae.AnomalyDetector
    for ask in ("score_samples", "p_values", "predict", "decision_function"):
        np.testing.assert_array_equal(getattr(loaded, ask)(samples), getattr(detector, ask)(samples))
    one, other = (judge.explain(samples[:20]) for judge in (loaded, detector))
    np.testing.assert_array_equal(one.contributions, other.contributions)
    np.testing.assert_array_equal(one.nearest, other.nearest)
    assert one.reasons == other.reasons
    for name in ("offset_", "ranks_", "seed_", "sample_shape_", "n_features_in_"):
        assert getattr(loaded, name) == getattr(detector, name)
    for name in ("calibration_scores_", "trained_on_", "reference_"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(detector, name))
    wanted = {name: value for name, value in detector.get_params(deep=False).items() if name != "autoencoder"}
    assert {name: value for name, value in loaded.get_params(deep=False).items() if name != "autoencoder"} == wanted


def test_the_same_detector_has_the_same_bytes(kept: tuple[Any, Any, Path], tmp_path: Path) -> None:
    detector, samples, path = kept
    content = path.read_bytes()
    assert write_bytes(detector.fitted_) == content
    assert write_bytes(read_learnt(path)) == content
    again = pickle.loads(pickle.dumps(detector))
    assert content in pickle.dumps(detector)
    np.testing.assert_array_equal(again.score_samples(samples), detector.score_samples(samples))


def test_it_can_be_fitted_again(kept: tuple[Any, Any, Path]) -> None:
    detector, samples, path = kept
    loaded: Any = ae.load(path)
    np.testing.assert_array_equal(loaded.fit(samples).calibration_scores_, detector.calibration_scores_)


LIGHT = """
import sys
import numpy as np
from autoencode.model.model_file import read_learnt
detector = read_learnt("d.safetensors")
samples = detector.fitted.check(np.load("rows.npy"))
print(detector.measure(samples).tolist() == np.load("scores.npy").tolist())
print([name for name in ("jax", "sklearn", "scipy", "pandas") if name in sys.modules])
"""


def test_a_dense_one_judges_without_jax_and_scikit_learn(tmp_path: Path) -> None:
    detector = ae.AnomalyDetector(random_state=0).fit(ROWS)
    detector.save(tmp_path / "d.safetensors")
    np.save(tmp_path / "rows.npy", ROWS)
    np.save(tmp_path / "scores.npy", -detector.score_samples(ROWS))
    done = subprocess.run([sys.executable, "-c", LIGHT], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n")[:2] == ["True", "[]"], done.stderr


# ---------------------------------------------------------------------- what is refused


@pytest.fixture(scope="module")
def content() -> bytes:
    """The bytes of a detector's file."""
    detector = ae.AnomalyDetector(contaminated=True, random_state=0).fit(HEAVY)
    return write_bytes(detector.fitted_)


def test_a_part_of_ones_own_is_not_written(tmp_path: Path) -> None:
    own = ae.Autoencoder(2, epochs=1, activation=abs_)
    detector = ae.AnomalyDetector(own, random_state=0).fit(ROWS)
    with pytest.raises(InvalidInputError, match="cannot be saved"):
        detector.save(tmp_path / "d.safetensors")
    assert list(tmp_path.iterdir()) == []
    again = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(again.score_samples(ROWS), detector.score_samples(ROWS))


def abs_(values: Any) -> Any:
    """An activation of a user's own."""
    return abs(values)


def test_a_verb_of_autoencoders_says_what_it_is(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d.safetensors").write_bytes(content)
    np.save(tmp_path / "rows.npy", HEAVY)
    for words in ("errors", "encode"):
        more = {"errors": [str(tmp_path / "rows.npy")], "encode": [str(tmp_path / "rows.npy"), str(tmp_path / "c.npy")]}
        assert main([words, str(tmp_path / "d.safetensors"), *more.get(words, [])]) == 2
        assert "holds a detector" in capsys.readouterr().err


def change(name: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """Return what puts another tensor, or another word, into a file."""

    def put(tensors: dict[str, Any], configuration: dict[str, Any]) -> None:
        if isinstance(value, np.ndarray):
            tensors[f"detector.{name}"] = value
        elif callable(value):
            tensors[f"detector.{name}"] = value(tensors[f"detector.{name}"])
        else:
            configuration["detector"][name] = value

    return put


WRONG: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "no detector": lambda _, told: told.pop("detector"),
    "no rows": lambda tensors, _: tensors.pop("detector.rows"),
    "fewer rows": change("rows", lambda rows: rows[:-1]),
    "rows of other columns": change("rows", lambda rows: rows[:, :-1]),
    "rows of another type": change("rows", lambda rows: rows.astype(np.float64)),
    "infinite rows": change("rows", lambda rows: rows * np.float32(np.inf)),
    "one typical row": change("typical", lambda flags: np.arange(len(flags)).astype(np.uint8) == 1),
    "flags that are none": change("typical", lambda flags: flags + 1),
    "a scene beyond the rows": change("scene", lambda indices: indices + 10_000),
    "a scene of one": change("scene", lambda indices: indices[:1]),
    "a negative place": change("reference", lambda indices: indices - 10_000),
    "no calibration": change("calibration_scores", np.zeros(0)),
    "scores that are no numbers": change("calibration_scores", lambda scores: scores * np.nan),
    "weights of others": change("weights", np.ones(3)),
    "calibration weights of others": change("calibration_weights", np.ones(3)),
    "calibration weights of nothing": lambda tensors, _: tensors.update(
        {"detector.calibration_weights": 0 * tensors["detector.calibration_scores"]}
    ),
    "ranks of other columns": change("rank_columns", lambda columns: columns + 99),
    "sizes that do not fit": change("rank_sizes", lambda sizes: sizes + 1),
    "a size of nothing": change("rank_sizes", lambda sizes: sizes * 0),
    "knots out of order": change("rank_knots", lambda knots: knots[::-1].copy()),
    "a rate of nothing": change("false_alarm_rate", 0.0),
    "a rate that is a word": change("false_alarm_rate", "low"),
    "a seed below 0": change("seed", -1),
    "ranks that are a word": change("ranks", "some"),
    "an autoencoder that is a list": change("autoencoder", []),
    "an autoencoder of other words": change("autoencoder", {"colour": 3}),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG)
def test_a_file_that_is_not_whole_is_refused(content: bytes, spoil: Any, tmp_path: Path) -> None:
    tensors, configuration = decode_model(content)
    spoil(tensors, configuration)
    tensors = {name: np.asarray(array) for name, array in tensors.items()}
    (tmp_path / "d.safetensors").write_bytes(encode_model(tensors, configuration))
    with pytest.raises(ModelFileError):
        ae.load(tmp_path / "d.safetensors")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_cut_file_is_refused(content: bytes, share: float, tmp_path: Path) -> None:
    (tmp_path / "d.safetensors").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelFileError):
        ae.load(tmp_path / "d.safetensors")


def test_a_changed_number_is_refused(content: bytes, tmp_path: Path) -> None:
    tensors, _ = load(content), None
    tensors["detector.rows"] = tensors["detector.rows"] + np.float32(1)
    (tmp_path / "d.safetensors").write_bytes(save(tensors, {"format": "autoencode", "format_version": "4"}))
    with pytest.raises(ModelFileError, match="checksum"):
        ae.load(tmp_path / "d.safetensors")
