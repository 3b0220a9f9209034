"""Optimisers by name, from optax, and what is done to a gradient beside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
import optax

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest


class Adam(optax.GradientTransformation):
    """Adam from optax, which also tells its constants to whoever computes it elsewhere."""

    learning_rate: float
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-7  # Keras's

    @classmethod
    def create(cls, learning_rate: float) -> Adam:
        """Return Adam with a step size."""
        adam = cls(*optax.adam(learning_rate, b1=cls.beta_1, b2=cls.beta_2, eps=cls.epsilon))
        adam.learning_rate = learning_rate
        return adam


@dataclass(frozen=True)
class UpdateRule:
    """How an update follows from a gradient.

    Attributes
    ----------
    optimizer
        Turns gradients into updates.
    decay
        Share of itself that each weight and bias loses at a step of the full size: learning rate times weight decay.
    clip_norm
        The longest gradient over all weights and biases of a network, or None; a longer one is shortened to it.
    halves_on_plateau
        Whether the step size of a restart is halved where its monitored loss stands still.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
    """

    optimizer: optax.GradientTransformation
    decay: float = 0.0
    clip_norm: float | None = None
    halves_on_plateau: bool = False


# One object for equal arguments: the compiled epoch is cached by the optimiser's identity.
@lru_cache(maxsize=128)
def _named_optimizer(name: str, learning_rate: float) -> optax.GradientTransformation:
    if name == "adam":
        return Adam.create(learning_rate)
    return getattr(optax, name)(learning_rate)


def _takes_gradients_alone(optimizer: optax.GradientTransformation) -> bool:
    weights = jax.ShapeDtypeStruct((1,), jnp.float32)
    try:
        jax.eval_shape(lambda values: optimizer.update(values, optimizer.init(values), values)[0], weights)
    except TypeError:
        return False
    return True


def find_optimizer(optimizer: str | optax.GradientTransformation, learning_rate: float) -> optax.GradientTransformation:
    """Return the optimiser that a name stands for; an optax object is returned as it is.

    Parameters
    ----------
    optimizer
        The name of an optax optimiser that can be made from a learning rate alone ("adam", "sgd", "adamw", "lion",
        …), or an optax gradient transformation, which then carries its own learning rate.
    learning_rate
        Step size of a named optimiser, > 0. A larger value learns faster, until it diverges.

    Returns
    -------
    optax.GradientTransformation
        The optimiser. "adam" has Keras's constants (β₁ 0.9, β₂ 0.999, ε 1e-7).

    Raises
    ------
    InvalidInputError
        If optax has no optimiser of that name, or it needs more than a learning rate and gradients.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.

    Examples
    --------
    >>> find_optimizer("adam", 1e-3) is find_optimizer("adam", 1e-3)
    True
    """
    if isinstance(optimizer, optax.GradientTransformation):
        return optimizer
    # optax keeps its optimisers, and only those, in the module `optax._src.alias`; the public names are listed here.
    known = sorted(name for name in dir(optax) if getattr(getattr(optax, name), "__module__", "").endswith(".alias"))
    if optimizer not in known:
        raise InvalidInputError(
            f"optimizer must be an optax object or one of {', '.join(known)}, "
            f"got {optimizer!r}{end_with_nearest(optimizer, known)}"
        )
    try:
        made = _named_optimizer(optimizer, float(learning_rate))
    except TypeError as error:
        raise InvalidInputError(
            f"optimizer {optimizer!r} cannot be made from a learning rate alone ({error}); pass the optax object."
        ) from error
    if not (isinstance(made, Adam) or _takes_gradients_alone(made)):
        raise InvalidInputError(
            f"optimizer {optimizer!r} asks for the loss besides its gradient, which a compiled epoch does not pass on; "
            f"choose another, such as 'adam'."
        )
    return made
