"""A detector's flags are the same in Python, from a file, and in a process that has neither us nor JAX."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

import autoencode as ae
from autoencode import AnomalyDetector, Autoencoder
from autoencode.export.detector_nodes import OUTPUTS, find_ends
from autoencode.export.detector_parity import check_samples

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")

MOST, BLOCK = 10_000, 1000

SCRIPT = """
import json, sys, time
import numpy as np
import onnxruntime

model, feed, result = sys.argv[1:4]
feed = {name: values.astype(object) if values.dtype.kind == "U" else values for name, values in np.load(feed).items()}
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
count, found, start = len(next(iter(feed.values()))), [], time.perf_counter()
for at in range(0, count, BLOCK):
    found.append(session.run(OUTPUTS, {name: values[at:at + BLOCK] for name, values in feed.items()}))
seconds = time.perf_counter() - start
np.savez(result, **{name: np.concatenate(parts) for name, parts in zip(OUTPUTS, zip(*found))})
ours = sorted({name.split(".")[0] for name in sys.modules} & {"autoencode", "jax", "jaxlib", "equinox", "sklearn"})
print(json.dumps({"ours": ours, "rows_per_second": count / seconds}))
""".replace("BLOCK", str(BLOCK)).replace("OUTPUTS", repr(list(OUTPUTS)))


def judge_alone(path: Path, feed: dict[str, np.ndarray], folder: Path) -> tuple[dict[str, np.ndarray], float]:
    """Return what a file finds in a process of its own, and how many rows it judges in a second."""
    np.savez(folder / "feed.npz", **{n: v.astype(str) if v.dtype == object else v for n, v in feed.items()})
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    paths = [str(path), str(folder / "feed.npz"), str(folder / "found.npz")]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *paths], capture_output=True, text=True, check=False, env=environment, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["ours"] == []
    return dict(np.load(folder / "found.npz")), said["rows_per_second"]


def feed(detector: AnomalyDetector, samples: Any) -> dict[str, np.ndarray]:
    ends = find_ends(detector.fitted_)
    given = ends[0].shape_samples(check_samples(detector.fitted_, samples))
    return {name: cells for nodes in ends for name, cells in nodes.feed(given).items()}


def hold(title: str, detector: AnomalyDetector, kinds: dict[str, Any], folder: Path) -> None:
    """Hold flags, p-values and scores of samples in Python, from a file and alone against each other; print how far."""
    loaded = ae.load(detector.save(folder / "d.safetensors"))
    path = loaded.export_onnx(folder).detector
    for kind, samples in kinds.items():
        threshold = detector.fitted_.find_thresholds(detector._check(samples))
        start = time.perf_counter()
        scores = -detector.score_samples(samples)
        seconds = time.perf_counter() - start
        np.testing.assert_array_equal(-loaded.score_samples(samples), scores)
        found, speed = judge_alone(path, feed(detector, samples), folder)
        apart = np.abs(found["score"] - scores) / np.maximum(1, scores)
        flagged = scores > threshold
        np.testing.assert_array_equal(flagged, detector.predict(samples) == -1)
        other = flagged != found["flagged"]
        other_p = np.abs(found["p_value"] - detector.p_values(samples)) > 1e-12
        added = found["contributions"].reshape(len(scores), -1).sum(axis=1)
        print(
            f"{title}, {kind}: {len(scores):,} rows, {flagged.sum():,} flagged, {other.sum()} otherwise, "
            f"{other_p.sum()} p-values otherwise; apart {apart.max():.1e} of max(1, score), 99.9 % "
            f"{np.quantile(apart, 0.999):.1e}, {np.max(np.abs(found['score'] - scores) / scores):.1e} of the score; "
            f"{path.stat().st_size:,} bytes; {speed:,.0f} rows/s alone, {len(scores) / seconds:,.0f} in Python"
        )
        assert (np.abs(scores - threshold) <= 1e-5 * np.maximum(1, threshold))[other].all()
        assert np.quantile(apart, 0.999) <= 1e-5
        assert apart.max() <= 1e-4
        np.testing.assert_allclose(added, found["score"], rtol=1e-9)


def perturb_numbers(numbers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return numbers of which some are ten times as large, and some moved by noise."""
    drawn = rng.random(numbers.shape)
    noise = 0.3 * numbers.std(axis=0) * rng.normal(size=numbers.shape)
    return np.where(drawn < 0.02, 10 * numbers, np.where(drawn < 0.2, numbers + noise, numbers)).astype(numbers.dtype)


def perturb(table: pd.DataFrame, rng: np.random.Generator, kept: str | None = None) -> pd.DataFrame:
    """Return a table with other numbers, dates and categories, and new and missing ones, but in one column."""
    changed = {}
    for name, column in table.items():
        kind, missing = column.dtype.kind, rng.random(len(column)) < 0.02
        if kind in "iuf":
            numbers = perturb_numbers(column.to_numpy(float)[:, None], rng)[:, 0]
            changed[name] = pd.Series(np.round(numbers) if kind != "f" else numbers).mask(missing)
        elif kind == "M":
            days = pd.to_timedelta(rng.integers(-500, 500, len(column)), unit="D")
            changed[name] = (column + days).mask(missing)
        else:
            cells = column.to_numpy(object).copy()
            exchanged = rng.random(len(cells)) < 0.1
            cells[exchanged] = rng.permutation(cells)[exchanged]
            if not isinstance(cells[column.first_valid_index()], bool):
                cells[rng.random(len(cells)) < 0.02] = "never seen"
            cells[missing] = None
            changed[name] = pd.Series(cells, dtype=object)
    return pd.DataFrame(changed | ({} if kept is None else {kept: table[kept]}))


