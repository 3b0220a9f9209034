"""How well missing cells are filled, beside scikit-learn's imputers: ``make bench-filling``.

Rewrites ``FILLING.md`` beside this file. Cells that are known are removed, everybody is given the damaged table, and
what they fill in is held against what stood there.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from planted_cells import list_categories, read_normal
from planted_errors import make_table
from planting import Columns
from session import cpu_model, usable_cores
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it is what makes the next import work
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

import autoencode
from autoencode.estimators.filling import choose_training

PAGE = Path(__file__).resolve().parent / "FILLING.md"
TABLES, SHARES, SEEDS = ("titanic", "penguins", "mpg", "diamonds"), (0.1, 0.3), (1, 2)
NETWORKS = ("autoencode", "by defaults")
BY_WEIGHT = "mpg, by weight"
"""Of the heavier half of the cars, 60 % of three columns are removed."""

Found = dict[str, float]
"""Of each column: of numbers the root mean squared error in standard deviations, else the share that is wrong."""

ABOUT = """# Filling

Written by `make bench-filling`; do not edit. Known cells of real tables are removed at random, 10 % and 30 % of every
column, with seeds {seeds}; or, in one set, 60 % of three columns where another, the weight, is above its median. Of
`diamonds` 2,000 rows. Everybody is given the damaged table alone. Of numbers the error is the root mean square, in
standard deviations of the column; of categories the share that is wrong. Lower is better; the best is bold.

*autoencode* is `Autoencoder.fill` with what `autoencode fill` trains: {training};
{epochs} epochs. *By defaults* is the same of `Autoencoder()`, which no masking taught. *Iterative* and *KNN* are
scikit-learn's with their defaults, on standardised numbers; KNN sees one column for each category, iterative, which
one-hot columns lock at their mean, the category's number. *Simplest* is the mean, and the most frequent category.

