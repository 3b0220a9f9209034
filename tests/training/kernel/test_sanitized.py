"""The kernel, compiled to notice every read and write beyond its arrays, and every race, on buffers of exact size."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autoencode.training.kernel.compiler import MATH_FLAGS
from autoencode.training.kernel.library import SOURCES

pytestmark = pytest.mark.slow

HARNESS = Path(__file__).parent / "harness.c"
CASES = "98 cases, 0 teams of other bits than one thread\n"

FAULTS = {
    "address,undefined": ("panels.h", "least(r, rows - 1)", "r", "AddressSanitizer: heap-buffer-overflow"),
    "thread": ("dense.c", "    wait_for_all(team);\n    double", "    double", "ThreadSanitizer: data race"),
}
"""For each group of sanitizers a fault, put into a copy of the sources, and what must be said of it."""

SANITIZE = "-fsanitize=address,undefined -fno-sanitize-recover=all -g"
RUNTIMES = ("libasan.so", "libubsan.so")

SCRIPT = """
import itertools
import numpy as np
from autoencode.parts.networks import DenseBlueprint
from autoencode.training import Objective, TrainSettings, UpdateRule, create_networks, create_state, find_optimizer
from autoencode.training import train
from autoencode.training.inference import encode_row, map_restarts, reconstruct_row, trace_row
from autoencode.training.kernel import call, can_train, compiler, explain_absence, find_layers
from autoencode.parts.objectives import find_loss

compiler.MOST_SECONDS = 200.0  # it works three times as long, and is watched itself
assert explain_absence() == "", explain_absence()
random, done = np.random.default_rng(0), 0
shapes = [(1, ()), (15, ()), (16, (17,)), (33, (40, 8)), (100, (31, 16))]
call.LEAST_WORK = 0
for (features, hidden), threads, loss in itertools.product(shapes, (1, 3), ("squared_error", "binary_cross_entropy")):
    call._count_processors = lambda: threads
    activation = call.KERNEL_ACTIVATIONS[done % 6]
    output = find_loss(loss).output_activation
    networks = create_networks(DenseBlueprint(features, 3, hidden, activation, activation, output), 0, 1 + done % 3)
    rule, objective = UpdateRule(find_optimizer("adam", 0.01)), Objective(find_loss(loss))
    assert can_train(networks, objective, rule)
    rows = random.random((1 + 60 * (done % 5), features), dtype=np.float32)
    settings = TrainSettings(2, (1, 7, 9, 130)[done % 4], objective, rule, seed=0)
    for record in train(create_state(networks, rule.optimizer, keep_best=True), rows, settings, held_out=rows[:5]):
        assert np.isfinite(record.loss).all()
    for function in (encode_row, reconstruct_row, trace_row):
        map_restarts(function, networks, rows)
    for measure in call.KERNEL_MEASURES:
        assert (find_layers(networks).measure(rows, measure) >= 0).all()
    done += 1
print(done, "shapes")
"""

BEYOND = """
import numpy as np
from autoencode.parts.networks import DenseBlueprint
from autoencode.training.inference import encode_row, map_rows
from autoencode.training.kernel import call

run = call.Call.run
call.Call.run = lambda self, name, rows, count, *rest: run(self, name, rows, count + 1, *rest)
map_rows(encode_row, DenseBlueprint(4, 3).draw(np.random.default_rng(0)), np.ones((5, 4), np.float32))
"""
"""One row more than there is, which must be noticed."""


def compile_program(compiler: str, source: Path, program: Path, *flags: str) -> bool:
    command = [compiler, "-std=gnu11", "-O2", *MATH_FLAGS, *flags, "-pthread", str(source), "-o", str(program), "-lm"]
    return subprocess.run(command, capture_output=True, timeout=200, check=False).returncode == 0


def run(program: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TSAN_OPTIONS": "halt_on_error=1"}
    return subprocess.run([program], env=environment, capture_output=True, text=True, timeout=200, check=False)


def test_a_team_gives_the_bits_of_one_thread_by_each_compiler(compilers: list[str], tmp_path: Path) -> None:
    for compiler in compilers:
        assert compile_program(compiler, HARNESS, tmp_path / "harness", "-march=native", f"-I{SOURCES}")
        assert run(tmp_path / "harness").stdout == CASES, compiler


# Clang's ThreadSanitizer looks at no access of more than 16 bytes, so at none of the kernel's vectors.
@pytest.mark.parametrize(
    ("compiler", "sanitizers"), [("gcc", "address,undefined"), ("clang", "address,undefined"), ("gcc", "thread")]
)
def test_sanitizers_find_nothing(compiler: str, sanitizers: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    flags = (f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all", "-g")
    (tmp_path / "empty.c").write_text("int main(void) { return 0; }\n")
    program = tmp_path / "program"
    if not compile_program(compiler, tmp_path / "empty.c", program, *flags) or run(program).returncode:
        pytest.skip(f"{compiler} has no -fsanitize={sanitizers} that runs here")
    assert compile_program(compiler, HARNESS, program, *flags, f"-I{SOURCES}")
    done = run(program)
    assert (done.returncode, done.stdout) == (0, CASES), done.stderr[-3000:]

    name, right, wrong, said = FAULTS[sanitizers]
    faulty = shutil.copytree(SOURCES, tmp_path / "faulty", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (faulty / name).read_text()
    assert text.count(right) == 1
    (faulty / name).write_text(text.replace(right, wrong))
    assert compile_program(compiler, HARNESS, program, *flags, f"-I{faulty}")
    assert said in run(program).stderr


def find_runtimes(compiler: str) -> list[str]:
    asked = [[compiler, f"-print-file-name={name}"] for name in RUNTIMES]
    try:
        found = [subprocess.check_output(command, text=True).strip() for command in asked]
    except OSError:
        return []
    return [path for path in found if Path(path).is_absolute() and Path(path).exists()]


def test_no_shape_reads_or_writes_beyond_its_arrays(tmp_path: Path) -> None:
    runtimes = find_runtimes("cc")
    if len(runtimes) < len(RUNTIMES):
        pytest.skip("the compiler has no sanitizers")
    environment = os.environ | {
        "CC": f"cc {SANITIZE}",
        "LD_PRELOAD": " ".join(runtimes),
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
        "XDG_CACHE_HOME": str(tmp_path),
    }

    def start(script: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)

    done = start(SCRIPT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "20 shapes\n"
    assert "AddressSanitizer: heap-buffer-overflow" in start(BEYOND).stderr
