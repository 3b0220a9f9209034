"""A workbench for autoencoders: train one, see what was lost, compare models honestly.

>>> import autoencode as ae
>>> digits = ae.data.load("digits")
>>> model = ae.Autoencoder(code_size=8, epochs=100, random_state=0).fit(digits.train)
>>> model.transform(digits.test).shape
(360, 8)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autoencode.lazy_names import find_lazily

if TYPE_CHECKING:
    from autoencode import charts, data, estimators, evaluation
    from autoencode.estimators import AnomalyDetector, Autoencoder, compare, detect, load, sweep
    from autoencode.estimators.pyod_detector import PyODDetector as PyODDetector
    from autoencode.evaluation import Comparison
    from autoencode.exceptions import AutoencodeError, AutoencodeWarning, CalibrationWarning, DiagnosisWarning
    from autoencode.parts import bottlenecks, corruptions, networks, objectives, recipes
    from autoencode.tables import TableEncoder
    from autoencode.training import EpochRecord

__version__ = "0.1.0"

__all__ = [
    "AnomalyDetector",
    "AutoencodeError",
    "AutoencodeWarning",
    "Autoencoder",
    "CalibrationWarning",
    "Comparison",
    "DiagnosisWarning",
    "EpochRecord",
    "TableEncoder",
    "__version__",
    "bottlenecks",
    "charts",
    "compare",
    "corruptions",
    "data",
    "detect",
    "estimators",
    "evaluation",
    "load",
    "networks",
    "objectives",
    "recipes",
    "sweep",
]

# Where each public name lives; it is imported when it is first asked for, so that `import autoencode` is quick.
_HOMES = {
    "AnomalyDetector": "estimators",
    "AutoencodeError": "exceptions",
    "AutoencodeWarning": "exceptions",
    "Autoencoder": "estimators",
    "CalibrationWarning": "exceptions",
    "Comparison": "evaluation",
    "DiagnosisWarning": "exceptions",
    "EpochRecord": "training",
    "TableEncoder": "tables",
    "bottlenecks": "parts",
    "compare": "estimators",
    "corruptions": "parts",
    "detect": "estimators",
    "load": "estimators",
    "networks": "parts",
    "objectives": "parts",
    "recipes": "parts",
    "sweep": "estimators",
}
# What needs an extra: it can be imported, and a star leaves it out.
_EXTRAS = {"PyODDetector": "estimators.pyod_detector"}
_FOLDERS = {"charts", "data", "estimators", "evaluation"}

# What has another name now: it forwards, and warns.
_FORMER = {"figures"}

__getattr__ = find_lazily(__name__, _HOMES | _EXTRAS, modules=_FOLDERS | _FORMER)


def __dir__() -> list[str]:
    return sorted(__all__)
