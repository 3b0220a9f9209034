"""What went wrong in a training, in words, with the number that shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from autoencode.evaluation.errors import Measure, find_measure
from autoencode.evaluation.wording import say_count, say_number, say_pair, say_percent

FindingName: TypeAlias = Literal[
    "constant_output",
    "constant_samples",
    "dead_units",
    "diverged",
    "fewer_live_directions",
    "no_better_than_mean",
    "no_better_than_pca",
    "not_narrower",
    "over_fitting",
    "under_trained",
]

OVER_FITTING_RISE = 0.05
"""Which share of its best the validation loss may rise before it is called over-fitting."""

STILL_FALLING = 0.02
"""Which share the loss may fall over the last tenth of the epochs before the training is called too short."""

MARGIN = 0.001
"""By which share an error must be below a baseline's to be called better."""

ADVICE: dict[FindingName, str] = {
    "diverged": "Lower the learning rate.",
    "constant_samples": "Give samples that differ.",
    "not_narrower": "Use a smaller code.",
    "constant_output": "Train more restarts.",
    "under_trained": "Train for more epochs.",
    "over_fitting": "Stop earlier: patience=5 keeps the best epoch's weights.",
}
"""What to do about a finding, one thing each."""

EXACT_SHARE = 1e-9
"""An error that is a smaller share of the mean sample's is rounding: the reconstruction is exact in float32."""


@dataclass(frozen=True)
class Finding:
    """One thing that went wrong.

    Parameters
    ----------
    name
        Which kind.
    text
        In words, with the number that shows it.
    numbers
        The numbers in the text.

    Examples
    --------
    >>> [finding.name for finding in diagnose(Evidence(live_directions=0, code_size=2))]
    ['constant_output']
    """

    name: FindingName
    text: str
    numbers: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """The numbers that a diagnosis looks at; one that is None is not looked at.

    Parameters
    ----------
    layer_live_units
        For each layer, by name: how many units are alive, and how many there are.
    live_directions
        How many directions of the code reach the reconstruction.
    code_size
        How many units the code has.
    features
        How many features a sample has; a code cannot use more directions.
    variance
        Of the samples, the mean over their features; 0 where all are the same.
    effective_code_size
        The participation ratio of the codes.
    error
        The mean error of the model, by ``measure``.
    mean_sample_error, pca_error
        Those of the baselines on the same samples.
    loss
        The training loss after the last epoch.
    kept_epoch
        Whose weights are kept, from 1.
    validation_loss
        The validation loss after the last epoch.
    best_validation_loss
        The lowest validation loss of any epoch.
    loss_at_best
        The training loss after that epoch; where None, the lowest validation loss stands in for it.
    recent_fall
        The share by which the monitored loss fell over the last tenth of the epochs.
    measure
        The measure of the errors; with a misleading one they are not compared.

    Examples
    --------
    >>> Evidence(code_size=32, live_directions=30).error is None
    True
    """

    layer_live_units: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    live_directions: int | None = None
    code_size: int | None = None
    features: int | None = None
    variance: float | None = None
    effective_code_size: float | None = None
    error: float | None = None
    mean_sample_error: float | None = None
    pca_error: float | None = None
    loss: float | None = None
    kept_epoch: int | None = None
    validation_loss: float | None = None
    best_validation_loss: float | None = None
    loss_at_best: float | None = None
    recent_fall: float | None = None
    measure: str | Measure = "squared_error"


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """Return what went wrong in a training; nothing where nothing did.

    Each finding says what the number shows; the first that something can be done about says what to do, and no other.

    - ``diverged``: a loss or the error is not finite.
    - ``constant_samples``: all samples are the same; then nothing but divergence is looked for.
    - ``dead_units``: a layer has units that are not alive; one finding a layer.
    - ``not_narrower``: the code has as many units as a sample has features, or more; PCA, which would then lose
      nothing, is not compared with.
    - ``constant_output``: no direction of the code reaches the reconstruction.
    - ``fewer_live_directions``: fewer do than the code has units, and either units are dead or half of the
      directions or more are lost. Otherwise a few weak directions of a wide code are no finding.
    - ``no_better_than_mean``, ``no_better_than_pca``: the error is not below the baseline's by 0.1%. The second is
      left out where the first is found.
    - ``under_trained``: the monitored loss still fell by more than 2% over the last tenth of the epochs; directions
      that do not reach the reconstruction yet are then no finding, unless units are dead. Nor is it one of a training
      that diverged or over-fitted.
    - ``over_fitting``: the validation loss ended more than 5% above its best while the training loss fell.

    Parameters
    ----------
    evidence
        The numbers; any may be missing.

    Returns
    -------
    tuple of Finding
        In the order above.

    Raises
    ------
    InvalidInputError
        If the measure is not known.

    Examples
    --------
    >>> evidence = Evidence(layer_live_units={"decoder 1": (1, 2)}, live_directions=1, code_size=2)
    >>> for finding in diagnose(evidence):
    ...     print(finding.text)
    1 of 2 units of layer 'decoder 1' is dead: nothing passes through it on any sample.
    1 of 2 directions of the code reaches the reconstruction.
    """
    diverged, over_fitting = _find_divergence(evidence), _find_over_fitting(evidence)
    if evidence.variance == 0:
        text = "All samples are the same, so that there is nothing to learn."
        return _advise_once([*diverged, Finding("constant_samples", text, {"variance": 0.0})])
    return _advise_once(
        [
            *diverged,
            *_find_dead_units(evidence),
            *_find_width(evidence),
            *_find_lost_directions(evidence),
            *_find_baselines_unbeaten(evidence),
            *([] if diverged or over_fitting else _find_too_short(evidence)),
            *over_fitting,
        ]
    )


