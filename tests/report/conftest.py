from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from autoencode.estimators.table_cells import make_decoder
from autoencode.evaluation import (
    ColumnError,
    Comparison,
    ErrorSummary,
    RestartSummary,
    decide,
    errors,
    paired_interval,
)
from autoencode.report.study import CellColumn, Decoder, DecoderLayer, ModelCard, Study, StudySamples, Training
from autoencode.tables.column_choice import restore_column
from autoencode.types import FeatureGroup

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e{{ 7*7 }}$$x$$&amp;" + "\ud800" + "long" * 2500


def make_training(restarts: int = 3, epochs: int = 5, *, held_out: bool = True, diagnosis: tuple[str, ...] = ()):
    loss = 1 / np.arange(1, epochs + 1)[:, None] + 0.01 * np.arange(restarts)
    return Training(
        loss=loss,
        validation_loss=loss + 0.1 if held_out else None,
        loss_name="squared error",
        kept=0,
        final_loss=loss[-1],
        chosen_by="held-out loss" if held_out else "training loss",
        live_directions=np.full(restarts, 2),
        seconds=1.5,
        diagnosis=diagnosis,
    )


def make_card(features: int, name: str = "") -> ModelCard:
    return ModelCard(
        network=f"{features}-2-{features}{name}",
        summary=f"layer  units\ncode       2{name}",
        parameters=5 * features + 2,
        features=features,
        code_size=2,
        settings={"epochs": "5", f"setting{name}": f"value{name}"},
        versions={"autoencode": f"0.1.0{name}"},
        path=f"runs/a b{name}" if name else None,
    )


def make_comparison(by_model: dict[str, np.ndarray], baseline: np.ndarray, restarts: int = 3) -> Comparison:
    rows = [ErrorSummary.of(name, values) for name, values in by_model.items()]
    rows.append(ErrorSummary.of("mean sample", baseline, is_baseline=True))
    live = np.full(restarts, 2)
    summaries = {
        name: RestartSummary(name, values.mean() + 0.01 * np.arange(restarts), live, live)
        for name, values in by_model.items()
    }
    return Comparison(
        "squared_error",
        "mean squared error",
        "squared units of the features",
        tuple(rows),
        {(a.name, b.name): paired_interval(a.errors, b.errors) for a, b in combinations(rows, 2)},
        summaries,
        decide(
            by_model, measure="squared_error", restarts=summaries, kept=dict.fromkeys(by_model, 0),
            baselines={"mean sample": baseline},
        ),
    )  # fmt: skip


def _columns(kind: str, count: int, features: np.ndarray, name: str, rng: np.random.Generator):
    """Columns of samples, the groups of features, and the features with the cells in them."""
    if kind != "table":
        columns = tuple(
            CellColumn(f"column {j}{name}", "numeric", features[:, j].tolist(), j, j + 1, {}, "units of the column")
            for j in range(features.shape[1])
        )
        return columns, ()
    texts = [f"red{name}", "blue"]
    colour = rng.integers(0, 3, count)
    flags = rng.random(count) < 0.5
    missing = rng.random(count) < 0.2
    ages = np.where(missing, 50.0, rng.normal(50, 10, count))
    days = rng.integers(0, 1000, count)
    features[:, 0], features[:, 1] = (ages - 50) / 10, missing
    features[:, 2:5] = np.eye(3)[colour]
    features[:, 5], features[:, 6] = flags, (days - 500) / 300
    standard = {"scaling": "standard", "offset": 50.0, "scale": 10.0}
    dates = {"scaling": "standard", "offset": 500.0 * 86400, "scale": 300.0 * 86400}
    origin = 946_684_800  # 2000-01-01
    numeric = {"kind": "numeric", "type": "double", "missing": 3, "map": standard}
    category = {"kind": "category", "type": "string", "values": texts, "texts": texts, "missing": 0}
    boolean = {"kind": "boolean", "true": 5, "missing": 0, "usual": True}
    day = {"kind": "datetime", "type": "date32[day]", "origin": origin, "step": 86400.0, "missing": 0, "map": dates}
    shown = [None if gone else float(age) for age, gone in zip(ages, missing, strict=True)]
    moments = [str(np.datetime64("2000-01-01") + int(day)) for day in days]
    columns = (
        table_column(f"age{name}", "numeric", shown, 0, 2, numeric, "units of the column"),
        table_column("colour", "category", [[*texts, "other"][k] for k in colour], 2, 5, category, "share"),
        table_column("flag", "boolean", flags.tolist(), 5, 6, boolean, "share"),
        table_column("day", "datetime", moments, 6, 7, day, "days"),
        CellColumn("fixed", "constant", ["x"] * count, 7, 7, {"kind": "constant", "type": "string", "value": ["x"]}),
    )
    groups = (
        FeatureGroup(f"age{name}", "numeric", 0, 1), FeatureGroup(f"age{name}", "flag", 1, 2),
        FeatureGroup("colour", "category", 2, 5), FeatureGroup("flag", "flag", 5, 6),
        FeatureGroup("day", "numeric", 6, 7),
    )  # fmt: skip
    return columns, groups


