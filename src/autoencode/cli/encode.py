"""`autoencode encode`: the code of each sample, into a file."""

from __future__ import annotations

from autoencode.cli.ids import write_beside_ids
from autoencode.cli.output import announce
from autoencode.cli.samples import Input, Model, load_model, map_blocks, name_units, read_input
from autoencode.cli.targets import Target, check_target


def encode(model: Model, data: Input, output: Target) -> None:
    """Write the code of each sample.

    Example: autoencode encode digits digits codes.csv
    """
    check_target(output, data)
    fitted = load_model(model, data)

    samples = read_input(fitted, data)
    codes = map_blocks(lambda part: fitted.encode(fitted.read(part)), samples, "encoding")
    write_beside_ids(codes, output, fitted, samples, columns=name_units(fitted))
    announce(f"wrote {len(codes):,} codes of {fitted.settings.code_size} to {output}")
