"""What is said of a training's memory before it begins is right within a factor of two."""

from __future__ import annotations

from pathlib import Path

import pytest
from estimates import JOBS, SHARES, Job, measure, refuse

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("job", "share"), list(zip(JOBS, SHARES, strict=True)), ids=[job.name for job in JOBS])
def test_the_memory_that_is_said_is_taken(job: Job, share: float, tmp_path: Path) -> None:
    figures = measure(job, tmp_path, 0.5 * share, epochs=2)
    assert figures.memory / 2 < figures.said_memory < figures.memory * 2


@pytest.mark.parametrize("job", [job for job in JOBS if job.is_refused], ids=lambda job: job.name)
def test_a_training_of_more_than_the_machine_has_is_refused(job: Job, tmp_path: Path) -> None:
    assert refuse(job, tmp_path)[0] == 4
