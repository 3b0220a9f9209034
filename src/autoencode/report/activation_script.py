"""The activations that the script of a page knows, as script."""

from __future__ import annotations

from autoencode.parts.activations import ColumnActivation
from autoencode.registry import ACTIVATIONS

_FORMULAS: dict[str, str] = {
    name: formula for name in ACTIVATIONS.ours if (formula := ACTIVATIONS[name].script) is not None
}

DECODER_ACTIVATIONS = frozenset([*_FORMULAS, "by_column"])
"""The activations that the page's script knows."""


def write_activations() -> str:
    """Return the script of all activations: `activations.named`, by name, and `activations.byColumn`."""
    functions = "\n".join(f"  const {name} = (x) => {formula};" for name, formula in _FORMULAS.items())
    return f""""use strict";
const activations = (() => {{
  const {{ exp, expm1, log1p, max, min, abs, sqrt, PI }} = Math;
{functions}
  const byColumn = (values, groups) => {{{ColumnActivation.script}
  }};
  return {{ named: {{ {", ".join(_FORMULAS)} }}, byColumn }};
}})();"""
