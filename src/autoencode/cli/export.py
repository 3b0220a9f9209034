"""`autoencode export`: a model as ONNX files, which run without Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.cli.completion import complete_data
from autoencode.cli.options import COMMON_UNITS, read_word, takes
from autoencode.cli.output import announce, print_json, print_table
from autoencode.cli.samples import Model, load_model, read_input
from autoencode.cli.targets import check_folder


@takes(COMMON_UNITS)
def export(
    model: Model,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder for the four files.")],
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            metavar="INPUT",
            help="Samples on which the files are compared with the model; by default made-up ones.",
            autocompletion=complete_data,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Write a model as ONNX files.

    They are encoder, decoder, reconstruct and errors, each checked against the model.

    Example: autoencode export digits digits-onnx
    """
    units = read_word(COMMON_UNITS, given["units"])
    check_folder("FOLDER", folder)
    fitted = load_model(model, check)
    from autoencode.export import export_onnx

    samples = None if check is None else read_input(fitted, check).values
    written = export_onnx(fitted, folder, samples=samples, units=units)
    paths = {name: getattr(written, name) for name in ("encoder", "decoder", "reconstruct", "errors")}
    if as_json:
        files = {name: {"path": str(path), "difference": written.differences[name]} for name, path in paths.items()}
        print_json({"files": files, "samples": written.samples})
        return
    rows = [(str(path), f"{path.stat().st_size:,}", f"{written.differences[name]:.1e}") for name, path in paths.items()]
    print_table(("file", "bytes", "largest difference"), rows, right=(1, 2))
    announce(f"compared with the model on {written.samples:,} samples")
