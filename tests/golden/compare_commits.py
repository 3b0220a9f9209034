"""Hold what two commits return and print against each other, to the bit, on this machine.

    python tests/golden/compare_commits.py main HEAD

Each commit's source is laid out in a folder of its own and run with this Python's libraries, by the jobs of
`outputs.py` as they stand here. What differs is printed; the exit code is 1 where anything does.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def collect(commit: str, folder: Path) -> dict[str, Any]:
    """Return every output of a commit; "." is the working tree."""
    source = ROOT
    if commit != ".":
        source = folder / commit.replace("/", "-")
        archive = subprocess.run(["git", "archive", commit, "src"], cwd=ROOT, capture_output=True, check=True).stdout
        source.mkdir()
        subprocess.run(["tar", "-x", "-C", str(source)], input=archive, check=True)
    place = folder / f"{source.name}.json"
    environment = {**os.environ, "PYTHONPATH": str(source / "src"), "AUTOENCODE_OFFLINE": "1", "COLUMNS": "120"}
    subprocess.run([sys.executable, str(HERE / "outputs.py"), str(place)], env=environment, check=True)
    return json.loads(place.read_text(encoding="utf-8"))


def find_differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of the outputs that are not the same, with both."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        f"{name}\n{_show_difference(before.get(name), after.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _show_difference(before: Any, after: Any) -> str:
    """Return what is not the same of two values: of lists, the lines that differ."""
    if isinstance(before, list) and isinstance(after, list):
        lines = difflib.unified_diff(*([str(line) for line in part] for part in (before, after)), lineterm="", n=0)
        return "\n".join(f"  {line}" for line in list(lines)[2:])
    return "\n".join(f"  {word} {json.dumps(part, ensure_ascii=False)}" for word, part in (("-", before), ("+", after)))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        outputs = [collect(commit, Path(place)) for commit in sys.argv[1:3]]
    differences = find_differences(*outputs)
    print("\n".join(differences) or f"all {len(outputs[0])} outputs are the same")
    sys.exit(bool(differences))
