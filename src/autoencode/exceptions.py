"""The errors and warnings of the package, one tree.

::

    AutoencodeError
    ├── InvalidInputError (ValueError)          an argument or an array that cannot be used
    │   └── SampleShapeError                    samples or codes of the wrong shape
    ├── DataNotFoundError (FileNotFoundError)   a data set that is in none of the places looked at
    ├── CorruptDataError (ValueError)           a data file whose content is not what it must be
    ├── ModelFileError (ValueError)             a model file or run that is damaged, foreign or too new
    └── TrainingDivergedError (ArithmeticError) the loss became infinite or not a number

    AutoencodeWarning (UserWarning)
    ├── CalibrationWarning                      too few calibration samples for the false-alarm rate
    └── DiagnosisWarning                        the training ran, but something is amiss, said in words

Each error is also the built-in exception that a caller would expect, so ``except ValueError`` works.
"""

from __future__ import annotations

__all__ = [
    "AutoencodeError",
    "AutoencodeWarning",
    "CalibrationWarning",
    "CorruptDataError",
    "DataNotFoundError",
    "DiagnosisWarning",
    "InvalidInputError",
    "ModelFileError",
    "SampleShapeError",
    "TrainingDivergedError",
]


class AutoencodeError(Exception):
    """The root of every error that this package raises on purpose."""


class InvalidInputError(AutoencodeError, ValueError):
    """An argument or an array cannot be used; the message says which, why, and what to do."""


class SampleShapeError(InvalidInputError):
    """Samples or codes do not have the shape that the fitted model expects."""


class DataNotFoundError(AutoencodeError, FileNotFoundError):
    """A data set is in none of the places looked at; the message lists them all."""


class CorruptDataError(AutoencodeError, ValueError):
    """A data file was found, but its content is not what it must be."""


class ModelFileError(AutoencodeError, ValueError):
    """A model file or a run folder is damaged, not ours, or written by a newer version."""


class TrainingDivergedError(AutoencodeError, ArithmeticError):
    """The loss became infinite or not a number in every restart."""


class AutoencodeWarning(UserWarning):
    """The root of every warning of this package."""


class DiagnosisWarning(AutoencodeWarning):
    """A training met samples, or ended in a state, that its user should know of, such as dead units."""


class CalibrationWarning(AutoencodeWarning):
    """Too few calibration samples for the false-alarm rate that was asked for, so that nothing is flagged."""
