"""What a code is: plain, few numbers at once, drawn, or rounded. One file a bottleneck, by name in `registry`."""

from autoencode.lazy_names import find_lazily
from autoencode.parts.bottlenecks.bottleneck import Bottleneck, Drawn, MovingStatistics
from autoencode.registry import BOTTLENECKS

__all__ = ["BOTTLENECKS", "Bottleneck", "Drawn", "MovingStatistics"]

__getattr__ = find_lazily(__name__, BOTTLENECKS.homes | {"Codebook": "vector_quantized"})
