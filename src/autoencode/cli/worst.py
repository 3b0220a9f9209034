"""`autoencode worst`: the samples that are rebuilt worst, and what about them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.anomalies import read_cell
from autoencode.cli.ids import read_ids
from autoencode.cli.options import MEASURE, UNITS, read_word, takes
from autoencode.cli.output import announce, print_json
from autoencode.cli.samples import Input, Model, load_model, map_blocks, read_input
from autoencode.cli.targets import FIGURE_ENDINGS, check_file, print_rows, write_or_keep

if TYPE_CHECKING:
    from autoencode.data import Samples
    from autoencode.evaluation import Ranking
    from autoencode.model.fitted import Fitted

MOST_COLUMNS = 3
"""How many columns are named of each sample."""


@takes(MEASURE, UNITS)
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
    if figure is not None:
        check_file("--figure", figure, FIGURE_ENDINGS, data)
    fitted = load_model(model, data)
    from autoencode.evaluation import worst as rank

    samples = read_input(fitted, data)
    if figure is not None:
        _check_images(samples)
    errors = map_blocks(lambda part: fitted.errors(fitted.read(part), **told), samples, "measuring")
    ids = read_ids(fitted, samples)
    ranking = rank(errors, min(count, len(errors)))
    found = [
        {
            "row": int(index),
            "ids": {name: read_cell(cells[int(index)].as_py()) for name, cells in ids.items()},
            "name": None if samples.row_names is None else samples.row_names[index],
            "label": None if samples.labels is None else _plain(samples.labels[index]),
            "error": float(error),
            "columns": _find_columns(fitted, samples.values, int(index), told),
        }
        for index, error in ranking
    ]
    if as_json:
        print_json(found)
    else:
        _print(found)
    if figure is not None:
        _draw(fitted, samples, ranking, figure)
        announce(f"drew {figure}")


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _find_columns(fitted: Fitted, values: Any, index: int, told: dict[str, str]) -> list[dict[str, Any]]:
    """Return the columns of a table's row that contribute most to its error, with cell and reconstruction.

    A cell that comes back as it was is left out.
    """
    if not hasattr(values, "column_names"):
        return []
    import numpy as np

    row = values.slice(index, 1)
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


def _draw(fitted: Fitted, samples: Samples, ranking: Ranking, figure: Path) -> None:
    """Draw the samples above their reconstructions, with what differs."""
    from autoencode.charts import compute_reconstruction_strip, draw_reconstruction_strip, save_figure

    images = samples.values[ranking.indices]
    low, high = fitted.train_range
    captions = [
        (samples.row_names[index].rsplit("/", 1)[-1] if samples.row_names else f"row {index}", f"{error:.3g}")
        for index, error in ranking
    ]
    strip = compute_reconstruction_strip(
        images,
        fitted.reconstruct(images),
        sample_shape=images.shape[1:],
        captions=captions,
        differences=True,
        value_range=(low, high) if low < high else (0.0, 1.0),
    )
    drawn = draw_reconstruction_strip(strip, title=f"Rebuilt worst of {samples.name}")
    write_or_keep(lambda path: save_figure(drawn, path), str(figure))
