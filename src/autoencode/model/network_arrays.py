"""The arrays of fitted networks by the names that they have in a model file, and the dense layers that some make up."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from autoencode.model.setup import Setup
from autoencode.training.kernel import DenseLayers

NESTED = {"plain": "", "gaussian": ".network"}
"""Where the dense network lies in the whole one, by the bottleneck with which the kernel can apply it."""


def _find_place(setup: Setup) -> str | None:
    """Return where a dense network lies whose code is all or a part of what its encoder gives; None for others."""
    texts = setup.settings.part_texts
    bottleneck = texts["bottleneck"]
    if texts["network"] != "dense" or not isinstance(bottleneck, str):
        return None
    return NESTED.get(bottleneck.partition("(")[0].strip())


def list_dense_shapes(setup: Setup) -> dict[str, tuple[int, ...]] | None:
    """Return the shapes of a dense network's arrays by name; None where only JAX can say what networks are made of."""
    place = _find_place(setup)
    if place is None:
        return None
    settings, features = setup.settings, len(setup.scaling.offset)
    encoded = settings.code_size * (2 if place else 1)
    sizes = {
        "encoder": (features, *settings.hidden, encoded),
        "decoder": (settings.code_size, *reversed(settings.hidden), features),
    }
    shapes: dict[str, tuple[int, ...]] = {}
    for half, units in sizes.items():
        for layer, (inputs, outputs) in enumerate(pairwise(units)):
            shapes[f"{place}.{half}[{layer}].kernel"] = (inputs, outputs)
            shapes[f"{place}.{half}[{layer}].bias"] = (outputs,)
    return shapes


def find_dense_layers(setup: Setup, arrays: Mapping[str, np.ndarray]) -> DenseLayers | None:
    """Return the layers of K dense networks as the kernel takes them; None of others, and where XLA is asked for."""
    shapes = list_dense_shapes(setup)
    if shapes is None or setup.arguments.engine == "xla":
        return None
    settings, names = setup.settings, list(shapes)
    pairs = [(arrays[kernel], arrays[bias]) for kernel, bias in zip(names[::2], names[1::2], strict=True)]
    middle = len(settings.hidden) + 1
    return DenseLayers(
        tuple(pairs[:middle]),
        tuple(pairs[middle:]),
        settings.part_texts["activation"],
        settings.part_texts["code_activation"],
        setup.format.find_activation(settings.output_activation),
        settings.code_size,
    )
