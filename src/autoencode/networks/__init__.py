"""Encoder-decoder pairs: one sample in, one sample out. No losses here."""

from autoencode.activations import ColumnActivation, StepActivation
from autoencode.networks.activation import ACTIVATIONS, OUTPUT_ACTIVATIONS, find_activation
from autoencode.networks.convolutional import ConvolutionalBlueprint, ConvolutionalNetwork
from autoencode.networks.dense import Affine, DenseBlueprint, DenseNetwork
from autoencode.networks.network import Network
from autoencode.networks.recurrent import RecurrentBlueprint, RecurrentNetwork

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
