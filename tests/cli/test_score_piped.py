"""`autoencode score NAME -`: samples that are piped in are judged as they come."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autoencode.cli.main import main
from autoencode.cli.piped import RecordStream

Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------------- what is piped in


def open_pipe(place: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "autoencode", "score", *words],
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_an_answer_comes_as_soon_as_no_more_input_waits(place: Path) -> None:
    header, *lines = (place / "new.csv").read_bytes().splitlines(keepends=True)
    with open_pipe(place, "good", "-", "--out", "-", "--on-bad-row", "mark") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(header)
        answers = []
        for line in (lines[0], lines[7], b"P3,heavy,6.1,post,3\n", b"too,few\n"):
            process.stdin.write(line)
            process.stdin.flush()
            answers += [process.stdout.readline()] if answers else [process.stdout.readline() for _ in range(2)]
        process.stdin.close()
        assert process.wait(60) == 0
        rest = process.stdout.read()
    rows = list(csv.DictReader(io.StringIO(b"".join([*answers, rest]).decode())))
    assert main(["score", "good", "new.csv", "--out", "whole.csv"]) == 0
    whole = read(place / "whole.csv")
    assert [row["score"] for row in rows[:2]] == [whole[0]["score"], whole[7]["score"]]
    assert rows[1]["flagged"] == "true"
    assert "heavy" in rows[2]["reason_1"]
    assert [row["row"] for row in rows[:3]] == ["0", "1", "2"]


def test_the_whole_of_a_pipe_is_the_file(place: Path) -> None:
    content = (place / "new.csv").read_bytes()
    with open_pipe(place, "good", "-", "--out", "-") as process:
        out, said = process.communicate(content, timeout=120)
    assert process.returncode == 0, said
    assert main(["score", "good", "new.csv", "--out", "whole.csv"]) == 0
    assert out == (place / "whole.csv").read_bytes()


@pytest.mark.parametrize(("separator", "encoding"), [(";", "cp1252"), ("\t", "utf-8-sig"), ("|", "utf-8")])
def test_the_separator_is_found_as_in_a_file(place: Path, separator: str, encoding: str) -> None:
    for name, rows in (("base", 200), ("more", 12)):
        table = [["Nr", "Maß", "Stadt", "Rest"]]
        for row in range(rows):
            size, rest = f"{(row * 37 % 101) / 8:.2f}".replace(".", ","), "a\nb" if row == 5 else "c"
            table.append([f"{row:04d}", size, ("Köln", "Bonn")[row % 2], rest])
        with (place / f"{name}.csv").open("w", newline="", encoding=encoding) as file:
            csv.writer(file, delimiter=separator).writerows(table)
    assert main(["detect", "base.csv", "--keep", "base", "--seed", "0"]) == 0
    assert main(["score", "base", "more.csv", "--out", "whole.csv"]) == 0
    with open_pipe(place, "base", "-", "--out", "-") as process:
        out, said = process.communicate((place / "more.csv").read_bytes(), timeout=120)
    assert process.returncode == 0, said
    assert out == (place / "whole.csv").read_bytes()


def test_columns_without_names_are_read_as_in_a_file(place: Path) -> None:
    np.savetxt("nums.csv", np.random.default_rng(0).normal(size=(250, 3)), delimiter=",")
    np.savetxt("few.csv", np.random.default_rng(1).normal(size=(7, 3)), delimiter=",")
    assert main(["detect", "nums.csv", "--keep", "nums", "--seed", "0"]) == 0
    assert main(["score", "nums", "few.csv", "--out", "whole.csv"]) == 0
    with open_pipe(place, "nums", "-", "--out", "-") as process:
        out, said = process.communicate((place / "few.csv").read_bytes(), timeout=120)
    assert process.returncode == 0, said
    assert out == (place / "whole.csv").read_bytes()


def test_where_nobody_reads_any_more_it_ends(place: Path) -> None:
    header, *lines = (place / "new.csv").read_bytes().splitlines(keepends=True)
    with open_pipe(place, "good", "-", "--out", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(header + lines[0])
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            for line in lines * 20:
                process.stdin.write(line)
                process.stdin.flush()
        except BrokenPipeError:
            pass
        assert process.wait(60) == 0


@pytest.mark.parametrize("content", [b"", b"parcel,size,weight,kind,score\n", b"a,b\n1,2\n"])
def test_what_is_no_table_of_these_columns_is_refused(place: Path, content: bytes) -> None:
    with open_pipe(place, "good", "-") as process:
        _, said = process.communicate(content, timeout=120)
    assert process.returncode == 2
    assert said.startswith(b"error: ")
    assert said.count(b"\n") == 1


def test_other_formats_are_piped_whole(place: Path) -> None:
    rows = read(place / "new.csv")
    lines = "\n".join(json.dumps({**row, "size": int(row["size"]), "weight": float(row["weight"])}) for row in rows)
    with open_pipe(place, "good", "-", "--json") as process:
        out, said = process.communicate(lines.encode(), timeout=120)
    assert process.returncode == 0, said
    assert json.loads(out)["anomalies"][0]["row"] == 7


class Chunks(io.RawIOBase):
    """A stream that gives its parts one by one."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts

    def read1(self, size: int = -1) -> bytes:
        return self._parts.pop(0) if self._parts else b""

    def fileno(self) -> int:
        raise OSError("no file")


@pytest.mark.parametrize(
    ("parts", "blocks"),
    [
        ([b"a,b\n1,2\n3,", b"4\n"], [[b"1,2\n"], [b"3,4\n"]]),
        ([b"a,b\n", b'"x\ny",2\n', b"3,4"], [[b'"x\ny",2\n'], [b"3,4\n"]]),
        ([b'a,b\n"x\n', b'y",2\n'], [[b'"x\ny",2\n']]),
        ([b"a,b\r\n1,2\r\n\r\n3,4\r\n"], [[b"1,2\r\n", b"3,4\r\n"]]),
        ([b"a,b\n", b'5" pipe,2\n', b'"a ""b""",3\n'], [[b'5" pipe,2\n'], [b'"a ""b""",3\n']]),
        ([b"a,b\n", b'"never closed,2\n', b"3,4\n"], [[b'"never closed,2\n3,4\n\n'.replace(b"\n\n", b"\n")]]),
    ],
)
def test_records_are_split_where_they_end(parts: list[bytes], blocks: list[list[bytes]]) -> None:
    stream: Any = Chunks(list(parts))
    found = list(RecordStream(stream, lambda _: (",", True)).blocks())
    assert [[record.rstrip(b"\n") for record in block] for block in found] == [
        [record.rstrip(b"\n") for record in block] for block in blocks
    ]
