"""Codes that are drawn from a normal distribution of each sample."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from autoencode.parts.bottlenecks.bottleneck import Bottleneck, Drawn, require

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = -20.0, 10.0
"""Beyond these a variance is a rounding error, or infinite."""


class Gaussian(Bottleneck):
    r"""The encoder gives mean and logarithm of the variance; training draws the code from them.

    .. math::
        z = \mu + \sigma \varepsilon, \quad \varepsilon \sim N(0, 1), \qquad
        \beta \, D_{KL} = \frac{\beta}{2} \sum_j \mu_j^2 + \sigma_j^2 - 1 - \ln \sigma_j^2

    With several draws, each costs :math:`\ln q(z | x) - \ln p(z)`, and the loss is the importance-weighted bound.
    Outside of training the code is the mean.

    Attributes
    ----------
    beta
        What a nat of divergence from the standard normal costs, ≥ 0. A larger one makes codes more alike, and
        reconstructions worse.
    warmup
        Over which share of the training the cost rises from nothing, 0 … 1.
    draws
        Codes that are drawn of each sample, ≥ 1; more make the bound tighter. More than one go with ``beta=1``.

    References
    ----------
    D. P. Kingma and M. Welling, "Auto-encoding variational Bayes", 2014, eq. 10. I. Higgins et al., "β-VAE", 2017,
    eq. 4. Y. Burda, R. Grosse and R. Salakhutdinov, "Importance weighted autoencoders", 2016, eq. 8. C. K. Sønderby et
    al., "Ladder variational autoencoders", 2016, section 2.3 (warm-up).

    Examples
    --------
    >>> Gaussian().code(jnp.array([1.0, 2.0, -3.0, -3.0])).tolist()
    [1.0, 2.0]
    """

    beta: float | int = eqx.field(static=True, default=1.0)
    warmup: float | int = eqx.field(static=True, default=0.0)
    draws: int = eqx.field(static=True, default=1)

    def __check_init__(self) -> None:
        require(isinstance(self.beta, int | float) and 0 <= self.beta < float("inf"), "beta", "≥ 0", self.beta)
        require(isinstance(self.warmup, int | float) and 0 <= self.warmup <= 1, "warmup", "0 … 1", self.warmup)
        require(isinstance(self.draws, int) and self.draws >= 1, "draws", "a whole number ≥ 1", self.draws)
        require(self.draws == 1 or self.beta == 1, "beta", "1 with several draws", self.beta)

    @property
    def has_normal_prior(self) -> bool:
        """Whether it trains codes towards a standard normal distribution."""
        return self.beta > 0

    def width(self, code_size: int) -> int:
        """Return twice the code size: a mean and a logarithm of the variance for each unit."""
        return 2 * code_size

    def code(self, encoded: Float[Array, " encoded"]) -> Float[Array, " code"]:
        """Return the mean."""
        return encoded[: len(encoded) // 2]

    def draw(
        self,
        encoded: Float[Array, "batch encoded"],
        keys: Key[Array, " batch"],
        weights: Float[Array, " batch"],
        progress: Float[Array, ""],
    ) -> Drawn:
        """Return a drawn code a sample and what it costs; of several draws, each with its own cost."""
        del weights
        mean, log_variance = jnp.split(encoded, 2, axis=1)
        log_variance = jnp.clip(log_variance, LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE)
        deviation = jnp.exp(log_variance / 2)
        share = jnp.minimum(progress / self.warmup, 1) if self.warmup else 1
        if self.draws == 1:
            noise = jax.vmap(lambda key: jax.random.normal(key, mean.shape[1:]))(keys)
            divergence = jnp.sum(jnp.square(mean) + jnp.square(deviation) - 1 - log_variance, axis=1) / 2
            return Drawn(mean + deviation * noise, self.beta * share * divergence, self)
        noise = jax.vmap(lambda key: jax.random.normal(key, (self.draws, *mean.shape[1:])))(keys)
        codes = mean[:, None] + deviation[:, None] * noise
        surplus = jnp.sum(jnp.square(codes) - jnp.square(noise) - log_variance[:, None], axis=2) / 2
        return Drawn(codes, share * surplus, self)

    def add_nodes(self, graph: Any, encoded: str, code_size: int) -> str:
        """Add what takes the mean; see `Bottleneck.add_nodes`."""
        return graph.add_columns(encoded, 0, code_size, "code.mean")
