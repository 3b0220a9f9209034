"""The loss of a sequence: every step that exists counts the same, and so does where the sequence ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from autoencode.exceptions import InvalidInputError
from autoencode.parts.losses import LOSSES, Loss


@dataclass(frozen=True)
class StepLoss:
    r"""The mean over the steps of a sequence of the loss of each, and what its end costs.

    .. math::
        \frac{\sum_t m_t \, \ell(z_t, x_t)}{\sum_t m_t} +
        \frac1{dT} \sum_t \max(e_t, 0) - m_t e_t + \log(1 + e^{-|e_t|})

    with the features :math:`x_t` of step :math:`t` and the output :math:`z_t` for them, whose loss :math:`\ell` is a
    mean over :math:`d` features; :math:`m_t`, 1 where the step exists and 0 after the end; and :math:`e_t`, the logit
    of its existing. Existing is thus one feature more beside the :math:`d`, of which the sum is divided by :math:`d`:
    the loss of sequences of full length is the loss :math:`\ell` of all their numbers.

    Attributes
    ----------
    loss
        The loss of one step, of its features.
    step_features
        Features of one step, :math:`d`.
    varying
        Whether sequences end before the last step; else the logits cost nothing, and are not trained.
    """

    loss: Loss
    step_features: int
    varying: bool

    def __call__(
        self, linear: Float[Array, "*batch features"], sample: Float[Array, "*batch features"]
    ) -> Float[Array, "*batch"]:
        """Return the loss of each sample, per feature of a step; ≥ 0, smaller is better."""
        by_step = (*linear.shape[:-1], -1, self.step_features + 1)
        linear, sample = linear.reshape(by_step), sample.reshape(by_step)
        exists, logit = sample[..., -1], linear[..., -1]
        losses = self.loss.function(linear[..., :-1], sample[..., :-1])
        # A padded row of a batch has no steps at all.
        loss = jnp.sum(losses * exists, axis=-1) / jnp.maximum(jnp.sum(exists, axis=-1), 1)
        if self.varying:
            loss += jnp.mean(jax.nn.softplus(logit) - logit * exists, axis=-1) / self.step_features
        return loss


@lru_cache(maxsize=256)
def step_loss(loss: str, steps: int, step_features: int, *, varying: bool) -> Loss:
    """Return the loss of sequences, fused with its activation.

    Parameters
    ----------
    loss
        The loss of a step's features, a key of `LOSSES` whose output activation is the identity.
    steps, step_features
        Steps of a sample and features of one, ≥ 1; of a flat sample, each step has one number more, which is 1 where
        the step exists.
    varying
        Whether some sequences end before the last step, so that their ends are to be learnt.

    Returns
    -------
    Loss
        The same object for equal arguments; a mean over the features of all steps. Its `output_activation` is the word
        "by_step": the network's own is a `StepActivation`, which this folder does not know.

    Raises
    ------
    InvalidInputError
        If there is no such loss.

    Examples
    --------
    >>> loss = step_loss("squared_error", 2, 1, varying=True)
    >>> sample = jnp.array([2.0, 1.0, 0.0, 0.0])  # a step of 2, and none after it
    >>> value = loss.function(jnp.array([1.0, 9.0, 7.0, 0.0]), sample)
    >>> round(value.item(), 4)  # (2 - 1)² + (0.0001 + ln 2) / 2
    1.3466
    """
    known = [name for name, known in LOSSES.items() if known.output_activation == "identity"]
    if loss not in known:
        raise InvalidInputError(f"loss must be one of {', '.join(known)} for sequences, got {loss!r}.")
    function = StepLoss(LOSSES[loss], step_features, varying)
    return Loss(loss, function, "by_step", fused=True, parts=steps * step_features)
