"""Model files of every version so far load, and give the numbers that they gave."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import autoencode as ae

FILES = sorted((Path(__file__).parent / "former_files").glob("*.safetensors"))

ROWS = np.random.default_rng(0).normal(size=(30, 4)).round(2)
ROWS[:, 3] = ROWS[:, 0] + ROWS[:, 1]
TABLE = pa.table({"a": ROWS[:, 0], "b": np.where(ROWS[:, 1] > 0, "up", "down"), "c": ROWS[:, 2] > 0})

# The first errors, as the version that wrote the file gave them.
ERRORS = {
    "numbers-1": [0.10259211241773279, 0.5993597490808826, 1.4961155163184887, 3.8408020203236655],
    "numbers-2": [0.10259211241773279, 0.5993597490808826, 1.4961155163184887, 3.8408020203236655],
    "numbers-3": [0.08995204091521168, 0.5276230540108906, 1.550791682819129, 3.8079538884535378],
    "table-2": [0.5331395334106521, 0.6898205017948724, 0.7461218918038948, 2.8381305991067554],
    "table-3": [0.5208180766520664, 0.6777757218295956, 0.7440825685618743, 2.770069600560746],
}

# Of what each file holds, for they name none: no later version may count otherwise.
FINGERPRINTS = {
    "numbers-1": "93993a391b8a660919d809f1d71c56af4454e74ef4cb1637105b7d19ca632356",
    "numbers-2": "93993a391b8a660919d809f1d71c56af4454e74ef4cb1637105b7d19ca632356",
    "numbers-3": "ccfeec662db6682e56bb6df3199fb44e3241113664a9ab777d1ec6b8c6209abd",
    "table-2": "84f6ff278fd738329623c21d50c1dcf8698f52f51f3fd82bf5a08856bd2d16b2",
    "table-3": "e62702d886f889f859d219c5a799673694c0733dade50c3c12214bbd33378349",
}


def test_there_is_one_of_each() -> None:
    assert {file.stem for file in FILES} == set(ERRORS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_former_file_gives_the_numbers_that_it_gave(file: Path, tmp_path: Path) -> None:
    samples = TABLE if "table" in file.stem else ROWS
    model = ae.load(file)
    np.testing.assert_allclose(model.errors(samples)[:4], ERRORS[file.stem], rtol=1e-6)
    assert model.fitted_.fingerprint == FINGERPRINTS[file.stem]
    again = ae.load(model.save(tmp_path / "again.safetensors"))
    assert again.fitted_.fingerprint == FINGERPRINTS[file.stem]
    np.testing.assert_array_equal(again.errors(samples), model.errors(samples))
    assert again.summary().title == model.summary().title
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ae.DiagnosisWarning)
        assert len(str(ae.compare({"former": model, "again": again}, samples))) > 100
