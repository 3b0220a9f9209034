"""The pictures of a reproduction are looked at as all others are."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "charts")]

from looks import cut_off as cut_off  # noqa: E402
from looks import texts_of as texts_of  # noqa: E402
