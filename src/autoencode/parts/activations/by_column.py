"""The activation that makes a table's columns of a decoder's output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from autoencode.exceptions import InvalidInputError
from autoencode.parts.activations.named import add_divisor, compute_sigmoid, compute_softmax
from autoencode.types import FeatureGroup

if TYPE_CHECKING:
    from jaxtyping import Array


class _Layout(NamedTuple):
    """Where features lie: which are flags and categories, and the categories of each column in a row of their own."""

    flags: Bool[np.ndarray, " features"]
    categories: Bool[np.ndarray, " features"]
    rows: Int[np.ndarray, "columns widest"]
    places: Int[np.ndarray, " features"]


@lru_cache(maxsize=256)
def _lay_out(groups: tuple[FeatureGroup, ...]) -> _Layout:
    features = groups[-1].stop
    spans = [(group.start, group.stop) for group in groups if group.kind == "category"]
    widest = max((stop - start for start, stop in spans), default=1)
    # A row that is not full points behind the last feature, where minus infinity lies.
    rows, places = np.full((len(spans), widest), features), np.zeros(features, int)
    for row, (start, stop) in enumerate(spans):
        rows[row, : stop - start] = np.arange(start, stop)
        places[start:stop] = row * widest + np.arange(stop - start)
    kinds = np.concatenate([[group.kind] * (group.stop - group.start) for group in groups])
    return _Layout(kinds == "flag", kinds == "category", rows, places)


@dataclass(frozen=True)
class ColumnActivation:
    r"""Identity for numbers, sigmoid for flags, and softmax over the categories of each column.

    It maps the decoder's linear output to a reconstruction whose flags and categories are probabilities; two of equal
    groups are equal, so that they share a compiled program.

    Parameters
    ----------
    groups
        What the features stand for, in their order, without gaps.

    Raises
    ------
    InvalidInputError
        If there are no groups, or they do not follow upon each other from feature 0 on.

    Examples
    --------
    >>> groups = (FeatureGroup("age", "numeric", 0, 1), FeatureGroup("deck", "category", 1, 3))
    >>> ColumnActivation(groups).evaluate(np.array([7.0, 2.0, 2.0])).tolist()
    [7.0, 0.5, 0.5]
    """

    groups: tuple[FeatureGroup, ...]

    script: ClassVar[str] = """
      for (const { kind, start, stop } of groups) {
        const part = values.subarray(start, stop);
        if (kind === "flag") part.forEach((x, i) => { part[i] = sigmoid(x); });
        if (kind !== "category") continue;
        const top = part.reduce((a, b) => max(a, b));
        const sum = part.reduce((total, x) => total + exp(x - top), 0);
        part.forEach((x, i) => { part[i] = exp(x - top) / sum; });
      }"""
    """What a page's script does with the `values` of a sample and the `groups`, in place."""

    def __post_init__(self) -> None:
        starts = [0, *(group.stop for group in self.groups)][: len(self.groups)]
        gaps = [
            group for group, start in zip(self.groups, starts, strict=True) if not start == group.start < group.stop
        ]
        if gaps or not self.groups:
            raise InvalidInputError(
                f"groups must follow each other from feature 0 on without gaps; got {gaps[0] if gaps else 'none'}."
            )

    def __call__(self, values: Float[Array, "*batch features"]) -> Float[Array, "*batch features"]:
        """Return the reconstruction of linear outputs, feature by feature along the last axis; in JAX."""
        import jax
        import jax.numpy as jnp

        return self._rebuild(values, jax.nn.sigmoid, jax.nn.softmax, jnp)

    def evaluate(self, values: Float[np.ndarray, "*batch features"]) -> Float[np.ndarray, "*batch features"]:
        """Return the same in NumPy."""
        with np.errstate(under="ignore"):
            return self._rebuild(values, compute_sigmoid, compute_softmax, np)

    def _rebuild(self, values: Any, sigmoid: Callable, softmax: Callable, numpy: Any) -> Any:
        layout = _lay_out(self.groups)
        if layout.flags.any():
            values = numpy.where(layout.flags, sigmoid(values), values)
        if layout.categories.any():
            beyond = [(0, 0)] * (values.ndim - 1) + [(0, 1)]
            rows = numpy.pad(values, beyond, constant_values=-np.inf)[..., layout.rows]
            shares = softmax(rows).reshape(*values.shape[:-1], -1)
            values = numpy.where(layout.categories, shares[..., layout.places], values)
        return values

    def add_nodes(self, graph: Any, values: str, name: str) -> str:
        """Add nothing for numbers, a sigmoid for flags, a softmax for each category; neighbours of a kind share one."""
        parts, groups = [], list(self.groups)
        while groups:
            first = groups.pop(0)
            stop = first.stop
            while groups and groups[0].kind == first.kind != "category":
                stop = groups.pop(0).stop
            part = graph.add_columns(values, first.start, stop, f"{name}.{first.kind}")
            if first.kind == "flag":
                part = graph.add("Reciprocal", add_divisor(graph, part, f"{name}.flag"), name=f"{name}.flag.share")
            elif first.kind == "category":
                part = graph.add("Softmax", part, axis=1, name=f"{name}.category.shares")
            parts.append(part)
        return graph.add("Concat", *parts, axis=1, name=name)
