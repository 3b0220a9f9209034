from __future__ import annotations

import sys
from pathlib import Path

# The harnesses are scripts beside each other, no package.
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks" / "robustness"))
