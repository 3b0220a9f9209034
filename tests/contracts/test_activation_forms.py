"""Every form of an activation gives the same numbers: NumPy, JAX, and the script of a page."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import playwright
import pytest

from autoencode.parts.activations import ColumnActivation, StepActivation, find_forms, name_activation
from autoencode.parts.networks import ACTIVATIONS, OUTPUT_ACTIVATIONS
from autoencode.report.activation_script import DECODER_ACTIVATIONS, write_activations
from autoencode.types import FeatureGroup

FAR = np.array([-1e30, -1e4, -100, -88, 88, 100, 1e4, 1e30, 0, -0.0])
VALUES = np.concatenate([np.linspace(-12, 12, 2000), FAR]).astype(np.float32).reshape(-1, 10)
GROUPS = (
    FeatureGroup("a", "numeric", 0, 1),
    FeatureGroup("b", "category", 1, 4),
    FeatureGroup("c", "flag", 4, 5),
    FeatureGroup("d", "category", 5, 10),
)
FORMS = {
    **{name: find_forms(name) for name in OUTPUT_ACTIVATIONS},
    "by_column": ColumnActivation(GROUPS),
    "by_step": StepActivation(5, 1, varying=True),
    "by_full_step": StepActivation(2, 4, varying=False),
}


@pytest.mark.parametrize("name", FORMS)
def test_numpy_gives_the_numbers_of_jax_in_float32(name: str) -> None:
    forms = FORMS[name]
    ours = forms.evaluate(VALUES)
    theirs = np.asarray(OUTPUT_ACTIVATIONS.get(name, forms)(jnp.asarray(VALUES)))
    assert ours.dtype == np.float32
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", FORMS)
def test_numpy_gives_a_row_alone_the_numbers_of_a_row_in_a_batch(name: str) -> None:
    whole = FORMS[name].evaluate(VALUES[:7])
    np.testing.assert_array_equal(np.stack([FORMS[name].evaluate(row) for row in VALUES[:7]]), whole)


def test_an_activation_is_found_by_its_name_and_by_its_function() -> None:
    assert find_forms("relu") is find_forms(jax.nn.relu)
    assert find_forms(FORMS["by_column"]) is FORMS["by_column"]
    assert find_forms(jnp.sin) is find_forms("sin") is None
    assert name_activation(jnp.tanh) == "tanh"


def test_a_page_knows_every_activation_of_single_numbers() -> None:
    assert {*ACTIVATIONS, "by_column"} == DECODER_ACTIVATIONS


@pytest.fixture(scope="module")
def node() -> str:
    """Return a JavaScript engine that runs without a page."""
    engine = Path(playwright.__file__).parent / "driver" / "node"
    if not engine.is_file():
        pytest.skip("playwright has no engine for this system")
    return str(engine)


def test_the_script_gives_the_numbers_of_numpy(node: str) -> None:
    values, groups = VALUES.astype(np.float64), [group._asdict() for group in GROUPS]
    script = f"""{write_activations()}
      const values = {json.dumps(values.tolist())}, results = {{}};
      for (const [name, f] of Object.entries(activations.named)) results[name] = values.map((row) => row.map(f));
      results.by_column = values.map((row) => {{
        const made = Float64Array.from(row);
        activations.byColumn(made, {json.dumps(groups)});
        return [...made];
      }});
      console.log(JSON.stringify(results));"""
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, timeout=60, check=True)
    results = json.loads(done.stdout)
    assert set(results) == DECODER_ACTIVATIONS
    for name, found in results.items():
        np.testing.assert_allclose(found, FORMS[name].evaluate(values), rtol=1e-12, atol=1e-12, err_msg=name)
