"""The data sets that have a name: which there are, and how each is loaded, fetched and verified."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoencode.data.dataset import Dataset, FileReport
from autoencode.data.digits import load_digits, verify_digits
from autoencode.data.mnist import fetch_mnist, find_mnist, load_mnist, verify_mnist
from autoencode.data.presence import check_set_name
from autoencode.data.uniform_table import load_uniform_table, verify_uniform_table
from autoencode.exceptions import InvalidInputError


@dataclass(frozen=True)
class NamedSet:
    """What is known about a named set without loading it.

    Parameters
    ----------
    name : str
        What to ask for.
    description : str
        What it is, in a line.
    licence : str
        Under which terms it may be used.
    origin : str
        Where it comes from.
    train_samples, test_samples : int
        How many samples there are to train on, and held out.
    sample_shape : tuple of int
        The shape of one sample.
    always_there : bool
        Whether it needs no file of its own, so that there is nothing to fetch.
    """

    name: str
    description: str
    licence: str
    origin: str
    train_samples: int
    test_samples: int
    sample_shape: tuple[int, ...]
    always_there: bool


_SETS = (
    NamedSet(
        "mnist",
        "handwritten digits, grey, 28 × 28",
        "CC BY-SA 3.0",
        "LeCun, Cortes and Burges, from NIST; 11 MB to download",
        60_000,
        10_000,
        (28, 28),
        False,
    ),
    NamedSet(
        "digits",
        "handwritten digits, grey, 8 × 8",
        "CC BY 4.0",
        "UCI, Optical Recognition of Handwritten Digits; comes with scikit-learn",
        1_437,
        360,
        (8, 8),
        True,
    ),
    NamedSet(
        "uniform-table",
        "independent uniform noise: nothing to learn",
        "none needed",
        "drawn by NumPy from a seed",
        90_000,
        10_000,
        (30,),
        True,
    ),
)


def names() -> dict[str, NamedSet]:
    """Return every named set by its name.

    Returns
    -------
    dict of str to NamedSet
        A new dictionary, in a fixed order.

    Examples
    --------
    >>> list(names())
    ['mnist', 'digits', 'uniform-table']
    """
    return {named.name: named for named in _SETS}


def load(
    name: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    offline: bool | None = None,
    random_state: int | np.integer = 0,
) -> Dataset:
    """Load a named set, from this machine where it is there, else from the network.

    Parameters
    ----------
    name : str
        One of `names`.
    folder : path or None
        For a set with files: a folder to look in before ``$AUTOENCODE_DATA/name`` and the user cache.
    offline : bool or None
        True never downloads, False may; None asks ``AUTOENCODE_OFFLINE``.
    random_state : int
        Seed of a set that is drawn (``uniform-table``), 0 or more; the others do not depend on it.

    Returns
    -------
    Dataset
        Samples to train on and held out, float32 in [0, 1].

    Raises
    ------
    InvalidInputError
        If there is no set of that name, or a folder is given for a set without files.
    DataNotFoundError
        If the set is in none of the places looked at and cannot be downloaded.
    CorruptDataError
        If a file was found whose content is not what it must be.

    Examples
    --------
    >>> load("digits").train.shape
    (1437, 64)
    """
    _check_name(name, folder)
    if name == "mnist":
        return load_mnist(folder=folder, offline=offline)
    if name == "digits":
        return load_digits()
    return load_uniform_table(random_state=random_state)


def fetch(
    name: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    offline: bool | None = None,
    announce: Callable[[str], None] | None = None,
) -> Path | None:
    """Make sure that a named set is on this machine.

    Parameters
    ----------
    name : str
        One of `names`.
    folder : path or None
        The folder that shall hold its files. None accepts any place where they are already, else the user cache.
    offline : bool or None
        True never downloads, False may; None asks ``AUTOENCODE_OFFLINE``.
    announce : callable or None
        Called with a line of text before each download, and where there is nothing to do.

    Returns
    -------
    Path or None
        The folder of its files, checked; None for a set that is always there.

    Raises
    ------
    InvalidInputError
        If there is no set of that name, or a folder is given for a set without files.
    DataNotFoundError
        If the files cannot be had.
    CorruptDataError
        If a file is there already whose content is not what it must be.

    Examples
    --------
    >>> fetch("digits", announce=print)
    digits is always there: nothing to fetch
    """
    named = _check_name(name, folder)
    if named.always_there:
        if announce is not None:
            announce(f"{name} is always there: nothing to fetch")
        return None
    return fetch_mnist(folder=folder, offline=offline, announce=announce)


def verify(name: str, *, folder: str | os.PathLike[str] | None = None) -> tuple[FileReport, ...]:
    """Compare the files of a named set on this machine with what they must be.

    Parameters
    ----------
    name : str
        One of `names`.
    folder : path or None
        The folder to check. None checks the one that `load` would read.

    Returns
    -------
    tuple of FileReport
        One for each file, those missing included; for a set without files, one for the numbers it is made of.

    Raises
    ------
    InvalidInputError
        If there is no set of that name, or a folder is given for a set without files.
    DataNotFoundError
        If there is no file to check.

    Examples
    --------
    >>> [report.ok for report in verify("digits")]
    [True]
    """
    _check_name(name, folder)
    if name == "mnist":
        return verify_mnist(folder=folder)
    if name == "digits":
        return verify_digits()
    return verify_uniform_table()


def find(name: str) -> Path | None:
    """Return the folder that has every file of a named set, unread; None where there is none, or it needs none."""
    return None if _check_name(name, None).always_there else find_mnist()


def _check_name(name: str, folder: str | os.PathLike[str] | None) -> NamedSet:
    check_set_name(name)
    known = names()
    if folder is not None and known[name].always_there:
        raise InvalidInputError(f"folder: {name} has no files to look for, got {os.fspath(folder)!r}; leave it out")
    return known[name]
