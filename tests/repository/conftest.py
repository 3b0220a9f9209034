from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    return root / "src" / "autoencode"


@pytest.fixture(scope="session")
def modules(package: Path) -> list[Path]:
    """Every source file of the package."""
    files = sorted(package.rglob("*.py"))
    assert len(files) > 50
    return files


def walk_visible(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder, hidden folders such as virtual environments left out."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(place, name) for name in files if name.endswith(".py"))


@pytest.fixture(scope="session")
def python_files(root: Path, modules: list[Path]) -> list[Path]:
    """Every Python file that is ours."""
    folders = [root / name for name in ("tests", "benchmarks", "examples")]
    files = [*modules, *(file for folder in folders for file in sorted(walk_visible(folder)))]
    assert len(files) > len(modules) + 20
    return files


@pytest.fixture(scope="session")
def tracked_files(root: Path) -> list[Path]:
    """Every file that git tracks."""
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout.decode()
    files = [root / name for name in listed.split("\0") if name]
    assert len(files) > 50
    return [file for file in files if file.is_file()]
