from __future__ import annotations

import sys
from pathlib import Path

# The module that the tests and the comparison of commits share.
sys.path[:0] = [str(Path(__file__).parent)]
