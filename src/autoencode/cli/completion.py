"""What the shell completes: names of data sets, runs, losses and other words. Nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from autoencode.options import SET_NAMES

Completion = Callable[[str], list[str]]


def complete_words(words: Iterable[str]) -> Completion | None:
    """Return the completion of one of a few words, or None where there are none."""
    known = list(words)
    return (lambda incomplete: [word for word in known if word.startswith(incomplete)]) if known else None


def _complete_path(incomplete: str) -> list[str]:
    """Return the files and folders that begin so, as the shell itself would complete them."""
    folder, _, start = incomplete.rpartition("/")
    place = Path(folder + "/") if incomplete.startswith("/") else Path(folder)
    try:
        found = sorted(path for path in place.iterdir() if path.name.startswith(start))
    except OSError:
        return []
    visible = [path for path in found if start or not path.name.startswith(".")]
    prefix = f"{folder}/" if "/" in incomplete else ""
    return [f"{prefix}{path.name}{'/' if path.is_dir() else ''}" for path in visible]


def complete_set(incomplete: str) -> list[str]:
    """Complete the name of a data set."""
    return [name for name in SET_NAMES if name.startswith(incomplete)]


def complete_data(incomplete: str) -> list[str]:
    """Complete samples: a named set, a file or a folder."""
    return complete_set(incomplete) + _complete_path(incomplete)


def complete_run(incomplete: str) -> list[str]:
    """Complete the name of a run below `runs/`."""
    from autoencode.cli.run_names import list_runs

    return [path.name for path in list_runs() if path.name.startswith(incomplete)]


def complete_model(incomplete: str) -> list[str]:
    """Complete a model: a run's name, a file or a folder."""
    return complete_run(incomplete) + _complete_path(incomplete)
