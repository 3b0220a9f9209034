"""A tenth of the harness of refusals: on a loaded machine, each ends with 2."""

from __future__ import annotations

import pytest
import refusals


@pytest.mark.slow
def test_a_refused_table_never_aborts() -> None:
    ended = refusals.refuse(40, at_once=4, loops=0)
    assert {code for _, code in ended} == {2}, ended
    assert ended.total() == 40
