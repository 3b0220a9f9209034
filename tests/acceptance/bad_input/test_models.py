"""Model files and run folders that are damaged, foreign or hostile."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

import autoencode as ae
from autoencode.exceptions import ModelFileError
from autoencode.runs import read_model_file, write_model_file


@pytest.fixture(scope="session")
def content(numbers: Any) -> bytes:
    return (numbers.run / "model.safetensors").read_bytes()


def refuse(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        ae.load(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------------- damaged


def choose_places(content: bytes) -> list[int]:
    """Return places of a model file: the length of its header, 200 of the header, and 200 of the tensors behind it."""
    (header_bytes,) = struct.unpack("<Q", content[:8])
    header, tensors = range(8, 8 + header_bytes), range(8 + header_bytes, len(content))
    spread = [part[len(part) * number // 200] for part in (header, tensors) for number in range(200)]
    return sorted({*range(8), header[-1], *spread, len(content) - 1})


def test_a_file_cut_anywhere_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(content)
    ae.load(path)
    for end in reversed(choose_places(content)):
        os.truncate(path, end)
        refuse(path)


def test_a_file_with_a_byte_changed_anywhere_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "changed.safetensors"
    for place in choose_places(content):
        path.write_bytes(content[:place] + bytes([content[place] ^ (1 + place % 255)]) + content[place + 1 :])
        refuse(path)


def test_a_file_with_more_behind_it_is_refused(content: bytes, tmp_path: Path) -> None:
    for more in (b"\0", b"x" * 100, content):
        path = tmp_path / "more.safetensors"
        path.write_bytes(content + more)
        refuse(path)


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.3, 0.9, 0.999])
def test_the_shell_refuses_a_file_that_was_cut(share: float, shell: Any, numbers: Any, content: bytes) -> None:
    (shell.folder / "cut.safetensors").write_bytes(content[: int(share * len(content))])
    shell.refuses("summary", "cut.safetensors", says=("cut.safetensors",))
    shell.refuses("errors", "cut.safetensors", numbers.data, "errors.csv", says=("cut.safetensors",))


# ---------------------------------------------------------------------- foreign


class Owned:
    """A pickle that writes a file where it is loaded."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, ("owned",)


def _encode(image: Image.Image) -> bytes:
    from io import BytesIO

    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


