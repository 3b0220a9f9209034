"""How outputs are held against the pages."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from page_pictures import compare_pictures, refresh_pictures
from PIL import Image
from printed_outputs import TOLERANCE, Output, agrees, align, differences, read_blocks, refresh, renew

PAGE = """# Page

```python
print(1)
```

Words.

```text
loss    0.5012
rows    77
```

```sh
autoencode x
```

```text title="standard error"
read 3 rows
…
done in 12.4 s
```

<!-- numbers within 50 % -->
```text
share 10.0 and …
```
"""
RIGHT = {0: Output("loss 0.5\nrows 77\n", ""), 2: Output("share 14.0 and more\n", "read 3 rows\na\n\nb\ndone in 3 s\n")}


@pytest.mark.parametrize(
    ("shown", "came", "holds"),
    [
        ("mean 0.5012", "mean   0.5000", True),
        ("mean 0.5012", "mean 0.4812", False),
        ("0.0004 … 0.0014", "0.0005 … 0.0013", True),
        ("0.0004 … 0.0014", "0.0006 … 0.0014", False),
        ("row 77", "row 78", False),
        ("58% of 600", "59% of 600", True),
        ("58% of 600", "62% of 600", False),
        ("58% of 600", "58% of 601", False),
        ("1.2e-9", "1.21e-09", True),
        ("1.2e-9", "1.2e-8", False),
        ("−0.5", "0.5", False),
        ("1,437 samples", "1437 samples", True),
        ("network 64-8-64", "network 64-9-64", False),
        ("took 3.2 s, 14 MiB", "took 11 s, 3.5 MiB", True),
        ("on 2026-06-17", "on 2026-06-18", False),
        ("──────", "───────────", True),
        ("better than linear", "worse than linear", False),
        ("better than …", "better than linear by 0.3", True),
        ("0.02154 …", "0.5 and so on", False),
    ],
)
def test_what_agrees(shown: str, came: str, holds: bool) -> None:
    assert agrees(shown, came, TOLERANCE) is holds


def test_lines_may_be_left_out_but_none_may_be_added() -> None:
    same = partial(agrees, tolerance=TOLERANCE)
    assert align(["a", "…", "b"], ["a", "x", "b", "y", "b"], same) == [0, -1, 4]
    assert align(["a", "b"], ["a", "x", "b"], same) is None
    assert align(["a", "…"], ["a"], same) == [0, -1]
    assert align(["a"], [], same) is None


def test_a_page_that_holds(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    assert [block.tolerance for block in read_blocks(page)] == [0.02, 0.02, 0.02, 0.02, 0.5]
    assert differences(page, RIGHT) == []
    assert refresh(page, RIGHT) == []
    assert page.read_text(encoding="utf-8") == PAGE


def test_a_page_that_does_not(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    came = {0: Output("loss 0.25\n", ""), 2: Output("share 90.0 and more\n", "read 4 rows\nx\ndone in 1 s\n")}
    assert len(differences(page, came)) == 3
    assert refresh(page, came) == []
    assert differences(page, came) == []
    text = page.read_text(encoding="utf-8")
    assert "```text\nloss 0.25\n```" in text
    assert "read 4 rows\n…\ndone in 1 s\n" in text
    assert "share 90.0 and …\n" in text
    assert text.count("```") == PAGE.count("```")


def test_what_cannot_be_renewed_is_left_to_people(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    came = {2: Output("share 10.0 and more\n", "something else altogether\n")}
    assert "something else altogether" in refresh(page, came)[0]
    assert page.read_text(encoding="utf-8") == PAGE


def test_new_words_in_a_line_that_is_shown() -> None:
    shown = ["'curved' is better than 'linear', by 0.2 …", "…", "loss 0.1"]
    came = ["'curved' is clearly better than 'linear', by 0.3 on all samples", "a", "loss 0.4"]
    assert renew(shown, came) == ["'curved' is clearly better than 'linear', by …", "…", "loss 0.4"]


def test_pictures_are_compared_and_refreshed(tmp_path: Path) -> None:
    page, folder = tmp_path / "page.md", tmp_path / "drawn"
    page.write_text("![What it shows](pictures/a.png) ![Another](pictures/b.png)", encoding="utf-8")
    for place in (folder, tmp_path / "pictures"):
        place.mkdir()
    Image.new("RGB", (200, 100), "white").save(folder / "a.png")
    assert compare_pictures(page, folder) == ["page.md shows a.png, which is not there"]
    assert refresh_pictures(page, folder) == []
    Image.new("RGB", (200, 100), "grey").save(folder / "a.png")
    assert compare_pictures(page, folder) == ["page.md: a.png is not what its Python draws"]
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)).save(folder / "a.png")
    assert "more than 100,000" in refresh_pictures(page, folder)[0]
