"""Each class of photographs as the normal one in turn: are the others found?

Ours and PyOD's on the same pixels; and ours as it reads the files themselves where nobody gives an option.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ours import fit_and_score, source_folder
from protocol import SEEDS, Split, data_folder, split_class
from rankings import fit_peers, score_ours, summarise
from score_files import Scores, keep_scores, read_scores
from summaries import UNASKED

__all__ = ["PHOTOGRAPH_DETECTORS", "SIDE", "measure_photographs", "measure_unasked"]

PHOTOGRAPH_DETECTORS = ("ours", "AutoEncoder", "KNN", "PCA")
SIDE = 32


def find_folder() -> Path:
    return data_folder("images") / "sign_language_digits"


def read_photographs() -> tuple[np.ndarray, np.ndarray]:
    """Return grey images (rows, side, side) between 0 and 1, and the number of each one's class.

    Grey, because a sign is the hand's shape: its colour tells who shows it, and not what.
    """
    import autoencode as ae

    samples = ae.data.read(str(find_folder()), size=SIDE, colour="grey")
    return samples.values, np.unique(samples.labels, return_inverse=True)[1]


def read_files(files: np.ndarray, reading: Any = None) -> Any:
    """Return the photographs of some files, read as others were, or as nobody says."""
    from autoencode.data.images import ImageFolder

    form = {} if reading is None else {"size": reading.size, "colour": reading.colour}
    return ImageFolder(find_folder(), files=[Path(file) for file in files], **form).read()


def score_unasked(cache: Path, name: str, data: Split, seed: int) -> Scores:
    """Return our scores of a split of files; neither size nor colour of the photographs is given."""

    def make() -> Scores:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            train = read_files(data.train)
            test = read_files(data.test, train.reading)
        places = {name: place for place, name in enumerate(test.row_names)}
        order = [places[Path(file).relative_to(find_folder()).as_posix()] for file in data.test]
        found = fit_and_score(train, test, seed, contaminated=False)
        return Scores(found.scores[order], found.fit_seconds, found.score_seconds, found.more)

    return keep_scores(source_folder(cache) / f"{name}-unasked.npz", make)


def measure_unasked(cache: Path) -> dict[str, Any]:
    """Return, by class, how well the others are found where no option is given."""
    from autoencode.data.image_files import search

    files = np.array([str(file) for file in search(find_folder())[0]])
    classes = np.unique([Path(file).parent.name for file in files], return_inverse=True)[1]
    results = {}
    for normal in range(classes.max() + 1):
        splits = {seed: split_class(files, classes, normal, seed) for seed in SEEDS}
        scores = [score_unasked(cache, f"photographs-{normal}-{seed}", data, seed) for seed, data in splits.items()]
        results[str(normal)] = summarise([data.test_labels for data in splits.values()], scores)
        print(f"  class {normal}, no option, done", file=sys.stderr, flush=True)
    return results


def measure_photographs(cache: Path, *, peers_only: bool = False) -> dict[str, Any]:
    """Return, by class and detector, AUROC and average precision of each seed, and the fit seconds."""
    pixels, classes = read_photographs()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photographs.npz"
        np.savez(file, pixels=pixels, classes=classes)
        fit_peers(cache, "--photographs", file)
    unasked = {} if peers_only else measure_unasked(cache)
    results = {}
    for normal in range(classes.max() + 1):
        splits = [split_class(pixels, classes, normal, seed) for seed in SEEDS]
        keys = [f"photographs-{normal}-{seed}" for seed in SEEDS]
        scores = {
            name: [read_scores(cache / name / f"{key}.npz") for key in keys]
            for name in PHOTOGRAPH_DETECTORS
            if name != "ours"
        }
        if not peers_only:
            scores["ours"] = [
                score_ours(cache, key, data, seed) for key, data, seed in zip(keys, splits, SEEDS, strict=True)
            ]
        tested = [data.test_labels for data in splits]
        results[str(normal)] = {name: summarise(tested, found) for name, found in scores.items()}
        if unasked:
            results[str(normal)][UNASKED] = unasked[str(normal)]
        print(f"  class {normal} done", file=sys.stderr, flush=True)
    return results
