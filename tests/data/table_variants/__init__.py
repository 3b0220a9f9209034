"""Tables as people have them in text files, with the reading that is right."""

from __future__ import annotations

from table_variants import headers, quoting, structure
from table_variants.variant import Variant

__all__ = ["VARIANTS", "Variant"]

VARIANTS: tuple[Variant, ...] = tuple(
    variant for module in (structure, headers, quoting) for variant in module.VARIANTS
)
