from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from autoencode.report.payload import LEAST_SAMPLES, STUDY_BYTES, build_payload, choose_samples, encode_array
from autoencode.report.scripts import pack_script, read_bokeh
from autoencode.report.sheets import MOST_SIDE, draw_sheets, quantise
from autoencode.report.study import Decoder, DecoderLayer


def read(stored: dict) -> np.ndarray:
    """An array of a payload, as the page's script reads it."""
    return np.frombuffer(base64.b64decode(stored["data"]), "<" + stored["type"]).reshape(stored["shape"])


def read_tiles(stored: dict, shape: tuple[int, ...]) -> np.ndarray:
    """The images of picture sheets, by the plan's formula."""
    height, width = shape[:2]
    tiles = []
    for i in range(stored["count"]):
        file = io.BytesIO(base64.b64decode(stored["sheets"][i // stored["perSheet"]].partition(",")[2]))
        sheet = np.asarray(Image.open(file).convert("RGB"))
        y, x = divmod(i % stored["perSheet"], stored["perRow"])
        tile = sheet[y * height : (y + 1) * height, x * width : (x + 1) * width]
        tiles.append(tile if len(shape) == 3 else tile[..., 0])
    return np.stack(tiles)


@given(st.sampled_from(["f4", "f8", "i4", "u1"]), st.lists(st.integers(0, 200), max_size=20))
def test_arrays_come_back(kind: str, numbers: list[int]) -> None:
    assert read(encode_array(numbers, kind)).tolist() == numbers


def test_arrays_keep_what_is_no_number() -> None:
    assert np.isnan(read(encode_array([np.nan, 1.0], "f4"))).tolist() == [True, False]


@pytest.mark.parametrize("kind", ["images", "numbers", "table"])
@pytest.mark.parametrize("with_decoder", [True, False])
def test_payload_has_the_numbers_of_the_study(build_study, kind: str, with_decoder: bool) -> None:
    study = build_study(kind, with_decoder=with_decoder)
    samples, payload = study.samples, build_payload(study)
    content = json.loads(payload.text)
    assert content["count"] == len(samples) == len(payload.places)
    assert content["traded"] == ""
    assert read(content["rows"]).tolist() == samples.rows.tolist()
    assert [content["labels"]["names"][k] for k in read(content["labels"]["index"])] == list(samples.labels)
    np.testing.assert_allclose(read(content["codes"]), samples.codes, rtol=1e-3, atol=1e-3)
    assert [measure["name"] for measure in content["measures"]] == list(samples.errors)
    assert [measure["signed"] for measure in content["measures"]] == [False, True]
    for measure in content["measures"]:
        np.testing.assert_array_equal(read(measure["values"]), samples.errors[measure["name"]].astype(np.float32))
    for one, (name, points) in zip(content["maps"], samples.code_maps.items(), strict=True):
        assert one["name"] == name
        np.testing.assert_array_equal(read(one["points"]), points.astype(np.float32))
    if kind == "images":
        found = read_tiles(content["pictures"], samples.shape)
        np.testing.assert_array_equal(found.reshape(len(samples), -1), np.rint(samples.features * 255))
    else:
        np.testing.assert_array_equal(read(content["features"]), samples.features)
    assert (content["decoder"] is not None) == with_decoder
    rebuilt = content["rebuiltPictures" if kind == "images" else "rebuilt"]
    assert (rebuilt is None) == with_decoder


def test_decoder_gives_the_reconstructions(build_study) -> None:
    study = build_study("numbers")
    content = json.loads(build_payload(study).text)
    decoder = content["decoder"]
    values = read(content["codes"]).astype(np.float64)
    for layer in decoder["layers"]:
        assert layer["activation"] == "sigmoid"
        values = 1 / (1 + np.exp(-(values @ read(layer["weights"]) + read(layer["bias"]))))
    values = values * read(decoder["scale"]) + read(decoder["offset"])
    np.testing.assert_allclose(values, study.samples.rebuilt, rtol=1e-5)


def test_cells_come_back(build_study) -> None:
    study = build_study("table")
    for column, stored in zip(study.samples.columns, json.loads(build_payload(study).text)["columns"], strict=True):
        cells = stored["cells"]
        if "numbers" in cells:
            found = [None if np.isnan(number) else number for number in read(cells["numbers"])]
        else:
            found = [None if k < 0 else cells["texts"][k] for k in read(cells["index"])]
        expected = [str(cell).lower() if isinstance(cell, bool) else cell for cell in column.cells]
        assert found == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 300), st.integers(1, 300))
def test_chosen_samples_are_the_worst_and_evenly_spread(seed: int, count: int, most: int) -> None:
    errors = np.random.default_rng(seed).random(count)
    chosen = choose_samples(errors, most)
    assert len(chosen) == min(count, most)
    assert (np.diff(chosen) > 0).all()
    worst = np.argsort(-errors)[: -(-min(count, most) // 4)]
    assert set(worst) <= set(chosen.tolist())


@settings(max_examples=8, deadline=None)
@given(st.integers(3_000, 60_000), st.sampled_from(["images", "numbers", "table"]), st.booleans())
def test_payload_keeps_its_budget(build_study, budget: int, kind: str, with_decoder: bool) -> None:
    study = build_study(kind, 200, with_decoder=with_decoder)
    payload = build_payload(study, budget=budget)
    whole = build_payload(study, budget=10**9)
    if payload is None:
        assert whole.bytes > budget
        return
    assert payload.bytes <= budget
    assert payload.bytes == len(payload.text.encode())
    content = json.loads(payload.text)
    count = content["count"]
    assert LEAST_SAMPLES <= count <= 200
    arrays = [content["rows"], content["codes"], content["labels"]["index"]]
    arrays += [measure["values"] for measure in content["measures"]] + [one["points"] for one in content["maps"]]
    arrays += [content[name] for name in ("features", "rebuilt") if content[name]]
    assert {stored["shape"][0] for stored in arrays} == {count}
    assert all(content[name]["count"] == count for name in ("pictures", "rebuiltPictures") if content[name])
    assert read(content["rows"]).tolist() == study.samples.rows[payload.places].tolist()
    assert (f"{count} of the 200 samples" in payload.traded) == (count < 200)
    # It is not smaller than it must be.
    assert count == 200 or payload.bytes > 0.75 * budget


def test_study_without_samples_has_no_payload(build_study) -> None:
    assert build_payload(build_study(with_samples=False)) is None


def test_a_large_decoder_is_left_out_and_said_to_be(build_study, monkeypatch) -> None:
    monkeypatch.setattr("autoencode.report.payload.MOST_DECODER_PARAMETERS", 10)
    payload = build_payload(build_study("numbers"))
    assert payload.content["decoder"] is None
    assert payload.content["rebuilt"] is not None
    assert "too many" in payload.traded


def test_of_many_models_none_loses_its_samples_to_its_decoder(build_study) -> None:
    budget = build_payload(build_study("numbers", 60, with_decoder=False)).bytes
    rng = np.random.default_rng(0)
    layers = tuple(
        DecoderLayer(rng.random((a, b)).astype("f4"), np.zeros(b, "f4"), "relu") for a, b in [(2, 500), (500, 5)]
    )
    study = build_study("numbers", 60)
    payload = build_payload(replace(study, decoder=Decoder(layers, np.zeros(5), np.ones(5))), budget=budget)
    assert payload is not None
    assert payload.content["decoder"] is None
    assert payload.content["rebuilt"] is not None
    assert "too many" in payload.traded


@pytest.mark.parametrize("scale", [1e-60, 1e-30, 1.0, 1e30, 1e150])
@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_numbers_are_told_apart_at_any_size(build_study, scale: float, offset: float) -> None:
    study = build_study("numbers", 40)
    samples = study.samples
    features = (samples.features.astype(np.float64) + offset) * scale
    errors = {name: values * scale for name, values in samples.errors.items()}
    study = replace(study, samples=replace(samples, features=features, errors=errors))
    content = json.loads(build_payload(study).text)
    found = read(content["features"]).astype(np.float64)
    assert (np.abs(found - features) <= 1e-6 * np.ptp(features, axis=0)).all()
    order = np.argsort(-errors["squared_error"], kind="stable")
    assert np.argsort(-read(content["measures"][0]["values"]), kind="stable").tolist() == order.tolist()
    assert content["features"]["type"] == ("f8" if offset or not 1e-31 < scale < 1e31 else "f4")


def test_images_wider_than_a_sheet_are_not_drawn(build_study) -> None:
    payload = build_payload(build_study("images", 12, shape=(1, MOST_SIDE + 1)))
    assert payload.content["pictures"] is None
    assert "not shown" in payload.traded


def test_hostile_names_stay_inside_of_the_json(build_study, hostile: str) -> None:
    text = build_payload(build_study("table", hostile=hostile)).text
    assert not set("<>&") & set(text)
    content = json.loads(text)
    assert content["columns"][0]["name"].startswith("age</script><img src=x")
    assert "\\u202e" in content["name"]
    assert max(len(column["name"]) for column in content["columns"]) <= 200
    text.encode()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.sampled_from([(1, 1), (3, 2), (5, 5, 3), (1, 40)]), st.integers(0, 99))
def test_sheets_are_lossless(count: int, shape: tuple[int, ...], seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (count, int(np.prod(shape)))).astype(np.uint8)
    sheets = draw_sheets(pixels, shape)
    np.testing.assert_array_equal(read_tiles(sheets, shape).reshape(count, -1), pixels)


def test_sheets_keep_their_side(monkeypatch) -> None:
    monkeypatch.setattr("autoencode.report.sheets.MOST_SIDE", 16)
    pixels = np.arange(40 * 24, dtype=np.uint8).reshape(40, 24)
    sheets = draw_sheets(pixels, (4, 6))
    assert len(sheets["sheets"]) > 1
    for address in sheets["sheets"]:
        size = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).size
        assert max(size) <= 16
    np.testing.assert_array_equal(read_tiles(sheets, (4, 6)).reshape(40, -1), pixels)


@pytest.mark.parametrize("value_range", [(0.0, 0.0), (-1e308, 1e308), (2.0, 1.0)])
def test_any_range_becomes_bytes(value_range: tuple[float, float]) -> None:
    values = np.array([[-1e308, 0.0, 1e308, np.nan, np.inf, -np.inf]])
    pixels = quantise(values, value_range)
    assert pixels.dtype == np.uint8
    if value_range[1] > value_range[0]:
        assert pixels[0, [0, 2, 4, 5]].tolist() == [0, 255, 255, 0]


def test_a_whole_study_fits_with_bokeh_into_six_megabytes() -> None:
    stills_and_plots = 500_000
    assert STUDY_BYTES + len(pack_script(read_bokeh())) + stills_and_plots < 6_000_000
