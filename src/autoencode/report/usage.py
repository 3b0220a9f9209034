"""How to use the model: code to copy, its configuration, versions and the fingerprint of the samples."""

from __future__ import annotations

import shlex

from autoencode.report.blocks import Block, Listing, Paragraph, Table
from autoencode.report.page import Section
from autoencode.report.study import Study
from autoencode.report.wording import shorten


def show_usage(study: Study) -> Section:
    """Return the section of how to use a model."""
    card = study.card
    blocks: list[Block] = []
    if card.path is None:
        blocks.append(Paragraph("The model is in memory only: save it first, and the commands below find it."))
    blocks += [Listing(_write_python(study), "Python"), Listing(_write_shell(study), "Shell")]
    blocks.append(Listing(card.summary))
    settings = [(name, shorten(value)) for name, value in card.settings.items()]
    blocks.append(Table(("setting", "value"), settings, "Configuration", folded=True))
    versions = [(name, shorten(value)) for name, value in card.versions.items()]
    blocks.append(Table(("program", "version"), versions, "Versions", folded=True))
    if study.samples is not None:
        blocks.append(Paragraph(f"SHA-256 of the samples: {study.samples.fingerprint}"))
    return Section("How to use it", blocks)


def _names(study: Study) -> tuple[str, str]:
    """Return the model's path, and what the command line calls the samples."""
    source = study.samples.name if study.samples is not None else None
    return study.card.path or "model.safetensors", source or "DATA"


def _write_python(study: Study) -> str:
    path, source = _names(study)
    lines = ["import autoencode as ae", ""]
    if study.card.path is None:
        lines += [f"model.save({path!r})  # once, where it was trained", ""]
    return "\n".join(
        [
            *lines,
            f"model = ae.load({path!r})",
            f"X = {source!r}  # or an array, a data frame, a file, a folder",
            "codes = model.transform(X)  # samples × code",
            "rebuilt = model.inverse_transform(codes)  # or at once: model.reconstruct(X)",
            "errors = model.errors(X)  # one number a sample",
            'model.export_onnx("model-onnx")  # runs without Python; needs pip install "autoencode[onnx]"',
        ]
    )


def _write_shell(study: Study) -> str:
    path, source = (shlex.quote(name) for name in _names(study))
    return "\n".join(
        [
            f"autoencode worst {path} {source} --n 20",
            f"autoencode errors {path} {source} errors.csv",
            f"autoencode encode {path} {source} codes.csv",
            f"autoencode export {path} model-onnx",
        ]
    )
