"""The code as the encoder gives it."""

from __future__ import annotations

from typing import Any

from autoencode.parts.bottlenecks.bottleneck import Bottleneck


class Plain(Bottleneck):
    """The code is what the encoder gives. A sparse code is a plain one with a term: ``l1`` or ``kl_sparsity``.

    References
    ----------
    G. E. Hinton and R. R. Salakhutdinov, "Reducing the dimensionality of data with neural networks", 2006.
    """

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        """Add nothing; see `Bottleneck.add_nodes`."""
        del graph, code_size
        return encoded
