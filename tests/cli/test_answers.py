"""What is not there is said before anything heavy is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("jax", "jaxtyping", "matplotlib", "numpy", "PIL", "pyarrow", "rich.progress", "scipy", "sklearn")

# Each command runs in a fork of its own, which begins with what `--help` needs.
SCRIPT = f"""
import json, os, sys
from autoencode.cli.main import main
for words in json.loads(sys.argv[1]):
    if os.fork() == 0:
        code = main(words.split())
        print(json.dumps([words, code, sorted(set({HEAVY!r}) & set(sys.modules))]), flush=True)
        os._exit(0)
    os.wait()
"""

COMMANDS = (
    *("train missing.csv", "train no/missing.csv", "train parts/*.csv", "train array.npz:X", "train digit"),
    *("train model.safetensors/x.csv", "train /dev/null", "train digits.csv --validation missing.csv"),
    *("train --config missing.toml", "train digits --run model.safetensors/x"),
    *("detect missing.csv", "detect digits --against missing.csv", "detect digits --out no/out.csv"),
    *("sweep missing.csv", "compare missing.csv --layers 4", "compare one other", "compare model.safetensors other"),
    *("errors missing digits", "errors model.safetensors missing.csv", "worst model.safetensors missing.csv"),
    *("encode model.safetensors missing.csv codes.csv", "encode model.safetensors digits no/codes.csv"),
    *("reconstruct model.safetensors missing.csv out.csv", "decode model.safetensors missing.csv out.csv"),
    *("export missing folder", "export model.safetensors folder --check missing.csv", "summary missing"),
    *("sample missing --out out.csv", "report missing", "report model.safetensors --on missing.csv"),
    *("data fetch minst", "data verify minst"),
)


def test_what_is_not_there_needs_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"none")
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(COMMANDS)],
        cwd=tmp_path,
        env={**os.environ, "AUTOENCODE_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [words for words, _, _ in found] == list(COMMANDS), ended.stderr
    assert [(words, code, heavy) for words, code, heavy in found if code != 2 or heavy] == []
    lines = ended.stderr.splitlines()
    assert len(lines) == len(COMMANDS)
    assert all(line.startswith("error: ") for line in lines)
