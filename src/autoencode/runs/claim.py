"""Who may write into a run's folder, decided by one lock before anything is touched; and how a run replaces another.

An earlier run is replaced only once the new one is whole. Until then the new one lies beside it as NAME-2, and where
its training ends early it stays there, the earlier one as it was.
"""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from autoencode.exceptions import InvalidInputError, ModelFileError, RunTakenError
from autoencode.files import exchange, hold_draft, is_draft
from autoencode.interruption import before_end, hold
from autoencode.json_object import read_object
from autoencode.locks import LocksUnknown, is_locked, lock_path
from autoencode.runs.checkpoint import CHECKPOINTS, PASSING, TRAININGS, has_checkpoint, remove_checkpoints
from autoencode.runs.lock_file import LOCK_FILE, find_owner, take_lock_file

RUN_FILES = (
    "report.html",
    "model.safetensors",
    "optimizer.safetensors",
    *CHECKPOINTS,
    TRAININGS,
    *PASSING,
    "scored.jsonl",
    "versions",
    "result.json",
    "history.jsonl",
    "config.json",
)
"""What a training and the verbs put into a run's folder. The configuration is last: until it is gone, this is a run."""

_MOST_TRIES, _MOST_NAMES = 1_000, 10_000


@dataclass
class _Hold:
    """A locked folder: its name, the lock's handle or None where a file stands for it, and the folders made for it."""

    path: Path
    handle: int | None
    made: list[Path]

    def dispose(self) -> None:
        """Let the folder, if it is empty, go with the lock."""
        self.made = [self.path]

    def release(self) -> None:
        """Give the lock back; take away the folders that were made for it and are empty."""
        self.tidy()
        if self.handle is not None:
            os.close(self.handle)

    def tidy(self) -> None:
        """Take away the folders that were made for it and are empty."""
        if self.handle is None:
            (self.path / LOCK_FILE).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # there is something in it
            for place in reversed(self.made):
                place.rmdir()


@contextlib.contextmanager
def hold_folder(path: Path) -> Iterator[_Hold]:
    """Make a folder and keep others out of it, until the block ends or the process is gone.

    Raises
    ------
    RunTakenError
        If another one is writing into it. Nothing of it was touched.
    InvalidInputError
        If it cannot be made.

    Notes
    -----
    The lock is the system's own, on the folder itself: it leaves no file, and a killed process holds none. Where the
    disk knows no such locks, a file with the names of the machine and the process stands for it.
    """
    taken = _take(path)
    try:
        with before_end(taken.tidy):
            yield taken
    finally:
        taken.release()


def _take(path: Path) -> _Hold:
    for _ in range(_MOST_TRIES):
        try:
            made = _make_folder(path)
            try:
                handle = lock_path(path)
            except LocksUnknown:
                take_lock_file(path)
                return _Hold(path, None, made)
        except FileNotFoundError:
            continue  # removed by another one that ended in this instant
        except OSError as error:
            raise InvalidInputError(f"path: the folder {path} cannot be made: {error.strerror or error}.") from error
        if handle is not None:
            return _Hold(path, handle, made)
        break
    raise RunTakenError(f"path: another training is being written into {path}; wait for it, or name another folder.")


def _make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it, and return which were made."""
    made = []
    for place in reversed([place for place in (path, *path.parents) if not place.is_dir()]):
        try:
            place.mkdir()
        except FileExistsError:
            if not place.is_dir():
                raise
        else:
            made.append(place)
    return made


def is_free(path: Path) -> bool:
    """Return whether there is nothing of this name, or an empty folder, perhaps with the lock of a dead process."""
    if not path.is_dir():
        return not os.path.lexists(path)
    return all(other.name == LOCK_FILE for other in path.iterdir())


def is_held(path: Path) -> bool:
    """Return whether a living process writes into a folder."""
    try:
        return is_locked(path)
    except LocksUnknown:
        owner = find_owner(path)
        return owner is not None and not owner.is_dead
    except OSError:
        return False


@dataclass
class Claim:
    """A place for a new run that nobody else can write into.

    Attributes
    ----------
    target
        Where the run shall lie.
    path
        Where it is written: `target`, or a folder beside it until it may replace the run that is there.
    may_replace
        Whether an earlier run that is whole, and another than this one, may be replaced.
    """

    target: Path
    path: Path
    _holds: tuple[_Hold, ...]
    _own: Collection[str]
    may_replace: bool = True

    @property
    def replaces(self) -> bool:
        """Whether there is an earlier run, as it was."""
        return self.path != self.target

    @property
    def replaced_name(self) -> str | None:
        """The name of the folder with the earlier run, beside this one; None where there is none."""
        return _find_place(self.target).name if self.replaces else None

    def keep_target(self) -> None:
        """Leave the run that is there as it is, and let nothing take its place."""
        self.path = self.target

    def hand_over(self) -> Path:
        """Let the new run, which is whole now, take the place of the earlier one; what else lay there is kept.

        Its checkpoints, which nobody needs any more, are removed, unless its configuration says that they stay.

        Returns
        -------
        Path
            Where the run lies.
        """
        if self.replaces:
            with hold():  # the exchange, and the removal of the earlier run, belong together
                self._replace()
        if not self._keeps_checkpoint():
            remove_checkpoints(self.path)
        return self.path

    def _keeps_checkpoint(self) -> bool:
        """Return whether the run's configuration says that its checkpoint stays."""
        try:
            return read_object(self.path / "config.json", without="columns").get("keeps_checkpoint") is True
        except (ModelFileError, OSError):
            return False

    def _replace(self) -> None:
        beside, place = self.path, _find_place(self.target)
        exchange(beside, place)
        self.path = self.target
        for taken, path in zip(self._holds, (beside, place), strict=True):
            taken.path, taken.made = path, []
        for other in beside.iterdir():
            if other.name not in self._own and other.name != LOCK_FILE and not is_draft(other.name):
                other.rename(place / other.name)
        with hold_draft(beside, is_folder=True) as draft:
            beside.rename(draft / beside.name)


