"""What every verb prints and every public call returns, on small samples of each kind, as plain values.

Run as a program, it writes all of them to a file, each array with a hash of its bytes: `compare_commits.py` holds two
commits against each other so, on one machine, to the bit.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

MOST_SHOWN = 12
"""Numbers of an array that are kept, evenly spread."""

Outputs = dict[str, Any]


# ---------------------------------------------------------------- samples


def make_table(rows: int = 160) -> Any:
    """Return a mixed table: numbers, one of them with missing cells, a category, a truth value and a date."""
    import pyarrow as pa

    random = np.random.default_rng(0)
    age = random.integers(18, 80, rows).astype(np.float64)
    height = np.round(random.normal(170, 9, rows), 1)
    weight = np.round(height - 100 + random.normal(0, 4, rows), 1)
    fare = np.round(np.exp(random.normal(3, 1, rows)), 2)
    return pa.table(
        {
            "age": pa.array(np.where(np.arange(rows) % 11 == 3, np.nan, age), from_pandas=True),
            "height": height,
            "weight": weight,
            "fare": fare,
            "group": np.array(["east", "north", "south"])[(age // 21).astype(int) % 3],
            "member": random.random(rows) < 0.3,
            "since": np.datetime64("2020-01-01") + random.integers(0, 1000, rows),
        }
    )


def make_numbers(rows: int = 160) -> np.ndarray:
    """Return rows that lie near a plane, but for a few."""
    random = np.random.default_rng(1)
    rows_ = random.normal(size=(rows, 2)) @ random.normal(size=(2, 6)) + 0.05 * random.normal(size=(rows, 6))
    rows_[::40, 3] += 3
    return rows_


def make_photographs(count: int = 48, side: int = 16) -> np.ndarray:
    """Return pictures in colour, of bytes: a disc whose place, size and hue differ."""
    random = np.random.default_rng(2)
    vertical, horizontal = np.mgrid[:side, :side]
    pictures = np.empty((count, side, side, 3), np.uint8)
    for picture in pictures:
        row, column, radius = random.uniform((4, 4, 2), (12, 12, 5))
        disc = np.hypot(vertical - row, horizontal - column) < radius
        picture[:] = np.where(disc[..., None], random.integers(120, 255, 3), random.integers(0, 60, 3))
    return pictures


def make_sequences(count: int = 60, steps: int = 24) -> np.ndarray:
    """Return sequences of three numbers a step: waves whose phase and length differ."""
    random = np.random.default_rng(3)
    phase, length = random.uniform(0, 6, (count, 1, 3)), random.uniform(0.2, 0.5, (count, 1, 1))
    return np.sin(np.arange(steps)[:, None] * length + phase) + 0.1 * random.normal(size=(count, steps, 3))


SAMPLES: dict[str, Callable[[], Any]] = {
    "numbers": make_numbers,
    "table": make_table,
    "photographs": make_photographs,
    "sequences": make_sequences,
}

SETTINGS: dict[str, dict[str, Any]] = {
    "digits": {"code_size": 4, "hidden": (16,)},
    "numbers": {"code_size": 2, "restarts": 2},
    "table": {"code_size": 3, "restarts": 2},
    "photographs": {"code_size": 4, "network": "convolutional"},
    "sequences": {"code_size": 3, "kind": "sequence"},
}


def _read(kind: str) -> tuple[Any, Any]:
    """Return samples to train on, and others."""
    import autoencode as ae

    if kind == "digits":
        digits = ae.data.load("digits")
        return digits.train[:300], digits.test[:60]
    samples = SAMPLES[kind]()
    cut = len(samples) * 3 // 4
    if kind == "table":
        return samples.slice(0, cut), samples.slice(cut)
    return samples[:cut], samples[cut:]


# ---------------------------------------------------------------- plain values


def describe(value: Any) -> Any:
    """Return a value as JSON has it: of arrays the shape, some of the numbers, their mean, and a hash of the bytes."""
    if hasattr(value, "to_pydict"):
        value = value.to_pydict()
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        flat = value.reshape(-1)
        places = np.unique(np.linspace(0, max(0, flat.size - 1), min(flat.size, MOST_SHOWN)).astype(int))
        return {
            "shape": list(value.shape),
            "dtype": str(value.dtype),
            "numbers": [describe(number) for number in flat[places].tolist()],
            "mean": float(np.mean(flat.astype(np.float64))) if flat.size else None,
            "bytes": hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:16],
        }
    if isinstance(value, dict):
        return {str(key): describe(item) for key, item in value.items()}
    if isinstance(value, list) and len(value) > MOST_SHOWN and all(isinstance(item, float) for item in value):
        return describe(np.array(value))
    if isinstance(value, list | tuple):
        return [describe(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


TIMES = re.compile(r"\d[\d.,:]* ?(?:s|ms|min|h|samples/s|/s|[kMG]i?B)(?![\w])|\bnow$", re.MULTILINE)
ADDRESSES = re.compile(r"(?:data:|blob:)[^\"' )]+")
VERSIONS = re.compile(r"\b(autoencode|jax|jaxlib|numpy|equinox|python|scikit-learn|optax) \d[\w.]*", re.IGNORECASE)
FINGERPRINTS = re.compile(r"(fingerprint\W+)[0-9a-f]{16}(?:…|[0-9a-f]{48})")
THREADS = re.compile(r"\b(xla|blas)(\W+)\d+")


def tidy(text: str, folder: Path) -> list[str]:
    """Return lines without what differs from run to run, and from machine to machine, as times and versions do."""
    text = THREADS.sub(r"\1\2‹number›", FINGERPRINTS.sub(r"\1‹any›", text.replace(str(folder), "‹folder›")))
    text = VERSIONS.sub(r"\1 ‹version›", TIMES.sub("‹any›", text))
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(("epoch ", "it will take", "seconds "))]


def read_page(path: Path, folder: Path) -> list[str]:
    """Return the words of a page."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return tidy(re.sub(r"<[^>]+>", "\n", ADDRESSES.sub("", text)), folder)