TENSORS = {"a": np.zeros(3)}
FOREIGN: dict[str, tuple[bytes, str]] = {
    "no bytes": (b"", "model file"),
    "text": (b"hello, I am a model\n", "not a model file"),
    "random bytes": (np.random.default_rng(0).bytes(4096), "not a model file"),
    "a pickle": (pickle.dumps(Owned()), "not a model file"),
    "a picture": (_encode(Image.new("L", (9, 9))), "not a model file"),
    "a header of 2⁶³ bytes": (struct.pack("<Q", 2**63) + b"{}", "a damaged model file"),
    "a header of 90 MB": (struct.pack("<Q", 90_000_000) + b"{}", "a damaged model file"),
    "a header that is no JSON": (struct.pack("<Q", 4) + b"{{{{", "a damaged model file"),
    "a header of brackets": (struct.pack("<Q", 50_000) + b"[" * 50_000, "not a model file"),
    "another program's model": (save(TENSORS), "not a model of autoencode's"),
    "another program's model with metadata": (save(TENSORS, {"format": "pt"}), "not a model of autoencode's"),
    "a newer version": (
        save(TENSORS, {"format": "autoencode", "format_version": "5"}),
        "install a newer autoencode",
    ),
    "a version of 5,000 digits": (save(TENSORS, {"format": "autoencode", "format_version": "9" * 5000}), "model file"),
    "a version that is a word": (save(TENSORS, {"format": "autoencode", "format_version": "two"}), "version"),
    "no checksum": (save(TENSORS, {"format": "autoencode", "format_version": "2", "configuration": "{}"}), "checksum"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_what_is_no_model_is_refused(case: str, shell: Any, numbers: Any) -> None:
    content, words = FOREIGN[case]
    (shell.folder / "x.safetensors").write_bytes(content)
    shell.refuses("summary", "x.safetensors", says=("x.safetensors", words))
    shell.refuses("errors", "x.safetensors", numbers.data, "errors.csv", says=("x.safetensors", words))
    shell.refuses("export", "x.safetensors", "onnx", says=("x.safetensors", words))


def test_a_table_is_no_model(shell: Any, numbers: Any) -> None:
    shell.refuses("errors", numbers.data, numbers, "errors.csv", says=("numbers.csv", "not a model file"))


def change(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(configuration: dict[str, Any]) -> None:
        configuration[key] = value

    return apply


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "no settings": lambda c: c.pop("settings"),
    "settings of another kind": change("settings", []),
    "a code of 10¹² units": lambda c: c["settings"].update(code_size=10**12),
    "10⁹ layers": lambda c: c["settings"].update(hidden=[1] * 1000),
    "a loss that runs a program": lambda c: c["parameters"].update(loss="__import__('os').mkdir('owned')"),
    "an unknown argument": lambda c: c["parameters"].update(owned=1),
    "another number of features": change("features", 4),
    "10¹⁸ features": change("features", 10**18),
    "a shape that does not fit": change("sample_shape", [2, 2]),
    "a number that is a text": change("features", "3"),
    "a table encoder that is none": change("table_encoder", {"columns": 7}),
    "a reading that is none": change("reading", {"kind": "../../secrets"}),
    "a restart that is not there": change("best_restart", 9),
    "no restarts": change("restarts", []),
    "no history": change("history", {}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_model_that_contradicts_itself_is_refused(case: str, shell: Any, numbers: Any) -> None:
    tensors, configuration = read_model_file(numbers.run / "model.safetensors")
    CHANGES[case](configuration)
    write_model_file(shell.folder / "x.safetensors", tensors, configuration)
    shell.refuses("summary", "x.safetensors", says=("x.safetensors", "not a complete model"))
    assert not (shell.folder / "owned").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(value: float, shell: Any, numbers: Any) -> None:
    tensors, configuration = read_model_file(numbers.run / "model.safetensors")
    for name in tensors:
        wrong = tensors | {name: np.full_like(tensors[name], value)}
        write_model_file(shell.folder / "x.safetensors", wrong, configuration)
        shell.refuses("summary", "x.safetensors", says=("x.safetensors", "not a complete model"))
        if name == "column_deviations":
            continue  # files of earlier versions have none
        write_model_file(shell.folder / "x.safetensors", {n: t for n, t in tensors.items() if n != name}, configuration)
        shell.refuses("summary", "x.safetensors", says=("x.safetensors", "not a complete model"))


# ---------------------------------------------------------------------- names of models and runs


def test_a_model_that_does_not_exist_suggests_one(shell: Any, numbers: Any) -> None:
    shutil.copytree(numbers.run, shell.folder / "runs" / "digits")
    for words in (("errors", "digit", numbers.data), ("summary", "digit"), ("encode", "digit", numbers.data, "x.csv")):
        shell.refuses(*words, says=("no model 'digit'", "did you mean 'digits'?"))
    shell.refuses("runs", "show", "digit", says=("no run 'digit'", "did you mean 'digits'?"))
    shell.refuses("runs", "remove", "digit", says=("no run 'digit'", "did you mean 'digits'?"))
    shell.accepts("summary", "digits")


@pytest.mark.parametrize("name", ["", " ", ".", "..", "/", "no/such", "x" * 300, "a\0b", "\x1b[2J", "runs", "~", "*"])
def test_a_name_that_is_no_model_is_refused(name: str, shell: Any, numbers: Any) -> None:
    (shell.folder / "runs").mkdir()
    shell.refuses("summary", name)
    shell.refuses("errors", name, numbers.data, "errors.csv")
    shell.refuses("runs", "show", name)
    shell.refuses("runs", "remove", name)


def test_a_run_without_its_model_says_so(shell: Any, numbers: Any) -> None:
    shutil.copytree(numbers.run, shell.folder / "runs" / "mine")
    (shell.folder / "runs" / "mine" / "model.safetensors").unlink()
    shell.refuses("summary", "mine", says=("runs/mine has no model.",))
    shell.accepts("runs", "list")
    shell.accepts("runs", "show", "mine")
    with pytest.raises(ModelFileError, match="no model file"):
        ae.load(shell.folder / "runs" / "mine")


def test_a_pipe_for_a_model_is_not_waited_for(shell: Any, numbers: Any) -> None:
    os.mkfifo(shell.folder / "pipe")
    shell.refuses("summary", "pipe", says=("'pipe'",))
    (shell.folder / "runs" / "mine").mkdir(parents=True)
    for name in ("model.safetensors", "config.json"):
        os.mkfifo(shell.folder / "runs" / "mine" / name)
    shell.refuses("summary", "mine", says=("mine",))
    shell.accepts("runs", "list")


def test_what_is_no_run_is_not_removed(shell: Any) -> None:
    for name, text in (("plain", None), ("config", "{}"), ("list", "[]"), ("text", "hello"), ("deep", "[" * 100_000)):
        folder = shell.folder / "runs" / name
        folder.mkdir(parents=True)
        (folder / "precious.txt").write_text("mine")
        if text is not None:
            (folder / "config.json").write_text(text)
        for word in (name, f"runs/{name}", folder):
            shell.refuses("runs", "remove", word)
    shell.refuses("runs", "remove", "runs", says=("no run",))
    shell.refuses("runs", "remove", shell.folder)


def test_a_run_is_removed_and_nothing_else(shell: Any, numbers: Any) -> None:
    folder = shell.folder / "runs" / "mine"
    shutil.copytree(numbers.run, folder)
    (folder / "precious.txt").write_text("mine")
    (shell.folder / "runs" / "link").symlink_to(numbers.run, target_is_directory=True)
    assert "precious.txt" in shell.accepts("runs", "remove", "mine").err
    assert [path.name for path in folder.iterdir()] == ["precious.txt"]


HOSTILE = ['{"parameters": 5}', '{"parameters": {}}', '{"parameters": [], "data": ["x"]}', '{"parameters": null}']


@pytest.mark.parametrize("config", HOSTILE)
@pytest.mark.parametrize(
    "result", [None, "{}", '{"settings": 5}', '{"settings": {"hidden": 3}, "loss": "x"}', "[]", "{"]
)
@pytest.mark.parametrize("history", [None, "5\n", '{"loss": 3}\n', '{"loss": ["x"]}\n', "{}\n", "\0\n"])
def test_a_run_of_somebody_else_is_shown_or_refused(
    config: str, result: str | None, history: str | None, shell: Any, numbers: Any
) -> None:
    folder = shell.folder / "runs" / "theirs"
    folder.mkdir(parents=True)
    for name, text in (("config.json", config), ("result.json", result), ("history.jsonl", history)):
        if text is not None:
            (folder / name).write_text(text)
    shutil.copytree(numbers.run, shell.folder / "runs" / "mine")
    shown = shell.accepts("runs", "list")
    assert "mine" in shown.out
    outcome = shell("runs", "show", "theirs")
    if outcome.code:
        shell.check(outcome, says=("theirs",))


def test_a_run_never_commands_the_terminal(shell: Any, numbers: Any) -> None:
    folder = shell.folder / "runs" / "mine\x1b[2J"
    shutil.copytree(numbers.run, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"data": "\x1b[2J\nx"}))
    for words in (("runs", "list"), ("runs", "show", "mine\x1b[2J")):
        outcome = shell.accepts(*words)
        assert "\x1b" not in outcome.out
        assert r"\x1b[2J" in outcome.out


FOREIGN_CONFIGS: dict[str, dict[str, Any]] = {
    "a list for its samples": {"data": ["x"]},
    "no samples": {"data": None},
    "samples that are gone": {"data": "no\x1b[2J.csv"},
    "a zero byte": {"data": "a\0b"},
    "a count that is a text": {"samples": "40"},
    "another count": {"samples": 10**12},
    "a share that is none": {"held_out": [1]},
    "samples of another kind": {"data": "digits"},
}


@pytest.mark.parametrize("case", FOREIGN_CONFIGS)
def test_a_run_that_does_not_say_what_it_held_out_needs_samples(case: str, shell: Any, numbers: Any) -> None:
    folder = shell.folder / "runs" / "mine"
    shutil.copytree(numbers.run, folder)
    (folder / "report.html").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | FOREIGN_CONFIGS[case]))
    shell.refuses("report", "mine")