def _advise_once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings, the first that something can be done about with what to do: two things may contradict."""
    advised = next((finding for finding in findings if finding.name in ADVICE), None)
    return tuple(
        replace(finding, text=f"{finding.text} {ADVICE[finding.name]}") if finding is advised else finding
        for finding in findings
    )


def _find_divergence(evidence: Evidence) -> list[Finding]:
    values = {
        "training loss": evidence.loss,
        "validation loss": evidence.validation_loss,
        "error": evidence.error,
    }
    for noun, value in values.items():
        if value is not None and not math.isfinite(value):
            kept = ""
            if evidence.error is not None and math.isfinite(evidence.error) and evidence.kept_epoch is not None:
                kept = f" The weights of epoch {evidence.kept_epoch}, the best until then, are kept."
            text = f"The training diverged: the {noun} is {value}.{kept}"
            return [Finding("diverged", text, {noun.replace(" ", "_"): value})]
    return []


def _find_dead_units(evidence: Evidence) -> list[Finding]:
    findings = []
    for layer, (live, total) in evidence.layer_live_units.items():
        dead = total - live
        if dead > 0:
            verb, them = ("is", "it") if dead == 1 else ("are", "them")
            text = (
                f"{dead} of {say_count(total, 'unit')} of layer '{layer}' {verb} dead: nothing passes through {them} "
                "on any sample."
            )
            findings.append(Finding("dead_units", text, {"layer": layer, "dead": dead, "total": total}))
    return findings


def _is_narrower(evidence: Evidence) -> bool:
    return evidence.code_size is None or evidence.features is None or evidence.code_size < evidence.features


def _find_width(evidence: Evidence) -> list[Finding]:
    if _is_narrower(evidence):
        return []
    units, features = evidence.code_size or 0, evidence.features or 0
    text = (
        f"The code has {say_count(units, 'unit')} and a sample {say_count(features, 'feature')}: nothing is squeezed, "
        "and a copy would lose nothing."
    )
    return [Finding("not_narrower", text, {"code_size": units, "features": features})]


def _find_lost_directions(evidence: Evidence) -> list[Finding]:
    live, code_size = evidence.live_directions, evidence.code_size
    if live is None or code_size is None:
        return []
    most = code_size if evidence.features is None else min(code_size, evidence.features)
    numbers: dict[str, float | int | str] = {"live_directions": live, "directions": most}
    if evidence.effective_code_size is not None and math.isfinite(evidence.effective_code_size):
        numbers["effective_code_size"] = evidence.effective_code_size
    any_dead = any(live_units < total for live_units, total in evidence.layer_live_units.values())
    if not any_dead and _still_falls(evidence):
        return []
    if live == 0:
        text = f"No direction of the code, of {most}, reaches the reconstruction: every sample is rebuilt the same."
        return [Finding("constant_output", text, numbers)]
    if live >= most or not (any_dead or 2 * live <= most):
        return []
    verb = "reaches" if live == 1 else "reach"
    text = f"{live} of {say_count(most, 'direction')} of the code {verb} the reconstruction"
    if "effective_code_size" in numbers:
        text += f" (effective code size {say_number(float(numbers['effective_code_size']), 2)})"
    return [Finding("fewer_live_directions", f"{text}.", numbers)]


def _find_baselines_unbeaten(evidence: Evidence) -> list[Finding]:
    measure = find_measure(evidence.measure)
    if measure.misleading or evidence.error is None or not math.isfinite(evidence.error):
        return []
    pca = "PCA" if evidence.code_size is None else f"PCA with {say_count(evidence.code_size, 'component')}"
    rivals: tuple[tuple[FindingName, str, str, float | None], ...] = (
        ("no_better_than_mean", "mean_sample_error", "the mean sample", evidence.mean_sample_error),
        ("no_better_than_pca", "pca_error", pca, evidence.pca_error if _is_narrower(evidence) else None),
    )
    if evidence.mean_sample_error and evidence.error < EXACT_SHARE * evidence.mean_sample_error:
        return []
    for name, key, label, rival in rivals:
        if rival is not None and evidence.error > (1 - MARGIN) * rival:
            mine, theirs = say_pair(evidence.error, rival)
            how = "hardly" if evidence.error < rival else "no"
            text = f"The {measure.title}, {mine}, is {how} better than that of {label}, {theirs} ({measure.unit})."
            return [Finding(name, text, {"error": evidence.error, key: rival})]
    return []


def _still_falls(evidence: Evidence) -> bool:
    return evidence.recent_fall is not None and evidence.recent_fall > STILL_FALLING


def _find_too_short(evidence: Evidence) -> list[Finding]:
    if evidence.recent_fall is None or not _still_falls(evidence):
        return []
    text = f"The loss still fell by {evidence.recent_fall:.1%} over the last tenth of the epochs."
    return [Finding("under_trained", text, {"recent_fall": evidence.recent_fall})]


def _find_over_fitting(evidence: Evidence) -> list[Finding]:
    loss, final, best = evidence.loss, evidence.validation_loss, evidence.best_validation_loss
    if loss is None or final is None or best is None or not all(map(math.isfinite, (loss, final, best))):
        return []
    reference = best if evidence.loss_at_best is None else evidence.loss_at_best
    # Losses that are likelihoods can be negative, so the rise is a share of the best's size.
    if final - best <= OVER_FITTING_RISE * abs(best) or loss >= reference:
        return []
    low, high = say_pair(best, final)
    rise = f", by {say_percent(round((final - best) / abs(best), 3))}" if best else ""
    text = (
        f"The validation loss rose from its best, {low}, to {high}{rise}, while the training loss fell: the network "
        "learned its samples by heart."
    )
    return [Finding("over_fitting", text, {"loss": loss, "validation_loss": final, "best_validation_loss": best})]
