from __future__ import annotations

import builtins
import dataclasses
import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
import onnx
import pytest
from sklearn.exceptions import NotFittedError

import autoencode
from autoencode import Autoencoder
from autoencode.exceptions import InvalidInputError, ModelFileError, SampleShapeError
from autoencode.export import OnnxExport, export_onnx
from autoencode.export import onnx as onnx_module
from autoencode.export.graph import IR_VERSION, OPSETS, check_extra

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

NAMES = ["decoder.onnx", "encoder.onnx", "errors.onnx", "reconstruct.onnx"]
Make = Callable[..., Autoencoder]


@pytest.fixture(scope="module")
def export(fitted: Autoencoder, tmp_path_factory: pytest.TempPathFactory) -> OnnxExport:
    return export_onnx(fitted, tmp_path_factory.mktemp("export") / "a" / "b")


def paths(export: OnnxExport) -> list[Path]:
    return [export.encoder, export.decoder, export.reconstruct, export.errors]


def axes(value: onnx.ValueInfoProto) -> list[str | int]:
    return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]


def test_four_files_in_a_folder_that_was_made(export: OnnxExport) -> None:
    folder = export.encoder.parent
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert [path.stem for path in paths(export)] == list(export.differences)
    assert all(0 <= difference < 1e-6 for difference in export.differences.values())
    assert export.samples == 11  # the mean, four steps along each of two components, both ends


def test_inputs_and_outputs_are_named_with_a_free_batch(export: OnnxExport) -> None:
    expected = {
        "encoder": ("samples", ["batch", 5], "code", ["batch", 2]),
        "decoder": ("code", ["batch", 2], "reconstruction", ["batch", 5]),
        "reconstruct": ("samples", ["batch", 5], "reconstruction", ["batch", 5]),
        "errors": ("samples", ["batch", 5], "errors", ["batch"]),
    }
    for path in paths(export):
        graph = onnx.load(path).graph
        (source,), (target,) = graph.input, graph.output
        assert (source.name, axes(source), target.name, axes(target)) == expected[path.stem]
        assert source.doc_string
        assert target.doc_string


def test_versions_are_pinned_and_the_files_say_what_they_are(export: OnnxExport, fitted: Autoencoder) -> None:
    digests = set()
    for path in paths(export):
        model = onnx.load(path)
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]
        assert (OPSETS, IR_VERSION, model.ir_version) == ({"": 18, "ai.onnx.ml": 3}, 8, 8)
        assert (model.producer_name, model.producer_version) == ("autoencode", autoencode.__version__)
        assert "5-4-2-4-5" in model.doc_string
        assert metadata["file"] == path.stem
        assert metadata["autoencode_version"] == autoencode.__version__
        assert (metadata["scaling"], metadata["seed"], metadata["measure"]) == ("standard", "0", "squared_error")
        assert json.loads(metadata["sample_shape"]) == [5]
        assert json.loads(metadata["feature_names"]) is None
        digests.add(metadata["weights_sha256"])
    assert len(digests) == 1


def test_no_constant_is_unused(export: OnnxExport) -> None:
    for path in paths(export):
        graph = onnx.load(path).graph
        assert {constant.name for constant in graph.initializer} <= {name for node in graph.node for name in node.input}


def test_feature_names_are_kept(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    import pandas as pd

    names = ["a", "größe\n", "", "samples", "x" * 300]
    frame = pd.DataFrame(table, columns=names)
    export = export_onnx(make().fit(frame), tmp_path, samples=frame)
    metadata = {entry.key: entry.value for entry in onnx.load(export.errors).metadata_props}
    assert json.loads(metadata["feature_names"]) == names


def test_the_same_model_gives_the_same_bytes(fitted: Autoencoder, export: OnnxExport, tmp_path: Path) -> None:
    again = export_onnx(fitted, tmp_path)
    assert [path.read_bytes() for path in paths(again)] == [path.read_bytes() for path in paths(export)]


def test_an_earlier_export_is_replaced_and_other_files_stay(fitted: Autoencoder, tmp_path: Path) -> None:
    (tmp_path / "encoder.onnx").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    export_onnx(fitted, str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*NAMES, "notes.txt"])
    assert (tmp_path / "encoder.onnx").read_bytes() != b"old"


def test_a_restart_that_is_kept_is_the_one_exported(make: Make, table: np.ndarray, tmp_path: Path, run) -> None:
    model = make(restarts=2).fit(table)
    other = model.keep_restart(1 - model.best_restart_)
    code = run(export_onnx(other, tmp_path).encoder, samples=table)
    assert np.allclose(code, other.transform(table), atol=1e-4)
    assert not np.allclose(code, model.transform(table), atol=1e-2)


