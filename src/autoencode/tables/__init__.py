"""Samples to float32 features and back: fitted, invertible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode.tables.scaling import SCALINGS, Scaling, choose_scaling, find_deviations, fit_scaling
    from autoencode.tables.step_scaling import StepScaling, fit_step_scaling, pick_steps
    from autoencode.tables.table_columns import TableColumns
    from autoencode.tables.table_encoder import TableEncoder
    from autoencode.types import ColumnDescription

__all__ = [
    "SCALINGS",
    "ColumnDescription",
    "Scaling",
    "StepScaling",
    "TableColumns",
    "TableEncoder",
    "choose_scaling",
    "find_deviations",
    "fit_scaling",
    "fit_step_scaling",
    "pick_steps",
]

# Where each public name lives; it is imported when it is first asked for: to look at a table needs no scikit-learn.
_HOMES = {
    "ColumnDescription": ".types",
    "SCALINGS": "scaling",
    "Scaling": "scaling",
    "StepScaling": "step_scaling",
    "TableColumns": "table_columns",
    "TableEncoder": "table_encoder",
    "choose_scaling": "scaling",
    "find_deviations": "scaling",
    "fit_scaling": "scaling",
    "fit_step_scaling": "step_scaling",
    "pick_steps": "step_scaling",
}

__getattr__ = find_lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
