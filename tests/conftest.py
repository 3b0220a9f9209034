"""What holds for every test."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

# scikit-learn's check of array libraries runs only where this is set before SciPy is first imported.
os.environ["SCIPY_ARRAY_API"] = "1"

# Compiled programs are kept between runs of the tests, apart from the user's own.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "programs"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

# The fast tier draws the same examples every time; `make test-all` draws new ones.
settings.register_profile("repeatable", derandomize=True)
