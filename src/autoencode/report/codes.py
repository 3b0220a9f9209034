"""The codes: a map of them, and the decoder to try codes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from autoencode.report.blocks import Paragraph, Part, Plot
from autoencode.report.page import Section
from autoencode.report.payload import Payload
from autoencode.report.plots import offer_plot
from autoencode.report.study import Study, StudySamples
from autoencode.report.wording import describe_map, name_measure

if TYPE_CHECKING:
    from autoencode.charts.chart import Chart

AXES = {
    "code and error": ("unit 0 of the code", "error"),
    "code": ("unit 0 of the code", "unit 1 of the code"),
    "PCA": ("PCA 1", "PCA 2"),
    "t-SNE": ("t-SNE 1", "t-SNE 2"),
}


def show_map(samples: StudySamples, name: str, number: int, payload: Payload | None) -> Section:
    """Return the section of the map of the codes, with the explorer where there is a payload."""
    kind = next(iter(samples.code_maps))
    text = Paragraph("Each dot is a sample, placed by its code.")
    note = Paragraph(describe_map(kind, len(samples)))
    plot = _draw_map(samples, kind, payload)
    if payload is None or not isinstance(plot, Plot):
        return Section("Map of the codes", [text, note, plot])
    return Section("Map of the codes", [text, Part("map", number, name, plot, [note])])


def _draw_map(samples: StudySamples, kind: str, payload: Payload | None) -> Plot | Paragraph:
    from autoencode.charts import compute_code_map

    measure = next(iter(samples.errors))

    def chart(places: Int[np.ndarray, " some"]) -> Chart:
        picture = compute_code_map(
            samples.code_maps[kind][places],
            labels=samples.labels and [samples.labels[place] for place in places.tolist()],
            errors=samples.errors[measure][places],
            axis_names=AXES.get(kind, ("across", "up")),
            error_name=name_measure(measure),
        )
        return picture.chart(subtitle=picture.note)

    return offer_plot(
        lambda: chart(np.arange(len(samples))),
        # On the screen those that the explorer has, on paper all.
        on_page=None if payload is None else lambda: chart(payload.places),
        description=f"Map of the codes: {kind}",
    )


def show_decoder(study: Study, number: int, payload: Payload) -> Section:
    """Return the section of the live decoder."""
    size = study.card.code_size
    if payload.content["decoder"] is None:
        fault = "it is too large" if study.decoder else "it is no dense network of activations that a page knows"
        text = f"The decoder cannot run in a page: {fault}."
        return Section("Live decoder", [Paragraph(text)])
    order = "" if size == 1 else "; the units that vary most come first"
    numbers = "the one number" if size == 1 else f"each of the {size:,} numbers"
    text = f"The decoder runs in this page. Move {numbers} of a code, and see what it decodes to{order}."
    return Section("Live decoder", [Paragraph(text), Part("decoder", number, study.name)])
