"""`autoencode export`: four files, which give the model's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main

onnxruntime = pytest.importorskip("onnxruntime")

FILES = {"encoder.onnx", "decoder.onnx", "reconstruct.onnx", "errors.onnx"}


def test_four_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "digits", "onnx"]) == 0
    assert {path.name for path in Path("onnx").iterdir()} == FILES
    assert "onnx/encoder.onnx" in capsys.readouterr().out
    session = onnxruntime.InferenceSession("onnx/encoder.onnx")
    samples = ae.data.load("digits").test.reshape(-1, 8, 8)[:5]
    codes = session.run(None, {session.get_inputs()[0].name: samples.astype(np.float32)})[0]
    np.testing.assert_allclose(codes, ae.load("runs/digits").transform(samples), atol=1e-5)


def test_json_and_samples_to_check_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "digits", "onnx", "--check", "digits:test", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert {Path(file["path"]).name for file in written["files"].values()} == FILES
    assert written["samples"] == 360
    assert all(file["difference"] <= 1e-5 for file in written["files"].values())


def test_a_detector_is_one_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = np.random.default_rng(0).normal(size=(80, 3))
    np.save("rows.npy", rows)
    model = ae.Autoencoder(1, hidden=(4,), epochs=1)
    ae.AnomalyDetector(model, false_alarm_rate=0.1, random_state=0).fit("rows.npy").save("d.safetensors")
    assert main(["export", "d.safetensors", "onnx", "--check", "rows.npy", "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert list(written["files"]) == ["detector"]
    assert written["files"]["detector"]["difference"] <= 1e-4
    assert written["samples"] == 80
    assert main(["export", "d.safetensors", "onnx"]) == 0
    assert "onnx/detector.onnx" in capsys.readouterr().out
    assert main(["export", "d.safetensors", "onnx", "--units", "original"]) == 2
    assert "is a detector, whose scores have no units" in capsys.readouterr().err
    assert {path.name for path in Path("onnx").iterdir()} == {"detector.onnx"}


def test_bad_input_is_2(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "digits", "people.csv"]) == 2
    assert main(["export", "nothing", "onnx"]) == 2
    assert capsys.readouterr().err.count("error: ") == 2
