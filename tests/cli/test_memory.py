from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from autoencode import memory_budget
from autoencode.cli import memory
from autoencode.cli.main import main

QUICK = ("--epochs", "1", "--seed", "0")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, size in (("grey", (3_000, 2_000)), ("small", (20, 10))):
        (tmp_path / name).mkdir()
        Image.new("L", size, 255).save(tmp_path / name / "one.png")
        Image.new("L", size, 0).save(tmp_path / name / "two.png")
    np.save(tmp_path / "wide.npy", np.zeros((3, 50_000), np.float32))
    header = ",".join(f"c{i}" for i in range(300))
    (tmp_path / "wide.csv").write_text("\n".join([header, *[",".join(["1"] * 300)] * 5]))
    return tmp_path


# Of a folder of images without it, a size is chosen that fits.
LARGE = ("--size", "9000x9000")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["train", "grey", *LARGE], "a smaller --size or smaller --layers"),
        (["train", "grey", "--network", "convolutional", *LARGE], "a smaller --size or smaller --layers"),
        (["sweep", "grey", *LARGE], "a smaller --size"),
        (["detect", "grey", *LARGE], "a smaller --size or samples of fewer features"),
        (["train", "wide.npy", "--layers", "100000-1000"], "use smaller --layers"),
        (["train", "wide.csv", "--layers", "1000000-100000"], "use smaller --layers"),
        (["train", "digits", "--layers", "100000-100000"], "smaller --layers"),
        (["train", "digits", "--restarts", "1000000000"], "fewer --restarts"),
        (["train", "digits", "--code-size", "1" + 400 * "0"], "smaller --layers"),
        (["sweep", "digits", "--hidden", "1000000-1000000"], "smaller --layers"),
    ],
)
def test_what_cannot_fit_is_refused_before_it_is_read(
    words: list[str], says: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "find_free", lambda: 2**33)
    monkeypatch.setattr("autoencode.data.read", None)
    assert main(words) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: out of memory: the training needs about ")
    assert says in err
    assert "8.0 GiB are free" in err
    assert "--ignore-memory goes on anyway" in err
    assert err.count("\n") == 1
    assert not (here / "runs").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is free is known on Linux alone")
def test_between_half_the_estimate_and_all_of_it_is_a_warning(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "count_resident", lambda: 0)
    for free, code, start in (
        (150, 4, "error: out of memory"),
        (180, 0, "warning: the training"),
        (400, 0, "small: 2"),
    ):
        monkeypatch.setattr(memory, "find_free", lambda free=free: free * 2**20)
        assert main(["train", "small", "--layers", "2", *QUICK]) == code
        assert capsys.readouterr().err.startswith(start)
    monkeypatch.setattr(memory, "find_free", lambda: None)
    assert main(["train", "small", "--layers", "2", *QUICK]) == 0
    assert "; about 0.3 GiB of memory" in capsys.readouterr().err


def test_ignore_memory_goes_on(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(memory, "count_resident", lambda: 0)
    monkeypatch.setattr(memory, "find_free", lambda: 0)
    assert main(["train", "small", "--layers", "2", *QUICK]) == 4
    assert main(["train", "small", "--layers", "2", *QUICK, "--ignore-memory"]) == 0
    (here / "run.toml").write_text("ignore_memory = true\n")
    assert main(["train", "small", "--layers", "2", *QUICK, "--config", "run.toml"]) == 0
    assert capsys.readouterr().err.count("warning: the training needs about") == 2


def test_what_lies_in_files_is_told_of_before_it_is_read_and_refused_where_the_disk_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("rows.npy", np.random.default_rng(0).random((2_000, 30), np.float32))
    words = ["train", "rows.npy", "--layers", "2", *QUICK, "--memory", "0.3MB", "--run", "t", "--force"]
    assert main(words) == 0
    told = capsys.readouterr().err.splitlines()[0]
    assert told.startswith("2,000 samples of 30 numbers, 0.0 GB, are more than 0.0003 GB of memory: about ")
    assert told.endswith("then one an epoch")
    assert "6 passes in about " in told
    assert main([*words[:-5], "--memory", "1GB", *words[-3:]]) == 0
    assert "passes" not in capsys.readouterr().err
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    monkeypatch.setattr("autoencode.data.read", None)
    assert main(words) == 4
    err = capsys.readouterr().err
    assert "name another disk by XDG_CACHE_HOME" in err
    assert err.count("\n") == 1


def test_sizes_that_are_none_are_left_to_the_constructor(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--code-size", "0"], ["--layers", "0-2"], ["--restarts", "-1"], ["--batch-size", "0"]):
        assert main(["train", "small", *words]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with what the system says: 1 GB free, no container."""
    monkeypatch.setattr(memory_budget, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory_budget, "CGROUP", tmp_path / "cgroup")
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 2000000 kB\nMemAvailable: 1000000 kB\n")
    (tmp_path / "proc" / "self" / "statm").write_text("1000 300 0 0 0 0 0\n")
    return tmp_path


def write_group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text + "\n")


def test_free_memory_is_what_is_available(system: Path) -> None:
    assert memory.find_free() == 1_000_000 * 1024
    assert memory.count_resident() == 300 * os.sysconf("SC_PAGE_SIZE")
    (system / "proc" / "meminfo").unlink()
    assert memory.find_free() is None


def test_free_memory_is_no_more_than_a_container_of_version_2_has(system: Path) -> None:
    (system / "proc" / "self" / "cgroup").write_text("0::/user/job\n")
    stat = {"memory__stat": "anon 1\ninactive_file 5"}
    write_group(system / "cgroup" / "user" / "job", memory__max="max", memory__current="600", **stat)
    assert memory.find_free() == 1_000_000 * 1024
    write_group(system / "cgroup" / "user", memory__max="900000", memory__current="600000", **stat)
    assert memory.find_free() == 300_005
    write_group(system / "cgroup" / "user" / "job", memory__max="500")
    assert memory.find_free() == 0


def test_free_memory_is_no_more_than_a_container_of_version_1_has(system: Path) -> None:
    (system / "proc" / "self" / "cgroup").write_text("5:cpu,cpuacct:/\n4:memory:/docker/abc\n0::/\n")
    write_group(
        system / "cgroup" / "memory",
        memory__limit_in_bytes="1000000",
        memory__usage_in_bytes="600000",
        memory__stat="inactive_file 1\ntotal_inactive_file 7",
    )
    assert memory.find_free() == 400_007


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_free_memory_is_no_more_than_the_limit_of_addresses(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    page = os.sysconf("SC_PAGE_SIZE")
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1_500 * page, -1))
    assert memory.find_free() == 500 * page
