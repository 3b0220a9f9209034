"""What each feature adds to the path lengths of scikit-learn's isolation forest, by TreeSHAP.

Run by the Python of the environment that has shap: ``python tree_shap.py FILE SEED``. The file holds `train` and
`planted`, rows of numbers; `added` is written beside it, below 0 where a feature makes a row abnormal.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import shap
from sklearn.ensemble import IsolationForest

file = Path(sys.argv[1])
with np.load(file) as rows:
    forest = IsolationForest(random_state=int(sys.argv[2])).fit(rows["train"])
    added = shap.TreeExplainer(forest).shap_values(rows["planted"])
np.save(file.with_name("added.npy"), added)