{machine}
"""


def remove_cells(columns: Columns, seed: int, share: float | None) -> tuple[Columns, dict[str, np.ndarray]]:
    """Return columns with cells removed, and which; a share of None removes by weight."""
    random, damaged, removed = np.random.default_rng(seed), {}, {}
    for name, values in columns.items():
        known = np.array([cell is not None and cell == cell for cell in values])
        if share is None:
            heavy = columns["weight"] > np.median(columns["weight"])
            gone = known & heavy & (random.random(len(values)) < 0.6) & (name in ("horsepower", "mpg", "origin"))
        else:
            gone = known & (random.random(len(values)) < share)
        damaged[name], removed[name] = values.copy(), gone
        damaged[name][gone] = None if values.dtype == object else np.nan
    return damaged, removed


def measure(truth: Columns, filled: Columns, removed: dict[str, np.ndarray]) -> Found:
    found = {}
    for name, gone in removed.items():
        if gone.any():
            exact, given = truth[name][gone], filled[name][gone]
            if truth[name].dtype == object:
                found[name] = float(np.mean([str(one) != str(other) for one, other in zip(given, exact, strict=True)]))
            else:
                off = given.astype(np.float64) - exact
                found[name] = float(np.sqrt((off**2).mean()) / np.nanstd(truth[name]))
    return found


def fill_by_network(damaged: Columns, seed: int, arguments: dict[str, Any]) -> tuple[Columns, str]:
    """Return what `Autoencoder.fill` makes of the columns, and what it warns of."""
    table = make_table(damaged)
    model = autoencode.Autoencoder(random_state=seed, **arguments)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        filled = model.fit(table).fill(table)
    told = [str(one.message) for one in said if "hidden and filled" in str(one.message)]
    cells = {name: np.array(filled[name].to_pylist(), damaged[name].dtype) for name in damaged}
    return cells, " ".join(told)


def fill_by_imputer(damaged: Columns, imputer: Any, *, one_hot: bool) -> Columns:
    features, plans = [], []
    for values in damaged.values():
        if values.dtype == object:
            known, missing = list_categories(values), np.array([cell is None for cell in values])
            coded = np.stack([values == cell for cell in known], axis=1).astype(np.float64)
            coded = coded if one_hot else coded.argmax(axis=1)[:, None].astype(np.float64)
            coded[missing] = np.nan
            plans.append((known, coded.shape[1], 0.0, 1.0))
        else:
            mean, deviation = np.nanmean(values), np.nanstd(values) or 1.0
            coded = ((values - mean) / deviation)[:, None]
            plans.append((None, 1, mean, deviation))
        features.append(coded)
    whole, filled, start = imputer.fit_transform(np.hstack(features)), {}, 0
    for (name, values), (known, width, mean, deviation) in zip(damaged.items(), plans, strict=True):
        part, start = whole[:, start : start + width], start + width
        if known is None:
            filled[name] = np.where(np.isnan(values), part[:, 0] * deviation + mean, values)
        else:
            places = part.argmax(axis=1) if one_hot else np.clip(np.rint(part[:, 0]), 0, len(known) - 1).astype(int)
            filled[name] = np.array([known[place] for place in places], dtype=object)
    return filled


IMPUTERS: dict[str, Callable[[Columns], Columns]] = {
    "KNN": lambda damaged: fill_by_imputer(damaged, KNNImputer(), one_hot=True),
    "iterative": lambda damaged: fill_by_imputer(damaged, IterativeImputer(random_state=0), one_hot=False),
    "simplest": lambda damaged: fill_by_imputer(damaged, SimpleImputer(), one_hot=True),
}


def measure_set(name: str, share: float | None) -> tuple[dict[str, list[Found]], np.ndarray]:
    """Return by method the errors of each seed; and of how many columns, by network, is told what is true of them.

    The counts are, for both networks: worse than the simplest and told, told, worse, and all.
    """
    columns, found, counts = read_normal(name), {}, np.zeros((2, 4), int)
    for seed in SEEDS:
        damaged, removed = remove_cells(columns, seed, share)
        rows = len(next(iter(columns.values())))
        networks = [fill_by_network(damaged, seed, arguments) for arguments in (choose_training(rows), {})]
        every = {title: filled for title, (filled, _) in zip(NETWORKS, networks, strict=True)}
        every |= {title: impute(damaged) for title, impute in IMPUTERS.items()}
        errors = {title: measure(columns, cells, removed) for title, cells in every.items()}
        for title, of_columns in errors.items():
            found.setdefault(title, []).append(of_columns)
        for place, (title, (_, told)) in enumerate(zip(NETWORKS, networks, strict=True)):
            for column, error in errors[title].items():
                is_told, is_worse = repr(column) in told, error > errors["simplest"][column]
                counts[place] += [is_told and is_worse, is_told, is_worse, 1]
    return found, counts


def render(measured: dict[str, dict[str, list[Found]]], counts: np.ndarray, columns: dict[str, Columns]) -> str:
    parts, means = [], []
    for title, found in measured.items():
        names = list(found)
        rows = []
        for column in found[names[0]][0]:
            errors = [float(np.mean([one[column] for one in found[name]])) for name in names]
            rows.append([column, *mark(errors)])
        parts.append(f"## {title}\n\n{render_table(names, rows)}")
        for kind in ("numbers", "categories"):
            chosen = [c for c in found[names[0]][0] if (columns[title][c].dtype == object) == (kind == "categories")]
            errors = [float(np.mean([one[c] for one in found[name] for c in chosen])) for name in names]
            means.append([f"{title}, {kind}", *mark(errors)])
    said = "`fill` hides some known cells to see where the simplest were the better guess, and warns. " + " ".join(
        f"Of {every} columns (of a set and a seed), {title} fills {worse} worse than the simplest; the warning names "
        f"{both} of these, and {told - both} others."
        for title, (both, told, worse, every) in zip(NETWORKS, counts.tolist(), strict=True)
    )
    return "\n\n".join([f"## Means\n\n{render_table(list(next(iter(measured.values()))), means)}\n\n{said}", *parts])


def mark(errors: list[float]) -> list[str]:
    best = min(errors)
    return [f"**{error:.3f}**" if error == best else f"{error:.3f}" for error in errors]


def render_table(names: list[str], rows: list[list[str]]) -> str:
    lines = [["", *names], ["---", *("---:" for _ in names)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    plans = {f"{name}, {share:.0%}": (name, share) for name in TABLES for share in SHARES} | {BY_WEIGHT: ("mpg", None)}
    measured, counts, columns = {}, np.zeros((2, 4), int), {}
    for title, (name, share) in plans.items():
        measured[title], more = measure_set(name, share)
        columns[title] = read_normal(name)
        counts += more
        print(f"  {title} done", file=sys.stderr, flush=True)
    training = choose_training(2_000)
    epochs = training.pop("epochs")
    about = ABOUT.format(
        seeds=" and ".join(map(str, SEEDS)),
        training=", ".join(f"`{name}={value!r}`" for name, value in training.items()),
        epochs=epochs,
        machine=f"{cpu_model()}, {usable_cores()} cores; autoencode {autoencode.__version__}.",
    )
    PAGE.write_text(f"{about}\n{render(measured, counts, columns)}\n")


if __name__ == "__main__":
    main()
