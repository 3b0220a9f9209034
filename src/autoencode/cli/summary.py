"""`autoencode summary`: the layers of a model, how it was trained, and what went wrong."""

from __future__ import annotations

from typing import Annotated

import typer

from autoencode.cli.output import announce, print_json, print_table, shorten_fingerprint
from autoencode.cli.samples import Model, load_learnt
from autoencode.options import PYTHON_ONLY


def summary(
    model: Model, as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False
) -> None:
    """Print what a model or a detector holds.

    Example: autoencode summary digits
    """
    fitted = load_learnt(model)
    from autoencode.cli.detector_summary import summarise_detector
    from autoencode.cli.results import describe_columns, print_columns, say_setting
    from autoencode.model.fitted import Fitted

    if not isinstance(fitted, Fitted):
        summarise_detector(fitted, as_json=as_json)
        return
    table = fitted.summary()
    given = {name: value for name, value in vars(fitted.arguments).items() if value is not None}
    settings = given | dict(fitted.settings) | {"random_state": fitted.seed}
    settings = {name: value for name, value in settings.items() if name not in ("derived", *PYTHON_ONLY)}
    if as_json:
        columns = [] if fitted.table_encoder is None else describe_columns(fitted.table_encoder)
        print_json(
            {
                "title": table.title,
                "layers": [layer._asdict() for layer in table.layers],
                "parameters": table.parameters,
                "fingerprint": fitted.fingerprint,
                "threads": fitted.threads and fitted.threads.to_dict(),
                "settings": settings,
                "auto": fitted.settings.derived,
                "columns": [dict(zip(columns[0], row, strict=True)) for row in columns[1:]],
                "diagnosis": [finding.text for finding in fitted.diagnosis],
            }
        )
        return
    rows = [*table.rows(), ("total", "", f"{table.parameters:,}")]
    print_table(("layer", "output shape", "parameters"), rows, right=(2,))
    print()
    derived, threads = fitted.settings.derived, fitted.threads
    cells = [(name, say_setting(value), "was auto" if name in derived else "") for name, value in settings.items()]
    if threads is not None:
        cells.append(("threads", f"xla {threads.xla}, blas {say_setting(threads.blas)}", ""))
    cells.append(("fingerprint", shorten_fingerprint(fitted.fingerprint), "--json prints it whole"))
    print_table(("setting", "value", ""), cells)
    if fitted.table_encoder is not None:
        print()
        print_columns(fitted.table_encoder)
    for finding in fitted.diagnosis:
        announce(f"warning: {finding.text}")
