"""Two kept detectors on the same samples: how many each flags, and of which they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from autoencode.cli.kept import load_detector
from autoencode.cli.output import print_json, print_space, print_table, print_text
from autoencode.evaluation.wording import say_count, say_number, say_percent
from autoencode.exceptions import InvalidInputError

MOST_PRINTED = 10


def compare_detectors(names: list[str], on: str | None, *, as_json: bool) -> None:
    """Judge samples by two detectors, and print where they differ.

    Parameters
    ----------
    names
        Two detectors; and the samples, where `on` does not name them.
    on
        The samples.
    as_json
        Whether JSON is printed.
    """
    if on is None and len(names) == 3:
        *names, on = names
    if len(names) != 2 or on is None:
        raise InvalidInputError("compare: of detectors name two and the samples that both judge: OLD NEW DATA.")
    if len(set(names)) < len(names):
        raise InvalidInputError(f"compare: {names[0]} is there twice.")
    judged = [_judge(name, on) for name in names]
    scores, p_values, flags, rates = zip(*judged, strict=True)
    if len(scores[0]) != len(scores[1]):
        raise InvalidInputError(
            f"compare: {on} is {len(scores[0]):,} samples to one, and {len(scores[1]):,} to the other."
        )
    old, new = flags
    differ = np.flatnonzero(old != new)
    # The clearest first: of which the lesser p-value is least beside its rate.
    differ = differ[
        np.argsort(np.minimum(p_values[0][differ] / rates[0], p_values[1][differ] / rates[1]), kind="stable")
    ]
    about = {
        "samples": len(old),
        "detectors": [
            {"name": name, "flagged": int(flag.sum()), "flagged_share": float(flag.mean()), "false_alarm_rate": rate}
            for name, flag, rate in zip(names, flags, rates, strict=True)
        ],
        "both": int((old & new).sum()),
        "only": {names[0]: int((old & ~new).sum()), names[1]: int((new & ~old).sum())},
        "differ": [
            {
                "row": int(row),
                "p_values": [float(p_values[0][row]), float(p_values[1][row])],
                "flagged_by": names[int(new[row])],
            }
            for row in differ.tolist()
        ],
    }
    print_json(about) if as_json else _print(about, names)


def _judge(name: str, on: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return scores, p-values, flags and the false-alarm rate of one detector."""
    from autoencode.cli.samples import map_blocks, read_input

    detector = load_detector(name, on)
    fitted = detector.fitted
    samples = read_input(fitted, on)
    rate = detector.settings.false_alarm_rate
    judge = lambda part: np.stack(detector.assess(fitted.check(part)), axis=1)  # noqa: E731
    found = map_blocks(judge, samples, f"judging by {name}")
    return found[:, 0], found[:, 1], found[:, 1] <= rate, rate


def _print(about: dict[str, Any], names: list[str]) -> None:
    rows = [
        (
            one["name"],
            f"{one['flagged']:,}",
            say_percent(round(one["flagged_share"], 4)),
            say_percent(one["false_alarm_rate"]),
        )
        for one in about["detectors"]
    ]
    print_space()
    print_table(("detector", "flagged", "share", "promised"), rows, right=(1, 2, 3))
    print()
    only = about["only"]
    print_text(
        f"Of {say_count(about['samples'], 'sample')} both flag {about['both']:,}; {names[0]} alone {only[names[0]]:,}, "
        f"{names[1]} alone {only[names[1]]:,}."
    )
    if about["differ"]:
        print()
        cells = [
            (str(row["row"]), *(say_number(p_value, 2) for p_value in row["p_values"]), row["flagged_by"])
            for row in about["differ"][:MOST_PRINTED]
        ]
        print_table(("row", *(f"p by {name}" for name in names), "flagged by"), cells, right=(0, 1, 2))
