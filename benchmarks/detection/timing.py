"""How long a fit takes, compiling included: ours and PyOD's `AutoEncoder`, in fresh processes in alternation."""

from __future__ import annotations

from typing import Any

import numpy as np
from protocol import SETS, read_set, split
from session import Session

__all__ = ["measure_times"]

NAMES = ("ours-detector", "pyod-detector")
SEED = 1


def measure_times(repeats: int) -> dict[str, Any]:
    """Return, by contestant, the seconds in which each of its processes fitted all the sets, and of each set.

    Every process fits every set once, with its own default threads, and finds nothing compiled on disk. A first round
    does not count.
    """
    with Session(repeats) as session:
        for set_name in SETS:
            np.save(session.folder / f"{set_name}.npy", split(*read_set(set_name), SEED, "unsupervised").train)
        answers = session.alternate_fresh("detection", "detect", NAMES, warm_up=True)
    results = {}
    for name, given in answers.items():
        shares = [run["disturbance"] for run in given.runs if run["disturbance"] is not None]
        results[name] = {
            "seconds": [run["seconds"] for run in given.runs],
            "by_set": {
                set_name: float(np.median([run["by_set"][set_name] for run in given.runs])) for set_name in SETS
            },
            "threads": given.threads,
            "disturbance": float(np.mean(shares)) if shares else None,
        }
    return results
