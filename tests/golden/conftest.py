from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
# The module that the tests and the comparison of commits share, and how printed lines are held against each other.
sys.path[:0] = [str(HERE), str(HERE.parent / "docs")]
