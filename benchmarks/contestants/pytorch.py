"""PyTorch, eager or compiled: a plain good loop, with the samples in memory and no data loader."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import torch
from problems import BETA_1, BETA_2, CONVOLUTIONS, EPSILON, LEARNING_RATE, Problem, Weights
from protocol import Contestant, Fit, serve
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

COMPILED = sys.argv[1] == "compiled"


def build_network(problem: Problem, weights: Weights) -> nn.Sequential:
    """Return the network up to its logits."""
    modules: list[nn.Module] = []
    for kernel, bias in weights:
        linear = nn.Linear(*kernel.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [linear, nn.ReLU()]
    assert len(weights) == len(problem.layers)
    return nn.Sequential(*modules[:-1])


class PyTorch(Contestant):
    packages = ("torch", "numpy")

    def threads(self) -> int:
        return torch.get_num_threads()

    def fit(self, problem: Problem, weights: Weights, train: np.ndarray, held_out: np.ndarray | None) -> Fit:
        start = time.perf_counter()
        network = build_network(problem, weights)
        optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE, (BETA_1, BETA_2), EPSILON, fused=True)
        samples = torch.from_numpy(train)
        validation = None if held_out is None else torch.from_numpy(held_out)

        def loss_of(batch: torch.Tensor) -> torch.Tensor:
            return binary_cross_entropy_with_logits(network(batch), batch)

        if COMPILED:
            # The last batch is shorter: two programs of fixed shape are faster than one of any shape.
            loss_of = torch.compile(loss_of, dynamic=False)
        stamps = []
        for _ in range(problem.epochs):
            total = torch.zeros(())
            for rows in torch.randperm(len(samples)).split(problem.batch_size):
                loss = loss_of(samples.index_select(0, rows))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(rows)
            total.item()
            if validation is not None:
                with torch.no_grad():
                    loss_of(validation).item()
            stamps.append(time.perf_counter() - start)
        seconds = time.perf_counter() - start
        linears = [module for module in network if isinstance(module, nn.Linear)]
        fitted = [(linear.weight.detach().numpy().T, linear.bias.detach().numpy()) for linear in linears]
        return Fit(seconds, stamps, fitted)

    def prepare_transform(self, problem: Problem, weights: Weights, rows: np.ndarray):
        network = build_network(problem, weights)
        # Linear and ReLU of each encoder layer.
        encoder, decoder = network[: 2 * problem.encoder_layers], network[2 * problem.encoder_layers :]

        def score_chunk(chunk: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            codes = encoder(chunk)
            return codes, (chunk - torch.sigmoid(decoder(codes))).square().mean(dim=1)

        call = torch.compile(score_chunk) if COMPILED else score_chunk

        @torch.no_grad()
        def encode_and_score():
            parts = [call(chunk) for chunk in torch.from_numpy(rows).split(8192)]
            codes, errors = (torch.cat(part) for part in zip(*parts, strict=True))
            return codes.numpy(), errors.numpy()

        return encode_and_score

    def special(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["job"] in CONVOLUTIONS:
            from pytorch_convolutions import time_steps

            return time_steps(request, compiled=COMPILED)
        if request["task"] != "probe":
            return super().special(request)
        from rates import best_rates

        return best_rates(
            torch.from_numpy,
            multiply=torch.matmul,
            exponentiate=lambda values, out: torch.exp(values, out=out),
            copy=lambda values, out: out.copy_(values),
        )


if __name__ == "__main__":
    serve(PyTorch())
