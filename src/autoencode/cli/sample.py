"""`autoencode sample`: made-up samples of a model, into a file or folder, or as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.output import announce
from autoencode.cli.samples import Model, load_model, name_numbers
from autoencode.cli.targets import FIGURE_ENDINGS, check_file, check_target, write_or_keep
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

    from autoencode.model.fitted import Fitted


def sample(
    model: Model,
    count: Annotated[int, typer.Option("--count", "-n", metavar="N", min=1, help="How many.")] = 16,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", min=0, max=2**32 - 1, help="The same seed gives the same samples.")
    ] = 0,
    output: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="OUTPUT", help="What to write: .csv, .parquet, .npy, or a folder ending in /."
        ),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help="A picture of them, .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Write made-up samples.

    Codes are drawn at random and decoded.

    \b
    Examples:
      autoencode sample digits --out made-up/
      autoencode sample people --count 100 --out made-up.csv --figure made-up.png
    """
    from autoencode.cli.run_names import find_model

    if output is None and figure is None:
        raise InvalidInputError("sample: say where to write by --out, or name a picture by --figure.")
    read = str(find_model(model))
    if output is not None:
        check_target(output, read, "--out")
    if figure is not None:
        check_file("--figure", figure, FIGURE_ENDINGS, read)
    fitted = load_model(model)
    from autoencode.data.writing import write_samples
    from autoencode.model import generation

    made = generation.sample(fitted, count, seed)
    if output is not None:
        names = name_numbers(fitted, made)
        write_or_keep(lambda path: write_samples(made, path, columns=names), output)
        announce(f"wrote {len(made):,} made-up samples to {output}")
    if figure is not None:
        from autoencode.charts import save_figure

        drawn = _draw(fitted, made)
        write_or_keep(lambda path: save_figure(drawn, path), str(figure))
        announce(f"drew {figure}")


def _draw(fitted: Fitted, made: Any) -> matplotlib.figure.Figure:
    """Draw images as a grid, and rows of a table or of numbers as tiles."""
    from autoencode import charts
    from autoencode.charts.sample_grid import MOST_IMAGES

    if hasattr(made, "column_names"):
        columns = {name: made[name].to_pylist() for name in made.column_names}
        return charts.draw_value_tiles(charts.compute_value_tiles(columns))
    shape = made.shape[1:]
    if len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3)):
        low, high = fitted.train_range
        span = (low, high) if low < high else (0.0, 1.0)
        grid = charts.compute_sample_grid(made[:MOST_IMAGES], sample_shape=shape, value_range=span)
        return charts.draw_sample_grid(grid, subtitle=f"the first {MOST_IMAGES}" if len(made) > MOST_IMAGES else "")
    flat = made.reshape(len(made), -1)
    columns = dict(zip(fitted.format.list_columns(), flat.T.tolist(), strict=True))
    return charts.draw_value_tiles(charts.compute_value_tiles(columns))
