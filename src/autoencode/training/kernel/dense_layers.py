"""`DenseLayers`: K dense networks as plain arrays, which the kernel applies without JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64

from autoencode.training.kernel.call import KERNEL_ACTIVATIONS, KERNEL_MEASURES, has_library, map_layers, measure_rows
from autoencode.training.platform import find_platform
from autoencode.types import LayerShape

Rows = Float32[np.ndarray, "rows inputs"]
Outputs = Float32[np.ndarray, "restarts rows units"]

BLOCK_NUMBERS = 2**22
"""Of how many numbers at once the last activation is taken where NumPy does it."""


@dataclass(frozen=True, eq=False)
class DenseLayers:
    """K dense networks side by side; every array has the network as its leading axis.

    Attributes
    ----------
    encoder, decoder
        Kernel and bias of each layer, shapes (K, inputs, outputs) and (K, outputs).
    activation, code_activation, output_activation
        Of the hidden layers, of what the encoder gives, and of the reconstruction: names, functions of the user's own,
        or for the last one an object that has ``evaluate`` for NumPy.
    code_size
        How many numbers of what the encoder gives are the code: the first ones.
    """

    encoder: tuple[tuple[np.ndarray, np.ndarray], ...]
    decoder: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: Any
    code_activation: Any
    output_activation: Any
    code_size: int

    @property
    def layers(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """All layers, in order."""
        return (*self.encoder, *self.decoder)

    @property
    def activations(self) -> list[Any]:
        """The activation of each layer, in order."""
        hidden_in, hidden_out = (len(half) - 1 for half in (self.encoder, self.decoder))
        inner, outer = [self.activation] * hidden_in, [self.activation] * hidden_out
        return [*inner, self.code_activation, *outer, self.output_activation]

    @property
    def is_split(self) -> bool:
        """Whether the encoder gives more than the code, as the mean and the variance of one."""
        return self.encoder[-1][1].shape[-1] != self.code_size

    def select(self, restart: int) -> DenseLayers:
        """Return one of the networks, as one of one."""
        encoder, decoder = (
            tuple((kernel[restart : restart + 1], bias[restart : restart + 1]) for kernel, bias in half)
            for half in (self.encoder, self.decoder)
        )
        return DenseLayers(
            encoder, decoder, self.activation, self.code_activation, self.output_activation, self.code_size
        )

    def find_obstacle(self, *, to_train: bool = False) -> str:
        """Return why the kernel cannot apply or train them, in words; nothing where it can, if there is a library."""
        *inner, last = self.activations
        for activation in inner if hasattr(last, "evaluate") and not to_train else [*inner, last]:
            if not (isinstance(activation, str) and activation in KERNEL_ACTIVATIONS):
                known = isinstance(activation, str)
                name = activation if known else getattr(activation, "__name__", type(activation).__name__)
                return f"the kernel does not know the activation {name}, only {', '.join(KERNEL_ACTIVATIONS)}"
        if not all(_is_chain(half) for half in (self.encoder, self.decoder)):
            return "the kernel wants layers in float32, each of which takes what the one before it gives"
        if (platform := find_platform()) != "cpu":
            return f"the kernel is for CPUs, and JAX works on {platform}"
        return ""

    def can_apply(self) -> bool:
        """Return whether the kernel applies them: it knows all of it, and there is a library."""
        return not self.find_obstacle() and has_library()

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer of one network, in order."""
        names = [f"encoder_{place + 1}" for place in range(len(self.encoder) - 1)] + ["code"]
        names += [f"decoder_{place + 1}" for place in range(len(self.decoder) - 1)] + ["reconstruction"]
        return [
            LayerShape(name, self.code_size if name == "code" else bias.shape[-1], kernel[0].size + bias[0].size)
            for name, (kernel, bias) in zip(names, self.layers, strict=True)
        ]

    # ------------------------------------------------------------------ applying

    def encode(self, rows: Rows) -> Outputs:
        """Return the code of each row by each network, shape (K, rows, code)."""
        return self._map("encoder", rows, [len(self.encoder)])[0][..., : self.code_size]

    def decode(self, codes: Float32[np.ndarray, "rows code"]) -> Outputs:
        """Return the reconstruction of each code by each network, shape (K, rows, features)."""
        return self._map("decoder", codes, [len(self.decoder)])[0]

    def reconstruct(self, rows: Rows) -> Outputs:
        """Return the reconstruction of each row by each network, shape (K, rows, features)."""
        if not self.is_split:
            return self._map("layers", rows, [len(self.layers)])[0]
        return np.concatenate([one.decode(one.encode(rows)[0]) for one in self._list_networks()])

    def can_measure(self, measure: str) -> bool:
        """Return whether `measure` knows an error of what they rebuild, where the kernel applies them."""
        return measure in KERNEL_MEASURES and not self.is_split and isinstance(self.output_activation, str)

    def measure(self, rows: Rows, measure: str) -> Float64[np.ndarray, "restarts rows"]:
        """Return the error of each row by each network; no reconstruction is kept. See `measure_rows`."""
        return measure_rows(self.layers, self.activations, rows, measure)

    def trace(self, rows: Rows) -> list[Outputs]:
        """Return what every layer gives: last the reconstruction, before it the same without its activation."""
        if not self.is_split:
            return self._map("layers", rows, range(len(self.layers) + 1))
        found = []
        for one in self._list_networks():
            *hidden, _, encoded = one._map("encoder", rows, range(len(self.encoder) + 1))
            code = encoded[..., : self.code_size]
            found.append([*hidden, code, *one._map("decoder", code[0], range(len(self.decoder) + 1))])
        return [np.concatenate(outputs) for outputs in zip(*found, strict=True)]

    def _list_networks(self) -> list[DenseLayers]:
        return [self.select(restart) for restart in range(len(self.encoder[0][0]))]

    def _map(self, part: str, rows: Rows, wanted: Sequence[int]) -> list[Outputs]:
        """Return what some layers of the encoder, the decoder or all give; the last activation may be NumPy's."""
        middle = len(self.encoder)
        span = {"encoder": slice(middle), "decoder": slice(middle, None), "layers": slice(None)}[part]
        layers, (*inner, last) = self.layers[span], self.activations[span]
        if isinstance(last, str):
            return map_layers(layers, [*inner, last], rows, wanted)
        outputs = map_layers(layers, [*inner, "identity"], rows, wanted)
        for place, output in zip(wanted, outputs, strict=True):
            if place == len(layers):
                _activate(last, output)
        return outputs


def _activate(activation: Any, outputs: Outputs) -> None:
    """Put the activation of outputs in their place, block by block; a row's does not depend on its block."""
    step = max(1, BLOCK_NUMBERS // outputs.shape[-1])
    for network in outputs:
        for start in range(0, len(network), step):
            network[start : start + step] = activation.evaluate(network[start : start + step])


def _is_chain(layers: Sequence[tuple[np.ndarray, np.ndarray]]) -> bool:
    """Return whether layers are in float32, and each takes what the one before it gives."""
    if not all(kernel.dtype == bias.dtype == np.float32 for kernel, bias in layers):
        return False
    shapes = [(kernel.shape, bias.shape) for kernel, bias in layers]
    return all(bias == (*kernel[:-2], kernel[-1]) for kernel, bias in shapes) and all(
        (*one[:-2], one[-1]) == other[:-1] for (one, _), (other, _) in pairwise(shapes)
    )