# ---------------------------------------------------------------- calls


def call(kind: str) -> Iterator[tuple[str, Any]]:
    """Yield what the public calls return of samples of a kind."""
    import autoencode as ae

    X, others = _read(kind)
    model = ae.Autoencoder(epochs=3, random_state=0, **SETTINGS[kind]).fit(X, validation=others)
    yield "settings", dict(model.settings_)
    yield "history", {"loss": model.history_.loss, "held out": model.history_.validation_loss}
    yield "diagnosis", [finding.name for finding in model.diagnosis_]
    yield "summary", str(model.summary())
    yield from apply(model, others)
    with tempfile.TemporaryDirectory() as place:
        path, again = Path(place) / "model.safetensors", Path(place) / "again.safetensors"
        model.save(path)
        loaded = ae.load(path)
        loaded.save(again)
        yield "saved", describe(read_file(path)) == describe(read_file(again))
        yield "loaded codes", loaded.transform(others)
    compared = ae.compare({"kept": model, "other": model.keep_restart(len(model.restarts_) - 1)}, others)
    yield "comparison", compared.to_dict()
    yield "sample", model.sample(5, random_state=0)


def read_file(path: Path) -> Any:
    """Return what a model file holds; its fields stand in an order of their own each time."""
    from autoencode.runs import read_model_file

    return read_model_file(path)


