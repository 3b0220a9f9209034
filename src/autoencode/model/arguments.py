"""The constructor's arguments of an `Autoencoder`, checked as far as they are plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.nearest import end_with_nearest
from autoencode.options import ENGINE_NAMES, KIND_NAMES, SCHEDULE_NAMES
from autoencode.parts.recipes import RECIPES
from autoencode.registry import BOTTLENECKS, CORRUPTIONS, LOSSES, NETWORKS, OUTPUT_ACTIVATIONS, TERMS
from autoencode.sizes import is_auto
from autoencode.tables import SCALINGS
from autoencode.tables.number_map import NUMERIC_SCALINGS

PART_NAMES = ("network", "activation", "code_activation", "bottleneck", "corruption", "terms")
"""The keywords that name parts of a network and its training; the loss, which goes by the samples, is not here."""


class Arguments(SimpleNamespace):
    """The constructor's arguments of an `Autoencoder`, by name."""


def require(ok: bool, name: str, expected: str, value: Any, known: Iterable[str] = ()) -> None:
    """Check an argument; `known` are the words of which the nearest is suggested."""
    if not ok:
        raise InvalidInputError(f"{name} must be {expected}, got {value!r}{end_with_nearest(value, known)}")


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(np.isfinite(value))


def _is_part(value: Any) -> bool:
    return isinstance(value, str) or callable(value)


def check_values(arguments: Arguments) -> None:
    """Check the constructor's arguments but for parts and optimiser, which `check_parameters` checks too.

    Raises
    ------
    InvalidInputError
        If one of them cannot be used; the message names it, what was expected and what came.
    """
    count = "a whole number ≥ 1"
    for name in ("code_size", "batch_size"):
        value = getattr(arguments, name)
        require(is_auto(value) or _is_count(value), name, f"'auto' or {count}", value)
    for name in ("epochs", "restarts"):
        require(_is_count(getattr(arguments, name)), name, count, getattr(arguments, name))
    hidden = arguments.hidden
    is_layers = is_auto(hidden) or (isinstance(hidden, list | tuple) and all(map(_is_count, hidden)))
    require(is_layers, "hidden", "'auto' or a tuple of whole numbers ≥ 1, such as (128, 64)", hidden)
    require(
        arguments.patience is None or _is_count(arguments.patience), "patience", f"None or {count}", arguments.patience
    )
    rate = arguments.learning_rate
    require(_is_number(rate) and rate > 0, "learning_rate", "a finite number > 0", rate)
    decay, longest = arguments.weight_decay, arguments.clip_norm
    require(_is_number(decay) and decay >= 0, "weight_decay", "a finite number ≥ 0", decay)
    require(decay == 0 or isinstance(arguments.optimizer, str), "weight_decay", "0 beside an optax object", decay)
    is_length = longest is None or (_is_number(longest) and longest > 0)
    require(is_length, "clip_norm", "None or a finite number > 0", longest)
    known = isinstance(arguments.schedule, str) and arguments.schedule in SCHEDULE_NAMES
    require(known, "schedule", f"one of {', '.join(SCHEDULE_NAMES)}", arguments.schedule, SCHEDULE_NAMES)
    engine, engines = arguments.engine, ("auto", *ENGINE_NAMES)
    require(isinstance(engine, str) and engine in engines, "engine", f"one of {', '.join(engines)}", engine, engines)
    fraction = arguments.validation_fraction
    is_fraction = fraction is None or (_is_number(fraction) and 0 < fraction < 1)
    require(is_fraction, "validation_fraction", "None or a number between 0 and 1", fraction)
    scalings = {**SCALINGS, **NUMERIC_SCALINGS}
    is_scaling = isinstance(arguments.scaling, str) and arguments.scaling in (*scalings, "auto")
    require(is_scaling, "scaling", f"'auto' or one of {', '.join(scalings)}", arguments.scaling, scalings)
    kinds = ("auto", *KIND_NAMES)
    is_kind = isinstance(arguments.kind, str) and arguments.kind in kinds
    require(is_kind, "kind", f"one of {', '.join(kinds)}", arguments.kind, kinds)
    require(isinstance(arguments.warm_start, bool | np.bool_), "warm_start", "True or False", arguments.warm_start)
    require(isinstance(arguments.verbose, int | np.integer), "verbose", "0 or 1", arguments.verbose)
    callbacks = arguments.callbacks
    is_callables = callbacks is None or (isinstance(callbacks, list | tuple) and all(map(callable, callbacks)))
    require(is_callables, "callbacks", "None or a list of functions of one epoch's record", callbacks)


def derive_seed(random_state: Any) -> int:
    """Return the seed that a scikit-learn `random_state` stands for.

    Parameters
    ----------
    random_state
        An integer ≥ 0, which is the seed itself; a `RandomState`, from which one is drawn; None, a fresh one.

    Returns
    -------
    int
        0 ≤ seed < 2**32.
    """
    if isinstance(random_state, int | np.integer):
        if not 0 <= random_state < 2**32:
            raise InvalidInputError(f"random_state must lie between 0 and 2**32 - 1, got {random_state}.")
        return int(random_state)
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    if isinstance(random_state, np.random.RandomState) or random_state is np.random:
        return int(random_state.randint(2**31))
    raise InvalidInputError(f"random_state: {random_state!r:.100} is no whole number, RandomState, Generator or None.")


_KINDS = {
    "network": NETWORKS,
    "recipe": RECIPES,
    "bottleneck": BOTTLENECKS,
    "corruption": CORRUPTIONS,
    "terms": TERMS,
    "loss": LOSSES,
    **dict.fromkeys(("activation", "code_activation", "output_activation"), OUTPUT_ACTIVATIONS),
}


def check_installed(parameters: Mapping[str, Any]) -> None:
    """Check that the parts that a model file names are here: ours, or brought by a package that is installed.

    Raises
    ------
    ModelFileError
        If one is not.
    """
    for keyword, kind in _KINDS.items():
        values = parameters.get(keyword) or "none"
        for text in values if isinstance(values, list | tuple) else (values,):
            name = text.partition("(")[0] if isinstance(text, str) else "auto"
            if name not in ("auto", "none") and name not in kind:
                raise ModelFileError(f"its {kind.name} {name!r:.50} is not here; install the package that brings it.")
