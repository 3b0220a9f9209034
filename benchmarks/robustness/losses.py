"""Runs and models that are lost: trainings that are killed, hung up, out of disk, or several at once.

Each try starts `autoencode train` in a folder of its own, does to it what its kind says at a random moment, and then
looks at what is left: an earlier run must be there byte for byte or be replaced by a whole one, a model must be there
where one was trained, `runs list` must tell the truth, and the next write must sweep up what is left over.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import autoencode as ae
from autoencode.cli.main import main as run_shell
from autoencode.exceptions import AutoencodeError
from autoencode.files import write_whole
from autoencode.runs import RunFolder

__all__ = ["KINDS", "Tries", "measure"]

EARLIER = "earlier"
MOST_SECONDS = 300.0
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@dataclass
class Tries:
    """What came of the tries of a kind: how many, the losses in words, and how many ended in each way."""

    count: int = 0
    losses: list[str] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    def add(self, end: str, losses: Sequence[str]) -> None:
        """Count a try."""
        self.count += 1
        self.ends[end] = self.ends.get(end, 0) + 1
        self.losses += losses


@dataclass(frozen=True)
class Setting:
    """Where a try happens: its folder with an earlier run in it, that run's files, chance, and the usual seconds."""

    place: Path
    before: dict[str, bytes]
    chance: random.Random
    seconds: float

    def start(self, *options: str, limit: int | None = None) -> subprocess.Popen[str]:
        """Start a training in the folder; no file of it may become longer than the limit."""

        bound = "" if limit is None else f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({limit}, {limit})); "
        program = f"{bound}from autoencode.cli.main import run; run()"
        return subprocess.Popen(
            [sys.executable, "-c", program, "train", "digits", "--layers", "6", *options],
            cwd=self.place,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # What is imported under such a limit would leave torn byte code behind.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def wait(self, process: subprocess.Popen[str], *paths: Path) -> None:
        """Wait for a random moment: of the whole training, or just after one of some files has appeared."""
        moment = self.chance.choice([None, *paths])
        end = time.monotonic() + MOST_SECONDS
        if moment is None:
            end = time.monotonic() + self.chance.uniform(0, 1.2 * self.seconds)
        while process.poll() is None and time.monotonic() < end and not (moment is not None and moment.exists()):
            time.sleep(0.001)
        if moment is not None:
            time.sleep(self.chance.uniform(0, 0.03))


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def is_whole(folder: Path) -> bool:
    """Return whether a run is finished, with a model that loads and every epoch in its history."""
    run = RunFolder(folder)
    try:
        epochs = [line["epoch"] for line in run.read_history()]
        whole = run.status == "finished" and epochs == list(range(1, run.read_result()["epochs"] + 1))
        return whole and ae.load(folder).history_.epochs == len(epochs)
    except AutoencodeError:
        return False


def list_runs(place: Path) -> dict[str, str]:
    """Return the status of every run as `autoencode runs list` tells it."""
    out = io.StringIO()
    with contextlib.chdir(place), contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        assert run_shell(["runs", "list", "--json"]) == 0
    return {run["name"]: run["status"] for run in json.loads(out.getvalue())}


def find_losses(setting: Setting, *, replaced: bool) -> list[str]:
    """Return what is wrong with what is left after every process is gone."""
    runs = setting.place / "runs"
    losses = []
    earlier = runs / EARLIER
    same = earlier.is_dir() and read_folder(earlier) == setting.before
    if not same and not (replaced and is_whole(earlier)):
        losses.append("the earlier run is neither as it was nor replaced by a whole one")
    told = list_runs(setting.place)
    for name, status in told.items():
        has_result = (runs / name / "result.json").is_file()
        if status == "running" or (status == "killed") is has_result:
            losses.append(f"{name} is told to be {status}")
        if status == "finished" and not is_whole(runs / name):
            losses.append(f"{name} is told to be finished, and is not whole")
    for folder in (runs, *(path for path in runs.iterdir() if path.is_dir())):
        # A draft of a whole folder is gone after the next write beside it.
        if not folder.is_dir() or not any(path.name.endswith(".partial") for path in folder.iterdir()):
            continue
        write_whole(folder / "next", b"")
        (folder / "next").unlink()
        if any(path.name.endswith(".partial") for path in folder.iterdir()):
            losses.append(f"a draft in {folder.name} outlives the next write")
    return losses


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the end of a training and return its exit code and what it printed."""
    out, err = process.communicate(timeout=MOST_SECONDS)
    return process.returncode, out, err


def try_kill(setting: Setting, *options: str) -> tuple[str, list[str]]:
    """Kill a training that makes a new run, or replaces the earlier one, at a random moment."""
    force = "--force" in options
    name = [] if not options else ["--run", EARLIER if force else "new"]
    process = setting.start("--epochs", "40", *name, *options)
    runs = setting.place / "runs"
    folder = runs / (f"{EARLIER}-2" if force else "new" if name else "digits")
    moments = (folder / "history.jsonl", folder / "model.safetensors", folder / "result.json")
    setting.wait(process, *moments)
    process.kill()
    code, out, _ = finish(process)
    losses = find_losses(setting, replaced=force)
    if out and not is_whole(runs / EARLIER if force else folder):
        losses.append("the result was printed, and its run is not whole")
    return "killed" if code < 0 else f"exit {code}", losses


def try_signal(setting: Setting, *options: str) -> tuple[str, list[str]]:
    """Interrupt, terminate or hang up a long training at a random moment after its first epoch."""
    process = setting.start("--epochs", "1000000", "--run", EARLIER, "--force", *options)
    folder = setting.place / "runs" / f"{EARLIER}-2"
    while process.poll() is None and not (folder / "history.jsonl").exists():
        time.sleep(0.005)
    time.sleep(setting.chance.uniform(0, 0.3))
    kind = setting.chance.choice(list(SIGNALS))
    process.send_signal(kind)
    code, _, err = finish(process)
    losses = find_losses(setting, replaced=False)
    name = signal.Signals(kind).name
    if code != SIGNALS[kind]:
        losses.append(f"{name} ends with {code}: {err.strip()[-200:]}")
    try:
        epochs = len(RunFolder(folder).read_history())
        if ae.load(folder).history_.epochs != epochs or f"{EARLIER} is as it was" not in err:
            losses.append(f"{name}: the model has not all epochs, or it is not said where it is")
    except AutoencodeError as error:
        losses.append(f"{name}: {error}")
    return name, losses


def try_full_disk(setting: Setting, *options: str) -> tuple[str, list[str]]:
    """Train where the disk takes only so much: a small one where it can be mounted, else files of a largest length."""
    kibibytes = setting.chance.randint(2, 140)
    force = setting.chance.random() < 0.5
    name = ["--run", EARLIER, "--force"] if force else ["--run", "new"]
    words = ["--epochs", "300", *name, *options]
    with mount_small(setting.place / "runs", kibibytes) as mounted:
        process = setting.start(*words, limit=None if mounted else 1024 * kibibytes)
        code, _, err = finish(process)
        losses = find_losses(setting, replaced=force)
        folders = [setting.place / "runs" / end for end in (EARLIER, f"{EARLIER}-2", "new")]
        elsewhere = re.search(r"the model was saved in (\S+) instead", err)
        models = [folder for folder in folders if (folder / "model.safetensors").is_file()][force is False :]
        trained = "epoch 300/300" in err
        if trained and not elsewhere and (len(models) < 1 or (code and force and len(models) < 2)):
            losses.append(f"{kibibytes} KiB: a model was trained and is nowhere ({code}): {err.strip()[-300:]}")
        if code not in (0, 4):
            losses.append(f"{kibibytes} KiB: exit {code}: {err.strip()[-300:]}")
        if elsewhere:
            losses += [] if ae.load(elsewhere[1]).history_.epochs == 300 else ["the model saved elsewhere is another"]
            shutil.rmtree(Path(elsewhere[1]).parent)
    return f"exit {code}{', saved elsewhere' if elsewhere else ''}", losses


@contextlib.contextmanager
def mount_small(folder: Path, kibibytes: int) -> Iterator[bool]:
    """Let a folder's content lie on a disk that takes only so much more; return whether it could be mounted."""
    inside = sum(4096 * (1 + path.stat().st_size // 4096) for path in folder.rglob("*"))
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()
    size = f"size={inside // 1024 + kibibytes}k"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        folder.rmdir()
        aside.rename(folder)
        yield False
        return
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield True
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def try_race(setting: Setting, *options: str) -> tuple[str, list[str]]:
    """Start two or three trainings at once for one name."""
    force, count = "--force" in options, setting.chance.choice([2, 3])
    name = [] if "derived" in options else ["--run", EARLIER if force else "new"]
    words = [["--epochs", "60", "--seed", str(seed), *name, *(["--force"] if force else [])] for seed in range(count)]
    processes = []
    for each in words:
        processes.append(setting.start(*each))
        time.sleep(setting.chance.choice([0, 0, setting.chance.uniform(0, 0.5 * setting.seconds)]))
    codes = [finish(process)[0] for process in processes]
    losses = find_losses(setting, replaced=force)
    finished = {run: status for run, status in list_runs(setting.place).items() if run != EARLIER or force}
    if "derived" in options:
        right = codes == [0] * count and list(finished.values()) == ["finished"] * count
    else:
        right = set(codes) <= {0, 2} and 0 in codes and list(finished.values()) == ["finished"]
        seed = RunFolder(setting.place / "runs" / (EARLIER if force else "new")).read_result()["seed"]
        right = right and codes[seed] == 0
    if not right:
        losses.append(f"{count} at once end with {codes} and leave {finished}")
    return "exits " + " ".join(map(str, sorted(codes))), losses


KINDS: dict[str, Callable[[Setting], tuple[str, list[str]]]] = {
    "killed": lambda setting: try_kill(setting),
    "killed, --run and --report": lambda setting: try_kill(setting, "--report"),
    "killed, --force": lambda setting: try_kill(setting, "--force"),
    "killed, --force --report": lambda setting: try_kill(setting, "--force", "--report"),
    "interrupted, terminated, hung up": lambda setting: try_signal(setting),
    "full disk": lambda setting: try_full_disk(setting),
    "at once, one name": lambda setting: try_race(setting),
    "at once, --force": lambda setting: try_race(setting, "--force"),
    "at once, no name": lambda setting: try_race(setting, "derived"),
}


def measure(tries: int, seed: int = 0, only: str = "") -> dict[str, Tries]:
    """Make so many tries, in turn of each kind that has a word in its name, and return what came of them."""
    results = {kind: Tries() for kind in KINDS if only in kind}
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="autoencode-losses-") as folder:
        origin = Setting(Path(folder) / "origin", {}, chance, 0)
        origin.place.mkdir()
        start = time.monotonic()
        code, _, err = finish(origin.start("--epochs", "40", "--run", EARLIER))
        assert code == 0, err
        seconds = time.monotonic() - start
        before = read_folder(origin.place / "runs" / EARLIER)
        for number in range(tries):
            kind = list(results)[number % len(results)]
            place = Path(folder) / str(number)
            shutil.copytree(origin.place, place)
            results[kind].add(*KINDS[kind](Setting(place, before, chance, seconds)))
            shutil.rmtree(place)
    return results


def main() -> None:
    """Print a table by kind, and every loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="a word that the names of the kinds to try have")
    given = parser.parse_args()
    for number in SIGNALS:  # what starts a process in the background has it ignore some, and so would what it starts
        signal.signal(number, signal.SIG_DFL)
    start = time.monotonic()
    results = measure(given.tries, given.seed, given.only)
    print(f"{'kind':<34}tries  lost  ends")
    for kind, found in results.items():
        ends = ", ".join(f"{end}: {count}" for end, count in sorted(found.ends.items()))
        print(f"{kind:<34}{found.count:>5}{len(found.losses):>6}  {ends}")
        for loss in found.losses:
            print(f"    {loss}")
    total = sum(len(found.losses) for found in results.values())
    print(f"{total} lost in {given.tries} tries, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