def apply(model: Any, samples: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a fitted model makes of samples."""
    codes = model.transform(samples)
    yield "codes", codes
    yield "reconstruction", model.reconstruct(samples)
    yield "decoded", model.inverse_transform(codes)
    for per in ("sample", "feature", "column"):
        for units in ("auto", "scaled"):
            with contextlib.suppress(ae_error()):
                yield f"errors per {per}, {units}", model.errors(samples, per=per, units=units)
    with contextlib.suppress(ae_error()):
        yield "column errors", [vars(error) for error in model.column_errors(samples)]
    yield "score", model.score(samples)


def ae_error() -> type[Exception]:
    from autoencode.exceptions import InvalidInputError

    return InvalidInputError


def detect(kind: str) -> Iterator[tuple[str, Any]]:
    """Yield what a detector finds among samples of a kind."""
    import autoencode as ae

    X, others = _read(kind)
    for contaminated in (True, False):
        detector = ae.AnomalyDetector(
            None if kind != "photographs" else ae.Autoencoder(network="convolutional", epochs=2),
            kind=SETTINGS[kind].get("kind", "auto"),
            contaminated=contaminated,
            false_alarm_rate=0.1,
            random_state=0,
        ).fit(X)
        name = "contaminated" if contaminated else "normal"
        yield f"{name}, scores", detector.score_samples(others)
        yield f"{name}, flags", detector.predict(others)
        yield f"{name}, calibration", detector.calibration_scores_
        yield f"{name}, contributions", detector.explain(others).contributions
    found = ae.detect(others, against=X, kind=detector.kind, false_alarm_rate=0.1, random_state=0)
    yield "found, p-values", found.p_values
    yield "found, in words", [*found.sentences(), *(found.reasons(number) for number in range(5))]


# ---------------------------------------------------------------- verbs


def run(words: str, folder: Path) -> list[str]:
    """Return what a command line prints, on both streams."""
    from autoencode.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words.split())
    assert code == 0, f"{words}: {err.getvalue()}"
    shown = [*tidy(out.getvalue(), folder), *(f"2> {line}" for line in tidy(err.getvalue(), folder))]
    return [line for line in shown if not line.endswith("…")]


def write_files(folder: Path) -> None:
    """Write samples of each kind as people have them."""
    import pyarrow.csv
    from PIL import Image

    import autoencode as ae

    table = make_table()
    pyarrow.csv.write_csv(table.slice(0, 120), folder / "people.csv")
    pyarrow.csv.write_csv(table.slice(120), folder / "new.csv")
    np.savetxt(folder / "numbers.csv", make_numbers(), delimiter=",", header="a,b,c,d,e,f", comments="")
    np.save(folder / "waves.npy", make_sequences())
    (folder / "pictures").mkdir()
    for number, picture in enumerate(make_photographs()):
        Image.fromarray(picture).save(folder / "pictures" / f"{number:02d}.png")
    np.save(folder / "new-digits.npy", ae.data.load("digits").test[:60].reshape(-1, 8, 8))


COMMANDS = (
    "recipes",
    "data list",
    "data show people.csv",
    "train digits --layers 16-4 --epochs 3 --seed 0 --run digits",
    "train digits --layers 4 --epochs 3 --seed 0 --run small",
    "train people.csv --layers 8-3 --epochs 3 --seed 0 --run people --report",
    "train waves.npy --kind sequence --layers 8-3 --epochs 3 --seed 0 --run waves",
    "train pictures --layers 8-3 --epochs 3 --seed 0 --run pictures",
    "summary people --json",
    "summary digits",
    "errors digits digits:test",
    "errors people new.csv errors.csv",
    "errors people new.csv --per column",
    "worst people new.csv --n 3",
    "worst digits digits:test --n 3 --figure worst.png",
    "encode people new.csv codes.csv",
    "decode people codes.csv decoded.csv",
    "reconstruct people new.csv rebuilt.csv",
    "reconstruct pictures pictures rebuilt.npy",
    "sample people --count 4 --seed 0 --out made-up.csv",
    "compare digits small --json",
    "compare numbers.csv --layers 2 --layers 1 --epochs 3 --seed 0",
    "sweep numbers.csv --code-sizes 1,2 --epochs 3 --seed 0",
    "report digits small --on new-digits.npy -o both.html",
    "report pictures -o pictures.html",
    "report waves -o waves.html",
    "detect numbers.csv --seed 0 --false-alarm-rate 0.05 --out anomalies.csv",
    "detect new.csv --against people.csv --seed 0 --false-alarm-rate 0.05 --report detected.html --json",
    "export people people.onnx",
    "runs list",
    "runs show people",
)
FILES = ("errors.csv", "codes.csv", "decoded.csv", "rebuilt.csv", "made-up.csv", "anomalies.csv")
PAGES = ("runs/people/report.html", "both.html", "pictures.html", "waves.html", "detected.html")


def use_the_shell(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield what the verbs print, and what they write, in an empty folder."""
    write_files(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        for words in COMMANDS:
            yield words, run(words, folder)
        for name in FILES:
            yield name, tidy(Path(name).read_text(encoding="utf-8"), folder)[: 2 * MOST_SHOWN]
        for name in PAGES:
            yield name, read_page(Path(name), folder)
        yield "rebuilt.npy", describe(np.load("rebuilt.npy"))
    finally:
        os.chdir(before)


# ---------------------------------------------------------------- all of it


def collect_calls() -> Outputs:
    """Return what the public calls return, by name."""
    found: Outputs = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in SETTINGS:
            found |= {f"{kind}: {name}": describe(value) for name, value in call(kind)}
            found |= {f"detector, {kind}: {name}": describe(value) for name, value in detect(kind)}
    return found


def collect_verbs() -> Outputs:
    """Return what the verbs print and write, by command line and name of file."""
    with tempfile.TemporaryDirectory() as place:
        return {f"shell: {name}": value for name, value in use_the_shell(Path(place).resolve())}


if __name__ == "__main__":
    outputs = collect_calls() | collect_verbs()
    Path(sys.argv[1]).write_text(json.dumps(outputs, indent=1, ensure_ascii=False), encoding="utf-8")
