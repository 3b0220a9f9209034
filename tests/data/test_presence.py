"""What samples shall be read from is there and can be opened, or the answer says why not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from autoencode import data
from autoencode.data.presence import check_presence, check_set_name
from autoencode.exceptions import AutoencodeError, DataNotFoundError, InvalidInputError
from autoencode.options import SET_NAMES


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "array.npz").write_bytes(b"PK")
    (tmp_path / "link.csv").symlink_to("table.csv")
    (tmp_path / "broken.csv").symlink_to("nowhere.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["digits", "mnist:test", "table.csv", "folder", "*.csv", "array.npz:X", "link.csv"])
def test_what_is_there(name: str) -> None:
    check_presence(name)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tabel.csv", "did you mean 'table.csv'"),
        ("digit", "did you mean 'digits'"),
        ("x7.csv", "x7.csv: there is no such file or folder."),  # an ending alone makes no two names alike
        ("no/table.csv", "there is no folder 'no'"),
        ("table.csv/x.csv", "there is no such file"),
        ("*.parquet", "no file fits this pattern"),
        ("missing.npz:X", "there is no such file"),
        ("broken.csv", "is a link to 'nowhere.csv', where there is nothing"),
        ("pipe.csv", "a pipe, socket or device"),
        (os.devnull, "a pipe, socket or device"),
        ("x" * 3000, "cannot be read: File name too long"),
        ("", "expected the path"),
        ("a\0b", "expected the path"),
    ],
)
def test_what_is_not_there_is_said_as_reading_says_it(name: str, said: str) -> None:
    with pytest.raises(AutoencodeError, match=r"^[^\n]+$") as refused:
        check_presence(name)
    assert said in str(refused.value)
    with pytest.raises(type(refused.value)) as read:
        data.read(name)
    assert str(read.value) == str(refused.value)


def test_a_socket_and_what_may_not_be_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.csv")
        with pytest.raises(InvalidInputError, match="a pipe, socket or device"):
            check_presence("socket.csv")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "scandir", refuse)
    for name in ("table.csv", "folder"):
        with pytest.raises(DataNotFoundError, match=f"^{name}: cannot be read: Permission denied$"):
            check_presence(name)


def test_names_of_sets() -> None:
    assert tuple(data.names()) == SET_NAMES
    for name in SET_NAMES:
        check_set_name(name)
    with pytest.raises(InvalidInputError, match=r"did you mean 'mnist'\?"):
        check_set_name("minst")
