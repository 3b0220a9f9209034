"""Encoder-decoder pairs: one sample in, one sample out. No losses here."""

from autoencode.parts.activations import ColumnActivation, StepActivation
from autoencode.parts.networks.activation import ACTIVATIONS, OUTPUT_ACTIVATIONS, find_activation
from autoencode.parts.networks.convolutional import ConvolutionalBlueprint, ConvolutionalNetwork
from autoencode.parts.networks.dense import Affine, DenseBlueprint, DenseNetwork
from autoencode.parts.networks.network import Network
from autoencode.parts.networks.recurrent import RecurrentBlueprint, RecurrentNetwork

__all__ = [
    "ACTIVATIONS",
    "OUTPUT_ACTIVATIONS",
    "Affine",
    "ColumnActivation",
    "ConvolutionalBlueprint",
    "ConvolutionalNetwork",
    "DenseBlueprint",
    "DenseNetwork",
    "Network",
    "RecurrentBlueprint",
    "RecurrentNetwork",
    "StepActivation",
    "find_activation",
]
