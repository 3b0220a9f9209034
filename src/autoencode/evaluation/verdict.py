"""Which of several models is better, by how much, how sure that is, and why; in numbers and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from autoencode.evaluation.arrays import check_vector, mean_of
from autoencode.evaluation.errors import MEASURES, Measure, find_measure
from autoencode.evaluation.intervals import Interval, paired_interval
from autoencode.evaluation.restarts import Cause, RestartSummary, describe_restarts, find_cause
from autoencode.evaluation.wording import join_words, say_count, say_number, say_pair, say_percent
from autoencode.exceptions import InvalidInputError
from autoencode.types import Errors


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison.

    Parameters
    ----------
    better
        The name of the better model, always the one with the lowest mean error; a baseline's name where one model
        alone was held against baselines and lost; None where no difference was shown.
    measure
        The measure's full name.
    difference
        Mean error of the runner-up minus that of the best, not negative, in the measure's unit; None where there
        was nothing to compare with.
    interval
        The confidence interval of that difference; None likewise.
    cause
        Why: ``"none"`` (no difference shown), ``"live_directions"``, ``"restarts"``, ``"architecture"`` or
        ``"unknown"``; see `find_cause`.
    headline
        The outcome in plain English, one or two sentences.
    text
        All of it in plain English, the headline first.
    mean_errors
        The mean error of every model and baseline by name.

    Examples
    --------
    >>> errors = np.random.default_rng(0).random(200)
    >>> decide({"a": errors, "b": errors + 0.1}, measure="squared_error").better
    'a'
    """

    better: str | None
    measure: str
    difference: float | None
    interval: Interval | None
    cause: Cause
    headline: str
    text: str
    mean_errors: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that JSON can hold.

        Returns
        -------
        dict
            With the interval as a dictionary or None.

        Examples
        --------
        >>> errors = np.random.default_rng(0).random(200)
        >>> decide({"a": errors, "b": errors}, measure="squared_error").to_dict()["cause"]
        'none'
        """
        return asdict(self)


def decide(
    errors_by_model: Mapping[str, Errors],
    *,
    measure: str | Measure,
    restarts: Mapping[str, RestartSummary] | None = None,
    kept: Mapping[str, int] | None = None,
    baselines: Mapping[str, Errors] | None = None,
    confidence: float = 0.95,
) -> Verdict:
    """Return which model is better, with the difference, its interval and its cause.

    The model with the lowest mean error is held against the runner-up by `paired_interval`. Where the interval
    reaches zero, or the difference is below a millionth of the mean error, none is shown and neither is called better.
    One model alone is held against the strongest baseline.

    Parameters
    ----------
    errors_by_model
        The errors of the same held-out samples, in the same order, by the model's name.
    measure
        What they were measured by, a key of `MEASURES` or a measure; one that is not misleading.
    restarts
        What came of the restarts of each model, by name; without it the cause stays unknown.
    kept
        The index of the restart that was kept, by name; the best where missing.
    baselines
        The errors of the baselines on the same samples, by name.
    confidence
        Of the intervals, in (0, 1).

    Returns
    -------
    Verdict
        Whose ``text`` says everything in words.

    Raises
    ------
    InvalidInputError
        If the measure is misleading or unknown, there is no model, a name stands twice, or errors cannot be used.

    Notes
    -----
    Histograms of signed sums once made a model with the lower loss look the worse. Here the order follows from the
    mean errors alone, and the restarts say whether the architecture, or units that died, made the difference.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> shared = rng.random(1000)
    >>> verdict = decide({"deep": shared + 0.1, "vanilla": shared + 0.1 * rng.random(1000)}, measure="squared_error")
    >>> verdict.better, verdict.cause
    ('vanilla', 'unknown')
    """
    chosen = _primary_measure(measure)
    models, rivals = _checked(errors_by_model, baselines or {})
    every = {**models, **rivals}
    means = {name: mean_of(errors) for name, errors in every.items()}
    order = sorted(models, key=means.__getitem__)
    if len(order) == 1:
        order = sorted([*order, *sorted(rivals, key=means.__getitem__)[:1]], key=means.__getitem__)
    if len(order) == 1:
        mean = say_number(means[order[0]], 4)
        text = f"The {chosen.title} of '{order[0]}' is {mean} ({chosen.unit}). There is nothing to compare it with."
        words = _say(text, *_restart_texts(models, restarts))
        return Verdict(None, chosen.name, None, None, "none", text, words, means)
    best, second = order[:2]
    interval = paired_interval(every[second], every[best], confidence=confidence)
    shown = interval.direction > 0
    pair = (best, second)
    sentences = [_say_outcome(chosen, pair, means, interval, rivals), _say_others(order[2:], means)]
    cause: Cause = "unknown" if shown else "none"
    if shown and len(models) > 1:
        cause, reason = find_cause(best, second, restarts=restarts or {}, kept=kept or {})
        sentences.append(reason)
    sentences += _restart_texts(models, restarts)
    done = {name for name in pair if name in rivals}
    for name in rivals:
        if name not in done:
            sentences += _compare_baseline(name, models, rivals, means, confidence)
    better = best if shown else None
    return Verdict(better, chosen.name, interval.estimate, interval, cause, sentences[0], _say(*sentences), means)


def _primary_measure(name: str | Measure) -> Measure:
    measure = find_measure(name)
    if measure.misleading:
        alternatives = [f"'{other.name}'" for other in MEASURES.values() if not other.misleading]
        raise InvalidInputError(
            f"measure {measure.name!r} cannot decide between models, because errors of opposite sign cancel in it. "
            f"Use one of {join_words(alternatives)}."
        )
    return measure


def _checked(
    models: Mapping[str, Errors], baselines: Mapping[str, Errors]
) -> tuple[dict[str, Errors], dict[str, Errors]]:
    if not models:
        raise InvalidInputError("errors_by_model must hold the errors of at least one model; it is empty.")
    twice = sorted(set(models) & set(baselines))
    if twice:
        raise InvalidInputError(f"a model and a baseline must not share a name; both have {twice[0]!r}.")
    checked = [
        {name: check_vector(errors, f"errors of {name!r}") for name, errors in group.items()}
        for group in (models, baselines)
    ]
    lengths = {name: len(errors) for group in checked for name, errors in group.items()}
    if len(set(lengths.values())) > 1:
        listed = join_words([f"{length} of {name!r}" for name, length in lengths.items()])
        raise InvalidInputError(f"errors must be those of the same samples for all; there are {listed}.")
    for group in checked:
        for name, errors in group.items():
            if not np.isfinite(errors).all():
                raise InvalidInputError(f"errors of {name!r} must be finite. Leave a diverged model out.")
    return checked[0], checked[1]


def _say(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _label(name: str, baselines: Mapping[str, Errors]) -> str:
    """Models stand in quotes, baselines do not."""
    if name not in baselines:
        return f"'{name}'"
    return f"the {name}" if name.startswith("mean") else name


def _say_interval(interval: Interval) -> str:
    ends = f"{say_number(interval.low, 2)} to {say_number(interval.high, 2)}"
    return f"{say_percent(interval.confidence)} interval {ends}"


def _say_outcome(
    measure: Measure,
    pair: tuple[str, str],
    means: Mapping[str, float],
    interval: Interval,
    baselines: Mapping[str, Errors],
) -> str:
    best, second = (_label(name, baselines) for name in pair)
    low, high = say_pair(means[pair[0]], means[pair[1]])
    difference, count = say_number(interval.estimate, 2), say_count(interval.n, "sample")
    if interval.direction > 0:
        start = f"{best} is better than {second}."
        return (
            start[0].upper()
            + start[1:]
            + (
                f" Its {measure.title} is {low} against {high} ({measure.unit}), lower by {difference} "
                f"({_say_interval(interval)}, {count})."
            )
        )
    if interval.is_negligible:
        return (
            f"Between {best} and {second} there is no difference shown: their {measure.title}, {low} ({measure.unit}), "
            f"is the same to a millionth ({count})."
        )
    return (
        f"Between {best} and {second} there is no difference shown: the {measure.title} is {low} against {high} "
        f"({measure.unit}), and the interval of their difference, {difference}, reaches zero "
        f"({_say_interval(interval)}, {count})."
    )


def _say_others(names: list[str], means: Mapping[str, float]) -> str:
    if not names:
        return ""
    listed = join_words([f"{say_number(means[name], 4)} for '{name}'" for name in names])
    return f"The mean error is {listed}."


def _restart_texts(models: Mapping[str, Errors], restarts: Mapping[str, RestartSummary] | None) -> list[str]:
    return [describe_restarts(restarts[name]) for name in models if restarts and name in restarts]


def _compare_baseline(
    name: str,
    models: Mapping[str, Errors],
    baselines: Mapping[str, Errors],
    means: Mapping[str, float],
    confidence: float,
) -> list[str]:
    """Which models beat a baseline, and one sentence for each that does not."""
    label, winners, sentences = _label(name, baselines), [], []
    for model, errors in models.items():
        mine, theirs = say_pair(means[model], means[name])
        interval = paired_interval(errors, baselines[name], confidence=confidence)
        if interval.direction < 0:
            winners.append(f"'{model}'")
            continue
        outcome = "is worse than" if interval.direction > 0 else "is not shown to beat"
        sentences.append(
            f"'{model}' {outcome} {label}: its mean error is {mine} against {theirs} ({_say_interval(interval)})."
        )
    if winners:
        verb = "beats" if len(winners) == 1 else "beat"
        sentences.insert(0, f"{join_words(winners)} {verb} {label} ({say_number(means[name], 4)}).")
    return sentences
