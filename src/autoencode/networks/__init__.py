"""Encoder-decoder pairs: one sample in, one sample out. No losses here."""

from autoencode.networks.activation import ACTIVATIONS, find_activation
from autoencode.networks.by_column import ColumnActivation
from autoencode.networks.convolutional import ConvolutionalBlueprint, ConvolutionalNetwork
from autoencode.networks.dense import Affine, DenseBlueprint, DenseNetwork, LayerShape

__all__ = [
    "ACTIVATIONS",
    "Affine",
    "ColumnActivation",
    "ConvolutionalBlueprint",
    "ConvolutionalNetwork",
    "DenseBlueprint",
    "DenseNetwork",
    "LayerShape",
    "find_activation",
]