@contextlib.contextmanager
def claim_folder(
    path: Path, *, replace: bool = True, own: Collection[str] = RUN_FILES, resume: bool = False
) -> Iterator[Claim]:
    """Claim a folder for a new run; where there is an earlier one, a free folder beside it too.

    Parameters
    ----------
    path
        The folder.
    replace
        Whether an earlier run may be replaced, once the new one is whole.
    own
        The names of what makes a run.
    resume
        Whether a run that was cut off is claimed itself: one beside that was to replace the one of this name, or the
        one of this name. Then `replace` only says what the claim says of a run that is whole.

    Raises
    ------
    RunTakenError
        If another one is writing into it, or there is a run that may not be replaced. Nothing was touched.
    InvalidInputError
        If the folder cannot be made.
    """
    with contextlib.ExitStack() as stack:
        taken = stack.enter_context(hold_folder(path))
        replacement = find_replacement(path) if resume else None
        if replacement is not None:
            cut_off = stack.enter_context(hold_folder(replacement))
            yield Claim(path, cut_off.path, (taken, cut_off), own, replace)
            return
        if not any(os.path.lexists(path / name) for name in own) or (resume and has_checkpoint(path)):
            yield Claim(path, path, (taken,), own, replace)
            return
        if not (replace or resume):
            raise RunTakenError(f"path: there is a run in {path} already; name another folder.")
        beside = _hold_free(stack, _find_place(path))
        yield Claim(path, beside.path, (taken, beside), own, replace)


def find_replacement(path: Path) -> Path | None:
    """Return the run beside that was to replace the one of a name, if it was cut off and can go on."""
    place = _find_place(path)
    for beside in sorted(place.parent.glob(f"{glob.escape(place.name)}-*")):
        if not has_checkpoint(beside):
            continue
        with contextlib.suppress(ModelFileError, OSError):
            if read_object(beside / "config.json", without="columns").get("replaces") == place.name:
                return beside
    return None


@contextlib.contextmanager
def claim_beside(path: Path) -> Iterator[Claim]:
    """Claim the first free folder of the names NAME-2, NAME-3, … beside one that shall stay.

    Parameters
    ----------
    path
        The folder that stays.
    """
    with contextlib.ExitStack() as stack:
        taken = _hold_free(stack, _find_place(path))
        yield Claim(taken.path, taken.path, (taken,), ())


def _find_place(path: Path) -> Path:
    """Return the folder itself, with its own name, where a link or a dot stands for it."""
    return path if path.name not in ("", "..") and not path.is_symlink() else Path(os.path.realpath(path))


def _hold_free(stack: contextlib.ExitStack, path: Path) -> _Hold:
    """Hold the first folder of the names NAME-2, NAME-3, … that is free."""
    for number in range(2, _MOST_NAMES):
        beside = path.with_name(f"{path.name}-{number}")
        if not is_free(beside):
            continue
        with contextlib.suppress(RunTakenError), contextlib.ExitStack() as trial:
            taken = trial.enter_context(hold_folder(beside))
            if is_free(beside):
                stack.push(trial.pop_all())
                return taken
    raise InvalidInputError(f"path: {path}-{_MOST_NAMES} and all before are taken; remove some.")
