"""The reproduction of "Fun with Autoencoders", from data to report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax

import autoencode
from autoencode.exceptions import InvalidInputError
from autoencode.figures import png_bytes
from autoencode.files import write_whole
from autoencode.report import render_page
from autoencode.reproduce.blog import Row
from autoencode.reproduce.experiments import Plan, Progress, load_digits_or_mnist, run_experiments
from autoencode.reproduce.findings import find, result_of
from autoencode.reproduce.page import Drawn, compose_page
from autoencode.reproduce.pictures import draw_pictures, plot_pictures
from autoencode.runs import json_text

__all__ = ["Reproduction", "reproduce"]


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
) -> Reproduction:
    """Run the post's three experiments and leave runs, pictures, result and report in a folder.

    Parameters
    ----------
    path
        The folder; made if it is not there.
    data_folder
        Where MNIST's four files lie; None looks in the usual places.
    plan
        How long to train; the post's own numbers by default.
    announce
        Called with a line for people.
    progress
        Gives each training's callback.

    Returns
    -------
    Reproduction
        Its figures, and where they lie.

    Raises
    ------
    DataNotFoundError
        If `data_folder` is given and does not hold MNIST. Without it, digits stand in where MNIST cannot be had.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InvalidInputError(f"path must be a folder, or a name that is free, but {path} is a file.")
    path.mkdir(parents=True, exist_ok=True)
    for stale in ("result.json", "report.html"):  # an earlier run's must not stand beside this one's trainings
        (path / stale).unlink(missing_ok=True)
    plan = plan or Plan()
    images = load_digits_or_mnist(data_folder, announce)
    experiments = run_experiments(path, images, plan, announce=announce, progress=progress)
    announce("measuring and drawing")
    findings = find(experiments)
    result = result_of(experiments, findings)
    result["seed"] = plan.seed
    result["versions"] = {"autoencode": autoencode.__version__, "jax": jax.__version__}
    pictures = {name: png_bytes(figure) for name, figure in draw_pictures(experiments, findings).items()}
    for name, png in pictures.items():
        write_whole(path / f"{name}.png", png)
    page = compose_page(experiments, findings, result, Drawn(pictures, plot_pictures(experiments, findings)))
    write_whole(path / "report.html", render_page(page).encode())
    write_whole(path / "result.json", json_text(result).encode())
    return Reproduction(path, findings.rows, result)
