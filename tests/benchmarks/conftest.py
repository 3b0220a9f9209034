from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are scripts beside each other, no package.
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "detection")]
