"""Ranked anomalies as rows: for a file, with the table's own columns; for a terminal; for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.arrow import pa
from autoencode.cli.output import announce, print_space, print_table, print_text
from autoencode.cli.row_table import make_reason_columns, make_row_table

if TYPE_CHECKING:
    import numpy as np

    from autoencode.data import Samples
    from autoencode.estimators import Detection
    from autoencode.evaluation import DetectionQuality
    from autoencode.evaluation.detection import GroupCounts

MOST_PRINTED, MOST_COLUMNS, MOST_GROUPS = 10, 20, 20

MOST_SORTED = 2**17
"""Samples that a file has sorted, for which all must be in memory: as many as a training mixes at a time."""

DROPPED, LABEL, UNSHARED = "dropped, as asked", "the label, as asked", "not in the reference"
"""Why a column was not looked at."""


@dataclass(frozen=True, eq=False)
class Anomalies:
    """What a detection found, beside what was read.

    Attributes
    ----------
    found
        The detection.
    samples
        What was judged, with all that was read.
    nearest
        Names of the reference's samples, or None where they have none.
    labels
        True where a sample is known to be an anomaly, or None.
    label
        What says so, COLUMN or COLUMN=VALUE.
    """

    found: Detection
    samples: Samples
    nearest: tuple[str, ...] | None
    labels: np.ndarray | None
    label: str | None = None

    @cached_property
    def _own(self) -> Any:
        """The table's own cells, read from its file once; None of what is no table."""
        return self.samples.own_cells()

    @property
    def is_in_order(self) -> bool:
        """Whether a file has the samples in their own order: of more than a training mixes at a time, by blocks."""
        return len(self.found) > MOST_SORTED

    def write(self, path: str) -> None:
        """Write every sample as a row, the most abnormal first, or very many as they came; whole or not at all."""
        import numpy as np

        from autoencode.data.table_writing import open_blocks

        order, step = self.found.order, MOST_SORTED
        with open_blocks(path) as blocks:
            if not self.is_in_order:
                own = None if self._own is None else self._own.take(pa.array(order))
                table, names = self._make_rows(order, np.arange(len(order)), own)
                blocks.add(table, own=names)
                return
            ranks = np.empty_like(order)
            ranks[order] = np.arange(len(order))
            for start in range(0, len(order), step):
                places = np.arange(start, min(start + step, len(order)))
                own = None if self._own is None else self._own.slice(start, step)
                table, names = self._make_rows(places, ranks[places], own)
                blocks.add(table, own=names)

    def _make_rows(self, places: np.ndarray, ranks: np.ndarray, own: Any) -> tuple[pa.Table, list[str]]:
        """Return the rows of some samples: their places, what comes before each in the order, and their own cells."""
        from autoencode.evaluation.detection import MOST_REASONS

        found, names = self.found, self.samples.row_names
        explained = [rank if rank < len(found.explanation) else None for rank in ranks.tolist()]
        ours: dict[str, Any] = {"rank": ranks + 1} if self.is_in_order else {}
        ours |= {"score": found.scores[places], "p_value": found.p_values[places], "flagged": found.flagged[places]}
        if self.labels is not None:
            ours["anomaly"] = self.labels[places]
        if any(found.explanation.reasons):
            reasons = [None if number is None else found.reasons(number) for number in explained]
            ours |= make_reason_columns(reasons, MOST_REASONS)
        nearest = [None if number is None else self._name_nearest(number) for number in explained]
        ours["nearest"] = pa.array(nearest, pa.int64() if self.nearest is None else pa.string())
        row_names = None if names is None else [names[place] for place in places.tolist()]
        return make_row_table(own, self._name_ids(), places, row_names, ours)

    def _name_ids(self) -> tuple[str, ...]:
        """Return the columns that name the rows."""
        from autoencode.model.ids import list_described_ids

        return list_described_ids(self.found.columns)

    def _read_ids(self, indices: list[int]) -> list[dict[str, Any]]:
        """Return the cells of the ids in some rows, by the name of the column."""
        names = self._name_ids()
        own = self._own if names else None
        if own is None:
            return [{} for _ in indices]
        return own.select([name for name in names if name in own.column_names]).take(indices).to_pylist()

    def print(self) -> None:
        """Print the first ten, what is flagged, and what that means; of samples alike the first stands for all."""
        rows = [
            row | {"reasons": [*row["reasons"], *self.found.say_alike(number)]}
            for number, row in enumerate(self.list())
            if number not in self.found.hidden
        ][:MOST_PRINTED]
        print_abnormal(rows, ["p_value", "flagged", *([] if self.labels is None else ["anomaly"])])
        for sentence in self.found.sentences():
            print_text(sentence)
        print_groups(self.found.groups)
        if self.labels is not None:
            self._print_quality(self.labels)

    def _print_quality(self, labels: np.ndarray) -> None:
        quality = _describe(self.found.quality(labels))
        print_text(
            f"Against the labels: area under the ROC curve {quality['auroc']:.3f}, average precision "
            f"{quality['average_precision']:.3f} ({quality['base_rate']:.3f} by chance)."
        )
        rows = [
            ["flagged", f"{quality['hits']:,}", f"{quality['false_alarms']:,}"],
            ["not flagged", f"{quality['misses']:,}", f"{quality['correct_rejections']:,}"],
            ["share flagged", f"{quality['power']:.3g}", f"{quality['realised_false_alarm_rate']:.3g}"],
        ]
        print_table(["", "anomalies", "normal"], rows, right=[1, 2])

    def describe_columns(self) -> list[dict[str, Any]]:
        """Return how each column that was read became features, and why not; nothing of what is no table."""
        described = [column._asdict() for column in self.found.columns]
        known = {column["column"] for column in described}
        there = [*getattr(self.samples.values, "column_names", ()), *self.samples.reading.table.drop]
        rest = [name for name in dict.fromkeys(there) if name not in known]
        asked = [{"column": name, "read_as": "left out", "features": 0, "note": self._explain(name)} for name in rest]
        return [{"name": column.pop("column"), **column} for column in (*described, *asked)]

    def _explain(self, column: str) -> str:
        """Return why a column of DATA was taken away before the detection."""
        if column in self.samples.reading.table.drop:
            return DROPPED
        is_label = self.label is not None and (self.label == column or self.label.startswith(f"{column}="))
        return LABEL if is_label else UNSHARED

    def say_left_out(self) -> None:
        """Say on standard error which columns were not looked at, and why, as `train` does."""
        left_out = [column for column in self.describe_columns() if not column["features"]]
        if not left_out:
            return
        announce("columns that were not looked at:")
        cells = [[column["name"], column["read_as"], column["note"]] for column in left_out[:MOST_COLUMNS]]
        print_table(("column", "read as", "note"), cells, to_stderr=True)
        if len(cells) < len(left_out):
            announce(f"… and {len(left_out) - len(cells):,} more; --json lists all")

    def write_columns(self, path: str) -> None:
        """Write how each column was read as JSON, whole or not at all."""
        from autoencode.files import open_whole
        from autoencode.runs import json_text

        with open_whole(Path(path)) as file:
            file.write(json_text({"columns": self.describe_columns()}).encode() + b"\n")

    def list(self) -> list[dict[str, Any]]:
        """Return the flagged samples, and at least the first ten, as JSON has them."""
        found = self.found
        count = min(len(found.explanation), max(MOST_PRINTED, int(found.flagged.sum())))
        ids = self._read_ids(found.order[:count].tolist())
        return [
            {
                "row": index,
                "ids": {name: read_cell(cell) for name, cell in ids[number].items()},
                "name": None if self.samples.row_names is None else self.samples.row_names[index],
                "score": float(found.scores[index]),
                "p_value": float(found.p_values[index]),
                "flagged": bool(found.flagged[index]),
                "anomaly": None if self.labels is None else bool(self.labels[index]),
                "reasons": found.reasons(number),
                "nearest": self._name_nearest(number),
            }
            for number, index in enumerate(found.order[:count].tolist())
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return all that was found, as JSON has it."""
        found = self.found
        return {
            "samples": len(found),
            "against": found.judged_against,
            "false_alarm_rate": found.false_alarm_rate,
            "flagged": int(found.flagged.sum()),
            "expected_false_alarms": found.false_alarm_rate * len(found),
            "discoveries": None if found.discoveries is None else int(found.discoveries.sum()),
            "threshold": found.threshold,
            "groups": [group._asdict() for group in found.groups],
            "calibration_samples": len(found.calibration_scores),
            "seed": found.seed,
            "fitted_to": found.fitted_to,
            "columns": self.describe_columns(),
            "anomalies": self.list(),
            "alike": [
                {
                    "rows": found.order[list(group.numbers)].tolist(),
                    "column": group.column,
                    "value": read_cell(group.value),
                }
                for group in found.alike
            ],
            "quality": None if self.labels is None else _describe(found.quality(self.labels)),
        } | ({} if found.corrected is None else {"feedback": asdict(found.corrected)})

    def _name_nearest(self, number: int) -> int | str:
        index = int(self.found.explanation.nearest[number])
        # Of rows that were marked normal the places are beyond those of the samples.
        return index if self.nearest is None or index >= len(self.nearest) else self.nearest[index]


def print_abnormal(rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> None:
    """Print rows as JSON has them, at least one: number, ids and name, some keys, and why or what is nearest."""
    named, has_reasons = list(rows[0]["ids"]), any(row["reasons"] for row in rows)
    keys = [*([] if rows[0]["name"] is None else ["name"]), *keys]
    head = ["row", *named, *(key.replace("_", "-") for key in keys), "why" if has_reasons else "nearest"]
    cells = [
        [
            str(row["row"]),
            *(str(row["ids"][name]) for name in named),
            *(_write_cell(row[key]) for key in keys),
            "; ".join(row["reasons"]) if has_reasons else str(row["nearest"]),
        ]
        for row in rows
    ]
    print_space()
    print_table(head, cells, right=[0, head.index("p-value", 1 + len(named))])
    print()


def print_groups(groups: Sequence[GroupCounts]) -> None:
    """Print how many of each group are flagged, and how many calibration samples it has and needs."""
    if not groups:
        return
    print()
    head = ("group", "samples", "flagged", "calibration", "needed", "threshold")
    cells = [
        (name, *(f"{count:,}" for count in counts), "none" if threshold == math.inf else f"{threshold:.4g}")
        for name, *counts, threshold in groups[:MOST_GROUPS]
    ]
    print_table(head, cells, right=range(1, len(head)))
    if len(groups) > MOST_GROUPS:
        announce(f"… and {len(groups) - MOST_GROUPS:,} more groups; --json lists all")


def _write_cell(value: Any) -> str:
    """Return a value of a printed row as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def _describe(quality: DetectionQuality) -> dict[str, Any]:
    table: Any = quality.confusion
    return {
        "auroc": quality.auroc,
        "average_precision": quality.average_precision,
        "base_rate": quality.base_rate,
        "hits": table.hits,
        "misses": table.misses,
        "false_alarms": table.false_alarms,
        "correct_rejections": table.correct_rejections,
        "power": table.power,
        "realised_false_alarm_rate": table.false_alarm_rate,
    }


def read_cell(cell: Any) -> Any:
    """Return a cell as JSON has it: dates, times and decimals as text."""
    return cell if cell is None or isinstance(cell, bool | int | float | str) else str(cell)
