"""Where XLA computes: whether there is a device for this process, and the settings that our numbers depend on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import jax
import numpy as np
from jax._src.xla_bridge import backends_are_initialized  # there is no public way to ask without starting one

from autoencode.exceptions import AutoencodeWarning, DeviceError
from autoencode.notice import warn_user


class _Fork:
    """Whether this process is the fork of one in which JAX had started, whose threads it does not have."""

    def __init__(self) -> None:
        self.had_started = self.is_cut_off = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._look, after_in_child=self._note)

    def _look(self) -> None:
        self.had_started = backends_are_initialized()

    def _note(self) -> None:
        self.is_cut_off |= self.had_started


_fork = _Fork()


@cache
def _start(platforms: str | None) -> str | None:
    """Start JAX on the platforms that are wanted; return why it has none, or None where it has."""
    del platforms
    try:
        jax.devices()
    except (RuntimeError, AssertionError) as error:  # the latter where no platform of several is there
        return str(error).split("\n")[0] or "no platform is there"
    return None


def _explain_absence() -> str | None:
    """Return why JAX has no device, or None where it has one."""
    platforms = jax.config.values["jax_platforms"]
    reason = _start(platforms)
    if reason is None:
        return None
    setting = "JAX_PLATFORMS" if os.environ.get("JAX_PLATFORMS") == platforms else "jax_platforms"
    return f"{setting}={platforms}: JAX finds no such device here ({reason:.200}); set it to cpu, or leave it unset"


def check_device() -> None:
    """Check that JAX has a device.

    Raises
    ------
    DeviceError
        If it has none of those that were asked for, such as a GPU by ``JAX_PLATFORMS=cuda``.
    """
    if reason := _explain_absence():
        raise DeviceError(reason)


@cache
def _warn(reason: str) -> None:
    warn_user(f"{reason}; what needs no JAX goes on without it", AutoencodeWarning, cause="no device")


def ask_platform() -> str:
    """Return what JAX computes on, such as ``cpu``; the CPU too where it finds none of those that were asked for."""
    if reason := _explain_absence():
        _warn(reason)
        return "cpu"
    return jax.default_backend()


def put(array: np.ndarray) -> Any:
    """Return an array on the device; where JAX has none, say so once and return it as it is."""
    if reason := _explain_absence():
        _warn(reason)
        return array
    return jax.device_put(array)


@contextmanager
def use_xla() -> Iterator[None]:
    """Let XLA compute within the block, in the types and with the chance that this package states.

    What a process sets for its own use of JAX (64-bit mode, another generator of random numbers, another precision
    of products, strict promotion, no compiling) changes no number of ours.

    Raises
    ------
    DeviceError
        If JAX has no device, or this process was forked after JAX had started.
    """
    check_device()
    if _fork.is_cut_off:
        raise DeviceError(
            "this process was forked after JAX had started, whose threads a fork does not have, so that it would wait "
            "for ever; start processes by multiprocessing.get_context('spawn'), or by joblib, whose default does so"
        )
    with ExitStack() as stack:
        for setting in (
            jax.enable_x64(False),
            jax.default_matmul_precision(None),
            jax.numpy_dtype_promotion("standard"),
            jax.numpy_rank_promotion("allow"),
            jax.default_prng_impl("threefry2x32"),
            jax.threefry_partitionable(True),
            jax.disable_jit(False),
            jax.transfer_guard("allow"),
        ):
            stack.enter_context(setting)
        yield
