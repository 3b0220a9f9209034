"""Scaling of features: fitted on the training samples, invertible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.exceptions import InvalidInputError

__all__ = ["SCALINGS", "Scaling", "choose_scaling", "fit_scaling"]

SCALINGS: dict[str, str] = {
    "none": "the features as they are",
    "standard": "each feature to mean 0 and standard deviation 1",
    "minmax": "each feature to [0, 1]",
    "global_minmax": "all features together to [0, 1], which keeps their proportions; for images",
}
"""Every scaling that an estimator takes by name, with what it does."""


@dataclass(frozen=True)
class Scaling:
    r"""A fitted scaling, :math:`z = (x - \text{offset}) / \text{scale}`.

    Attributes
    ----------
    kind
        A key of `SCALINGS`.
    offset, scale
        One number a feature, in the feature's own units; a constant feature has scale 1.
    """

    kind: str
    offset: Float64[np.ndarray, " features"]
    scale: Float64[np.ndarray, " features"]

    def apply(self, samples: Float[np.ndarray, "samples features"]) -> Float32[np.ndarray, "samples features"]:
        """Return the scaled features of samples, as float32.

        Raises
        ------
        InvalidInputError
            If a scaled value is too large for float32.
        """
        if self.kind == "none" and samples.dtype == np.float32:
            return samples
        with np.errstate(over="ignore"):
            scaled = samples if self.kind == "none" else (samples - self.offset) / self.scale
            scaled = np.asarray(scaled, np.float32)
        if not np.isfinite(scaled).all():
            rows, columns = np.nonzero(~np.isfinite(scaled))
            advice = "rescale that feature" if self.kind == "standard" else "use scaling='standard', or rescale it"
            raise InvalidInputError(
                f"X has values too large for float32 after scaling {self.kind!r}, first in sample {rows[0]}, feature "
                f"{columns[0]} ({samples[rows[0], columns[0]]:.3g}); {advice}."
            )
        return scaled

    def invert(self, scaled: Float32[np.ndarray, "samples features"]) -> Float[np.ndarray, "samples features"]:
        """Return scaled features in their own units: float64, or unchanged where there is no scaling."""
        if self.kind == "none":
            return scaled
        return scaled.astype(np.float64) * self.scale + self.offset


def choose_scaling(samples: Float[np.ndarray, "samples features"], *, image: bool, unit_interval: bool) -> str:
    """Choose the scaling that ``scaling="auto"`` stands for.

    Parameters
    ----------
    samples
        The training samples, flat.
    image
        Whether a sample has more than one axis, so that its features share one unit.
    unit_interval
        Whether the loss needs features in [0, 1].

    Returns
    -------
    str
        "none" where every value already lies in [0, 1]; else "global_minmax" for images, "minmax" where the loss needs
        [0, 1], and "standard" otherwise.

    Examples
    --------
    >>> choose_scaling(np.array([[0.0, 300.0]]), image=False, unit_interval=False)
    'standard'
    """
    if samples.min() >= 0 and samples.max() <= 1:
        return "none"
    if image:
        return "global_minmax"
    return "minmax" if unit_interval else "standard"


def fit_scaling(samples: Float[np.ndarray, "samples features"], kind: str) -> Scaling:
    """Fit a scaling to training samples.

    Parameters
    ----------
    samples
        The training samples, finite.
    kind
        A key of `SCALINGS`.

    Returns
    -------
    Scaling
        The fitted scaling.

    Raises
    ------
    InvalidInputError
        If the kind is not known, or the spread of a feature is too large for float64.

    Examples
    --------
    >>> fit_scaling(np.array([[0.0], [10.0]]), "minmax").apply(np.array([[5.0]])).item()
    0.5
    """
    features = samples.shape[1]
    offset, scale = np.zeros(features), np.ones(features)
    if kind not in SCALINGS:
        raise InvalidInputError(f"scaling must be 'auto' or one of {', '.join(SCALINGS)}, got {kind!r}.")
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "standard":
            # scikit-learn's scaler tells a constant feature from rounding noise.
            from sklearn.preprocessing import StandardScaler

            fitted = StandardScaler().fit(samples.astype(np.float64, copy=False))
            # It also takes a feature whose variance overflows for a constant one.
            overflows = ~np.isfinite(np.asarray(fitted.var_))
            offset, scale = np.asarray(fitted.mean_), np.where(overflows, np.inf, np.asarray(fitted.scale_))
        elif kind == "minmax":
            offset = samples.min(axis=0).astype(np.float64)
            scale = samples.max(axis=0).astype(np.float64) - offset
        elif kind == "global_minmax":
            offset = np.full(features, samples.min(), np.float64)
            scale = np.full(features, samples.max(), np.float64) - offset
    if not (np.isfinite(offset).all() and np.isfinite(scale).all()):
        column = int(np.nonzero(~(np.isfinite(offset) & np.isfinite(scale)))[0][0])
        raise InvalidInputError(f"feature {column} of X spreads too far for float64; rescale it before fitting.")
    return Scaling(kind, offset, np.where(scale == 0, 1.0, scale))
