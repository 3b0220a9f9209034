"""What a code is: plain, few numbers at once, drawn, or rounded. One file a bottleneck."""

from autoencode.bottlenecks.bottleneck import Bottleneck, Drawn, MovingStatistics
from autoencode.bottlenecks.finite_scalar import FiniteScalar
from autoencode.bottlenecks.gaussian import Gaussian
from autoencode.bottlenecks.plain import Plain
from autoencode.bottlenecks.top_k import TopK
from autoencode.bottlenecks.vector_quantized import Codebook, VectorQuantized

__all__ = [
    "BOTTLENECKS",
    "Bottleneck",
    "Codebook",
    "Drawn",
    "FiniteScalar",
    "Gaussian",
    "MovingStatistics",
    "Plain",
    "TopK",
    "VectorQuantized",
]

BOTTLENECKS: dict[str, type[Bottleneck]] = {
    "plain": Plain,
    "top_k": TopK,
    "gaussian": Gaussian,
    "vector_quantized": VectorQuantized,
    "finite_scalar": FiniteScalar,
}
"""Every bottleneck by name."""
