"""The files give the numbers of the model, on samples of every kind."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np
import onnx
import onnxruntime
import polars as pl
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import autoencode as ae
from autoencode import Autoencoder
from autoencode.export import OnnxExport, export_onnx
from autoencode.export.parity import TOLERANCE
from autoencode.export.table_nodes import TableNodes

pytestmark = [pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning"), pytest.mark.slow]
Make = Callable[..., Autoencoder]
Run = Callable[..., np.ndarray]


def agree(model: Autoencoder, export: OnnxExport, samples: np.ndarray, run: Run) -> None:
    """Check all four files on samples against the estimator's own methods."""
    code = run(export.encoder, samples=samples)
    assert code.dtype == np.float32
    np.testing.assert_allclose(code, model.transform(samples), rtol=1e-5, atol=1e-5)
    ours = model.reconstruct(samples)
    scale = float(model.fitted_.scaling.scale.max())
    for theirs in (run(export.reconstruct, samples=samples), run(export.decoder, code=code)):
        assert (theirs.shape, theirs.dtype) == (ours.shape, ours.dtype) == (samples.shape, samples.dtype)
        np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5 * scale)
    errors = run(export.errors, samples=samples)
    assert (errors.shape, errors.dtype) == ((len(samples),), np.float64)
    np.testing.assert_allclose(errors, model.errors(samples), rtol=1e-5, atol=1e-5 * scale**2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "global_minmax"])
def test_tables(make: Make, table: np.ndarray, tmp_path: Path, run: Run, scaling: str, dtype: type) -> None:
    samples = table.astype(dtype)
    model = make(scaling=scaling).fit(samples)
    export = export_onnx(model, tmp_path, samples=samples)
    assert max(export.differences.values()) < TOLERANCE
    assert export.samples == len(samples)
    agree(model, export, samples, run)


@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_images_keep_their_shape(make: Make, images: np.ndarray, tmp_path: Path, run: Run, loss: str) -> None:
    model = make(loss=loss).fit(images)
    export = export_onnx(model, tmp_path)
    agree(model, export, images, run)
    assert run(export.reconstruct, samples=images[:0]).shape == (0, 4, 3, 3)


