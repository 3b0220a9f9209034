"""The activation that makes a sequence of a decoder's output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from autoencode.parts.activations.named import compute_sigmoid

if TYPE_CHECKING:
    from jaxtyping import Array


@dataclass(frozen=True)
class StepActivation:
    """Identity for the features of each step, and a sigmoid of its existing; the features of a missing step are 0.

    Two of equal fields are equal, so that they share a compiled program.

    Attributes
    ----------
    steps, step_features
        Steps of a sample, and features of one step; after them comes the logit of the step's existing.
    varying
        Whether sequences end before the last step. Else every step exists, whatever its logit, which was not trained.

    Examples
    --------
    >>> rebuild = StepActivation(2, 1, varying=True)
    >>> rebuild.evaluate(np.array([3.0, 9.0, 7.0, -9.0])).round().tolist()
    [3.0, 1.0, 0.0, 0.0]
    """

    steps: int
    step_features: int
    varying: bool

    def __call__(self, values: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
        """Return the reconstruction of linear outputs, step by step along the last axis; in JAX."""
        import jax
        import jax.numpy as jnp

        return self._rebuild(values, jax.nn.sigmoid, jnp)

    def evaluate(self, values: Float[np.ndarray, "*batch features"]) -> Float[np.ndarray, "*batch features"]:
        """Return the same in NumPy."""
        return self._rebuild(values, compute_sigmoid, np)

    def _rebuild(self, values: Any, sigmoid: Callable, numpy: Any) -> Any:
        steps = values.reshape(*values.shape[:-1], self.steps, self.step_features + 1)
        features, logit = steps[..., :-1], steps[..., -1:]
        if self.varying:
            exists = sigmoid(logit)
            features = numpy.where(exists >= 0.5, features, 0)
        else:
            exists = numpy.ones_like(logit)
        return numpy.concatenate([features, exists], axis=-1).reshape(values.shape)

    def add_nodes(self, graph: Any, values: str, name: str) -> str:
        """Add a sigmoid for what says whether a step exists, and 0 for the features of steps that do not."""
        features, logit = graph.add_steps(values, self.steps, self.step_features, name)
        if self.varying:
            exists = graph.add("Sigmoid", logit, name=f"{name}.share")
            half, zero = (graph.add_number(number, f"{name}.number", np.float32) for number in (0.5, 0.0))
            there = graph.add("GreaterOrEqual", exists, half, name=f"{name}.there")
            features = graph.add("Where", there, features, zero, name=f"{name}.kept")
        else:
            shape = graph.add("Shape", logit, name=f"{name}.size")
            exists = graph.add("Expand", graph.add_number(1.0, f"{name}.one", np.float32), shape, name=f"{name}.all")
        return graph.join_steps(features, exists, name)
