"""Where a reproduction is written: an earlier one is replaced only once the new one is whole, and never by a lesser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from autoencode.exceptions import InvalidInputError
from autoencode.interruption import before_end
from autoencode.runs import Claim, claim_beside, claim_folder


@contextmanager
def claim_place(
    path: Path, *, own: Collection[str], has_mnist: bool, announce: Callable[[str], None]
) -> Iterator[Claim]:
    """Claim the folder of a reproduction; where it ends early, say what is left.

    Parameters
    ----------
    path
        Where it shall lie.
    own
        The names of what it leaves there.
    has_mnist
        Whether it has MNIST. One without does not replace one that had it, and lies beside it instead.
    announce
        Called with a line for people.

    Raises
    ------
    RunTakenError
        If another one is being written there.
    InvalidInputError
        If there is a file, or the run of a training, or the folder cannot be made.
    """
    if path.exists() and not path.is_dir():
        raise InvalidInputError(f"path must be a folder, or a name that is free, but {path} is a file.")
    if (path / "config.json").exists():
        raise InvalidInputError(f"path: {path} is the run of a training; name another folder.")
    is_lesser = not has_mnist and (path / "mnist").is_dir()
    with claim_beside(path) if is_lesser else claim_folder(path, own=own) as claim:
        if is_lesser:
            announce(f"the reproduction in {path} had MNIST, and stays; this one goes to {claim.path}")
        try:
            with before_end(lambda: _leave(claim, announce)):
                yield claim
        except BaseException:
            _leave(claim, announce)
            raise


def _leave(claim: Claim, announce: Callable[[str], None]) -> None:
    """Say what a reproduction that ended early has left."""
    said = [f"the earlier reproduction in {claim.target} is as it was"] if claim.replaces else []
    if any(claim.path.glob("*/model.safetensors")):
        said.append(f"what was trained so far is saved in {claim.path}")
    if said:
        announce("; ".join(said))
