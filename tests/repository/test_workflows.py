"""What continuous integration runs is what there is to run."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="session")
def workflows(root: Path) -> dict[Path, dict[str, Any]]:
    files = sorted((root / ".github" / "workflows").glob("*.yml"))
    assert files
    return {file: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def list_commands(workflow: dict[str, Any]) -> list[str]:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [step["run"] for step in steps if "run" in step]


def test_every_job_ends_and_may_only_read(workflows: dict[Path, dict[str, Any]]) -> None:
    for file, workflow in workflows.items():
        assert workflow["permissions"] == {"contents": "read"}, file
        for name, job in workflow["jobs"].items():
            assert 0 < job["timeout-minutes"] <= 180, (file, name)


def test_targets_and_folders_exist(workflows: dict[Path, dict[str, Any]], root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    commands = [command for workflow in workflows.values() for command in list_commands(workflow)]
    targets = [command.split()[1] for command in commands if command.startswith("make ")]
    assert {"check", "test", "test-all", "test-lowest", "test-pages"} <= set(targets)
    assert [target for target in targets if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)] == []
    ignored = [name for command in commands for name in re.findall(r"--ignore=(\S+)", command)]
    assert [name for name in ignored if not (root / name).is_dir()] == []


def test_every_python_that_is_promised_is_run_at_its_ends(workflows: dict[Path, dict[str, Any]], root: Path) -> None:
    promised = re.findall(r"Python :: (3\.\d+)", (root / "pyproject.toml").read_text(encoding="utf-8"))
    matrices = [
        job.get("strategy", {}).get("matrix", {}) for flow in workflows.values() for job in flow["jobs"].values()
    ]
    run = [version for matrix in matrices for version in matrix.get("python", [])]
    assert {promised[0], promised[-1]} <= set(run)


def test_actionlint_finds_nothing(workflows: dict[Path, dict[str, Any]]) -> None:
    if (actionlint := shutil.which("actionlint")) is None:
        pytest.skip("actionlint is not installed")
    done = subprocess.run([actionlint, *workflows], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