def make_orders(rows: int) -> pd.DataFrame:
    """Return a table with dates, missing cells, a heavy tail and a rare category."""
    rng = np.random.default_rng(1)
    weight = rng.normal(4, 1, rows)
    orders = pd.DataFrame(
        {
            "weight": weight,
            "price": 10 * weight + rng.pareto(2, rows),
            "items": rng.integers(1, 9, rows),
            "kind": rng.choice(["book", "disc", "", "game"], rows, p=[0.6, 0.3, 0.08, 0.02]),
            "gift": rng.random(rows) < 0.2,
            "day": pd.Timestamp("2023-03-01") + pd.to_timedelta(rng.integers(0, 600, rows), unit="D"),
        }
    )
    return orders.mask(rng.random(orders.shape) < 0.03)


def read_table(name: str) -> pd.DataFrame:
    root = os.environ.get("AUTOENCODE_DATA")
    if not root:
        pytest.skip(f"AUTOENCODE_DATA names no folder with tables/{name}")
    table = pd.read_csv(Path(root, "tables", name))
    return table.sample(min(MOST, len(table)), random_state=0).reset_index(drop=True)


def make_numbers(rows: int) -> np.ndarray:
    """Return 30 columns, of which some follow others and some have heavy tails."""
    rng = np.random.default_rng(2)
    numbers = rng.normal(size=(rows, 30))
    numbers[:, :10] += numbers[:, 10:20] - numbers[:, 20:]
    numbers[:, 15:18] = rng.pareto(1.5, (rows, 3))
    return numbers


def read_digits(*, flat: bool) -> np.ndarray:
    digits = load_digits().images
    return digits.reshape(len(digits), -1) if flat else digits


def test_flags_are_the_same_without_us(tmp_path: Path) -> None:
    model, rng = Autoencoder(2, hidden=(8,), epochs=3, restarts=2), np.random.default_rng(0)
    for contaminated in (False, True):
        orders = make_orders(300)
        detector = AnomalyDetector(model, contaminated=contaminated, false_alarm_rate=0.05, random_state=0).fit(orders)
        hold("orders", detector, {"own": orders, "perturbed": perturb(orders, rng)}, tmp_path)


REAL: dict[str, tuple[Callable[[], Any], str | None]] = {
    "titanic": (lambda: read_table("titanic.csv"), None),
    "titanic by class": (lambda: read_table("titanic.csv"), "pclass"),
    "diamonds": (lambda: read_table("diamonds.csv"), None),
    "diamonds by cut": (lambda: read_table("diamonds.csv"), "cut"),
    "orders": (lambda: make_orders(5000), None),
    "orders by kind": (lambda: make_orders(5000), "kind"),
    "digits, flat": (lambda: read_digits(flat=True), None),
    "digits, pictures": (lambda: read_digits(flat=False), None),
    "numbers": (lambda: make_numbers(5000), None),
    "numbers by column": (lambda: pd.DataFrame(make_numbers(5000)).round({3: 0}).add_prefix("x"), "x3"),
}


def change(samples: Any, by: str | None) -> Any:
    """Return samples of the same groups that are otherwise: of an array, other numbers."""
    rng = np.random.default_rng(0)
    return perturb(samples, rng, by) if isinstance(samples, pd.DataFrame) else perturb_numbers(samples, rng)


@pytest.mark.slow
@pytest.mark.parametrize("contaminated", [False, True])
@pytest.mark.parametrize("name", REAL)
def test_flags_of_real_samples_are_the_same_without_us(name: str, contaminated: bool, tmp_path: Path) -> None:
    read, by = REAL[name]
    samples, kind = read(), "picture" if name.endswith("pictures") else "auto"
    detector = AnomalyDetector(kind=kind, contaminated=contaminated, by=by, random_state=0).fit(samples)
    kinds = {"own": samples, "perturbed": change(samples, by)}
    hold(f"{name}{' (contaminated)' * contaminated}", detector, kinds, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_flags_of_a_pair_are_the_same_without_us(name: str, tmp_path: Path) -> None:
    read, by = REAL[name]
    samples, kind = read(), "picture" if name.endswith("pictures") else "auto"
    ae.detect(samples, kind=kind, by=by, random_state=0, keep=tmp_path / "pair.safetensors")
    detector = ae.load(tmp_path / "pair.safetensors")
    path = detector.export_onnx(tmp_path, samples=samples).detector
    for rows in (samples, change(samples, by)):
        found, speed = judge_alone(path, feed(detector, rows), tmp_path)
        flagged = detector.predict(rows) == -1
        other_p = np.abs(found["p_value"] - detector.p_values(rows)) > 1e-12
        print(
            f"{name}, pair: {len(rows):,} rows, {flagged.sum():,} flagged, {(flagged != found['flagged']).sum()} "
            f"otherwise, {other_p.sum()} p-values otherwise; {path.stat().st_size:,} bytes; {speed:,.0f} rows/s alone"
        )
        # A p-value that is otherwise lies beside a step of one of the two.
        assert other_p.mean() <= 5e-3
        judges = getattr(detector.fitted_, "judges", [detector.fitted_])
        least = min(len(judge.calibration_scores) for judge in judges)
        assert (np.abs(found["p_value"] - detector.p_values(rows)) <= 3 / least).all()
        np.testing.assert_array_equal(flagged, found["flagged"])
