"""The recipe of a container names what exists, and gives a working image where docker is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "docs" / "Dockerfile"
INSTRUCTIONS = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "ENV", "ENTRYPOINT", "CMD"}


def read_instructions() -> list[tuple[str, str]]:
    """Return the instructions, continued lines joined."""
    text = re.sub(r"^#.*\n", "", RECIPE.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", "")
    words = [line.partition(" ") for line in text.splitlines() if line]
    return [(name, rest.strip()) for name, _, rest in words]


def find(name: str) -> list[str]:
    return [rest for found, rest in read_instructions() if found == name]


def test_instructions_are_known_and_in_order() -> None:
    names = [name for name, _ in read_instructions()]
    assert set(names) <= INSTRUCTIONS
    assert names[0] == "FROM"
    assert names.index("RUN") < names.index("COPY") < names.index("USER") < names.index("ENTRYPOINT")


def test_it_starts_from_a_python_that_we_support() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    image = re.fullmatch(r"python:(3\.\d+)-slim", find("FROM")[0])
    assert image
    assert f"Programming Language :: Python :: {image[1]}" in project["classifiers"]


def test_it_copies_what_there_is_and_all_that_a_build_needs() -> None:
    copied = {word for rest in find("COPY") for word in shlex.split(rest)[:-1]}
    assert [word for word in copied if not (ROOT / word).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml", "constraints.txt"}
    assert wanted | {"src"} == copied


def test_it_installs_tested_versions_with_extras_that_exist() -> None:
    (install,) = [rest for rest in find("RUN") if "pip install" in rest]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert "PIP_CONSTRAINT=/source/constraints.txt" in install
    assert set(re.findall(r"\[(\w+)\]", install)) <= set(extras)


def test_it_runs_as_nobody_in_particular() -> None:
    (user,) = find("USER")
    assert any(f"useradd --create-home --shell /usr/sbin/nologin {user} " in rest for rest in find("RUN"))
    assert find("ENTRYPOINT") == ['["autoencode"]']


@pytest.mark.slow
def test_it_can_be_built_and_run() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no docker answers here")
    subprocess.run(["docker", "build", "--file", str(RECIPE), "--tag", "autoencode-test", "."], cwd=ROOT, check=True)
    shown = ["docker", "run", "--rm", "autoencode-test", "train", "digits", "--epochs", "2", "--seed", "0"]
    assert "mean sample" in subprocess.run(shown, capture_output=True, text=True, check=True).stdout
