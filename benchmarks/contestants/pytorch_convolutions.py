"""The same convolutional networks in PyTorch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from problems import BETA_1, BETA_2, CONVOLUTIONS, EPSILON, LEARNING_RATE
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

Weights = Mapping[str, np.ndarray]


def fill(layer: Any, kernel: np.ndarray, bias: np.ndarray) -> Any:
    """Return a layer with the given numbers."""
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel))
        layer.bias.copy_(torch.from_numpy(bias))
    return layer


def build_convolution(weights: Weights, name: str, stride: int = 1) -> nn.Module:
    kernel = weights[f"{name}.kernel"].transpose(3, 2, 0, 1)
    layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, stride, 1)
    return fill(layer, kernel, weights[f"{name}.bias"])


def build_affine(weights: Weights, name: str) -> nn.Module:
    kernel = weights[f"{name}.kernel"]
    return fill(nn.Linear(*kernel.shape), kernel.T, weights[f"{name}.bias"])


class Residual(nn.Module):
    """What is added to an image that passes it by."""

    def __init__(self, weights: Weights, name: str):
        super().__init__()
        ends = (build_convolution(weights, f"{name}.{place}") for place in ("first", "second"))
        first, second = ends
        self.path = nn.Sequential(nn.ReLU(), first, nn.ReLU(), second)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images + self.path(images)


def build_network(weights: Weights) -> nn.Sequential:
    """Return the network of two stages up to its logits."""

    def blocks(name: str) -> list[nn.Module]:
        return [Residual(weights, name)] if f"{name}.first.kernel" in weights else []

    def double(name: str) -> list[nn.Module]:
        return [nn.Upsample(scale_factor=2), build_convolution(weights, name)]

    modules: list[nn.Module] = [nn.Unflatten(1, (1, 28, 28))]
    for i in range(2):
        modules += [build_convolution(weights, f"encoder.{i}", 2), *blocks(f"encoder_blocks.{i}.0"), nn.ReLU()]
    modules += [nn.Flatten(), build_affine(weights, "narrow"), build_affine(weights, "widen")]
    modules += [nn.Unflatten(1, (-1, 7, 7)), *blocks("decoder_blocks.0.0"), nn.ReLU(), *double("decoder.0")]
    modules += [*blocks("decoder_blocks.1.0"), nn.ReLU(), *double("decoder.1"), nn.Flatten()]
    return nn.Sequential(*modules)


def time_steps(request: dict[str, Any], *, compiled: bool) -> dict[str, Any]:
    """Return the seconds of a step, the median over all epochs but the first, and the mean loss of the last epoch."""
    folder, problem = Path(request["folder"]), CONVOLUTIONS[request["job"]]
    samples = torch.from_numpy(np.array(np.load(folder / "mnist-train.npy", mmap_mode="r")[: problem.rows]))
    with np.load(folder / f"start-{request['job']}.npz") as arrays:
        weights = dict(arrays)
    # Channels last is the order that PyTorch's convolutions are quickest in, on this kind of machine too.
    network = build_network(weights).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE, (BETA_1, BETA_2), EPSILON, fused=True)

    def loss_of(batch: torch.Tensor) -> torch.Tensor:
        return binary_cross_entropy_with_logits(network(batch), batch)

    if compiled:
        loss_of = torch.compile(loss_of, dynamic=False)
    seconds, mean = [], 0.0
    for order in torch.from_numpy(weights["order"]):
        start, total = time.perf_counter(), torch.zeros(())
        for rows in order.split(problem.batch_size):
            loss = loss_of(samples.index_select(0, rows))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        mean = total.item() / problem.rows
        seconds.append(time.perf_counter() - start)
    return {"seconds": float(np.median(seconds[1:])) * problem.batch_size / problem.rows, "loss": mean}
