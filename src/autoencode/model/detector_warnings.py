"""What a detector says of itself: too few samples to calibrate on, networks that learnt nothing."""

from __future__ import annotations

from collections.abc import Sequence

from autoencode.evaluation import calibration_needed, least_rate
from autoencode.exceptions import CalibrationWarning, DiagnosisWarning
from autoencode.model.fitted import Fitted
from autoencode.notice import warn_user


def warn_of_few(have: int, rate: float) -> None:
    """Say, before minutes of training, that so many calibration samples can flag nothing at a false-alarm rate.

    Parameters
    ----------
    have, rate
        How many there are, and the rate that is asked for.
    """
    needed = calibration_needed(rate)
    if have < needed:
        warn_user(
            f"{have} calibration sample(s) allow no p-value of {rate:g} or less, so nothing will be flagged: at least "
            f"{needed} are needed. Give more samples, or ask for a false_alarm_rate of at least "
            f"{least_rate(have):g}.",
            CalibrationWarning,
            cause="few calibration samples",
        )


def warn_of_unlearnt(models: Sequence[Fitted]) -> None:
    """Say once where the networks of some detectors beat no baseline: a score is then a distance without them.

    Parameters
    ----------
    models
        What their autoencoders learnt.
    """
    findings = (finding for model in models for finding in model.diagnosis)
    found = next((finding for finding in findings if finding.name == "no_better_than_mean"), None)
    if found is not None:
        warn_user(
            f"the networks learnt nothing that tells samples apart. {found.text} Give more samples, samples of fewer "
            "numbers, such as pictures of a smaller size, or another autoencoder.",
            DiagnosisWarning,
            cause="nothing learnt",
        )
