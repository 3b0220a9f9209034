from __future__ import annotations

import math

from autoencode.evaluation import ColumnError
from autoencode.report.worst_columns import order_columns


def make_errors(*errors: float) -> list[ColumnError]:
    return [ColumnError(f"c{place}", "numeric", error, "", "") for place, error in enumerate(errors)]


def test_the_worst_beside_the_mean_sample_come_first() -> None:
    errors, baseline = make_errors(1.0, 9.0, 1.0, 0.0, math.nan), make_errors(2.0, 90.0, 0.0, 0.0, 1.0)
    assert order_columns(errors, baseline) == [2, 0, 1, 3, 4]
