"""Ours, through the public estimator and nothing else: what is measured is what users get."""

from __future__ import annotations

import os
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from problems import CONVOLUTIONS, DETECTOR, LEARNING_RATE, PROBLEMS, Problem, Weights, final_loss, save_weights
from protocol import Contestant, Fit, load_arrays, serve
from scoring import Scorer, time_scoring

import autoencode as ae
import autoencode.estimators  # now, as every peer's library is imported before its clock starts

warnings.simplefilter("ignore", ae.DiagnosisWarning)

RESTARTS = 16


def create_model(problem: Problem, *, squared: bool = False, **settings: Any) -> ae.Autoencoder:
    """Return the estimator of a problem."""
    given: dict[str, Any] = {
        "hidden": problem.hidden,
        "activation": "relu",
        "code_activation": "relu",
        "output_activation": "identity" if squared else "sigmoid",
        "loss": "squared_error" if squared else "binary_cross_entropy",
        "scaling": "none",
        "learning_rate": LEARNING_RATE,
        "epochs": problem.epochs,
        "batch_size": problem.batch_size,
        "random_state": problem.seed,
    }
    return ae.Autoencoder(problem.code_size, **{**given, **settings})


def read_weights(model: ae.Autoencoder) -> Weights:
    """Return kernel and bias of each layer of a fitted model."""
    layers = [*model.network_.encoder, *model.network_.decoder]
    return [(np.asarray(layer.kernel), np.asarray(layer.bias)) for layer in layers]


def first_weights(problem: Problem, rows: np.ndarray) -> Weights:
    """Return the weights from which the estimator starts with this seed.

    A step of 1e-30 leaves a float32 weight as it is, so this needs no look inside.
    """
    model = create_model(problem, learning_rate=1e-30, epochs=1, batch_size=len(rows), squared=True)
    return [(kernel, np.zeros_like(bias)) for kernel, bias in read_weights(model.fit(rows))]


class Ours(Contestant):
    packages = ("autoencode", "jax", "jaxlib", "equinox", "optax", "numpy")

    def threads(self) -> int:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def fit(
        self,
        problem: Problem,
        weights: Weights | None,
        train: np.ndarray,
        held_out: np.ndarray | None,
        *,
        squared: bool = False,
    ) -> Fit:
        del weights  # the seed stands for them
        stamps = []
        start = time.perf_counter()
        model = create_model(
            problem, squared=squared, callbacks=[lambda _: stamps.append(time.perf_counter() - start)]
        ).fit(train, validation=held_out)
        return Fit(time.perf_counter() - start, stamps, read_weights(model))

    def prepare_transform(self, problem: Problem, weights: Weights, rows: np.ndarray):
        del weights
        model = create_model(problem, learning_rate=1e-30, epochs=1).fit(rows[:10_000])
        return lambda: (model.transform(rows), model.errors(rows))

    def detect(self, folder: Path) -> dict[str, Any]:
        seconds, losses = 0.0, []
        for path in sorted(folder.glob("detector-*.npy")):
            table = np.load(path)
            problem = DETECTOR.problem(path.stem, *table.shape)
            start = time.perf_counter()
            model = create_model(problem, squared=True, scaling="standard", epochs=DETECTOR.epochs).fit(table)
            scores = model.errors(table, units="scaled")
            seconds += time.perf_counter() - start
            losses.append(float(np.mean(scores)))
        return {"seconds": seconds, "loss": float(np.mean(losses))}

    def special(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["job"] in CONVOLUTIONS:
            from ours_convolutions import lay_out_start, time_steps

            return lay_out_start(request) if request["task"] == "start" else time_steps(request)
        tasks = {
            "weights": lay_out_weights,
            "reference": fit_reference,
            "restarts": compare_restarts,
            "score": score_rows,
            "probe": probe,
        }
        return tasks[request["task"]](request)


def lay_out_weights(request: dict[str, Any]) -> dict[str, Any]:
    """Write the first weights of every problem whose samples are laid out."""
    folder = Path(request["folder"])
    for problem in PROBLEMS.values():
        if (folder / f"{problem.data}-train.npy").exists():
            save_weights(folder, problem.name, first_weights(problem, load_arrays(problem, folder)[0][:16]))
    for path in folder.glob("detector-*.npy"):
        table = np.load(path)
        save_weights(folder, path.stem, first_weights(DETECTOR.problem(path.stem, *table.shape), table[:16]))
    return {}


def fit_reference(request: dict[str, Any]) -> dict[str, Any]:
    """Return what a contestant that knows squared error only is held against: the final loss of such a fit of ours."""
    problem = replace(PROBLEMS[request["job"]], epochs=request["epochs"])
    train, _ = load_arrays(problem, Path(request["folder"]))
    return {"loss": final_loss(Ours().fit(problem, None, train, None, squared=True).weights, train, squared=True)}


def compare_restarts(request: dict[str, Any]) -> dict[str, Any]:
    """Return the time of 16 restarts at once over that of 16 single fits, each compiled before."""
    problem = PROBLEMS["table-vanilla"]
    train, _ = load_arrays(problem, Path(request["folder"]))
    start = time.perf_counter()
    model = create_model(problem, restarts=RESTARTS).fit(train)
    together = time.perf_counter() - start
    start = time.perf_counter()
    singly = [create_model(problem, random_state=problem.seed + i).fit(train) for i in range(RESTARTS)]
    singles = time.perf_counter() - start
    # The first of the restarts is the network that a single fit with the same seed trains.
    same, alone = model.history_.loss[-1, 0], singly[0].history_.loss[-1, 0]
    if abs(same - alone) > problem.tolerance * alone:
        raise AssertionError(f"a restart ended at a loss of {same:.5f}, the same network alone at {alone:.5f}")
    return {
        "seconds": together / singles,
        "together_seconds": together,
        "singles_seconds": singles,
        "loss": float(same),
    }


def score_rows(request: dict[str, Any]) -> dict[str, Any]:
    """Return the times of a detector's life, from rows that are all normal."""
    scorer = Scorer(
        fit=lambda rows: ae.AnomalyDetector(contaminated=False, random_state=0).fit(rows),
        save=lambda detector, path: detector.save(path),
        load=ae.load,
        score=lambda detector, rows: -detector.score_samples(rows),
    )
    return time_scoring(scorer, Path(request["folder"]))


def probe(request: dict[str, Any]) -> dict[str, Any]:
    """Return the best rates that NumPy and JAX reach."""
    del request
    import jax
    import jax.numpy as jnp
    from rates import best_rates

    multiply, exponentiate, copy = (jax.jit(function) for function in (jnp.matmul, jnp.exp, lambda v: v + 0))
    through_jax = best_rates(
        jnp.asarray,
        multiply=lambda a, b: multiply(a, b).block_until_ready(),
        exponentiate=lambda values, _: exponentiate(values).block_until_ready(),
        copy=lambda values, _: copy(values).block_until_ready(),
    )
    through_numpy = best_rates(
        lambda array: array,
        multiply=np.matmul,
        exponentiate=lambda values, out: np.exp(values, out=out),
        copy=lambda values, out: np.copyto(out, values),
    )
    return {name: max(through_jax[name], rate) for name, rate in through_numpy.items()}


if __name__ == "__main__":
    serve(Ours())
