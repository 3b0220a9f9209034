"""The restarts of one or more models: the loss of each against how many directions of its code are live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Float, Int

from autoencode.charts import marks
from autoencode.charts.chart import Axis, Chart, Entry, Heading, Panel, Place, fit_place
from autoencode.charts.checks import check_count, check_vector
from autoencode.charts.labels import MarginLabel
from autoencode.charts.page_plot import cut_text
from autoencode.charts.paint_matplotlib import paint_matplotlib
from autoencode.charts.palette import (
    BODY_SIZE,
    MARKERS,
    MODEL_COLOURS,
    MODEL_TEXT_COLOURS,
    SMALL_SIZE,
    visible_span,
)
from autoencode.charts.reference_line import ReferenceLine, check_references
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import matplotlib.figure

_SUBTITLE = "one mark a restart; a direction of the code is live where it reaches the reconstruction"
_LANES = 0.84  # how much of the room of one category its dots take
_LETTER = 0.64  # of bold numbers, in sizes of the font
_MOST_COUNTS = 18  # groups with a number over them on a page; of more, the numbers would lie over one another


@dataclass(frozen=True, eq=False)
class RestartLosses:
    """What the figure of the restarts shows.

    Attributes
    ----------
    models
        The models' names.
    losses
        Of each model, the loss of every restart.
    live_directions
        Of each model, how many directions of the code reach the reconstruction, for every restart.
    places
        Of each model, where every restart lies across: its number of live directions, moved a little aside.
    references
        Levels to compare with.
    loss_name
        The vertical axis's name.
    """

    models: tuple[str, ...]
    losses: tuple[Float[np.ndarray, " restarts"], ...]
    live_directions: tuple[Int[np.ndarray, " restarts"], ...]
    places: tuple[Float[np.ndarray, " restarts"], ...]
    references: tuple[ReferenceLine, ...]
    loss_name: str

    def cells(self) -> list[Cell]:
        """Return the groups of restarts of one model with as many live directions, in the order of the models."""
        found = []
        for model, losses in enumerate(self.losses):
            live, places = self.live_directions[model], self.places[model]
            for directions in np.unique(live):
                inside = live == directions
                middle = (places[inside].min() + places[inside].max()) / 2
                ends = float(losses[inside].min()), float(losses[inside].max())
                found.append(Cell(model, int(directions), int(inside.sum()), float(middle), *ends))
        return found

    @property
    def lift(self) -> float:
        """The room that the legend takes above the panel, in points."""
        return 5.0 + -(-len(self.models) // 3) * BODY_SIZE * 1.5

    def chart(self, title: str = "", subtitle: str = "") -> Chart:
        """Return the chart: one mark a restart, with the number of restarts over every group."""
        heading = Heading(title, subtitle, lift=self.lift)
        place = fit_place(heading, right=2.2 if self.references else 0.3)
        return Chart((10.0, 5.0), [self.panel(heading, place)])

    def panel(self, heading: Heading, place: Place) -> Panel:
        """Return it as a panel of a larger chart."""
        values = np.concatenate([*self.losses, [line.value for line in self.references]])
        low, high = float(values.min()), float(values.max())
        span, most = visible_span(low, high), max(int(live.max()) for live in self.live_directions)
        way, tall = self._choose_way(72 * place[2] / (most + 1)), 72 * place[3]
        # Room in points for what is written over the highest marks and under the lowest.
        above, below = 28.0, 28.0 if way == "beside" else 16.0
        point = span / max(tall - above - below, tall / 3)
        return Panel(
            place=place,
            heading=heading,
            across=Axis(
                name="live directions of the code",
                limits=(-0.5, most + 0.5),
                ticks=range(most + 1),
                is_whole=True,
                has_grid=False,
            ),
            up=Axis(
                name=self.loss_name,
                limits=(low - below * point, high + above * point),
                page_limits=(low - 0.08 * span, high + 0.14 * span),
                ticks=9 if tall > 180 else 5,
            ),
            marks=[*self._levels(0.14 * span), *self._dots(), *self._counts(way)],
            legend=self._legend(way),
            paper_legend="above",
            margin=[MarginLabel(line.value, line.label) for line in self.references],
            name="restart_losses",
        )

    def _legend(self, way: str) -> list[Entry]:
        counts = [len(losses) for losses in self.losses]
        rests = [(f", {count} restarts", f" (of {count})" if way == "short" else "") for count in counts]
        named = zip(self.models, rests, strict=True)
        return [Entry(f"model {model}", name, *rest) for model, (name, rest) in enumerate(named)]

    def _levels(self, reach: float) -> list[marks.Level]:
        """Return the levels, with the room in losses that a label takes over each."""
        return [
            marks.Level(line.value, line.label, corner=self._free_corner(line.value, reach)) for line in self.references
        ]

    def _free_corner(self, level: float, reach: float) -> Literal["over left", "over right"]:
        """Return the side at which fewer restarts lie on a level or over it, within the reach of a label."""
        losses, places = np.concatenate(self.losses), np.concatenate(self.places)
        near = places[(losses > level - reach / 3) & (losses < level + reach)]
        middle = max(int(live.max()) for live in self.live_directions) / 2
        return "over left" if np.sum(near > middle) > np.sum(near < middle) else "over right"

    def _choose_way(self, room: float) -> Literal["above", "beside", "short"]:
        """Return how the numbers of restarts are written on paper, given the room for a category in points."""
        lane = room * _LANES / len(self.models)
        letters = max(len(f"{cell.count} of {len(self.losses[cell.model])}") for cell in self.cells())
        widest = _LETTER * letters * BODY_SIZE
        if widest < lane:
            return "above"
        return "beside" if len(self.models) == 2 and widest < 2 * lane else "short"

    def _dots(self) -> list[marks.Dots]:
        rows = [("restart", "@restart"), ("loss", f"@loss{marks.NUMBER}"), ("live directions", "@live")]
        hover = marks.Hover([("model", "@model"), *rows] if len(self.models) > 1 else rows)
        found = []
        for model, losses in enumerate(self.losses):
            columns = {
                "place": self.places[model],
                "loss": losses,
                "live": self.live_directions[model],
                "restart": np.arange(len(losses)),
                "model": [cut_text(self.models[model])] * len(losses),
            }
            data, marker = marks.Data(f"restarts {model}", columns), MARKERS[model]
            look = {"marker": marker, "size": 7.5 if marker == "o" else 6.5, "alpha": 0.85, "edge": 0.8}
            named = {"group": f"model {model}", "hover": hover}
            found.append(marks.Dots(data, "place", "loss", MODEL_COLOURS[model], **look, **named))
        return found

    def _counts(self, way: str) -> list[marks.Text]:
        """Return how many restarts each group has: above it, of two models on either side, or without their total."""
        cells, found = self.cells(), []
        for cell in cells:
            look = {"colour": MODEL_TEXT_COLOURS[cell.model], "is_bold": True}
            count, over, place = str(cell.count), (cell.middle, cell.high), {"offset": (0, 8)}
            text = count if way == "short" else f"{count} of {len(self.losses[cell.model])}"
            at, size = over, BODY_SIZE if way == "above" else SMALL_SIZE
            if way == "beside" and cell.model == 1:
                at, place = (cell.middle, cell.low), {"offset": (0, -8), "anchor": "top_center"}
            found.append(marks.Text(text, at, size=size, only="paper", **place, **look))
            if len(cells) <= _MOST_COUNTS:
                found.append(marks.Text(count, over, only="page", offset=(0, 5), **look))
        return found


@dataclass(frozen=True)
class Cell:
    """The restarts of one model that have as many live directions.

    Attributes
    ----------
    model
        Which model, from 0.
    live_directions, count
        How many directions, and how many such restarts.
    middle
        Their middle across.
    low, high
        Their lowest and highest loss.
    """

    model: int
    live_directions: int
    count: int
    middle: float
    low: float
    high: float


def _place_restarts(counts: list[Int[np.ndarray, " restarts"]]) -> list[Float[np.ndarray, " restarts"]]:
    """Return where the restarts lie across: side by side by model, and within a model evenly, in a mixed order."""
    places = [np.empty(len(live)) for live in counts]
    width = 0.8 * _LANES / len(counts)
    for directions in np.unique(np.concatenate(counts)):
        present = [model for model, live in enumerate(counts) if np.any(live == directions)]
        for lane, model in enumerate(present):
            inside = np.flatnonzero(counts[model] == directions)
            count = len(inside)
            # Steps of the golden ratio, ranked, are a shuffle that every run repeats.
            ranks = np.argsort(np.argsort(np.arange(count) * 0.6180339887 % 1))
            aside = ((ranks + 0.5) / count - 0.5) * width * min(1.0, count / 12)
            places[model][inside] = directions + (lane - (len(present) - 1) / 2) * _LANES / len(counts) + aside
    return places


def compute_restart_losses(
    losses: Mapping[str, Float[np.ndarray, " restarts"]],
    live_directions: Mapping[str, Int[np.ndarray, " restarts"]],
    *,
    references: Sequence[ReferenceLine] = (),
    loss_name: str = "loss",
) -> RestartLosses:
    """Return what the figure of the restarts shows.

    Parameters
    ----------
    losses
        For each model's name, the loss of every restart; leave out restarts that diverged.
    live_directions
        For the same names, how many directions of the code reach the reconstruction; whole numbers from 0 to 12.
    references
        Levels to compare with, such as the loss of a constant reconstruction.
    loss_name
        The name of the loss, with its units.

    Returns
    -------
    The numbers of the figure; the same each time.

    Raises
    ------
    InvalidInputError
        If the names or counts differ, there are no models or more than six, or a number cannot be used.

    Examples
    --------
    >>> cloud = compute_restart_losses({"deep": np.array([0.68, 0.69])}, {"deep": np.array([2, 0])})
    >>> cloud.places[0].tolist()
    [2.0, 0.0]
    """
    names = tuple(losses)
    if not 1 <= len(names) <= len(MODEL_COLOURS):
        raise InvalidInputError(f"losses: expected 1 to {len(MODEL_COLOURS)} models, got {len(names)}")
    if set(names) != set(live_directions):
        raise InvalidInputError(
            f"live_directions: expected the models of losses, {sorted(map(str, names))}, "
            f"got {sorted(map(str, live_directions))}"
        )
    heights, counts = [], []
    for name in names:
        loss = check_vector(f"losses[{name!r}]", losses[name])
        live = check_vector(f"live_directions[{name!r}]", live_directions[name])
        check_count(f"live_directions[{name!r}]", live, len(loss), "restarts")
        if np.any((live != np.round(live)) | (live < 0) | (live > 12)):
            raise InvalidInputError(f"live_directions[{name!r}]: expected whole numbers from 0 to 12, got {live}")
        heights.append(loss)
        counts.append(live.astype(np.int64))
    return RestartLosses(
        models=tuple(map(str, names)),
        losses=tuple(heights),
        live_directions=tuple(counts),
        places=tuple(_place_restarts(counts)),
        references=check_references("references", references),
        loss_name=str(loss_name),
    )


def draw_restart_losses(
    cloud: RestartLosses, *, title: str = "The loss of every restart", subtitle: str = _SUBTITLE
) -> matplotlib.figure.Figure:
    """Draw the loss of every restart against its live directions, with the number of restarts in each group.

    Parameters
    ----------
    cloud
        What to draw.
    title, subtitle
        The heading, and the grey line under it.

    Returns
    -------
    A figure of ten by five inches.

    Notes
    -----
    A mark is moved only sideways, never up or down: its height is the loss.

    Examples
    --------
    >>> cloud = compute_restart_losses({"deep": np.array([0.68, 0.69])}, {"deep": np.array([2, 0])})
    >>> draw_restart_losses(cloud).get_size_inches().tolist()
    [10.0, 5.0]
    """
    return paint_matplotlib(cloud.chart(title, subtitle))
