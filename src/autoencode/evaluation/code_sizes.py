"""The error against the code size: how it falls, and where the curve has its knee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from autoencode.evaluation.intervals import Interval, paired_interval

KNEE_DISTANCE = 0.1
"""How far below its chord a curve must reach to have a knee; a straight one reaches 0, the sharpest 1."""

LEAST_FALL = 0.05
"""A curve that falls by a smaller share than this from end to end is flat, and what bends in it is noise."""


@dataclass(frozen=True, eq=False)
class CodeSizeCurve:
    """The mean errors of networks that differ in their code size alone, beside PCA's.

    Attributes
    ----------
    name
        What the networks have in common, in words.
    networks
        The layers of each, such as "64-8".
    code_sizes
        Rising.
    errors
        The mean error of the network that was kept, for each size.
    restarts
        The mean error of each restart; NaN where one diverged.
    pca
        The mean error of PCA with as many components.
    against_pca
        For each size, the interval of the network's error minus PCA's; negative where the network is better.
    steps
        For each size but the first, the interval of its error minus that of the size before.
    """

    name: str
    networks: tuple[str, ...]
    code_sizes: Int[np.ndarray, " sizes"]
    errors: Float[np.ndarray, " sizes"]
    restarts: Float[np.ndarray, "sizes restarts"]
    pca: Float[np.ndarray, " sizes"]
    against_pca: tuple[Interval, ...]
    steps: tuple[Interval, ...]

    @property
    def knee(self) -> int | None:
        """The code size at the knee; None where there is none. See `find_knee`."""
        return find_knee(self.code_sizes, self.errors)

    def describe(self) -> str:
        """Say where the curve has its knee, and at which code sizes the networks are better than PCA, in words."""
        better = [str(size) for size, i in zip(self.code_sizes, self.against_pca, strict=True) if i.direction < 0]
        against = f"better than PCA at {', '.join(better)}" if better else "nowhere better than PCA"
        return f"{self.name}: {self._describe_knee()}; {against}."

    def _describe_knee(self) -> str:
        if self.knee is not None:
            return f"the knee is at a code size of {self.knee}, beyond which a larger code gains less"
        if len(self.code_sizes) < 3:
            return "no knee without a third code size"
        gain = "is still better than" if self.steps[-1].direction < 0 else "shows no gain over"
        return f"no knee; the largest code, {self.code_sizes[-1]}, {gain} the one before, {self.code_sizes[-2]}"


def compute_code_size_curve(
    name: str,
    networks: Sequence[str],
    code_sizes: Sequence[int],
    errors: Sequence[Float[np.ndarray, " samples"]],
    pca: Sequence[Float[np.ndarray, " samples"]],
    restarts: Sequence[Float[np.ndarray, " restarts"]],
) -> CodeSizeCurve:
    """Return the curve of the mean error against the code size, with 95 % intervals of paired differences.

    Parameters
    ----------
    name
        What the networks have in common, in words.
    networks, code_sizes
        The layers and the code size of each; rising.
    errors, pca
        For each size, the errors of the same samples, of the network and of PCA with as many components.
    restarts
        For each size, the mean error of each restart.

    Raises
    ------
    InvalidInputError
        If there are fewer than two samples, or an error is not finite.

    Examples
    --------
    >>> samples = np.linspace(1, 2, 50)
    >>> errors = [samples, samples / 10, samples / 11]
    >>> layers, restarts = ["8-2", "8-4", "8-8"], [np.array([1.0])] * 3
    >>> curve = compute_code_size_curve("hidden 8", layers, [2, 4, 8], errors, errors, restarts)
    >>> curve.describe()
    'hidden 8: the knee is at a code size of 4, beyond which a larger code gains less; nowhere better than PCA.'
    """
    return CodeSizeCurve(
        name,
        tuple(networks),
        np.array(code_sizes),
        np.array([values.mean() for values in errors], np.float64),
        np.array(restarts, np.float64),
        np.array([values.mean() for values in pca], np.float64),
        tuple(paired_interval(one, other) for one, other in zip(errors, pca, strict=True)),
        tuple(paired_interval(one, before) for before, one in pairwise(errors)),
    )


def find_knee(code_sizes: Sequence[int] | Int[np.ndarray, " sizes"], errors: Float[np.ndarray, " sizes"]) -> int | None:
    r"""Return the code size at the knee of a curve of errors: beyond it, a doubling of the code gains less than before.

    Both axes are logarithmic and run from 0 to 1, :math:`u` for the code size and :math:`v` for the error:

    .. math::
        u_i = \frac{\ln k_i - \ln k_1}{\ln k_n - \ln k_1}, \qquad v_i = \frac{\ln e_i - \ln e_n}{\ln e_1 - \ln e_n}

    with :math:`e_i` the least error up to size i. The knee is where the curve is farthest below its chord,
    :math:`\arg\max_i 1 - u_i - v_i`, if that is at least 0.1.

    Parameters
    ----------
    code_sizes
        Rising.
    errors
        The mean error at each, ≥ 0.

    Returns
    -------
    int or None
        None for fewer than three sizes, where the error falls by less than 5 % from end to end, and where the curve is
        straight or bends the other way: no size stands out.

    Notes
    -----
    The paper smooths the curve and has both axes linear, where every curve that falls by the same share with each
    doubling has a knee, wherever the largest size happens to be. On logarithmic axes such a curve is straight.

    References
    ----------
    V. Satopää et al., "Finding a 'kneedle' in a haystack: detecting knee points in system behavior", 2011, section 3.

    Examples
    --------
    >>> find_knee([2, 4, 8, 16], np.array([1.0, 0.2, 0.18, 0.17]))
    4
    >>> find_knee([2, 4, 8, 16], np.array([1.0, 0.5, 0.25, 0.125])) is None
    True
    """
    errors = np.asarray(errors, np.float64)
    if len(errors) < 3 or not errors[0] > 0:
        return None
    least = np.minimum.accumulate(errors) / errors[0]
    if least[-1] > 1 - LEAST_FALL:
        return None
    falls = np.log(np.maximum(least, 1e-12))  # a perfect reconstruction is no infinite gain
    widths = np.log(np.asarray(code_sizes, np.float64))
    across = (widths - widths[0]) / (widths[-1] - widths[0])
    below = falls / falls[-1] - across
    knee = int(np.argmax(below))
    return int(code_sizes[knee]) if below[knee] >= KNEE_DISTANCE else None
