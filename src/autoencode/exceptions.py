"""The errors and warnings of the package, one tree.

::

    AutoencodeError
    ├── InvalidInputError (ValueError)          an argument or an array that cannot be used
    │   ├── InvalidRowError                     a row, which the message names
    │   ├── RunTakenError                       a run's folder that another one writes into, or has
    │   └── SampleShapeError                    samples or codes of the wrong shape
    ├── DataNotFoundError (FileNotFoundError)   a data set that is in none of the places looked at
    ├── CorruptDataError (ValueError)           a data file whose content is not what it must be
    ├── ModelFileError (ValueError)             a model file or run that is damaged, foreign or too new
    ├── DeviceError (RuntimeError)              no device for JAX in this process: none there, or a fork
    └── TrainingDivergedError (ArithmeticError) the loss became infinite or not a number

    AutoencodeWarning (UserWarning)
    ├── CalibrationWarning                      too few calibration samples for the false-alarm rate
    ├── RunWarning                              a run goes on, but a file of it cannot be written
    ├── DiagnosisWarning                        the training ran, but something is amiss, said in words
    └── SlownessWarning                         work takes longer than it need: no compiler, or no folder for programs

Each error is also the built-in exception that a caller would expect, so ``except ValueError`` works. Messages have at
most 500 characters, however long the names in them are.
"""

from __future__ import annotations

__all__ = [
    "AutoencodeError",
    "AutoencodeWarning",
    "CalibrationWarning",
    "CorruptDataError",
    "DataNotFoundError",
    "DeviceError",
    "DiagnosisWarning",
    "InvalidInputError",
    "InvalidRowError",
    "ModelFileError",
    "RunTakenError",
    "RunWarning",
    "SampleShapeError",
    "SlownessWarning",
    "TrainingDivergedError",
]

MOST_LETTERS, BEGINNING = 500, 320


def _shorten(message: object) -> object:
    """Return a message of at most 500 characters: what is wrong stands first, and what to do about it last."""
    if not isinstance(message, str) or len(message) <= MOST_LETTERS:
        return message
    beginning, end = message[:BEGINNING], message[BEGINNING + 3 - MOST_LETTERS :]
    # Between words, where there are any: a name or an address may be longer than all of it.
    beginning, end = beginning.rpartition(" ")[0] or beginning, end.partition(" ")[2] or end
    return f"{beginning} … {end}"


class AutoencodeError(Exception):
    """The root of every error that this package raises on purpose."""

    def __init__(self, message: object = "", *details: object):
        super().__init__(_shorten(message), *details)


class InvalidInputError(AutoencodeError, ValueError):
    """An argument or an array cannot be used; the message says which, why, and what to do."""


class InvalidRowError(InvalidInputError):
    """A row cannot be used; who picked it from among others says which of those it is, and so does the message.

    Parameters
    ----------
    message
        In which a zero character stands for the row.
    row
        Its place, from 0; None where the message names none.
    words
        What is said in place of the number alone, such as ``"7 (line 9)"``.

    Examples
    --------
    >>> print(InvalidRowError("x is infinite in row \\0.", 2).moved(40))
    x is infinite in row 40.
    """

    def __init__(self, message: str, row: int | None = None, words: str | None = None):
        self.message, self.row = message, row
        super().__init__(message if row is None else message.replace("\0", words or str(row)))

    def moved(self, row: int, *, line: str = "") -> InvalidRowError:
        """Return the error of the same row at another place, and in a line of a file."""
        return type(self)(self.message, row, f"{row} (line {line})" if line else None)

    def prefixed(self, words: str) -> InvalidRowError:
        """Return the error with words before its message."""
        return type(self)(f"{words}: {self.message}", self.row)


class RunTakenError(InvalidInputError):
    """A run's folder is being written into by another training, or has a run that may not be replaced."""


class SampleShapeError(InvalidInputError):
    """Samples or codes do not have the shape that the fitted model expects."""


class DataNotFoundError(AutoencodeError, FileNotFoundError):
    """A data set is in none of the places looked at; the message lists them all."""


class CorruptDataError(AutoencodeError, ValueError):
    """A data file was found, but its content is not what it must be."""


class ModelFileError(AutoencodeError, ValueError):
    """A model file or a run folder is damaged, not ours, or written by a newer version."""


class DeviceError(AutoencodeError, RuntimeError):
    """JAX cannot compute in this process: no device that was asked for is there, or the process is a fork."""


class TrainingDivergedError(AutoencodeError, ArithmeticError):
    """The loss became infinite or not a number in every restart."""


class AutoencodeWarning(UserWarning):
    """The root of every warning of this package."""

    def __init__(self, message: object = "", *details: object):
        super().__init__(_shorten(message), *details)


class DiagnosisWarning(AutoencodeWarning):
    """A training met samples, or ended in a state, that its user should know of, such as dead units."""


class CalibrationWarning(AutoencodeWarning):
    """Too few calibration samples for the false-alarm rate that was asked for, so that nothing is flagged."""


class RunWarning(AutoencodeWarning):
    """A training goes on, but a file of its run cannot be written, as on a full disk."""


class SlownessWarning(AutoencodeWarning):
    """Work takes longer than it need, with the same result: no compiler for the kernel, or no folder for programs."""
