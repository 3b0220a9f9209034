"""`autoencode encode`: the code of each sample, into a file."""

from __future__ import annotations

from autoencode.cli.ids import name_beside, read_ids
from autoencode.cli.output import announce
from autoencode.cli.samples import Input, Model, load_model, map_blocks, name_units, read_input
from autoencode.cli.targets import TABLE_ENDINGS, Target, check_target, write_or_keep

__all__ = ["encode"]


def encode(model: Model, data: Input, output: Target) -> None:
    """Write the code of each sample.

    Example: autoencode encode digits digits codes.csv
    """
    check_target(output, data)
    fitted = load_model(model, data)
    from autoencode.data.writing import write_samples

    samples = read_input(fitted, data)
    codes = map_blocks(fitted.transform, samples.values, "encoding")
    names, ids = name_units(fitted), read_ids(fitted, samples)
    if ids and output.lower().endswith(TABLE_ENDINGS):
        import pyarrow as pa

        beside = name_beside(ids, ["row_name", *names])
        table = pa.table([*map(pa.array, ids.values()), *codes.T], names=[*beside, *names])
        write_or_keep(lambda path: write_samples(table, path, row_names=samples.row_names, own=beside), output)
    else:
        write_or_keep(lambda path: write_samples(codes, path, row_names=samples.row_names, columns=names), output)
    announce(f"wrote {len(codes):,} codes of {fitted.code_size_} to {output}")
