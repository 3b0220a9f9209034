"""One picture of a whole reproduction: what was rebuilt, which restarts were lucky, and how far off the models are."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from autoencode.charts import ErrorHistogram, ReconstructionStrip, RestartLosses
from autoencode.charts.chart import Chart, Heading
from autoencode.charts.paint_matplotlib import paint_matplotlib

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass(frozen=True)
class Panel:
    """The words over one part of the overview.

    Attributes
    ----------
    title, subtitle
        The heading, and the grey line under it.
    """

    title: str
    subtitle: str = ""


@dataclass(frozen=True, eq=False)
class Overview:
    """What the overview shows: three figures, each with its heading.

    Attributes
    ----------
    strip, strip_panel
        Samples and their reconstructions, at the top.
    restarts, restarts_panel
        The loss of every restart, at the lower left.
    errors, errors_panel
        The errors of the models, at the lower right.
    """

    strip: ReconstructionStrip
    restarts: RestartLosses
    errors: ErrorHistogram
    strip_panel: Panel = Panel("Samples and their reconstructions")
    restarts_panel: Panel = Panel("Each restart is a lottery ticket", "one mark a restart")
    errors_panel: Panel = Panel("Errors, sample by sample", "lines: means; dashed: baselines")


def draw_overview(overview: Overview) -> matplotlib.figure.Figure:
    """Draw the overview, the size of a picture in a README.

    Parameters
    ----------
    overview
        What to draw; its strip looks best with about ten samples.

    Returns
    -------
    A figure 10.67 inches wide and about six high: 1600 by 900 dots when saved.
    """
    (strip,) = overview.strip.chart().panels
    left, (_, _, wide, tall) = 1.3, strip.place
    images = min(9.17 if overview.strip.differences is None else 8.4, len(overview.strip.originals) * 1.2)
    tall *= images / wide
    below = 3.4  # the height of the lower two panels with their headings, in inches
    above = Heading(*astuple(overview.strip_panel))
    restarts = Heading(*astuple(overview.restarts_panel), lift=overview.restarts.lift, room=375.0)
    errors = Heading(*astuple(overview.errors_panel))
    panels = [
        replace(strip, place=(left, below, images, tall), heading=above),
        overview.restarts.panel(restarts, (left, 0.62, 3.2, below - 0.57 - restarts.height)),
        overview.errors.panel(errors, (6.75, 0.62, 3.72, below - 0.57 - errors.height)),
    ]
    return paint_matplotlib(Chart((10.667, above.height + tall + below), panels))
