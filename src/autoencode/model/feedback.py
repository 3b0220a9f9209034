"""`Feedback`: which rows people marked as normal and as anomalies, and what a detector makes of it.

A row is known again by its cells, as a detector sees them: its number means nothing in other samples.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import narwhals as nw
import numpy as np
from jaxtyping import Bool, Int, UInt64

from autoencode.data.samples import Reading
from autoencode.exceptions import DiagnosisWarning, InvalidInputError
from autoencode.model.detector import DetectorPair, FittedDetector, Rows, rebuild_samples
from autoencode.model.format import Format
from autoencode.model.grouped_detector import GroupedDetector
from autoencode.model.preparation import Checked
from autoencode.model.row_digest import hash_samples
from autoencode.model.samples import Opened, counting_rows, naming_lines, open_samples
from autoencode.nearest import end_with_nearest
from autoencode.notice import warn_user
from autoencode.printable import list_names

MARK, NORMAL, ANOMALY = "mark", "normal", "anomaly"
"""The column that says what a row is, and what it may say."""

MOST_NAMED = 5

Judge = TypeVar("Judge", bound=FittedDetector | DetectorPair | GroupedDetector)


@dataclass(frozen=True, eq=False)
class Feedback:
    """Rows that people marked, each once.

    Attributes
    ----------
    form
        Fitted to the samples of training, so that it tells which rows are alike.
    normal
        The rows that are marked normal, checked.
    places
        The place of each of these: its row in the table of marks, counted on after the last of the samples.
    normal_hashes, anomaly_hashes
        What tells the rows that are marked so.
    anomaly_rows
        The rows of the latter in the table of marks.
    """

    form: Format
    normal: Any
    places: Rows
    normal_hashes: UInt64[np.ndarray, " normal"]
    anomaly_hashes: UInt64[np.ndarray, " anomalies"]
    anomaly_rows: Rows

    def find_normal(self, samples: Any) -> Bool[np.ndarray, " samples"]:
        """Return which of checked samples have the cells of a row marked normal."""
        return np.isin(hash_samples(self.form, samples), self.normal_hashes)

    def find_anomalies(self, samples: Any) -> Bool[np.ndarray, " samples"]:
        """Return which of checked samples have the cells of a row marked as an anomaly."""
        return np.isin(hash_samples(self.form, samples), self.anomaly_hashes)

    def clean(self, known: Checked) -> Checked:
        """Return checked samples without those marked as anomalies."""
        return known.take(np.flatnonzero(~self.find_anomalies(known.samples)))

    def notice_unknown(self, *known: Any) -> None:
        """Warn of rows marked as anomalies that are in none of some checked samples."""
        hashes = np.concatenate([hash_samples(self.form, samples) for samples in known])
        unknown = self.anomaly_rows[~np.isin(self.anomaly_hashes, hashes)]
        if len(unknown):
            warn_user(
                f"feedback: {len(unknown):,} row(s) marked {ANOMALY} are not among the samples, the first is row "
                f"{unknown[0]:,}: nothing was learnt from them, so nothing has to be forgotten.",
                DiagnosisWarning,
                cause="unknown anomalies",
            )

    def join(self, detector: Judge) -> Judge:
        """Return a detector that has the rows marked normal among its references; all else is as before.

        They do not calibrate: people mark what was flagged, and what is chosen so says nothing of how often that is.
        """
        if isinstance(detector, GroupedDetector):
            return replace(detector, base=self.join(detector.base))
        if not len(self.places):
            return detector
        assert isinstance(detector, FittedDetector), "halves are joined before they are a pair"
        score = detector.score.mark(*rebuild_samples(detector.fitted, self.normal, "feedback"))
        places = np.repeat(self.places, score.marked // len(self.places))
        return replace(detector, score=score, reference=np.concatenate([detector.reference, places]))


def read_feedback(feedback: Any, known: Checked, count: int) -> Feedback:
    """Return what people marked.

    Parameters
    ----------
    feedback
        A table, or the path of one, with the columns of training and the column `mark`: normal, anomaly or nothing.
    known
        The samples of training, checked.
    count
        How many samples there were, of which these may be some.

    Raises
    ------
    InvalidInputError
        If it is no such table, nothing is marked, or the same cells are marked as both.
    """
    opened = open_samples(feedback, reading=_read_like(known.reading), argument="feedback")
    table = opened.values
    if len(known.form.sample_shape) > 1 or known.form.kind is not None:
        raise InvalidInputError("feedback: rows of a table or of an array can be marked, not pictures or sequences.")
    if not isinstance(table, nw.DataFrame):
        raise InvalidInputError(
            f"feedback must be a table with the columns of training and a column {MARK!r}, or the path of one; got "
            f"{type(table).__name__}."
        )
    marked, is_normal = _read_marks(table)
    frame = table.select(_find_columns(table, known.form))[marked.tolist()]
    form = copy(known.form)
    form.fit(known.samples, "auto")
    with naming_lines(feedback), counting_rows(marked):
        rows = form.check(Opened(frame, opened.source, opened.reading, "feedback"), reset=False, finite=False)
        hashes = hash_samples(form, rows, "feedback")
    first = np.sort(np.unique(hashes, return_index=True)[1])
    _check_consistent(hashes, is_normal, marked)
    normal, anomalies = first[is_normal[first]], first[~is_normal[first]]
    if len(normal) and not np.isfinite(form.encode(rows[normal])).all():
        raise InvalidInputError(f"feedback: a row marked {NORMAL} lacks a number where no sample of training does.")
    return Feedback(
        form=form,
        normal=rows[normal],
        places=count + marked[normal],
        normal_hashes=hashes[normal],
        anomaly_hashes=hashes[anomalies],
        anomaly_rows=marked[anomalies],
    )


def _read_like(reading: Reading | None) -> Reading | None:
    """Return how the cells of marks are read: as those of training, in a file that is laid out in its own way."""
    if reading is None or reading.kind != "table":
        return None
    layout = {"encoding": None, "separator": None, "header": None, "skip": None, "table": None}
    return replace(reading, table=reading.table.having(**layout))


def _read_marks(table: nw.DataFrame) -> tuple[Int[np.ndarray, " marked"], Bool[np.ndarray, " marked"]]:
    """Return the rows that are marked, and which of them as normal."""
    if MARK not in table.columns:
        hint = end_with_nearest(MARK, [str(name) for name in table.columns])
        raise InvalidInputError(f"feedback has no column {MARK!r}{hint}")
    column = table.get_column(MARK)
    words = ["" if gap else str(word) for word, gap in zip(column.to_list(), column.is_null().to_list(), strict=True)]
    wrong = next((row for row, word in enumerate(words) if word not in ("", NORMAL, ANOMALY)), None)
    if wrong is not None:
        raise InvalidInputError(
            f"feedback: {MARK} of row {wrong:,} is {words[wrong]!r:.100}; expected {NORMAL}, {ANOMALY} or nothing."
        )
    marked = np.array([row for row, word in enumerate(words) if word], np.int64)
    if not len(marked):
        raise InvalidInputError(f"feedback marks no row: expected {NORMAL} or {ANOMALY} in its column {MARK!r}.")
    return marked, np.array([words[row] == NORMAL for row in marked.tolist()])


def _find_columns(table: nw.DataFrame, form: Format) -> list[Any]:
    """Return the columns of a table of marks that are those of training; where these have no names, all others."""
    rest, names = [name for name in table.columns if name != MARK], form.columns.names
    if names is None:
        if len(rest) != form.columns.length:
            raise InvalidInputError(
                f"feedback has {len(rest):,} columns beside {MARK!r}, while samples have {form.columns.length:,}."
            )
        return rest
    if MARK in names:
        raise InvalidInputError(f"feedback: the samples have a column {MARK!r} themselves; give it another name.")
    missing = [name for name in names if name not in rest]
    if missing:
        raise InvalidInputError(f"feedback lacks {list_names(missing, MOST_NAMED)} of the columns of the samples.")
    return list(names)


def _check_consistent(hashes: np.ndarray, is_normal: np.ndarray, marked: np.ndarray) -> None:
    both = np.isin(hashes, np.intersect1d(hashes[is_normal], hashes[~is_normal]))
    if both.any():
        first = int(both.argmax())
        second = int(np.flatnonzero((hashes == hashes[first]) & (is_normal != is_normal[first]))[0])
        raise InvalidInputError(
            f"feedback: rows {marked[first]:,} and {marked[second]:,} have the same cells, but one is marked {NORMAL} "
            f"and the other {ANOMALY}; leave one out."
        )