def table_column(name: str, kind: str, cells: Any, start: int, stop: int, inverse: Any, unit: str = "") -> CellColumn:
    if kind == "category":  # by hand, for Arrow holds no half of a character
        texts = [*inverse["texts"], "other", None]
        decode = lambda features: [texts[place] for place in features.argmax(axis=1)]  # noqa: E731
    else:
        decode = make_decoder(restore_column(name, inverse, "refuse"))
    return CellColumn(name, kind, cells, start, stop, inverse, unit, decode=decode)


def make_study(
    kind: str = "images",
    count: int = 30,
    *,
    name: str = "model",
    hostile: str = "",
    with_samples: bool = True,
    with_decoder: bool = True,
    held_out: bool | None = True,
    shape: tuple[int, ...] | None = None,
    seed: int = 0,
) -> Study:
    """A small study by hand, with an outside text wherever one can stand."""
    rng = np.random.default_rng(seed)
    shape = shape or {"images": (4, 6), "numbers": (5,), "table": (7,)}[kind]
    width = int(np.prod(shape))
    features = rng.random((count, width)).astype(np.float32)
    columns, groups = ((), ()) if kind == "images" else _columns(kind, count, features, hostile, rng)
    codes = rng.normal(size=(count, 2)).astype(np.float32)
    layer = DecoderLayer(rng.normal(size=(2, width)).astype(np.float32), np.zeros(width, np.float32), "sigmoid")
    decoder = Decoder((layer,), np.zeros(width), np.ones(width), groups)
    rebuilt = (1 / (1 + np.exp(-(codes.astype(np.float64) @ layer.weights)))).astype(np.float32)
    squared, mean = errors(features, rebuilt), errors(features, np.tile(features.mean(axis=0), (count, 1)))
    label = name + hostile
    columns_errors = tuple(
        ColumnError(column.name, column.kind, 0.2, "root mean squared error", "units of the column")
        for column in columns
        if column.stop > column.start
    )
    samples = StudySamples(
        source=f"{count:,} held-out samples{hostile}",
        name=f"data{hostile}" if hostile else None,
        held_out=held_out,
        total=len(features),
        kind=kind,  # pyright: ignore[reportArgumentType]
        rows=np.arange(count) * 2,
        shape=shape if kind != "table" else (len(columns),),
        features=features,
        rebuilt=rebuilt,
        value_range=(0.0, 1.0),
        codes=codes,
        code_maps={"code": codes.astype(np.float64), "PCA": codes[:, ::-1].astype(np.float64)},
        errors={"squared_error": squared, "signed_sum": (features - rebuilt).astype(np.float64).sum(axis=1)},
        units={"squared_error": "squared units of the features", "signed_sum": "units of the features"},
        labels=tuple(f"class {k % 3}{hostile}" for k in range(count)),
        row_names=tuple(f"file{k}{hostile}" for k in range(count)) if hostile else None,
        columns=columns,
        feature_errors=None if kind == "table" else np.sqrt(errors(features, rebuilt, per="feature")),
        column_errors=columns_errors,
        column_baseline=columns_errors,
        r_squared=0.8,
        fingerprint="0" * 64,
    )
    return Study(
        label,
        make_card(width, hostile),
        make_training(diagnosis=(f"Something{hostile}",) if hostile else ()),
        samples if with_samples else None,
        make_comparison({label: squared}, mean) if with_samples else None,
        decoder if with_decoder else None,
    )


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE


@pytest.fixture(scope="session")
def make_column() -> Callable[..., CellColumn]:
    return table_column


@pytest.fixture(scope="session")
def build_study() -> Callable[..., Study]:
    return make_study


@pytest.fixture(scope="session")
def compare_studies() -> Callable[..., Comparison]:
    def compare(*studies: Study) -> Comparison:
        by_model = {study.name: study.samples.errors["squared_error"] for study in studies if study.samples is not None}
        first = next(iter(by_model.values()))
        return make_comparison(by_model, np.full(len(first), 0.3))

    return compare
