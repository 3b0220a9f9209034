"""Huber's error: squared where a feature is near, absolute where it is far off."""

from __future__ import annotations

from typing import Any

from autoencode.parts.losses.differences import difference_loss


def huber(difference: Any, numpy: Any) -> Any:
    r"""Return Huber's error of each feature, in units in which 1 is far off.

    .. math::
        h(e) = \begin{cases} e^2 / 2 & |e| \le 1 \\ |e| - 1/2 & \text{else} \end{cases}, \quad e = x - \hat x

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", 1964, with k = 1.

    Examples
    --------
    >>> import numpy as np
    >>> LOSS.error(np.array([[0.0, 1.0]]), np.array([[3.0, 2.0]]))
    array([[2.5, 0.5]])
    >>> float(LOSS.function(np.zeros(2), np.array([1.0, -3.0])))  # (1/2 + 5/2) / 2
    1.5
    """
    distance = numpy.abs(difference)
    near = numpy.minimum(distance, 1)
    return near * (distance - near / 2)


LOSS = difference_loss(
    "huber",
    huber,
    "units of the features, squared below 1",
    "The mean of half the squared differences up to 1, of the absolute ones less 1/2 beyond.",
)
