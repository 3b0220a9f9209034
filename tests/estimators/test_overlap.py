"""Samples that are judged against themselves are noticed, by their rows; rows that are alike by chance are not."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autoencode as ae
from autoencode.cli.main import main
from autoencode.estimators.known_samples import was_trained_on
from autoencode.estimators.overlap import find_overlap, notice_overlap
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.detector_fit import check_normal
from autoencode.model.learnt import list_arguments
from autoencode.model.row_digest import KnownRows, hash_rows
from autoencode.model.samples import open_samples

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")


def make_people(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"age": rng.normal(40, 9, count), "height": rng.normal(170, 9, count), "town": rng.choice(list("abc"), count)}
    )


def make_votes(count: int, seed: int) -> pd.DataFrame:
    """Return a table of at most eight different rows."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.choice(["yes", "no"], count) for name in ("first", "second", "third")})


def notice(X: Any, against: Any, **settings: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ae.AutoencodeWarning)
        known = check_normal(list_arguments(ae.Autoencoder(**settings)), open_samples(against, argument="against"))
        judged = known.form.check(open_samples(X), reset=False, finite=not isinstance(X, pd.DataFrame))
        notice_overlap(known.form, judged, known.samples)


PEOPLE, IMAGES = make_people(300, 0), np.random.default_rng(0).random((90, 6, 6))


@pytest.mark.parametrize(
    "judged",
    [PEOPLE, PEOPLE.copy(), PEOPLE.iloc[::-1], PEOPLE.iloc[:40], PEOPLE.iloc[[7]], PEOPLE.iloc[[3, 3, 3]]],
    ids=["itself", "a copy", "in another order", "a part", "one", "one, often"],
)
def test_rows_of_the_reference_are_refused(judged: pd.DataFrame) -> None:
    with pytest.raises(
        InvalidInputError, match=rf"against: all {len(judged)} samples of X are among.*leave against out"
    ):
        ae.detect(judged, against=PEOPLE, false_alarm_rate=0.1)


@pytest.mark.parametrize("samples", [PEOPLE[["age", "height"]], PEOPLE[["age"]].to_numpy(), IMAGES], ids=type)
def test_of_every_kind(samples: Any) -> None:
    with pytest.raises(InvalidInputError, match="are among its rows"):
        notice(samples, samples)
    notice(samples[:20], samples[20:])


def test_sequences_too() -> None:
    steps = np.random.default_rng(0).normal(size=(60, 5, 2))
    steps[::3, 3:] = np.nan
    with pytest.raises(InvalidInputError, match="all 30 samples"):
        notice(steps[:30], steps, network="gru")
    notice(steps[:30], steps[30:], network="gru")


def test_some_of_the_reference_among_others_are_a_warning() -> None:
    mixed = pd.concat([PEOPLE.iloc[:50], make_people(100, 1)])
    with pytest.raises(
        DiagnosisWarning, match=r"against: 50 of 150 samples of X are among its rows.*leave them out of one"
    ):
        notice(mixed, PEOPLE)
    notice(pd.concat([PEOPLE.iloc[:1], make_people(100, 1)]), PEOPLE)  # once in a hundred is chance


def test_rows_that_are_alike_by_chance_are_none_of_it() -> None:
    votes = make_votes(300, 0)
    notice(make_votes(100, 1), votes)
    notice(make_votes(1, 1), votes)
    notice(votes.iloc[:100], votes)  # nobody can tell
    with pytest.raises(InvalidInputError, match="all 300 samples"):
        notice(votes.sample(frac=1, random_state=0), votes)
    rounded = pd.concat([make_people(400, 2).round(-1), make_people(400, 3).round(-1)])
    notice(rounded.iloc[:400], rounded.iloc[400:])


def test_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    PEOPLE.to_csv("people.csv", index=False)
    PEOPLE.sample(frac=1, random_state=0).to_csv("shuffled.csv", index=False)
    for data in ("people.csv", "shuffled.csv"):
        assert (
            main(["detect", data, "--against", "people.csv", "--false-alarm-rate", "0.05", "--out", "found.csv"]) == 2
        )
        said = capsys.readouterr().err
        assert "--against: all 300 samples of DATA are among its rows" in said
        assert said.count("\n") == 1
        assert not Path("found.csv").exists()


# ---------------------------------------------------------------------- digests


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 999), rows=st.integers(1, 50), columns=st.integers(1, 9))
def test_a_digest_knows_rows_but_not_their_order(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, 3, (rows, columns)).astype(np.float32)
    known = KnownRows.of([samples])
    assert known == KnownRows.of([rng.permutation(samples.astype(np.float64))])
    assert known == KnownRows.of([samples[:1], samples[1:]])
    assert known == KnownRows.from_dict(json.loads(json.dumps(known.to_dict())))
    other = samples.copy()
    other[rng.integers(rows), rng.integers(columns)] += 1
    assert known != KnownRows.of([other])


def test_hashes_of_different_rows_differ() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(8.0)] * 5), axis=-1).reshape(-1, 5)
    for scale in (1.0, 2.0**40, 2.0**-40, 0.1):
        assert len(np.unique(hash_rows(grid * scale))) == len(grid)
    spread = np.unpackbits(hash_rows(grid).view(np.uint8)).reshape(len(grid), 64).mean(axis=0)
    assert np.abs(spread - 0.5).max() < 0.02
    assert find_overlap(hash_rows(grid[:9]), hash_rows(grid)) == 9


def test_held_out_samples_of_the_same_mean_are_not_those_of_training() -> None:
    def standardise(samples: np.ndarray) -> np.ndarray:
        return (samples - samples.mean(axis=0)) / samples.std(axis=0)

    rng = np.random.default_rng(0)
    train, held_out = (standardise(rng.normal(size=(200, 3))) for _ in range(2))
    model = ae.Autoencoder(epochs=1, random_state=0).fit(train)
    assert was_trained_on(model.fitted_, train[::-1])
    assert not was_trained_on(model.fitted_, held_out)
    assert not was_trained_on(model.fitted_, train[:-1])


def test_a_model_file_knows_its_rows_and_one_without_goes_by_the_mean(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).normal(size=(100, 3))
    model = ae.Autoencoder(epochs=1, random_state=0).fit(samples)
    loaded = ae.load(model.save(tmp_path / "model.safetensors"))
    assert loaded.fitted_.trained_rows == model.fitted_.trained_rows
    assert was_trained_on(loaded.fitted_, samples)
    loaded.fitted_ = replace(loaded.fitted_, trained_rows=None)
    assert was_trained_on(loaded.fitted_, samples)
    assert not was_trained_on(loaded.fitted_, samples + 1)
