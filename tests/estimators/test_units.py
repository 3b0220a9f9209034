"""Units of errors: named columns are told in standard deviations of training, whatever scaling a model has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import autoencode as ae
from autoencode import Autoencoder
from autoencode.cli.main import main
from autoencode.exceptions import InvalidInputError
from autoencode.tables.number_map import fit_number_map, restore_number_map

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]
SCALINGS = ("none", "standard", "minmax", "global_minmax")
SPIKE = 40


@pytest.fixture(scope="module")
def machine() -> pd.DataFrame:
    """A table of a machine's columns in units of very different size, from one hidden load."""
    rng = np.random.default_rng(0)
    load = rng.normal(size=(300, 1))
    numbers = load @ [[400.0, 12.0, 0.05]] + rng.normal(size=(300, 3)) * [100.0, 3.0, 0.0125] + [3000.0, 60.0, 0.5]
    return pd.DataFrame(numbers, columns=["rpm", "temperature", "vibration"])


@pytest.fixture(scope="module")
def spiked(machine: pd.DataFrame) -> pd.DataFrame:
    table = machine.copy()
    table.loc[SPIKE, "vibration"] += 12 * machine["vibration"].std()
    return table


@pytest.fixture(scope="module")
def models(make: Make, machine: pd.DataFrame) -> dict[str, Autoencoder]:
    return {name: make(code_size=1, epochs=60, scaling=name, learning_rate=0.02).fit(machine) for name in SCALINGS}


def test_errors_are_those_of_columns_divided_by_their_deviation(
    models: dict[str, Autoencoder], machine: pd.DataFrame, spiked: pd.DataFrame
) -> None:
    deviations = machine.to_numpy().std(axis=0)
    for model in models.values():
        off = (spiked.to_numpy() - np.asarray(model.reconstruct(spiked))) / deviations
        for units in ("auto", "standard"):
            np.testing.assert_allclose(model.errors(spiked, units=units), np.square(off).mean(axis=1), rtol=1e-9)
            sums = model.errors(spiked, units=units, measure="signed_sum")
            np.testing.assert_allclose(sums, off.sum(axis=1), rtol=1e-9, atol=1e-9)
        by_column = model.column_errors(spiked)
        np.testing.assert_allclose([one.error for one in by_column], np.sqrt(np.square(off).mean(axis=0)), rtol=1e-9)
        assert {one.unit for one in by_column} == {"standard deviations of the column"}
        original = np.square(off * deviations)
        np.testing.assert_allclose(model.errors(spiked, units="original"), original.mean(axis=1), rtol=1e-9)
    scaled = models["standard"].errors(spiked, units="scaled")
    np.testing.assert_allclose(models["standard"].errors(spiked), scaled, rtol=1e-4)


