"""Try to make another user run our code: ``sudo python benchmarks/robustness/foreign_code.py --tries 200``.

A user starts the product with a cache folder in places where an attacker, another user, may write. The attacker has a
library of the kernel and a program of XLA under the names and digests that are looked for, and exchanges folders and
links while the start goes on. The planted library leaves a file when it is opened, the planted program another result.
Only root can be two users, so without root nothing is tried. ``--src`` names the sources of another version.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VICTIM, ATTACKER, SHARED_GROUP = 61_001, 61_002, 61_003
HONEST, FOREIGN = ("2", "1"), ("3", "7")
START_SECONDS = 120
MEAN_PAUSE_SECONDS = 0.002

VICTIM_SCRIPT = """
import sys
import jax, numpy as np
from autoencode.training.kernel.library import load_library
from autoencode.training.programs import keep_programs
keep_programs()
factor, summand = map(float, sys.argv[1:])
def probe(x): return x * factor + summand
print(load_library() is not None, float(jax.jit(probe)(np.float32(1))))
"""
"""A start: everything that opens a library or a program from the cache folder, and nothing else that takes time."""

MARK = """
#include <fcntl.h>
__attribute__((constructor)) static void leave_mark(void) { open(MARK_FILE, O_CREAT | O_WRONLY, 0666); }
"""

EXCHANGE, AT_CWD = 2, -100


@dataclass
class Stage:
    """Where a try is made.

    Attributes
    ----------
    base
        A folder of root's, which both users may read.
    honest, evil
        The cache folders `autoencode` as the victim's own start leaves it, and as the attacker would have it.
    library
        The planted library.
    """

    base: Path
    honest: Path
    evil: Path
    library: Path

    @property
    def marks(self) -> Path:
        """Where the planted library leaves its file."""
        return self.base / "marks"

    @property
    def above(self) -> Path:
        """The folder that the cache folder is in."""
        return self.base / "above"

    @property
    def cache(self) -> Path:
        """What ``XDG_CACHE_HOME`` names, the same in every try, as the names of XLA's programs depend on it."""
        return self.above / "cache"

    @property
    def temporary(self) -> Path:
        """What ``TMPDIR`` names, where it names anything."""
        return self.base / "temporary"


