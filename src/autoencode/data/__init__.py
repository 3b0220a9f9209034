"""Where samples come from: the named data sets, found on this machine or fetched, and checked to the byte."""

from __future__ import annotations

from autoencode.data.dataset import Dataset
from autoencode.data.named_sets import fetch, load, names, verify

__all__ = ["Dataset", "fetch", "load", "names", "verify"]
