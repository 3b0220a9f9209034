"""The parts of the reproduction's page that a reader explores: worst samples, map of the codes, live decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autoencode.estimators import study
from autoencode.report.codes import show_decoder, show_map
from autoencode.report.features import show_features
from autoencode.report.page import Section
from autoencode.report.payload import build_payload
from autoencode.report.reconstructions import show_worst
from autoencode.reproduce.experiments import Experiments
from autoencode.reproduce.findings import Findings

IMAGE_BYTES, TABLE_BYTES = 2_700_000, 500_000
"""What the page holds of the images, and of the table for each model: with all else on it, it stays below 6 MB."""


@dataclass(frozen=True)
class Explorers:
    """What a reader explores.

    Attributes
    ----------
    images
        Sections about the model of the images.
    tables
        Sections about those of the table.
    payloads
        What the page's script needs of each, in the order in which the sections count them.
    """

    images: Sequence[Section]
    tables: Sequence[Section]
    payloads: Sequence[str]


def compose_explorers(experiments: Experiments, findings: Findings) -> Explorers:
    """Return the explorers of the three models, each on its held-out samples.

    Parameters
    ----------
    experiments, findings
        The trainings, and what was measured of them; of vanilla and deep the median restarts are shown.
    """
    images = experiments.images
    pictures = images.test.reshape(-1, *images.sample_shape)
    labels = None if images.test_labels is None else np.asarray(images.test_labels)
    payloads: list[str] = []
    sections = _explore(experiments.image_model, pictures, images.name, payloads, labels=labels, budget=IMAGE_BYTES)
    tables: list[Section] = []
    for name, model in findings.typical.items():
        found = _explore(model, experiments.table.test, name, payloads, budget=TABLE_BYTES)
        tables += [replace(section, title=f"{section.title}: {name}") for section in found]
    tables[0] = replace(tables[0], chapter="Part II, explored")
    return Explorers(sections, tables, payloads)


def _explore(model, samples: np.ndarray, name: str, payloads: list[str], *, budget: int, labels=None) -> list[Section]:
    """Return the sections about one model, whose payload is added to the others."""
    found = study(model, samples, name=name, labels=labels)
    payload = build_payload(found, budget=budget)
    assert found.samples is not None
    if payload is not None:
        payloads.append(payload.text)
    number = len(payloads)
    sections = [show_worst(found.samples, name, number, payload), show_map(found.samples, name, number, payload)]
    if payload is not None:
        sections.append(show_decoder(found, number, payload))
    sections.append(show_features(found.samples))
    return [replace(section, folded=True) for section in sections]
