"""What `import autoencode as ae` promises, and what the pages beside it say."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import autoencode as ae


def test_every_public_name_can_be_had() -> None:
    assert len(ae.__all__) > 10
    assert sorted(ae.__all__) == dir(ae)
    for name in ae.__all__:
        value = getattr(ae, name)
        if name != "__version__":
            assert inspect.getdoc(value), f"ae.{name} has no docstring"


def test_public_names_are_those_of_their_homes() -> None:
    for name, place in ae._HOMES.items():
        home = importlib.import_module(f"autoencode.{place}")
        # What is found, also where an import of a former module has put that in its place.
        assert ae.__getattr__(name) is getattr(home, name)
        assert name in home.__all__
    for name in ae._FOLDERS:
        assert isinstance(getattr(ae, name), ModuleType)
    assert {*ae._HOMES, *ae._FOLDERS, "__version__"} == set(ae.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'autoencode' has no attribute 'Autoencodr'"):
        _ = ae.Autoencodr  # type: ignore[attr-defined]


def test_version_is_one() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+([a-z]+\d+)?", ae.__version__)


def test_citation_has_the_same_version(root: Path) -> None:
    citation = root / "CITATION.cff"
    if not citation.is_file():
        pytest.skip("there is no CITATION.cff yet")
    versions = re.findall(r"^version:\s*[\"']?([^\s\"']+)", citation.read_text(encoding="utf-8"), re.MULTILINE)
    assert versions == [ae.__version__]


def test_every_folder_has_its_line_in_the_architecture(root: Path, package: Path) -> None:
    page = root / "ARCHITECTURE.md"
    if not page.is_file():
        pytest.skip("there is no ARCHITECTURE.md yet")
    folders = [file.parent.name for file in sorted(package.glob("*/__init__.py"))]
    assert len(folders) > 8
    lines = page.read_text(encoding="utf-8").splitlines()
    missing = [name for name in folders if not any(re.search(rf"(?<!\w){name}/", line) for line in lines)]
    assert missing == []


def test_every_folder_is_a_package_of_ours(package: Path) -> None:
    folders = {file.parent for file in package.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
    assert (package / "py.typed").is_file()


FORMER = {
    "bottlenecks": "Bottleneck",
    "corruptions": "Corruption",
    "networks": "find_activation",
    "objectives": "Term",
    "recipes": "find_recipe",
    "features": "TableEncoder",
}

FORWARDED = """
import importlib, sys, warnings
name, attribute, home = sys.argv[1:]
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    former = importlib.import_module(f"autoencode.{name}")
    quiet = not said
    found = getattr(former, attribute)
print(quiet, found is getattr(importlib.import_module(home), attribute), [str(word.message) for word in said])
try:
    former.nothing
except AttributeError as error:
    print(error)
"""


@pytest.mark.parametrize(("name", "attribute"), FORMER.items())
def test_a_former_module_forwards_and_warns(name: str, attribute: str) -> None:
    home = "autoencode.tables" if name == "features" else f"autoencode.parts.{name}"
    # In a process of its own: an import of a former module stands in the package from then on.
    command = [sys.executable, "-c", FORWARDED, name, attribute, home]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told = f"autoencode.{name}.{attribute} is {home}.{attribute} now"
    assert done.stdout.splitlines()[0] == f"True True {[told]}"
    assert "has no attribute 'nothing'" in done.stdout
