"""Tables as people have them in text files, with the reading that is right."""

from __future__ import annotations

from table_variants import dates, encodings, extremes, headers, marks, missing, numbers, quoting, structure
from table_variants.variant import Variant

__all__ = ["VARIANTS", "Variant"]

MODULES = (structure, headers, quoting, encodings, numbers, marks, missing, dates, extremes)
VARIANTS: tuple[Variant, ...] = tuple(variant for module in MODULES for variant in module.VARIANTS)
