"""`autoencode encode`: the code of each sample, into a file."""

from __future__ import annotations

from typing import Any

from autoencode.cli.blocks import open_input, write_results
from autoencode.cli.budget import MEMORY, read_budget
from autoencode.cli.ids import name_results
from autoencode.cli.options import takes
from autoencode.cli.output import announce
from autoencode.cli.samples import Input, Model, load_model, name_units
from autoencode.cli.targets import Target, check_target


@takes(MEMORY)
def encode(model: Model, data: Input, output: Target, **given: Any) -> None:
    """Write the code of each sample.

    Example: autoencode encode digits digits codes.csv
    """
    budget = read_budget(given)
    check_target(output, data)
    fitted = load_model(model, data)

    def make(samples: Any, _: int) -> Any:
        codes = fitted.encode(fitted.read(samples.values))
        return name_results(codes, output, fitted, samples, columns=name_units(fitted))

    count = write_results(open_input(fitted, data, budget), output, "encoding", make)
    announce(f"wrote {count:,} codes of {fitted.settings.code_size} to {output}")
