"""Versions of a run that is kept under one name: the current one is the run itself, the others lie in `versions/N`.

The numbers go up, and each stays with its version, whichever is current.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from autoencode.exceptions import InvalidInputError, ModelFileError
from autoencode.runs.claim import RUN_FILES, Claim, claim_folder
from autoencode.runs.folder import RunFolder

VERSIONS = "versions"
"""The folder of the versions that are not current."""


def read_version(folder: Path) -> int:
    """Return the number of the version that is current; 1 of a run that says none."""
    number = RunFolder(folder).read_config(brief=True).get("version", 1)
    if type(number) is not int or number < 1:
        raise ModelFileError(f"{folder / 'config.json'}: version is expected to be a number from 1 on.")
    return number


def list_versions(folder: Path) -> list[int]:
    """Return the numbers of all versions of a run, in order."""
    return sorted({read_version(folder), *_list_others(folder)})


def _list_others(folder: Path) -> list[int]:
    try:
        names = [path.name for path in (folder / VERSIONS).iterdir()]
    except OSError:
        return []
    return [int(name) for name in names if name.isdecimal() and (folder / VERSIONS / name / "config.json").is_file()]


def find_version(folder: Path, number: int) -> Path:
    """Return the folder of one version of a run.

    Raises
    ------
    ModelFileError
        If there is none of that number.
    """
    if number == read_version(folder):
        return folder
    if number in _list_others(folder):
        return folder / VERSIONS / str(number)
    known = ", ".join(map(str, list_versions(folder)))
    raise ModelFileError(f"{folder} has no version {number}; it has {known}.")


def next_version(claim: Claim) -> int:
    """Return the number of the version that a claim is for: one more than the last of the run that it replaces."""
    return list_versions(claim.target)[-1] + 1 if _has_earlier(claim) else 1


def put_earlier(claim: Claim) -> None:
    """Copy the run that a claim will replace, with its other versions, into the new one.

    The earlier run is untouched until the claim is handed over, so that a killed process costs nothing.
    """
    if _has_earlier(claim):
        _copy_versions(claim.target, claim.path)


def _has_earlier(claim: Claim) -> bool:
    return claim.replaces and RunFolder(claim.target).model.is_file()  # one that was cut off is no version


def _copy_versions(run: Path, new: Path, *, without: int | None = None) -> None:
    """Copy all versions of a run, the current one too, below another folder."""
    for number in list_versions(run):
        if number != without:
            _copy_files(find_version(run, number), new / VERSIONS / str(number))


def _copy_files(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in RUN_FILES:
        if (source / name).is_file():
            shutil.copy2(source / name, target / name)


def use_version(folder: Path, number: int) -> None:
    """Make another version of a run the current one, whole or not at all.

    Raises
    ------
    ModelFileError
        If there is no such version.
    InvalidInputError
        If it is current already.
    RunTakenError
        If another process is writing into the run.
    """
    chosen = find_version(folder, number)
    if chosen == folder:
        raise InvalidInputError(f"{folder}: version {number} is the current one already.")
    with claim_folder(folder) as claim:
        _copy_versions(folder, claim.path, without=number)
        _copy_files(chosen, claim.path)
        claim.hand_over()
