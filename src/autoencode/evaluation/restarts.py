"""What the restarts of two models say of the cause of a difference between the networks that were kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

from autoencode.evaluation.wording import join_words, say_count, say_number, say_pair
from autoencode.exceptions import InvalidInputError

Cause: TypeAlias = Literal["none", "live_directions", "restarts", "architecture", "unknown"]
"""Why one model has a lower error than another, as far as numbers tell."""


@dataclass(frozen=True, eq=False)
class RestartSummary:
    """What came of each restart of one model.

    Parameters
    ----------
    name
        The model's name.
    errors
        The held-out error of each restart, lower is better; not finite where it diverged.
    live_directions
        How many directions of its code reach the reconstruction, for each restart.
    live_units
        How many units of its code are alive, for each restart.
    code_size
        How many units its code has, where that is known: no more directions can be live.

    Raises
    ------
    InvalidInputError
        If the arrays differ in length or are empty.

    Examples
    --------
    >>> summary = RestartSummary("deep", np.array([0.6875, 0.6818]), np.array([1, 2]), np.array([2, 2]))
    >>> summary.best
    1
    """

    name: str
    errors: Float[np.ndarray, " restarts"]
    live_directions: Int[np.ndarray, " restarts"]
    live_units: Int[np.ndarray, " restarts"]
    code_size: int | None = None

    def __post_init__(self) -> None:
        shapes = {np.shape(self.errors), np.shape(self.live_directions), np.shape(self.live_units)}
        if len(shapes) > 1 or np.ndim(self.errors) != 1 or np.size(self.errors) == 0:
            raise InvalidInputError(
                f"errors, live_directions and live_units of restarts of {self.name!r} must have one number a restart; "
                f"their shapes are {np.shape(self.errors)}, {np.shape(self.live_directions)} and "
                f"{np.shape(self.live_units)}."
            )

    @property
    def finite(self) -> Bool[np.ndarray, " restarts"]:
        """Which restarts did not diverge."""
        return np.isfinite(self.errors)

    @property
    def best(self) -> int:
        """The index of the restart with the lowest error."""
        return int(np.argmin(np.where(self.finite, self.errors, np.inf)))

    def errors_with(self, directions: int) -> Float[np.ndarray, " some"]:
        """Return the errors of the restarts that kept so many live directions and did not diverge."""
        return np.asarray(self.errors, np.float64)[self.finite & (np.asarray(self.live_directions) == directions)]


def describe_restarts(summary: RestartSummary) -> str:
    """Return in words how many restarts kept how many live directions, and at what error.

    Parameters
    ----------
    summary
        The restarts of one model.

    Returns
    -------
    str
        One to three sentences.

    Examples
    --------
    >>> errors, directions = np.array([0.6875, 0.6818, 0.6820]), np.array([1, 2, 2])
    >>> for sentence in describe_restarts(RestartSummary("deep", errors, directions, directions)).split("; "):
    ...     print(sentence)
    Of 3 restarts of 'deep', 2 kept 2 live directions (mean error 0.6819) and 1 kept 1 (0.6875)
    their median error is 0.6820.
    """
    count, finite = len(summary.errors), summary.finite
    if not finite.any():
        return f"All {say_count(count, 'restart')} of '{summary.name}' diverged."
    levels = sorted({int(level) for level in summary.live_directions[finite]}, reverse=True)
    if count == 1:
        return f"The one restart of '{summary.name}' kept {say_count(levels[0], 'live direction')}."
    parts = []
    for level in levels:
        errors = summary.errors_with(level)
        noun, label = ("", "") if parts else (f" live direction{'' if level == 1 else 's'}", "mean error ")
        parts.append(f"{len(errors)} kept {level}{noun} ({label}{say_number(float(errors.mean()), 4)})")
    if not finite.all():
        parts.append(f"{np.count_nonzero(~finite)} diverged")
    median = f"their median error is {say_number(float(np.median(np.asarray(summary.errors)[finite])), 4)}"
    if len(parts) == 1:
        text = f"All {count} restarts of '{summary.name}' kept {say_count(levels[0], 'live direction')}; {median}."
    else:
        text = f"Of {count} restarts of '{summary.name}', {join_words(parts)}; {median}."
    misled = int(np.count_nonzero(finite & (np.asarray(summary.live_units) > np.asarray(summary.live_directions))))
    if misled:
        text += (
            f" In {misled} of them more code units were alive than directions reached the reconstruction, so counting "
            "live units does not show what was lost."
        )
    return text


def find_cause(
    better: str, worse: str, *, restarts: Mapping[str, RestartSummary], kept: Mapping[str, int]
) -> tuple[Cause, str]:
    """Return why the kept network of one model has a lower error than that of another, as far as restarts tell.

    - ``"live_directions"``: the kept network of the better model lets more directions of its code reach the
      reconstruction.
    - ``"restarts"``: both let as many, and their difference is no larger than the spread over such restarts.
    - ``"architecture"``: both let as many, and all such restarts of the better model are below all of the worse, by
      more than their spread (the range of either model's errors).
    - ``"unknown"``: there are too few restarts to tell, the better model has *fewer* live directions, or the restarts'
      own errors order the models the other way.

    Parameters
    ----------
    better, worse
        Two names.
    restarts
        The restarts of each model, by name; a model may be missing.
    kept
        The index of the restart that was kept, by name; where missing, the best.

    Returns
    -------
    tuple
        The cause, and sentences that give the numbers it follows from.

    Raises
    ------
    InvalidInputError
        If a kept index is out of range.

    Examples
    --------
    >>> two, one = np.array([2]), np.array([1])
    >>> vanilla = RestartSummary("vanilla", np.array([0.6818]), two, two)
    >>> deep = RestartSummary("deep", np.array([0.6875]), one, two)
    >>> cause, text = find_cause("vanilla", "deep", restarts={"vanilla": vanilla, "deep": deep}, kept={})
    >>> cause
    'live_directions'
    """
    missing = [f"'{name}'" for name in (better, worse) if name not in restarts]
    if missing:
        return "unknown", (
            f"The cause is unknown, as nothing is known of restarts of {join_words(missing)}: train several restarts "
            "of each model to tell a better architecture from a lucky start."
        )
    first, second = restarts[better], restarts[worse]
    index_first, index_second = _kept_index(first, better, kept), _kept_index(second, worse, kept)
    mine, theirs = int(first.live_directions[index_first]), int(second.live_directions[index_second])
    if mine > theirs:
        lets = f"lets {say_count(theirs, 'direction')} of its code reach the reconstruction"
        verb = "does not let any direction of its code reach the reconstruction" if theirs == 0 else lets
        text = f"The kept networks differ in live directions: '{worse}' {verb}, '{better}' {mine}."
        return "live_directions", f"{text} {_compare_level(better, worse, restarts, mine)}"
    if mine < theirs:
        return "unknown", (
            f"The cause is unknown: '{better}' has the lower error although {mine} of its directions reach the "
            f"reconstruction, against {theirs} of '{worse}', so live directions do not explain it."
        )
    difference = float(second.errors[index_second] - first.errors[index_first])
    return _judge_level(better, worse, restarts, level=mine, difference=difference)


def _kept_index(summary: RestartSummary, name: str, kept: Mapping[str, int]) -> int:
    index = kept.get(name, summary.best)
    if not 0 <= index < len(summary.errors):
        raise InvalidInputError(
            f"kept[{name!r}] must be the index of one of its {len(summary.errors)} restarts; got {index}."
        )
    return index


def _compare_level(better: str, worse: str, restarts: Mapping[str, RestartSummary], level: int) -> str:
    """What the restarts with equal live directions say, where the kept networks differ in them."""
    ours, others = restarts[better].errors_with(level), restarts[worse].errors_with(level)
    most = restarts[worse].code_size
    if most is not None and most < level:
        return f"The code of '{worse}' has {say_count(most, 'unit')}, so no more can: a wider code would."
    if len(others) == 0:
        return (
            f"No restart of '{worse}' kept {level}, out of {len(restarts[worse].errors)}; more restarts would show "
            "whether it can."
        )
    if len(ours) == 0:
        return f"Restarts of '{better}' that kept {level} diverged, so the two cannot be compared at equal directions."
    means = say_pair(float(ours.mean()), float(others.mean()))
    text = f"Restarts that kept {level} have a mean error of {means[0]} for '{better}' and {means[1]} for '{worse}'"
    if min(len(ours), len(others)) < 2:
        return f"{text}; more restarts would show whether that differs by more than luck."
    if ours.max() < others.min() or others.max() < ours.min():
        lower = better if ours.max() < others.min() else worse
        return f"{text}: at equal directions '{lower}' is lower in every one, so the architecture counts as well."
    return f"{text}, and their ranges overlap: the lost directions made the difference, not the architecture."


def _judge_level(
    better: str, worse: str, restarts: Mapping[str, RestartSummary], *, level: int, difference: float
) -> tuple[Cause, str]:
    """The cause where the kept networks have equal live directions."""
    ours, others = restarts[better].errors_with(level), restarts[worse].errors_with(level)
    same = f"The kept networks have the same number of live directions, {level}."
    few = [f"'{name}'" for name, group in ((better, ours), (worse, others)) if len(group) < 2]
    if few:
        return "unknown", (
            f"{same} The cause is unknown, as only one restart of {join_words(few)} did so: train several restarts of "
            "each model to tell a better architecture from a lucky start."
        )
    spread = max(float(np.ptp(group)) for group in (ours, others))
    numbers = f"{say_number(abs(difference), 2)}, and the spread over restarts with as many is {say_number(spread, 2)}"
    if difference < -spread:
        return "unknown", (
            f"{same} The cause is unknown: the restarts' own errors order the two the other way, by {numbers}."
        )
    if ours.max() >= others.min():
        return "restarts", (
            f"{same} They differ by {numbers}: other restarts could turn the order, so it says nothing of the "
            "architectures."
        )
    text = f"{same} They differ by {numbers}; every such restart of '{better}' is below every one of '{worse}'."
    odds = math.comb(len(ours) + len(others), len(ours)) / 2
    if odds < 20:
        text += (
            f" With only {len(ours)} and {len(others)} such restarts luck alone would part the two in one case of "
            f"{odds:.0f}: train more."
        )
    return "architecture", f"{text} The architecture makes the difference."
