"""The reproduction of "Fun with Autoencoders", from data to report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax

import autoencode
from autoencode.charts import png_bytes
from autoencode.files import write_whole
from autoencode.report import render_page
from autoencode.reproduce.blog import Row
from autoencode.reproduce.experiments import Experiments, Plan, Progress, load_digits_or_mnist, run_experiments
from autoencode.reproduce.findings import Findings, find, result_of
from autoencode.reproduce.page import Drawn, compose_page
from autoencode.reproduce.pictures import PICTURES, draw_pictures, plot_pictures
from autoencode.reproduce.place import KEPT_ONCE, Keeping, claim_place
from autoencode.runs import json_text

OWN = ("mnist", "digits", "vanilla", "deep", "result.json", "report.html", *(f"{name}.png" for name in PICTURES))
"""What a reproduction leaves in its folder."""


@dataclass(frozen=True)
class Reproduction:
    """What a reproduction leaves behind.

    Attributes
    ----------
    path
        Its folder.
    rows
        The post's figures beside ours.
    result
        What `result.json` holds.
    """

    path: Path
    rows: list[Row]
    result: dict[str, Any]

    @property
    def report(self) -> Path:
        """The report's file."""
        return self.path / "report.html"


@contextmanager
def _no_progress(_title: str) -> Iterator[Callable[[Any], None]]:
    yield lambda _record: None


def reproduce(
    path: str | Path,
    *,
    data_folder: str | Path | None = None,
    plan: Plan | None = None,
    announce: Callable[[str], None] = lambda _text: None,
    progress: Progress = _no_progress,
    keeping: Keeping = KEPT_ONCE,
) -> Reproduction:
    """Run the post's three experiments and leave runs, pictures, result and report in a folder.

    Parameters
    ----------
    path
        The folder; made if it is not there. An earlier reproduction in it is replaced once the new one is whole; until
        then, and where it ends early, the new one lies beside it as NAME-2. One without MNIST does not replace one that
        had it, and goes to NAME-2 as well.
    data_folder
        Where MNIST's four files lie; None looks in the usual places.
    plan
        How long to train; the post's own numbers by default.
    announce
        Called with a line for people.
    progress
        Gives each training's callback.
    keeping
        Whether one that was cut off goes on, and how it is asked for again.

    Returns
    -------
    Reproduction
        Its figures, and where they lie.

    Raises
    ------
    RunTakenError
        If another one is being written there.
    DataNotFoundError
        If `data_folder` is given and does not hold MNIST. Without it, digits stand in where MNIST cannot be had.
    """
    path = Path(path)
    plan = plan or Plan()
    images = load_digits_or_mnist(data_folder, announce)
    identity = {"reproduces": "fun-with-autoencoders", "images": images.name, **vars(plan)}
    trainings = (images.name, "vanilla", "deep")
    with claim_place(path, identity, keeping, own=OWN, trainings=trainings, announce=announce) as claim:
        experiments = run_experiments(claim.path, images, plan, announce=announce, progress=progress)
        announce("measuring and drawing")
        findings = find(experiments)
        result = _write(claim.path, experiments, findings, plan)
        claim.hand_over()
    return Reproduction(claim.path, findings.rows, result)


def _write(path: Path, experiments: Experiments, findings: Findings, plan: Plan) -> dict[str, Any]:
    """Write pictures, page and result, and return what the latter holds."""
    result = result_of(experiments, findings)
    result["seed"] = plan.seed
    result["finished"] = True
    result["versions"] = {"autoencode": autoencode.__version__, "jax": jax.__version__}
    pictures = {name: png_bytes(figure) for name, figure in draw_pictures(experiments, findings).items()}
    for name, png in pictures.items():
        write_whole(path / f"{name}.png", png)
    page = compose_page(experiments, findings, result, Drawn(pictures, plot_pictures(experiments, findings)))
    write_whole(path / "report.html", render_page(page).encode())
    write_whole(path / "result.json", json_text(result).encode())
    return result
