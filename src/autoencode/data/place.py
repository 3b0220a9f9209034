"""`Place`: a folder where the files of a data set are looked for, and what is in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autoencode.exceptions import InvalidInputError


@dataclass(frozen=True)
class Place:
    """A folder that was looked at.

    Parameters
    ----------
    label : str
        What the folder is to the user, such as ``"user cache"``.
    folder : Path or None
        The folder; None where the variable that would name it is not set.
    found : dict of str to Path
        The wanted files that are there, by their name without ``.gz``.
    missing : tuple of str
        The names of the wanted files that are not there.
    problem : str or None
        Why nothing could be looked at, in words.
    """

    label: str
    folder: Path | None
    found: dict[str, Path] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every wanted file is there."""
        return bool(self.found) and not self.missing

    def describe(self) -> str:
        """Say in a phrase what is there and what is not."""
        where = self.label if self.folder is None else f"{self.label} ({self.folder})"
        if self.problem is not None:
            return f"{where}: {self.problem}"
        if self.is_complete:
            return f"{where}: complete"
        if not self.found:
            return f"{where}: has none of the files"
        return f"{where}: has {', '.join(sorted(self.found))} but lacks {', '.join(self.missing)}"


def survey(label: str, folder: Path, files: Sequence[str]) -> Place:
    """Look which of the files, gzipped or plain, are in a folder; the gzipped one is taken where both are.

    Parameters
    ----------
    label : str
        What the folder is to the user.
    folder : Path
        The folder, which need not exist.
    files : sequence of str
        The names wanted, without ``.gz``.

    Returns
    -------
    Place
        What was found, what is missing, or why it could not be looked at.
    """
    try:
        if not folder.exists():
            return Place(label, folder, missing=tuple(files), problem="no such folder")
        if not folder.is_dir():
            return Place(label, folder, missing=tuple(files), problem="is not a folder")
        candidates = {name: (folder / f"{name}.gz", folder / name) for name in files}
        # A link that leads nowhere is missing; a folder or a pipe under a wanted name is found, and refused when read.
        found = {name: next((path for path in paths if path.exists()), None) for name, paths in candidates.items()}
    except OSError as error:
        return Place(label, folder, missing=tuple(files), problem=f"cannot be looked at: {error.strerror or error}")
    present = {name: path for name, path in found.items() if path is not None}
    return Place(label, folder, present, tuple(name for name in files if name not in present))


def list_places(
    name: str, files: Sequence[str], folder: str | os.PathLike[str] | None, *, others: bool = True
) -> tuple[Place, ...]:
    """Look at every place where the files of a named set may be, in the order in which they count.

    Parameters
    ----------
    name : str
        The set, which names its folder below ``$AUTOENCODE_DATA`` and below the user cache.
    files : sequence of str
        The names wanted, without ``.gz``.
    folder : path or None
        A folder given by the user, which is looked at first.
    others : bool
        Whether the others are looked at too.

    Returns
    -------
    tuple of Place
        The folder given, ``$AUTOENCODE_DATA/name``, the user cache.
    """
    places = [] if folder is None else [survey("folder given", expand(folder), files)]
    if not others:
        return tuple(places)
    root, label = os.environ.get("AUTOENCODE_DATA", "").strip(), f"$AUTOENCODE_DATA/{name}"
    if root:
        places.append(survey(label, expand(root) / name, files))
    else:
        places.append(Place(label, None, missing=tuple(files), problem="AUTOENCODE_DATA is not set"))
    places.append(survey("user cache", user_cache(name), files))
    return tuple(places)


def user_cache(name: str) -> Path:
    """Return the folder of a named set in this user's cache; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("autoencode") / name


def expand(folder: str | os.PathLike[str]) -> Path:
    """Turn what the user gave into a path, with ``~`` read as the home folder."""
    try:
        path = Path(folder)
        return path.expanduser()
    except (TypeError, RuntimeError) as error:
        raise InvalidInputError(f"folder: expected the path of a folder, got {folder!r}: {error}") from error


def is_offline(offline: bool | None) -> bool:
    """Decide whether the network may be used.

    Parameters
    ----------
    offline : bool or None
        True forbids the network, False allows it; None asks the variable ``AUTOENCODE_OFFLINE``.

    Returns
    -------
    bool
        True where nothing may be downloaded.

    Raises
    ------
    InvalidInputError
        If ``AUTOENCODE_OFFLINE`` is neither a yes nor a no: a misspelt yes must not go online.
    """
    if offline is not None:
        return offline
    value = os.environ.get("AUTOENCODE_OFFLINE", "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise InvalidInputError(f"AUTOENCODE_OFFLINE: expected 1, true or yes, or 0, false or no, got {value!r}")
