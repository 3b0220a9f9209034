"""The summary of a network: a table of layers that prints as text and shows as HTML in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from autoencode.printable import align
from autoencode.types import LayerShape


@dataclass(frozen=True)
class Summary:
    """Layers of a network, their shapes and parameters.

    Attributes
    ----------
    title
        What the table is of, such as "784-32-784".
    layers
        One entry a layer: name, units, parameters.

    Examples
    --------
    >>> print(Summary("3-1-3", (LayerShape("code", 1, 4), LayerShape("reconstruction", 3, 6))))
    3-1-3
    layer           output shape  parameters
    ────────────────────────────────────────
    code            (samples, 1)           4
    reconstruction  (samples, 3)           6
    ────────────────────────────────────────
    total                                 10
    """

    title: str
    layers: Sequence[LayerShape]

    @classmethod
    def of(cls, layers: Sequence[LayerShape]) -> Summary:
        """Return the summary of a network of such layers."""
        return cls("-".join(str(units) for units in (layers[-1].units, *(layer.units for layer in layers))), layers)

    @property
    def parameters(self) -> int:
        """Total number of parameters, all of them trained."""
        return sum(layer.parameters for layer in self.layers)

    def rows(self) -> list[tuple[str, str, str]]:
        """Return the table's cells, without head and total."""
        return [(layer.name, f"(samples, {layer.units:,})", f"{layer.parameters:,}") for layer in self.layers]

    def __str__(self) -> str:
        rows = [("layer", "output shape", "parameters"), *self.rows(), ("total", "", f"{self.parameters:,}")]
        lines = align(rows, right=[2])
        rule = "─" * len(lines[0])
        return "\n".join([self.title, lines[0], rule, *lines[1:-1], rule, lines[-1]])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(shape)}</td><td style='text-align:right'>{parameters}</td></tr>"
            for name, shape, parameters in self.rows()
        )
        return (
            f"<table><caption>{escape(self.title)}</caption>"
            "<thead><tr><th>layer</th><th>output shape</th><th>parameters</th></tr></thead>"
            f"<tbody>{cells}</tbody><tfoot><tr><th>total</th><td></td>"
            f"<td style='text-align:right'>{self.parameters:,}</td></tr></tfoot></table>"
        )