def refuse(model: Autoencoder, folder: Path, error: type[Exception], match: str, **options: object) -> None:
    with pytest.raises(error, match=match) as caught:
        export_onnx(model, folder, **options)
    assert "\n" not in str(caught.value)
    assert not folder.is_dir() or list(folder.iterdir()) == []


def test_a_model_that_is_not_fitted(make: Make, tmp_path: Path) -> None:
    refuse(make(), tmp_path / "new", NotFittedError, "not fitted")
    assert not (tmp_path / "new").exists()


def double(values: jax.Array) -> jax.Array:
    return 2 * values


@pytest.mark.parametrize("place", ["activation", "code_activation", "output_activation"])
def test_a_function_of_the_users_own_is_refused_before_anything_is_written(
    make: Make, table: np.ndarray, tmp_path: Path, place: str
) -> None:
    model = make(**{place: double}).fit(table)
    refuse(model, tmp_path / "new", InvalidInputError, "activation double of .* is a function of your own")
    assert not (tmp_path / "new").exists()


def test_a_known_function_is_as_good_as_its_name(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    export = export_onnx(make(activation=jax.nn.elu).fit(table), tmp_path)
    assert "Elu" in {node.op_type for node in onnx.load(export.encoder).graph.node}


def test_a_loss_of_the_users_own_is_no_hindrance(make: Make, table: np.ndarray, tmp_path: Path) -> None:
    def largest(reconstruction: jax.Array, sample: jax.Array) -> jax.Array:
        return abs(reconstruction - sample).max()

    export = export_onnx(make(loss=largest).fit(table), tmp_path)
    assert {entry.key: entry.value for entry in onnx.load(export.errors).metadata_props}["loss"] == "largest"


def test_a_network_without_nodes(fitted: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_module, "NETWORK_NODES", {})
    refuse(fitted, tmp_path, InvalidInputError, "a DenseNetwork has no ONNX form")


def test_a_folder_that_is_a_file(fitted: Autoencoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        refuse(fitted, folder, InvalidInputError, f"folder: {re.escape(str(tmp_path / 'file'))} is a file")


def test_a_folder_in_the_way_of_a_file(fitted: Autoencoder, tmp_path: Path) -> None:
    (tmp_path / "errors.onnx").mkdir()
    with pytest.raises(InvalidInputError, match=r"errors\.onnx is a folder, in the way"):
        export_onnx(fitted, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["errors.onnx"]


def test_samples_that_the_model_does_not_take(fitted: Autoencoder, table: np.ndarray, tmp_path: Path) -> None:
    refuse(fitted, tmp_path, SampleShapeError, "5 features", samples=table[:, :4])
    with pytest.raises(InvalidInputError, match="NaN"):
        export_onnx(fitted, tmp_path, samples=np.full((2, 5), np.nan))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("full_at", [0, 1, 3])
def test_a_full_disk_leaves_the_earlier_files(
    fitted: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_at: int
) -> None:
    for name in NAMES:
        (tmp_path / name).write_text("old")
    calls = iter(range(100))

    def fsync(descriptor: int) -> None:
        if next(calls) == full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match=r"No space left on device: '.*\.onnx'"):
        export_onnx(fitted, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


def test_weights_beyond_two_gibibytes(fitted: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoencode.export.graph.LARGEST_FILE", 100)
    refuse(fitted, tmp_path, InvalidInputError, "one ONNX file holds less than 2 GiB")


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_without_the_extra(fitted: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    real_import = builtins.__import__

    def without(name: str, *arguments: object, **options: object) -> object:
        if name == missing:
            raise ModuleNotFoundError(f"No module named {missing!r}")
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    refuse(fitted, tmp_path, InvalidInputError, r'pip install "autoencode\[onnx\]"')


def test_a_file_that_disagrees_is_not_written(
    fitted: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = dataclasses.replace(fitted.networks_, activation="tanh")
    monkeypatch.setattr(
        onnx_module,
        "_build_files",
        lambda model, nodes: real_build(dataclasses.replace(model, own_networks=networks), nodes),
    )
    refuse(fitted, tmp_path, ModelFileError, r"encoder\.onnx gives other numbers than the model")


real_build = onnx_module._build_files


@pytest.mark.parametrize("content", [b"", b"\x08\x08"])
def test_a_file_that_onnx_refuses_is_not_written(
    fitted: Autoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(onnx_module, "_build_files", lambda model, nodes: {"encoder": content})
    refuse(fitted, tmp_path, ModelFileError, r"encoder\.onnx was refused by onnx .* nothing was written")


def test_onnx_runtime_is_told_to_report_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    check_extra()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    check_extra()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "0", "the user's own wish counts"