def test_a_spike_is_named_by_its_column_whatever_the_scaling(
    models: dict[str, Autoencoder], spiked: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spiked.to_csv(tmp_path / "spiked.csv", index=False)
    for name, model in models.items():
        assert int(model.errors(spiked).argmax()) == SPIKE
        model.save(tmp_path / name)
        assert main(["worst", str(tmp_path / name), str(tmp_path / "spiked.csv"), "--n", "1", "--json"]) == 0
        (first,) = json.loads(capsys.readouterr().out)
        assert (first["row"], first["columns"][0]["column"]) == (SPIKE, "vibration")
        assert first["columns"][0]["share"] > 0.5
    words = [str(tmp_path / "standard"), str(tmp_path / "spiked.csv"), "--n", "1", "--units", "original", "--json"]
    assert main(["worst", *words]) == 0
    assert json.loads(capsys.readouterr().out)[0]["columns"][0]["column"] == "rpm"


def test_models_of_all_scalings_share_one_unit(models: dict[str, Autoencoder], machine: pd.DataFrame) -> None:
    found = ae.compare(models, machine)
    assert found.unit == "squared standard deviations of the columns"
    assert f"({found.unit})" in found.verdict.text
    for name, model in models.items():
        np.testing.assert_array_equal(found[name].errors, model.errors(machine))
    assert found["mean sample"].mean == pytest.approx(1)
    raw = ae.compare(models, machine, units="original")
    assert raw.unit == "squared units of the features"
    assert raw["mean sample"].mean == pytest.approx(machine.to_numpy().var(axis=0).mean(), rel=1e-6)
    with pytest.raises(InvalidInputError, match="units must be one of auto, standard, original, got 'scaled'"):
        ae.compare(models, machine, units="scaled")


def test_models_of_other_rows_are_measured_by_the_first_ones_deviations(make: Make, machine: pd.DataFrame) -> None:
    wide = machine * 3
    models = {"narrow": make().fit(machine), "wide": make(scaling="minmax").fit(wide)}
    rows = machine.to_numpy()
    found = ae.compare(models, machine)
    for name, model in models.items():
        off = (rows - np.asarray(model.reconstruct(machine))) / rows.std(axis=0)
        np.testing.assert_allclose(found[name].errors, np.square(off).mean(axis=1), rtol=1e-9)


def test_the_report_has_the_same_units(models: dict[str, Autoencoder], machine: pd.DataFrame) -> None:
    from autoencode.estimators.model_study import study

    model = models["minmax"]
    for units, unit in (("auto", "standard deviations of the columns"), ("original", "units of the features")):
        samples = study(model, machine, units=units).samples
        assert samples is not None
        assert samples.units["squared_error"] == f"squared {unit}"
        for measure, values in samples.errors.items():
            np.testing.assert_array_equal(values, model.errors(machine, measure=measure, units=units))
        assert samples.column_errors == model.column_errors(machine, units=units)
    assert "squared standard deviations of the columns" in model.report(machine).html


def test_files_of_every_scaling_keep_the_deviations(
    models: dict[str, Autoencoder], machine: pd.DataFrame, tmp_path: Path
) -> None:
    for name, model in models.items():
        loaded = ae.load(model.save(tmp_path / name))
        for units in ("auto", "original", "scaled"):
            np.testing.assert_array_equal(loaded.errors(machine, units=units), model.errors(machine, units=units))


def test_an_earlier_file_tells_what_it_knows(
    models: dict[str, Autoencoder], machine: pd.DataFrame, tmp_path: Path
) -> None:
    from autoencode.runs import read_model_file, write_model_file

    for name, model in models.items():
        tensors, configuration = read_model_file(model.save(tmp_path / name))
        del configuration["fingerprint"]
        write_model_file(tmp_path / name, {k: v for k, v in tensors.items() if k != "column_deviations"}, configuration)
        earlier = ae.load(tmp_path / name)
        np.testing.assert_array_equal(
            earlier.errors(machine, units="original"), model.errors(machine, units="original")
        )
        if name == "standard":
            np.testing.assert_array_equal(earlier.errors(machine), model.errors(machine))
            continue
        np.testing.assert_array_equal(earlier.errors(machine), model.errors(machine, units="original"))
        with pytest.raises(InvalidInputError, match="saved by an earlier version"):
            earlier.errors(machine, units="standard")


def test_arrays_keep_their_own_units(make: Make, machine: pd.DataFrame) -> None:
    rows = machine.to_numpy()
    model = make(scaling="standard").fit(rows)
    np.testing.assert_array_equal(model.errors(rows), model.errors(rows, units="original"))
    assert {one.unit for one in model.column_errors(rows)} == {"units of the column"}
    assert ae.compare({"one": model}, rows).unit == "squared units of the features"
    with pytest.raises(InvalidInputError, match="fitted on an array"):
        model.errors(rows, units="standard")


def test_a_cross_entropy_has_no_units(make: Make) -> None:
    shares = pd.DataFrame(np.random.default_rng(0).random((60, 4)), columns=list("abcd"))
    model = make(loss="binary_cross_entropy").fit(shares)
    assert model.scaling_ == "minmax"
    default = model.errors(shares, measure="binary_cross_entropy")
    np.testing.assert_array_equal(default, model.errors(shares, measure="binary_cross_entropy", units="original"))
    with pytest.raises(InvalidInputError, match="which has no units"):
        model.errors(shares, measure="binary_cross_entropy", units="standard")
    assert "squared error" in str(ae.compare({"one": model}, shares)).lower()


def test_mixed_tables_of_both_scalings_are_compared(make: Make, machine: pd.DataFrame, tmp_path: Path) -> None:
    mixed = machine.assign(
        started=pd.Timestamp("2024-01-01") + pd.to_timedelta(machine["rpm"].round(), unit="D"),
        hot=np.where(machine["temperature"] > 60, "yes", "no"),
    )
    models = {name: make(scaling=name, epochs=20).fit(mixed) for name in ("standard", "quantile")}
    found = ae.compare(models, mixed)
    for name, model in models.items():
        np.testing.assert_array_equal(found[name].errors, model.errors(mixed))
        columns = {one.column: one for one in model.column_errors(mixed)}
        own = {one.column: one for one in model.column_errors(mixed, units="original")}
        by_column = dict(zip(mixed.columns, model.errors(mixed, per="column"), strict=True))
        for column in ("rpm", "vibration", "started"):
            assert columns[column].error == pytest.approx(np.sqrt(by_column[column]), rel=1e-4)
        assert columns["rpm"].error == pytest.approx(own["rpm"].error / machine["rpm"].std(ddof=0), rel=1e-6)
        assert (own["started"].unit, columns["started"].unit) == ("days", "standard deviations of the column")
        loaded = ae.load(model.save(tmp_path / name))
        np.testing.assert_array_equal(loaded.errors(mixed), model.errors(mixed))
    scaled = models["quantile"].errors(mixed, units="scaled")
    assert np.abs(scaled / models["quantile"].errors(mixed) - 1).max() > 0.01
    np.testing.assert_array_equal(scaled, models["quantile"].errors(mixed, units="original"))
    with pytest.raises(InvalidInputError, match="with the same scaling"):
        ae.compare(models, mixed, units="original")


@pytest.mark.parametrize("numbers", [np.arange(12.0) % 2, np.random.default_rng(0).lognormal(size=2000)])
def test_an_earlier_quantile_map_has_about_the_deviation_of_its_column(numbers: np.ndarray) -> None:
    number_map = fit_number_map("c", numbers, "quantile")
    assert number_map.deviation == pytest.approx(numbers.std())
    content = number_map.to_dict()
    assert restore_number_map(content).deviation == number_map.deviation
    del content["deviation"]
    assert restore_number_map(content).deviation == pytest.approx(numbers.std(), rel=0.15)


def test_a_table_of_shares_is_standardised_and_its_odd_row_is_first() -> None:
    rng = np.random.default_rng(0)
    visits = rng.random(600)
    shares = pd.DataFrame({"visits": visits, "rate": 1e-4 * visits + 1e-6 * rng.random(600), "margin": rng.random(600)})
    shares.loc[77, "rate"] *= 9
    percent = shares * 100
    for table in (shares, percent):
        model = Autoencoder(2, hidden=(16,), epochs=100, random_state=0).fit(table)
        assert (model.scaling_, model.settings_.scaling) == ("standard", "standard")
        assert "scaling" in model.settings_.derived
        assert int(model.errors(table).argmax()) == 77


def test_a_detector_of_a_recipe_scales_a_table_of_shares_too() -> None:
    rows = np.random.default_rng(0).random((80, 3))
    frame = pd.DataFrame(rows, columns=list("abc"))
    for samples, scaling in ((frame, "standard"), (rows, "none")):
        detector = ae.AnomalyDetector("linear", false_alarm_rate=0.05, random_state=0).fit(samples)
        assert detector.autoencoder_.scaling_ == scaling