def test_a_constant_feature_and_a_far_offset(make: Make, tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(0)
    samples = np.stack([np.full(50, 7.0), 1.7e9 + rng.normal(size=50), 1e-9 * rng.normal(size=50)], axis=1)
    model = make().fit(samples)
    export = export_onnx(model, tmp_path, samples=samples)
    difference = np.abs(run(export.reconstruct, samples=samples) - model.reconstruct(samples))
    assert (difference.max(axis=0) <= 1e-5 * model.fitted_.scaling.scale).all()


def test_a_network_without_hidden_layers_and_one_with_two(
    make: Make, table: np.ndarray, tmp_path: Path, run: Run
) -> None:
    for hidden in ((), (6, 4)):
        model = make(hidden=hidden).fit(table)
        agree(model, export_onnx(model, tmp_path), table, run)


@pytest.fixture(scope="module")
def export(fitted: Autoencoder, tmp_path_factory: pytest.TempPathFactory) -> OnnxExport:
    return export_onnx(fitted, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def sessions(export: OnnxExport) -> dict[str, onnxruntime.InferenceSession]:
    paths = {"encoder": export.encoder, "decoder": export.decoder, "reconstruct": export.reconstruct}
    return {name: onnxruntime.InferenceSession(str(path)) for name, path in paths.items()}


@settings(max_examples=30, deadline=None)
@given(samples=arrays(np.float64, st.tuples(st.integers(1, 9), st.just(5)), elements=st.floats(-1e5, 1e5)))
def test_decoder_after_encoder_is_reconstruct(
    sessions: dict[str, onnxruntime.InferenceSession], samples: np.ndarray
) -> None:
    (code,) = sessions["encoder"].run(None, {"samples": samples})
    (decoded,) = sessions["decoder"].run(None, {"code": code})
    (whole,) = sessions["reconstruct"].run(None, {"samples": samples})
    np.testing.assert_array_equal(decoded, whole)


@settings(max_examples=30, deadline=None)
@given(
    samples=arrays(np.float64, st.tuples(st.integers(2, 9), st.just(5)), elements=st.floats(-1e3, 1e3)),
    cut=st.integers(1, 8),
)
def test_a_batch_is_the_sum_of_its_parts(
    sessions: dict[str, onnxruntime.InferenceSession], samples: np.ndarray, cut: int
) -> None:
    session = sessions["reconstruct"]
    (whole,) = session.run(None, {"samples": samples})
    parts = [session.run(None, {"samples": part})[0] for part in (samples[:cut], samples[cut:])]
    size = max(1.0, float(np.abs(whole).max()))
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-5 * size


def test_mnist(make: Make, tmp_path: Path, run: Run) -> None:
    if not os.environ.get("AUTOENCODE_DATA"):
        pytest.skip("AUTOENCODE_DATA names no folder with mnist/")
    mnist = ae.data.load("mnist")
    model = make(code_size=32, hidden=(), loss="binary_cross_entropy", batch_size=256).fit(mnist.train[:5000])
    export = export_onnx(model, tmp_path, samples=mnist.test)
    assert export.samples == 10_000
    assert max(export.differences.values()) < 1e-6
    agree(model, export, mnist.test[:200], run)


def test_made_up_samples_are_in_the_range_of_training(make: Make, images: np.ndarray) -> None:
    from autoencode.export.array_nodes import ArrayNodes

    model = make().fit(images)
    samples = ArrayNodes(model.fitted_, "auto").make_samples()
    assert samples.shape == (11, 4, 3, 3)
    assert np.isfinite(samples).all()
    assert (samples.min(), samples.max()) == pytest.approx(model.train_range_, abs=10 * 255)
    model.transform(samples)


TABLES = ["titanic", "penguins", "mpg", "diamonds"]


def agree_on_table(model: Autoencoder, export: OnnxExport, samples: Any) -> None:
    """Check the files of a mixed table against the estimator's own methods, cell by cell."""
    nodes = TableNodes(model.fitted_, "auto")
    feed = nodes.feed(nodes.read_samples(samples))
    encoder = onnxruntime.InferenceSession(str(export.encoder))
    assert [(i.name, i.shape) for i in encoder.get_inputs()] == [(n.port.input, ["batch"]) for n in nodes.columns]
    (code,) = encoder.run(None, feed)
    np.testing.assert_allclose(code, model.transform(samples), rtol=1e-4, atol=1e-5)
    (errors,) = onnxruntime.InferenceSession(str(export.errors)).run(None, feed)
    np.testing.assert_allclose(errors, model.errors(samples), rtol=1e-4, atol=1e-5)
    ours = nodes.feed(nodes.read_samples(model.reconstruct(samples)))
    session = onnxruntime.InferenceSession(str(export.reconstruct))
    theirs = dict(zip([o.name for o in session.get_outputs()], session.run(None, feed), strict=True))
    for column in nodes.columns:
        mine, yours = ours[column.port.input], theirs[column.port.output]
        assert mine.dtype == yours.dtype
        if mine.dtype.kind == "f" or column.column.kind == "datetime":
            spread = np.nanstd(feed[column.port.input].astype(float))
            near = np.isclose(yours.astype(float), mine.astype(float), rtol=1e-5, atol=1e-5 * spread, equal_nan=True)
            whole = column.column.kind == "numeric" and np.isclose(np.abs(yours - mine), 1)  # a number to be rounded
            assert (near | whole).all()
            assert near.mean() > 0.995
        else:  # a tie may fall to either side, as of a number to be rounded
            assert (mine == yours).mean() > 0.995


@pytest.mark.parametrize("name", TABLES)
def test_real_tables(make: Make, tmp_path: Path, name: str) -> None:
    root = os.environ.get("AUTOENCODE_DATA")
    if not root:
        pytest.skip("AUTOENCODE_DATA names no folder with tables/")
    samples = ae.data.read(Path(root, "tables", f"{name}.csv")).values.slice(0, 2000)
    scaling = "quantile" if name == "diamonds" else "auto"
    model = make(code_size=6, hidden="auto", epochs=15, learning_rate=0.01, scaling=scaling).fit(samples)
    for checked in (None, samples):
        export = export_onnx(model, tmp_path, samples=checked)
        assert max(export.differences.values()) < TOLERANCE
    agree_on_table(model, export, samples)


@pytest.fixture(scope="module")
def zoo() -> pa.Table:
    """A table with every kind of column and hostile names, in which some cells of each are missing."""
    rng = np.random.default_rng(0)
    rows = 120

    def gaps() -> np.ndarray:
        return rng.random(rows) < 0.2

    whole = rng.integers(-5, 90, rows)
    days = pa.array(rng.integers(-9000, 9000, rows).astype(np.int32), mask=gaps()).cast(pa.date32())
    names = rng.choice(["a", "b", "", "größe", "other"], rows)
    return pa.table(
        {
            "code": whole,
            "errors": pa.array(whole, mask=gaps()),
            "1 price": pa.array(rng.lognormal(size=rows), mask=gaps()),
            "1_price": pa.array(rng.normal(size=rows).astype(np.float32)),
            "": pa.array(rng.random(rows) < 0.3, mask=gaps()),
            "是": rng.random(rows) < 0.5,
            "name\n": pa.array(names, pa.string(), mask=gaps()),
            "name\t": pa.array(names),
            "day": days,
            "at": pa.array(rng.integers(0, 10**15, rows)).cast(pa.timestamp("us", "UTC")),
            "always": ["same"] * rows,
        }
    )


def test_every_kind_of_column(make: Make, zoo: pa.Table, tmp_path: Path) -> None:
    model = make(code_size=4, epochs=30, learning_rate=0.02).fit(zoo)
    export = export_onnx(model, tmp_path, samples=zoo)
    assert max(export.differences.values()) < TOLERANCE
    agree_on_table(model, export, zoo)
    graph = onnx.load(export.errors).graph
    assert {constant.name for constant in graph.initializer} <= {name for node in graph.node for name in node.input}
    metadata = onnxruntime.InferenceSession(str(export.errors)).get_modelmeta().custom_metadata_map
    columns = {column["column"]: column for column in json.loads(metadata["columns"])}
    assert list(columns) == [name for name in zoo.column_names if name != "always"]
    assert [columns[name]["input"] for name in ("code", "errors", "1 price", "1_price", "", "是")] == [
        "code_2",
        "errors_2",
        "_1_price",
        "_1_price_2",
        "column",
        "_",
    ]
    assert [columns[name]["missing"] for name in ("code", "errors", "", "name\n", "day")] == [
        None,
        "NaN",
        "NaN",
        "(missing)",
        np.iinfo(np.int64).min,
    ]
    assert json.loads(metadata["columns_without_features"]) == ["always"]
    assert (metadata["measure"], metadata["loss"]) == ("column_loss", "column_loss")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_of_other_libraries(make: Make, zoo: pa.Table, tmp_path: Path, library: str) -> None:
    frame = zoo.to_pandas() if library == "pandas" else pl.from_arrow(zoo)
    model = make(code_size=4).fit(frame)
    export = export_onnx(model, tmp_path, samples=frame)
    assert export.samples == len(zoo)
    assert max(export.differences.values()) < TOLERANCE


@pytest.mark.parametrize("shift", [-14.0, 14.0, 40.0])
def test_flags_and_categories_of_which_a_model_is_all_but_sure(
    make: Make, zoo: pa.Table, tmp_path: Path, shift: float
) -> None:
    """The error is then the logarithm of what float32 hardly tells from 0 or 1."""
    model = make(code_size=4).fit(zoo)
    networks = model.networks_
    firsts = [group.start for group in model.table_encoder_.groups_ if group.kind != "numeric"]
    networks = eqx.tree_at(
        lambda stack: stack.decoder[-1].bias, networks, replace_fn=lambda bias: bias.at[:, firsts].add(shift)
    )
    model.fitted_ = dataclasses.replace(model.fitted_, own_networks=networks)
    assert model.errors(zoo).max() > 3
    export = export_onnx(model, tmp_path, samples=zoo)
    assert max(export.differences.values()) < TOLERANCE


def test_samples_of_a_file(make: Make, zoo: pa.Table, table: np.ndarray, tmp_path: Path) -> None:
    parquet.write_table(zoo.select(["code", "1 price", "day", "always"]), tmp_path / "zoo.parquet")
    np.save(tmp_path / "table.npy", table)
    for file, rows in ((tmp_path / "zoo.parquet", 120), (tmp_path / "table.npy", 60)):
        export = export_onnx(make(code_size=4).fit(file), tmp_path / "onnx", samples=file)
        assert export.samples == rows


def test_photographs_of_many_pixels(make: Make, tmp_path: Path) -> None:
    """Sums over 100,000 numbers are rounded in another order; both are right."""
    photographs = np.random.default_rng(0).random((20, 200, 170, 3), np.float32)
    export = export_onnx(make(hidden=(16,), epochs=1).fit(photographs), tmp_path, samples=photographs)
    assert max(export.differences.values()) < TOLERANCE
