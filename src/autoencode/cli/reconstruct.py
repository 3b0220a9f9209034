"""`autoencode reconstruct`: the reconstruction of each sample, into a file or folder."""

from __future__ import annotations

from autoencode.cli.ids import write_beside_ids
from autoencode.cli.output import announce
from autoencode.cli.samples import Input, Model, load_model, map_blocks, name_numbers, read_input
from autoencode.cli.targets import Target, check_target


def reconstruct(model: Model, data: Input, output: Target) -> None:
    """Write the reconstruction of each sample.

    They are in the samples' own shape and units.

    Example: autoencode reconstruct digits digits rebuilt.npy
    """
    check_target(output, data)
    fitted = load_model(model, data)

    samples = read_input(fitted, data)
    rebuilt = map_blocks(fitted.reconstruct, samples, "rebuilding")
    write_beside_ids(rebuilt, output, fitted, samples, columns=name_numbers(fitted, rebuilt))
    announce(f"wrote {len(rebuilt):,} reconstructions to {output}")
