"""The squared error, in which large differences count most."""

from __future__ import annotations

from typing import Any

from autoencode.parts.losses.differences import difference_loss


def square(difference: Any, numpy: Any) -> Any:
    r"""Return :math:`(x - \hat x)^2` of each feature.

    Examples
    --------
    >>> import numpy as np
    >>> LOSS.error(np.array([[0.0, 1.0]]), np.array([[0.5, 1.0]]))
    array([[0.25, 0.  ]])
    >>> float(LOSS.function(np.zeros(2), np.array([1.0, 2.0])))
    2.5
    """
    return numpy.square(difference)


LOSS = difference_loss(
    "squared_error",
    square,
    "squared units of the features",
    "The mean of the squared differences; large ones count most.",
)
