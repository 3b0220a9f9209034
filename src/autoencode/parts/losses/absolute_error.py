"""The absolute error, in which features that are far off weigh less than in the squared one."""

from __future__ import annotations

from typing import Any

from autoencode.parts.losses.differences import difference_loss


def absolute(difference: Any, numpy: Any) -> Any:
    r"""Return :math:`|x - \hat x|` of each feature.

    Examples
    --------
    >>> import numpy as np
    >>> LOSS.error(np.array([[0.0, 1.0]]), np.array([[0.5, 1.0]]))
    array([[0.5, 0. ]])
    >>> float(LOSS.function(np.zeros(2), np.array([1.0, -2.0])))
    1.5
    """
    return numpy.abs(difference)


LOSS = difference_loss(
    "absolute_error",
    absolute,
    "units of the features",
    "The mean of the absolute differences; all count in proportion.",
)
