"""Parts of another package, as its authors would write them; `test_someones_parts` installs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from autoencode.parts.activations import Activation
from autoencode.parts.bottlenecks import Bottleneck
from autoencode.parts.corruptions import Corruption
from autoencode.parts.losses.differences import difference_loss
from autoencode.parts.networks import DenseBlueprint
from autoencode.parts.networks.form import NetworkForm
from autoencode.parts.objectives import Term
from autoencode.parts.recipes import Recipe


class Clipped(Bottleneck):
    """Cuts the numbers of a code."""

    limit: float = eqx.field(static=True, default=1.0)

    def code(self, encoded: Any) -> Any:
        return jnp.clip(encoded, -self.limit, self.limit)

    def project(self, code: Any) -> Any:
        return self.code(code)

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        ends = (graph.add_number(end, "code.end", np.float32) for end in (-self.limit, self.limit))
        return graph.add("Clip", encoded, *ends, name="code.clipped")


@dataclass(frozen=True)
class UniformNoise(Corruption):
    """Adds even noise."""

    width: float | int = 0.3

    def __post_init__(self) -> None:
        from autoencode.parts.corruptions.corruption import require
        from autoencode.parts.text import is_number

        require(is_number(self.width, 0.0, 1e6), "width", "a number from 0 to 1e6", self.width)

    def __call__(self, sample: Any, key: Any, space: Any) -> Any:
        return sample + self.width * jax.random.uniform(key, sample.shape, sample.dtype, -1)


@dataclass(frozen=True)
class Ridge(Term):
    """The sum of a code's squares."""

    weight: float | int = 0.1

    def __call__(self, batch: Any) -> Any:
        return self.weight * jnp.sum(jnp.square(batch.codes), axis=1)


def log_cosh(difference: Any, numpy: Any) -> Any:
    return numpy.logaddexp(difference, -difference) - np.float32(np.log(2))


LOG_COSH = difference_loss("log_cosh", log_cosh, "units of the features, squared when small", "Smooth and robust.")


def add_hard_tanh(graph: Any, values: str, name: str) -> str:
    ends = (graph.add_number(end, f"{name}.end", np.float32) for end in (-1, 1))
    return graph.add("Clip", values, *ends, name=name)


HARD_TANH = Activation(lambda x: np.clip(x, -1, 1), "jax.nn:hard_tanh", add_hard_tanh, script="alert('mine')")


def make_thin(frame: Any) -> DenseBlueprint:
    return DenseBlueprint(frame.features, frame.code_size, (2,), encoded_size=frame.encoded_size)


THIN = NetworkForm(make_thin)

CUT = Recipe("cut", "Cuts codes.", "A. Nobody, On cutting, 2020", "eq. 1", bottleneck="clipped(limit=2.0)")

ENTRY_POINTS = """
[autoencode.parts]
bottleneck.clipped = someones_parts:Clipped
bottleneck.plain = someones_parts:Clipped
corruption.uniform_noise = someones_parts:UniformNoise
term.ridge = someones_parts:Ridge
loss.log_cosh = someones_parts:LOG_COSH
activation.hard_tanh = someones_parts:HARD_TANH
network.thin = someones_parts:THIN
recipe.cut = someones_parts:CUT
bottleneck.broken = someones_parts:NotThere
"""
