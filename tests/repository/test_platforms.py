"""What a system does not have is used only where it was asked whether it has it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Where a name that some system lacks may stand, each with what keeps it from being looked up there.
ASKED = {
    "memory_budget.py": "what it reads is there on Linux alone; by try",
    "data/regular_file.py": "hasattr",
    "data/writing.py": "hasattr",
    "locks.py": "fcntl, by try",
    "runs/model_file.py": "hasattr",
    "stored_arrays.py": "can_store, and hasattr",
    "training/devices.py": "hasattr",
    "training/threads.py": "hasattr",
    "files.py": "hasattr of the C library",
    "training/kernel/compiler.py": "library.is_wanted: POSIX alone",
    "training/kernel/call.py": "hasattr",
    "training/kernel/library.py": "is_wanted: POSIX alone; hasattr of files in memory",
    "training/trusted_folder.py": "programs.keep_programs and library.is_wanted: POSIX alone; access lists by try",
}


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["Windows", "Darwin"])
def test_names_that_another_system_lacks_are_asked_for(platform: str, package: Path) -> None:
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--pythonplatform", platform]
    done = subprocess.run([*command, "--outputjson", package], capture_output=True, text=True, timeout=500, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] > 200
    found = {Path(error["file"]).relative_to(package).as_posix() for error in report["generalDiagnostics"]}
    assert found <= set(ASKED)
    assert "training/kernel/library.py" in found