@dataclass
class Try:
    """What the attacker does, over and over, during one start, and what the start is told besides."""

    attack: Callable[[], None] | None = None
    environment: dict[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------------- users


def find_interpreter(source: Path) -> tuple[str, dict[str, str]]:
    """Return a Python that every user may run, and the variables with which it finds the product."""
    paths = os.pathsep.join([str(source), *(path for path in sys.path if path.endswith("site-packages"))])
    variables = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in (sys.executable, shutil.which(version, path=variables["PATH"])):
        if name is None:
            continue
        with suppress(OSError):
            command = [name, "-c", "import autoencode.training"]
            if not run_as(VICTIM, command, variables | {"XDG_CACHE_HOME": "/nonexistent"}).returncode:
                return name, variables
    raise SystemExit(f"no {version} that users other than root may run imports the product.")


def run_as(user: int, command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        user=user,
        group=user,
        extra_groups=[SHARED_GROUP],
        env=variables,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@contextmanager
def attacking(attack: Callable[[], None] | None) -> Iterator[None]:
    """Do something over and over as the attacker, until the block ends."""
    if attack is None:
        yield
        return
    process = os.fork()
    if process == 0:
        os.setgroups([SHARED_GROUP])
        os.setgid(ATTACKER)
        os.setuid(ATTACKER)
        chance = random.Random(os.getpid())
        while True:
            with suppress(OSError):
                attack()
            time.sleep(chance.expovariate(1 / MEAN_PAUSE_SECONDS))  # a look and a use may lie any time apart
    try:
        yield
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)


def give(path: Path, user: int, mode: int | None = None) -> Path:
    """Give a folder or file, with all that is in it, to a user."""
    for inner in (path, *path.rglob("*")):
        os.chown(inner, user, SHARED_GROUP if inner == path else user, follow_symlinks=False)
    if mode is not None:
        path.chmod(mode)
    return path


# ---------------------------------------------------------------------- the stage


def set_stage(base: Path, interpreter: str, variables: dict[str, str], source: Path) -> Stage:
    """Make what is honest, and what is not."""
    base.chmod(0o755)
    stage = Stage(base, base / "honest", base / "evil", base / "evil.so")
    stage.marks.mkdir()
    stage.marks.chmod(0o777)
    for folder, numbers in ((stage.honest, HONEST), (stage.evil, FOREIGN)):
        give_new(stage.above, VICTIM)
        give_new(stage.cache, VICTIM)
        told = variables | {"XDG_CACHE_HOME": str(stage.cache)}
        done = run_as(VICTIM, [interpreter, "-c", VICTIM_SCRIPT, *numbers], told)
        if done.returncode or not done.stdout.startswith("True"):
            raise SystemExit(f"an honest start fails:\n{done.stdout}{done.stderr}")
        (stage.cache / "autoencode").rename(folder)
        shutil.rmtree(stage.above)
    compile_library(stage, source)
    (honest_program,) = stage.honest.rglob("jit_probe*-cache")
    (foreign_program,) = stage.evil.rglob("jit_probe*-cache")
    foreign_program.rename(foreign_program.with_name(honest_program.name))
    (honest_library,) = stage.honest.rglob("kernel-*.so")
    (copied,) = stage.evil.rglob("kernel-*.so")
    copied.unlink()
    digest = subprocess.check_output(["sha256sum", stage.library], text=True).split()[0]
    start, _, honest_digest = honest_library.stem.rpartition("-")
    shutil.copyfile(stage.library, copied.with_name(f"{start}-{digest[: len(honest_digest)]}.so"))
    return stage


def compile_library(stage: Stage, source: Path) -> None:
    """Compile the kernel with something that runs when it is opened."""
    mark = stage.base / "mark.c"
    mark.write_text(MARK)
    kernel = source / "autoencode" / "training" / "kernel" / "dense.c"
    define = f'-DMARK_FILE="{stage.marks / "foreign"}"'
    command = [
        "cc",
        "-w",
        "-Wno-psabi",
        "-std=gnu11",
        "-O1",
        "-shared",
        "-fPIC",
        "-pthread",
        define,
        str(mark),
        str(kernel),
    ]
    subprocess.run([*command, "-o", str(stage.library), "-lm"], check=True)
    stage.library.chmod(0o755)


def give_new(path: Path, user: int, mode: int = 0o700) -> Path:
    path.mkdir()
    return give(path, user, mode)


def copy(folder: Path, to: Path, user: int) -> Path:
    shutil.copytree(folder, to)
    for inner in (to, *to.rglob("*")):  # what is the attacker's is for all to read
        inner.chmod((0o700 if inner.is_dir() else 0o600) if user == VICTIM else 0o755)
    return give(to, user)


def exchange(one: Path, other: Path) -> None:
    """Let two names change places, in one step."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(AT_CWD, os.fsencode(one), AT_CWD, os.fsencode(other), EXCHANGE):
        raise OSError(ctypes.get_errno(), "renameat2")


# ---------------------------------------------------------------------- what is tried


def plan_in_group(stage: Stage) -> Try:
    """A common group may write to the cache folder; `autoencode` is exchanged."""
    return _exchange_in(stage, 0o770)


def plan_in_world(stage: Stage) -> Try:
    """Everybody may write to the cache folder; `autoencode` is exchanged."""
    return _exchange_in(stage, 0o777)


def _exchange_in(stage: Stage, mode: int) -> Try:
    give_new(stage.above, VICTIM, 0o755)
    give_new(stage.cache, VICTIM, mode)
    own, evil = copy(stage.honest, stage.cache / "autoencode", VICTIM), copy(stage.evil, stage.cache / "evil", ATTACKER)
    return Try(lambda: exchange(own, evil))


def plan_above(stage: Stage) -> Try:
    """The whole cache folder is exchanged, in a folder of a common group."""
    give_new(stage.above, VICTIM, 0o770)
    give_new(stage.cache, VICTIM)
    copy(stage.honest, stage.cache / "autoencode", VICTIM)
    other = give_new(stage.above / "evil", ATTACKER, 0o755)
    copy(stage.evil, other / "autoencode", ATTACKER)
    return Try(lambda: exchange(stage.cache, other))


def plan_link(stage: Stage) -> Try:
    """`autoencode` is now the victim's folder, now a link to the attacker's."""
    _exchange_in(stage, 0o770)
    own, link = stage.cache / "autoencode", stage.cache / "link"
    link.symlink_to(stage.cache / "evil")
    return Try(lambda: exchange(own, link))


def plan_sticky(stage: Stage) -> Try:
    """In a sticky folder for all, the attacker was there first."""
    give_new(stage.above, 0, 0o755)
    give_new(stage.cache, 0, 0o1777)
    copy(stage.evil, stage.cache / "autoencode", ATTACKER)
    return Try()


def plan_loose(stage: Stage) -> Try:
    """The victim's own folders were made when everybody could write to new ones; something was put there."""
    give_new(stage.above, VICTIM, 0o755)
    give_new(stage.cache, VICTIM, 0o755)
    ours = copy(stage.honest, stage.cache / "autoencode", VICTIM)
    for folder in (ours, *(path for path in ours.rglob("*") if path.is_dir())):
        folder.chmod(0o777)
    for file in (path for path in stage.evil.rglob("*") if path.is_file()):
        planted = ours / file.relative_to(stage.evil)
        planted.unlink(missing_ok=True)
        shutil.copyfile(file, planted)
        give(planted, ATTACKER, 0o755)
    return Try()


def plan_temporary(stage: Stage) -> Try:
    """The folder for temporary files is open to all, and what the compiler writes there is replaced."""
    give_new(stage.above, VICTIM, 0o755)
    give_new(stage.cache, VICTIM)
    give_new(stage.temporary, 0, 0o777)
    planted = give_new(stage.temporary / "evil", ATTACKER, 0o755)
    give(Path(shutil.copyfile(stage.library, planted / "kernel.so")), ATTACKER, 0o755)

    def attack() -> None:
        for name in os.listdir(stage.temporary):
            if name.startswith("autoencode"):
                exchange(stage.temporary / name, planted)

    return Try(attack, {"TMPDIR": str(stage.temporary)})


def plan_library(stage: Stage) -> Try:
    """What the attacker has lies in the victim's own folder: no rule can help, and the harness must notice."""
    give_new(stage.above, VICTIM)
    give_new(stage.cache, VICTIM)
    copy(stage.evil, stage.cache / "autoencode", VICTIM)
    return Try()


def plan_program(stage: Stage) -> Try:
    """The same without the library."""
    attempt = plan_library(stage)
    for library in stage.cache.rglob("kernel-*.so"):
        library.unlink()
    return attempt


CONTROLS = {"foreign library": plan_library, "foreign program": plan_program}
PLANS = {
    "in a group's folder": plan_in_group,
    "in everybody's folder": plan_in_world,
    "a folder above": plan_above,
    "a link": plan_link,
    "there first": plan_sticky,
    "folders left open": plan_loose,
    "temporary files": plan_temporary,
}


def try_once(stage: Stage, plan: Callable[[Stage], Try], interpreter: str, variables: dict[str, str]) -> str:
    """Make one start under attack, and return what came of it in a word."""
    attempt = plan(stage)
    told = variables | {"HOME": "/nonexistent", "XDG_CACHE_HOME": str(stage.cache)} | attempt.environment
    try:
        with attacking(attempt.attack):
            done = run_as(VICTIM, [interpreter, "-c", VICTIM_SCRIPT, *HONEST], told)
        if list(stage.marks.iterdir()):
            return "foreign library"
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return "failed"
        return "right" if float(done.stdout.split()[-1]) == 3 else "foreign program"
    finally:
        for folder in (stage.above, stage.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        for mark in stage.marks.iterdir():
            mark.unlink()


def attack_starts(tries: int, source: Path, *, seed: int = 0) -> dict[str, Counter[str]]:
    """Attack so many starts, the plans in turn, and count what came of them by plan."""
    interpreter, variables = find_interpreter(source)
    counts: dict[str, Counter[str]] = {name: Counter() for name in PLANS}
    names = [name for _ in range(-(-tries // len(PLANS))) for name in PLANS][:tries]
    random.Random(seed).shuffle(names)
    base = Path(tempfile.mkdtemp(prefix="foreign-code-", dir="/tmp"))
    try:
        stage = set_stage(base, interpreter, variables, source)
        for wanted, plan in CONTROLS.items():
            if try_once(stage, plan, interpreter, variables) != wanted:
                raise SystemExit(f"a {wanted} is not noticed where nothing hinders it, so nothing would be shown.")
        for name in names:
            counts[name][try_once(stage, PLANS[name], interpreter, variables)] += 1
    finally:
        shutil.rmtree(base)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Attack the cache folder as another user.")
    parser.add_argument("--tries", type=int, default=200, metavar="N", help="starts that are attacked (default 200)")
    parser.add_argument("--src", type=Path, default=ROOT / "src", metavar="FOLDER", help="the sources to attack")
    arguments = parser.parse_args()
    if not hasattr(os, "geteuid") or os.geteuid() or shutil.which("cc") is None:
        raise SystemExit("nothing was tried: acting as another user needs root, and planting a library a compiler.")
    counts = attack_starts(arguments.tries, arguments.src)
    for name, found in counts.items():
        print(f"{name:24}{', '.join(f'{count} {what}' for what, count in sorted(found.items()))}")
    total = sum(counts.values(), Counter())
    foreign = total["foreign library"] + total["foreign program"]
    print(f"foreign code in {foreign} of {total.total()} starts, {total['failed']} failed")
    sys.exit(1 if foreign or total["failed"] else 0)


if __name__ == "__main__":
    main()
