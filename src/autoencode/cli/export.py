"""`autoencode export`: a model or a detector as ONNX files, which run without Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from autoencode.cli.completion import complete_data
from autoencode.cli.options import COMMON_UNITS, read_word, takes
from autoencode.cli.output import announce, print_json, print_table
from autoencode.cli.samples import Model, load_learnt, read_input
from autoencode.cli.targets import check_folder
from autoencode.exceptions import InvalidInputError


@takes(COMMON_UNITS)
def export(
    model: Model,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder for the files.")],
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
    """Write a model or a detector as ONNX files.

    Of a model they are encoder, decoder, reconstruct and errors; of a detector it is detector alone. Each is checked.

    Example: autoencode export digits digits-onnx
    """
    units = read_word(COMMON_UNITS, given["units"])
    check_folder("FOLDER", folder)
    learnt = load_learnt(model, check)
    from autoencode.export import export_detector, export_onnx
    from autoencode.model.fitted import Fitted

    fitted = learnt if isinstance(learnt, Fitted) else learnt.fitted
    samples = None if check is None else read_input(fitted, check).values
    if isinstance(learnt, Fitted):
        written = export_onnx(learnt, folder, samples=samples, units=units)
        paths = {name: getattr(written, name) for name in ("encoder", "decoder", "reconstruct", "errors")}
        differences = written.differences
    elif units != "auto":
        raise InvalidInputError(f"--units: {model} is a detector, whose scores have no units; leave it out.")
    else:
        written = export_detector(learnt, folder, samples=samples)
        paths, differences = {"detector": written.detector}, {"detector": written.differences["score"]}
    if as_json:
        files = {name: {"path": str(path), "difference": differences[name]} for name, path in paths.items()}
        print_json({"files": files, "samples": written.samples})
        return
    rows = [(str(path), f"{path.stat().st_size:,}", f"{differences[name]:.1e}") for name, path in paths.items()]
    print_table(("file", "bytes", "largest difference"), rows, right=(1, 2))
    announce(f"compared with the {'model' if fitted is learnt else 'detector'} on {written.samples:,} samples")
