"""`autoencode worst`: the samples that are rebuilt worst, and what about them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from autoencode.cli.anomalies import read_cell
from autoencode.cli.blocks import InputBlocks, open_input
from autoencode.cli.budget import MEMORY, read_budget
from autoencode.cli.ids import read_ids
from autoencode.cli.options import MEASURE, UNITS, read_word, takes
from autoencode.cli.output import announce, print_json
from autoencode.cli.samples import Input, Model, load_model
from autoencode.cli.targets import FIGURE_ENDINGS, check_file, print_rows, write_or_keep

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.model.fitted import Fitted

MOST_COLUMNS = 3
"""How many columns are named of each sample."""


@takes(MEASURE, UNITS, MEMORY)
def worst(
    model: Model,
    data: Input,
    count: Annotated[int, typer.Option("--n", "-n", metavar="N", min=1, help="How many.")] = 10,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="FILE", help="Of images: a picture of them, .png, .svg or .pdf."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Print the samples that are rebuilt worst.

    Of a table, with the columns that contribute most to the error.

    \b
    Examples:
      autoencode worst people people.csv --n 5
      autoencode worst digits digits:test --figure worst.png
    """
    told = {option.name: read_word(option, given[option.name]) for option in (MEASURE, UNITS)}
    budget = read_budget(given)
    if figure is not None:
        check_file("--figure", figure, FIGURE_ENDINGS, data)
    fitted = load_model(model, data)
    ranked, source = _rank(fitted, open_input(fitted, data, budget), count, told, are_images=figure is not None)
    found = [one.describe() | {"columns": _find_columns(fitted, one.values, told)} for one in ranked]
    if as_json:
        print_json(found)
    else:
        _print(found)
    if figure is not None:
        _draw(fitted, ranked, source, figure)
        announce(f"drew {figure}")


class _Ranked(NamedTuple):
    """A sample that is among the worst so far: its error and place, itself, and what is known of it."""

    error: float
    row: int
    values: Any
    ids: dict[str, Any]
    name: str | None
    label: Any

    def describe(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        label = self.label.item() if hasattr(self.label, "item") else self.label
        return {"row": self.row, "ids": self.ids, "name": self.name, "label": label, "error": self.error}


def _rank(
    fitted: Fitted, blocks: InputBlocks, count: int, told: dict[str, Any], *, are_images: bool
) -> tuple[list[_Ranked], str]:
    """Return so many samples that are rebuilt worst, of equal errors the first, and what all are called."""
    from autoencode.cli.progress import show_rows
    from autoencode.evaluation import worst as rank
    from autoencode.model.samples import naming_lines

    best: list[_Ranked] = []
    source, first = "", 0
    with show_rows("measuring", blocks.count) as update:
        for samples in blocks.read():
            if are_images:
                _check_images(samples)
            with naming_lines(samples, first):
                errors = fitted.errors(fitted.read(samples.values), **told)
            # Of no more than come among the worst, the sample itself is kept.
            bound = best[-1].error if len(best) == count else None
            places = [(place, error) for place, error in rank(errors, count) if bound is None or error > bound]
            best = sorted([*best, *_pick(fitted, samples, places, first)], key=lambda one: (-one.error, one.row))[
                :count
            ]
            source, first = samples.name, first + len(samples)
            update(first)
    return best, source


def _pick(fitted: Fitted, samples: Samples, places: list[tuple[int, float]], first: int) -> Iterator[_Ranked]:
    """Yield some samples of a block, the first of which has the place that is given, by place and error."""
    ids, values, names, labels = read_ids(fitted, samples), samples.values, samples.row_names, samples.labels
    for place, error in places:
        yield _Ranked(
            error,
            first + place,
            values.take([place]) if hasattr(values, "column_names") else values[[place]],
            {name: read_cell(cells[place].as_py()) for name, cells in ids.items()},
            None if names is None else names[place],
            None if labels is None else labels[place],
        )


def _find_columns(fitted: Fitted, row: Any, told: dict[str, str]) -> list[dict[str, Any]]:
    """Return the columns of a table's row that contribute most to its error, with cell and reconstruction.

    A cell that comes back as it was is left out.
    """
    if not hasattr(row, "column_names"):
        return []
    import numpy as np

    # The columns of a mixed table share no other measure than the loss.
    measure = "auto" if fitted.format.is_mixed else told["measure"]
    errors = np.abs(fitted.errors(fitted.read(row), measure=measure, per="column", units=told["units"]))
    rebuilt = fitted.reconstruct(row)
    names = fitted.format.list_columns()
    total = errors.sum() or 1.0
    is_table = hasattr(rebuilt, "column_names")
    found = (
        {
            "column": names[place],
            "share": float(errors[place] / total),
            "cell": _read_cell(row[names[place]][0]),
            "rebuilt": _read_cell(rebuilt[names[place]][0]) if is_table else float(rebuilt[0, place]),
        }
        for place in np.argsort(-errors, kind="stable").tolist()
        if errors[place] > 0
    )
    return list(islice((part for part in found if part["cell"] != part["rebuilt"]), MOST_COLUMNS))


def _read_cell(cell: Any) -> Any:
    """Return a table's cell as JSON has it: dates, times and decimals as text."""
    return read_cell(cell.as_py())


def _say_cell(cell: Any) -> str:
    return "missing" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _print(found: list[dict[str, Any]]) -> None:
    """Print one line a sample."""
    header = ["row", *(key for key in ("name", "label") if found[0][key] is not None), "error"]
    named = list(found[0]["ids"])
    rows = [[sample["row"], *sample["ids"].values(), *(sample[key] for key in header[1:])] for sample in found]
    header[1:1] = named
    right = [0, len(header) - 1]
    if any(sample["columns"] for sample in found):
        header.append("most of it: cell → rebuilt")
        for row, sample in zip(rows, found, strict=True):
            parts = [
                f"{part['column']} {part['share']:.0%}: {_say_cell(part['cell'])} → {_say_cell(part['rebuilt'])}"
                for part in sample["columns"]
            ]
            row.append("; ".join(parts))
    print_rows(header, rows, right=right)


def _check_images(samples: Samples) -> None:
    """Check, before anything is computed, that a picture can be drawn."""
    from autoencode.exceptions import InvalidInputError

    shape = samples.values.shape[1:]
    if hasattr(samples.values, "column_names") or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3))):
        raise InvalidInputError(f"--figure: shows images, but {samples.name} holds none.")


def _draw(fitted: Fitted, ranked: list[_Ranked], source: str, figure: Path) -> None:
    """Draw the samples above their reconstructions, with what differs."""
    import numpy as np

    from autoencode.charts import compute_reconstruction_strip, draw_reconstruction_strip, save_figure

    images = np.concatenate([one.values for one in ranked])
    low, high = fitted.train_range
    captions = [
        (f"row {one.row}" if one.name is None else one.name.rsplit("/", 1)[-1], f"{one.error:.3g}") for one in ranked
    ]
    strip = compute_reconstruction_strip(
        images,
        fitted.reconstruct(images),
        sample_shape=images.shape[1:],
        captions=captions,
        differences=True,
        value_range=(low, high) if low < high else (0.0, 1.0),
    )
    drawn = draw_reconstruction_strip(strip, title=f"Rebuilt worst of {source}")
    write_or_keep(lambda path: save_figure(drawn, path), str(figure))
