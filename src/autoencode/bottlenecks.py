"""The former name of `autoencode.parts.bottlenecks`: it forwards, and warns."""

from autoencode.lazy_names import forward

__getattr__ = forward(__name__, "autoencode.parts.bottlenecks")
