"""The images of a folder are found in one order, each once."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autoencode.data.image_files import search
from autoencode.data.images import ImageFolder
from autoencode.exceptions import DataNotFoundError, InvalidInputError

GREY = np.arange(24, dtype=np.uint8).reshape(6, 4)


def encode(pixels: np.ndarray) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def test_order_is_not_that_of_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["B.png", "a1.png", "a01.png", "a2.png", "a10.png", "b/1.png", "b/10.png", "b10/1.png", "é.png"]
    for folder in ("b", "b10"):
        (tmp_path / folder).mkdir()
    for name in reversed(names):
        (tmp_path / name).touch()
    expected = ["B.png", "a01.png", "a1.png", "a2.png", "a10.png", "b/1.png", "b/10.png", "b10/1.png", "é.png"]
    list_folder = Path.iterdir
    for order in (sorted, lambda paths: sorted(paths, reverse=True)):
        monkeypatch.setattr(Path, "iterdir", lambda path, order=order: iter(order(list_folder(path))))
        assert [path.relative_to(tmp_path).as_posix() for path in search(tmp_path)[0]] == expected


def test_links(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.png").write_bytes(encode(GREY))
    outside = tmp_path.parent / f"{tmp_path.name} outside"
    outside.mkdir()
    (outside / "2.png").write_bytes(encode(GREY))
    (tmp_path / "dogs").symlink_to(outside)
    (tmp_path / "cats" / "3.png").symlink_to(outside / "2.png")
    assert ImageFolder(tmp_path).read().row_names == ("cats/1.png", "cats/3.png", "dogs/2.png")
    (tmp_path / "again").symlink_to("cats")
    with pytest.raises(InvalidInputError, match="are one folder, so that its images would count twice"):
        search(tmp_path)
    (tmp_path / "again").unlink()
    (outside / "loop").symlink_to(tmp_path)
    with pytest.raises(InvalidInputError, match=r"dogs/loop and .* are one folder"):
        search(tmp_path)


@pytest.mark.parametrize("target", ["1.png", "nothing"])
def test_link_that_leads_nowhere(tmp_path: Path, target: str) -> None:
    (tmp_path / "1.png").symlink_to(target)
    with pytest.raises(DataNotFoundError, match=r"1\.png: (is a link to|cannot be read)"):
        ImageFolder(tmp_path).read()
