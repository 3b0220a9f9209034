"""What autoencoders are made of, a part a file, by name in `registry`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode.parts import activations, bottlenecks, corruptions, losses, networks, objectives, recipes

__all__ = ["activations", "bottlenecks", "corruptions", "losses", "networks", "objectives", "recipes"]

__getattr__ = find_lazily(__name__, {}, modules=__all__)
