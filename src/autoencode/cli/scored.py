"""What a kept detector says of new samples: a row each in a file, a screen of what is flagged, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autoencode.cli.anomalies import print_abnormal, read_cell
from autoencode.cli.output import announce, print_text
from autoencode.cli.repairs import print_repairs
from autoencode.cli.row_table import make_reason_columns, make_row_table
from autoencode.evaluation.detection import MOST_REASONS, is_more_than_promised
from autoencode.evaluation.wording import say_count, say_number, say_percent
from autoencode.exceptions import InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

    from autoencode.data import Samples
    from autoencode.estimators.marking import Judged
    from autoencode.model.grouped_detector import Detector

MOST_PRINTED, MOST_MARKED = 10, 5

HELD_BYTES = 256
"""What is held at once of each number of a block that a detector judges: as by a network alone, and the numbers in
float64, their evidence and what each adds to the score."""

Flagged = tuple[int, list[str], int]


def make_scored_table(
    judged: Judged, samples: Samples, flagged: Sequence[Flagged], ids: tuple[str, ...], first: int
) -> tuple[pa.Table, list[str]]:
    """Return a row for each sample, in the order of the input, and the names of the samples' own columns.

    Parameters
    ----------
    judged
        What was found.
    samples
        What was judged, with all columns that were read.
    flagged
        Place, reasons and the nearest normal sample of what is flagged.
    ids
        The columns that name rows.
    first
        The number of the first row.
    """
    import pyarrow as pa

    count = judged.count
    missing = np.ones(count, bool)
    missing[judged.places] = False
    columns: dict[str, Any] = {}
    for name, kind in (("scores", np.float64), ("p_values", np.float64), ("flagged", bool)):
        values = np.zeros(count, kind)
        if judged.found is not None:
            values[judged.places] = getattr(judged.found, name)
        columns[name] = pa.array(values, mask=missing)
    reasons: list[list[str] | None] = [None] * count
    nearest: list[int | None] = [None] * count
    for place, given, index in flagged:
        reasons[place], nearest[place] = given, index
    for place, words in judged.marks.items():
        reasons[place] = [words]
    found = {"score": columns["scores"], "p_value": columns["p_values"], "flagged": columns["flagged"]}
    found |= make_reason_columns(reasons, MOST_REASONS)
    found["nearest"] = pa.array(nearest, pa.int64())
    return make_row_table(samples.own_cells(), ids, first + np.arange(count), samples.row_names, found)


def _list_flagged(judged: Judged) -> list[Flagged]:
    """Return place, reasons and the nearest normal sample of what is flagged, the most abnormal first."""
    found = judged.found
    if found is None:
        return []
    explained = found.order[: len(found.explanation)].tolist()
    return [
        (int(judged.places[index]), found.reasons(number), int(found.explanation.nearest[number]))
        for number, index in enumerate(explained)
        if found.flagged[index]
    ]


@dataclass(eq=False)
class Tally:
    """What a call judged, block by block.

    Attributes
    ----------
    detector
        That judges.
    ids
        The columns that name rows.
    lists_all
        Whether all that is flagged is kept; else what is printed.
    """

    detector: Detector
    ids: tuple[str, ...]
    lists_all: bool = True
    count: int = 0
    flagged: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    marks: dict[int, str] = field(default_factory=dict)
    repairs: list[dict[str, Any]] | None = None

    def take(self, judged: Judged, samples: Samples, write: Callable[[Any, list[str]], bool | None] | None) -> bool:
        """Count a block, and write its rows if they are wanted; return whether somebody still reads them."""
        flagged, first = _list_flagged(judged), self.count
        self._add(judged, samples, flagged)
        if write is None:
            return True
        return write(*make_scored_table(judged, samples, flagged, self.ids, first)) is not False

    def _add(self, judged: Judged, samples: Samples, flagged: Sequence[Flagged]) -> None:
        """Count a block, and keep what is flagged in it."""
        first, found = self.count, judged.found
        self.count += judged.count
        self.marks |= {first + place: words for place, words in judged.marks.items()}
        if found is None:
            return
        self.flagged += int(found.flagged.sum())
        own = samples.own_cells() if self.ids and flagged else None
        places = {int(place): index for index, place in enumerate(judged.places)} if flagged else {}
        for place, reasons, nearest in flagged:
            index = places[place]
            named = {} if own is None else {name: own.column(name)[place].as_py() for name in self.ids}
            self.rows.append(
                {
                    "row": first + place,
                    "ids": {name: read_cell(cell) for name, cell in named.items()},
                    "name": None if samples.row_names is None else samples.row_names[place],
                    "score": float(found.scores[index]),
                    "p_value": float(found.p_values[index]),
                    "flagged": True,
                    "reasons": reasons,
                    "nearest": nearest,
                }
            )
        if not self.lists_all:
            self.rows = self._sort()[:MOST_PRINTED]

    def _sort(self) -> list[dict[str, Any]]:
        """Return what is flagged, the most abnormal first."""
        return sorted(self.rows, key=lambda row: -row["score"])

    @property
    def judged(self) -> int:
        """How many samples could be used."""
        return self.count - len(self.marks)

    @property
    def rate(self) -> float:
        """Of how many normal samples may be flagged."""
        return self.detector.settings.false_alarm_rate

    @property
    def more_than_promised(self) -> bool:
        """Whether more are flagged than chance gives of normal samples."""
        return is_more_than_promised(self.flagged, self.judged, self.rate, len(self.detector.calibration_scores))

    def describe(self) -> dict[str, Any]:
        """Return all but the rows, as JSON and the run hold it."""
        return {
            "samples": self.count,
            "judged": self.judged,
            "flagged": self.flagged,
            "flagged_share": self.flagged / self.judged if self.judged else None,
            "false_alarm_rate": self.rate,
            "expected_false_alarms": self.rate * self.judged,
            "more_than_promised": self.more_than_promised,
            "threshold": self.detector.threshold,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return all that was found, as JSON has it."""
        return {
            **self.describe(),
            "fitted_at": self.detector.fitted_at,
            "calibrated_on": self.detector.calibrated_on,
            "calibration_samples": len(self.detector.calibration_scores),
            "anomalies": self._sort(),
            "not_judged": [{"row": row, "reason": words} for row, words in self.marks.items()],
            **({} if self.repairs is None else {"repairs": self.repairs}),
        }

    def print(self) -> None:
        """Print the first ten that are flagged, and how many that is."""
        rows = self._sort()[:MOST_PRINTED]
        if rows:
            print_abnormal(rows, ["p_value"])
        print_text(
            f"Of {say_count(self.judged, 'sample')} {self.flagged:,} {'is' if self.flagged == 1 else 'are'} flagged; "
            f"were all normal, about {say_number(self.rate * self.judged, 2)} would be."
        )
        if self.repairs:
            print()
            print_repairs(self.repairs)

    def warn(self, name: str) -> None:
        """Say on standard error what is odd of the whole: too many flags, rows that could not be used."""
        if self.more_than_promised:
            announce(
                f"warning: {say_percent(round(self.flagged / self.judged, 3))} are flagged, where at most "
                f"{say_percent(self.rate)} of normal samples are. Either these are anomalies, or what is normal has "
                f"changed since {self.detector.fitted_at[:10]}: then `autoencode calibrate {name} NORMAL` sets the "
                "threshold by newer normal samples, and `autoencode detect` learns anew."
            )
        for row, words in list(self.marks.items())[:MOST_MARKED]:
            announce(f"not judged, row {row}: {words}")
        if len(self.marks) > MOST_MARKED:
            announce(f"… and {len(self.marks) - MOST_MARKED:,} more rows were not judged")


def write_judged(detector: Detector, judged: Judged, samples: Samples, report: Path, name: str) -> None:
    """Write the page of what was judged."""
    from autoencode.cli.progress import show_waiting
    from autoencode.cli.targets import write_or_keep
    from autoencode.estimators.detection_study import report_judged

    if judged.found is None:
        raise InvalidInputError("--report: no row could be used, so there is nothing to show.")
    with show_waiting("writing the report"):
        page = report_judged(judged.found, samples, judged.places, detector, name)
        write_or_keep(lambda path: page.save(Path(path)), str(report))
