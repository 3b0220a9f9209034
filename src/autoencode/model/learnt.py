"""What an estimator was told and what it learnt, as the other parts of the package take them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from autoencode.model.arguments import Arguments
from autoencode.model.fitted import Fitted


class HoldsFitted(Protocol):
    """An estimator of scikit-learn's kind that holds what it learnt."""

    fitted_: Fitted

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the constructor's arguments by name."""
        ...


def list_arguments(estimator: HoldsFitted) -> Arguments:
    """Return the constructor's arguments."""
    return Arguments(**estimator.get_params(deep=False))


def take_fitted(model: HoldsFitted | Fitted) -> Fitted:
    """Return what an estimator learnt, with its arguments as they are now; a `Fitted` as it is.

    Raises
    ------
    NotFittedError
        If it learnt nothing yet.
    """
    if isinstance(model, Fitted):
        return model
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model)
    return replace(model.fitted_, arguments=list_arguments(model))
