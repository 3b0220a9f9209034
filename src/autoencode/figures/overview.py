"""One picture of a whole reproduction: what was rebuilt, which restarts were lucky, and how far off the models are."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from autoencode.figures.error_histogram import ErrorHistogram, draw_error_histogram_on
from autoencode.figures.labels import draw_heading, heading_height
from autoencode.figures.palette import new_figure, place_axes, style
from autoencode.figures.reconstruction_strip import ReconstructionStrip, draw_reconstruction_strip_on
from autoencode.figures.restart_losses import RestartLosses, draw_restart_losses_on, legend_height

if TYPE_CHECKING:
    import matplotlib.figure

__all__ = ["Overview", "Panel", "draw_overview"]


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
    strip = overview.strip
    left, images = 1.3, min(9.17 if strip.differences is None else 8.4, len(strip.originals) * 1.2)
    tall = images / strip.strip.across * strip.strip.up
    lines = len(strip.captions[0]) * 0.18
    lift = legend_height(overview.restarts)
    below = 3.4  # the height of the lower two panels with their headings, in inches
    with style():
        figure = new_figure(10.667, heading_height(*astuple(overview.strip_panel)) + tall + lines + below)
        images_axes = place_axes(figure, left, below + lines, images, tall)
        draw_reconstruction_strip_on(images_axes, strip)
        draw_heading(images_axes, *astuple(overview.strip_panel))
        words = astuple(overview.restarts_panel)
        restarts = place_axes(figure, left, 0.62, 3.2, below - 0.57 - heading_height(*words, lift=lift))
        draw_restart_losses_on(restarts, overview.restarts)
        draw_heading(restarts, *words, lift=lift, room=375.0)
        words = astuple(overview.errors_panel)
        errors = place_axes(figure, 6.75, 0.62, 3.72, below - 0.57 - heading_height(*words))
        draw_error_histogram_on(errors, overview.errors)
        draw_heading(errors, *words)
    return figure
