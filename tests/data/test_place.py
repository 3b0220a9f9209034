from __future__ import annotations

from pathlib import Path

import pytest

from autoencode.data.place import expand, is_offline, list_places, survey, user_cache
from autoencode.exceptions import InvalidInputError


def test_gzipped_and_plain_files_are_found(tmp_path: Path) -> None:
    for name in ("a.gz", "a", "b", "d.zip"):
        (tmp_path / name).touch()
    place = survey("here", tmp_path, ("a", "b", "c", "d"))
    assert place.found == {"a": tmp_path / "a.gz", "b": tmp_path / "b"}
    assert place.missing == ("c", "d")
    assert not place.is_complete
    assert place.describe() == f"here ({tmp_path}): has a, b but lacks c, d"
    assert survey("here", tmp_path, ("a", "b")).is_complete


def test_a_folder_without_the_files_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    cases = {"none": "no such folder", "file": "is not a folder", ".": "has none of the files"}
    for name, reason in cases.items():
        place = survey("here", tmp_path / name, ("a",))
        assert place.describe().endswith(reason)
        assert place.missing == ("a",)
        assert not place.is_complete


def test_a_folder_that_cannot_be_looked_at_says_why(tmp_path: Path) -> None:
    assert "cannot be looked at: File name too long" in survey("here", tmp_path / ("x" * 5000), ("a",)).describe()


def test_places_come_in_the_order_in_which_they_count(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [place.folder for place in list_places("mnist", ("a",), None)] == [None, cache]
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path / "data"))
    places = list_places("mnist", ("a",), tmp_path / "mine")
    assert [place.folder for place in places] == [tmp_path / "mine", tmp_path / "data" / "mnist", cache]
    assert user_cache("mnist") == cache


def test_the_home_folder_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expand("~/data") == tmp_path / "data"
    with pytest.raises(InvalidInputError, match="folder: expected the path of a folder, got 3"):
        expand(3)  # type: ignore[arg-type]


def test_offline_is_an_argument_or_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("1", "true", "YES", " on "):
        monkeypatch.setenv("AUTOENCODE_OFFLINE", value)
        assert is_offline(None)
        assert not is_offline(False)
    for value in ("", "0", "False", "no"):
        monkeypatch.setenv("AUTOENCODE_OFFLINE", value)
        assert not is_offline(None)
        assert is_offline(True)
    monkeypatch.setenv("AUTOENCODE_OFFLINE", "ture")
    with pytest.raises(InvalidInputError, match="AUTOENCODE_OFFLINE: expected 1, true or yes"):
        is_offline(None)
