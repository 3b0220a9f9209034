"""What holds for every test."""

from __future__ import annotations

import os

# scikit-learn's check of array libraries runs only where this is set before SciPy is first imported.
os.environ["SCIPY_ARRAY_API"] = "1"
