"""What was found out about the text of the training samples reads later files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import autoencode as ae
from autoencode.exceptions import InvalidInputError

pytestmark = [
    pytest.mark.filterwarnings("ignore::autoencode.exceptions.DiagnosisWarning"),
    pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning"),
]


def write(path: Path, head: str, rows: list[str]) -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding="cp1252")
    return path


@pytest.fixture
def model(tmp_path: Path) -> ae.Autoencoder:
    """A model of dates of Europe, decimal commas, thousands, a word for missing, and grades with one letter."""
    draw = np.random.default_rng(0)
    rows = [
        f"{day:02}/{month:02}/2024;{weight:.2f};{people // 1000}.{people % 1000:03};{grade};Köln".replace(".", ",", 1)
        for day, month, weight, people, grade in zip(
            draw.integers(1, 29, 60),
            draw.integers(1, 13, 60),
            draw.normal(50, 9, 60),
            draw.integers(1000, 99_999, 60),
            draw.choice(list("123A"), 60),
            strict=True,
        )
    ]
    rows[7] = rows[7].split(";")[0] + ";?;" + ";".join(rows[7].split(";")[2:])
    path = write(tmp_path / "train.csv", "day;weight;people;grade;town", rows)
    fitted = ae.Autoencoder(code_size=2, hidden=(8,), epochs=2, random_state=0).fit(path)
    fitted.save(tmp_path / "model.safetensors")
    return ae.load(tmp_path / "model.safetensors")


def read_like(model: ae.Autoencoder, path: Path) -> dict[str, list]:
    return ae.data.read(path, reading=model.reading_).values.to_pydict()  # pyright: ignore[reportAttributeAccessIssue]


def test_a_file_that_alone_would_be_read_otherwise(model: ae.Autoencoder, tmp_path: Path) -> None:
    head = "day;weight;people;grade;town"
    path = write(tmp_path / "new.csv", head, ["03/02/2024;7,125;1.234;1;Köln", "04/02/2024;?;5.678;2;Köln"])
    table = read_like(model, path)
    assert [str(day) for day in table["day"]] == ["2024-02-03", "2024-02-04"]
    assert table["weight"] == [7.125, None]
    assert table["people"] == [1234, 5678]
    assert table["grade"] == ["1", "2"]
    assert np.isfinite(model.errors(path)).all()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("02/13/2024;7,1;1.234;1;Köln", r"row 0 \(line 2\): column 'day' has '02/13/2024', but held dates"),
        ("03/02/2024;7.63;1.234;1;Köln", r"row 0 \(line 2\): column 'weight' has '7\.63', but held numbers"),
        ("03/02/2024;heavy;1.234;1;Köln", r"column 'weight' has 'heavy', but held numbers"),
        ("03/02/2024;7,1;1,234.5;1;Köln", r"column 'people' has '1,234\.5', but held numbers"),
        ("soon;7,1;1.234;1;Köln", r"column 'day' has 'soon', but held dates"),
    ],
)
def test_a_file_that_contradicts_is_refused(model: ae.Autoencoder, tmp_path: Path, row: str, message: str) -> None:
    path = write(tmp_path / "new.csv", "day;weight;people;grade;town", [row])
    with pytest.raises(InvalidInputError, match=message):
        model.errors(path)


def test_columns_that_were_dropped_need_not_be_there(tmp_path: Path) -> None:
    rows = [f"{row},{row % 7},x{row}" for row in range(40)]
    path = write(tmp_path / "t.csv", "a,b,note", rows)
    samples = ae.data.read(path, drop=("note",))
    model = ae.Autoencoder(code_size=1, hidden=(4,), epochs=1, random_state=0).fit(samples)
    assert model.reading_ is not None
    assert "note" in model.reading_.table.drop
    later = write(tmp_path / "later.csv", "a,b", ["1,2", "3,4"])
    assert model.errors(later).shape == (2,)
    assert model.errors(path).shape == (40,)
