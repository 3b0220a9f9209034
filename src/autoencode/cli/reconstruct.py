"""`autoencode reconstruct`: the reconstruction of each sample, into a file or folder."""

from __future__ import annotations

from typing import Any

from autoencode.cli.blocks import open_input, write_results
from autoencode.cli.budget import MEMORY, read_budget
from autoencode.cli.ids import name_results
from autoencode.cli.options import takes
from autoencode.cli.output import announce
from autoencode.cli.samples import Input, Model, load_model, name_numbers
from autoencode.cli.targets import Target, check_target


@takes(MEMORY)
def reconstruct(model: Model, data: Input, output: Target, **given: Any) -> None:
    """Write the reconstruction of each sample.

    They are in the samples' own shape and units.

    Example: autoencode reconstruct digits digits rebuilt.npy
    """
    budget = read_budget(given)
    check_target(output, data)
    fitted = load_model(model, data)

    def make(samples: Any, _: int) -> Any:
        rebuilt = fitted.reconstruct(samples.values)
        return name_results(rebuilt, output, fitted, samples, columns=name_numbers(fitted, rebuilt))

    count = write_results(open_input(fitted, data, budget), output, "rebuilding", make)
    announce(f"wrote {count:,} reconstructions to {output}")
