"""What a training minimises: a reconstruction loss of corrupted samples, penalties of the bottleneck, and terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from autoencode.parts.corruptions import Corruption, SampleSpace
from autoencode.parts.objectives import CodedBatch, Loss, Term
from autoencode.training.bottlenecked import BottleneckedNetwork


@dataclass(frozen=True)
class Objective:
    r"""What a training minimises, as parts.

    .. math:: \ell(\hat x(z), x) + \frac1F \Big(\text{penalty}(z) + \sum_t \text{term}_t\Big), \quad z = z(\tilde x)

    The loss :math:`\ell` is a mean over F features (columns, of a mixed table); a penalty and a term are sums, as the
    papers have them beside a summed error. With several draws of each code it is the importance-weighted bound.

    Attributes
    ----------
    loss
        Of a reconstruction.
    corruption, space
        What is done to a sample before it is encoded, or None, and what it must know of samples.
    terms
        What is added of codes.
    """

    loss: Loss
    corruption: Corruption | None = None
    space: SampleSpace | None = None
    terms: tuple[Term, ...] = ()

    @property
    def is_loss_alone(self) -> bool:
        """Whether there is nothing beside the loss."""
        return self.corruption is None and not self.terms


def sum_losses(
    network: Any,
    objective: Objective,
    samples: Float[Array, "batch features"],
    weights: Float[Array, " batch"],
    key: PRNGKeyArray,
    progress: Float[Array, ""],
) -> tuple[Float[Array, ""], Any]:
    """Return the weighted sum of what a batch costs, and the network with its moving statistics brought up to date.

    Parameters
    ----------
    network
        One network.
    objective
        What each sample costs.
    samples, weights
        The batch, and how much each sample counts; rows of weight 0 only fill it.
    key
        Of the step's randomness; every sample has a key of its own, drawn from it.
    progress
        The share of the training that is over.
    """
    loss = objective.loss
    # Where nothing is drawn, XLA leaves the keys out.
    keys, code_keys, term_keys = jax.random.split(key, (3, len(samples)))
    inputs = samples
    if objective.corruption is not None:
        assert objective.space is not None, "a corruption knows its samples"
        corruption, space = objective.corruption, objective.space
        inputs = jax.vmap(lambda sample, key: corruption(sample, key, space))(samples, keys)
    penalties: Any = 0
    if isinstance(network, BottleneckedNetwork):
        encoded = jax.vmap(network.network.encode)(inputs)
        codes, penalties, bottleneck = network.bottleneck.draw(encoded, code_keys, weights, progress)
        updated = BottleneckedNetwork(network.network, bottleneck, network.code_size)
    else:
        codes, updated = jax.vmap(network.encode)(inputs), network

    def loss_of(code: Float[Array, " code"], sample: Float[Array, " features"]) -> Float[Array, ""]:
        return loss.function(network.decode_linear(code) if loss.fused else network.decode(code), sample)

    features = loss.parts or samples.shape[1]
    several = codes.ndim == 3
    of_codes = jax.vmap(loss_of, in_axes=(0, None)) if several else loss_of
    losses = jax.vmap(of_codes)(codes, samples) + penalties / features
    if several:  # −ln of the mean of exp(−cost), of costs that are sums
        losses = (jnp.log(codes.shape[1]) - jax.nn.logsumexp(-losses * features, axis=1)) / features
        codes = codes[:, 0]
    for place, term in enumerate(objective.terms):
        own_keys = jax.vmap(jax.random.fold_in, in_axes=(0, None))(term_keys, place)
        losses += term(CodedBatch(inputs, codes, weights, own_keys, network)) / features
    return jnp.sum(losses * weights), updated
