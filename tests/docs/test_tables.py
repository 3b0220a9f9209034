"""The tables of the documents agree with the program."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import autoencode as ae
from autoencode.cli import main as cli_main
from autoencode.cli.app import app
from autoencode.model.detector_fit import TYPICAL_SHARE
from autoencode.options import TRAINING
from autoencode.runs import FORMAT_VERSION
from autoencode.training.kernel.call import KERNEL_ACTIVATIONS, KERNEL_LOSSES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
# Commands of other programs.
FOREIGN = re.compile(r"^```console\n.*?^```$|^pip install [^\n]*$", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row but heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if not set("".join(row)) <= set("-| ")]


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands(command: Any, name: str = "autoencode") -> Iterator[tuple[str, Any]]:
    yield name, command
    for verb, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {verb}")


COMMANDS = dict(commands(typer.main.get_command(app)))


def options_of(command: Any) -> set[str]:
    named = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    return named | {"--help"}


def test_defaults_are_those_of_the_constructor() -> None:
    table = [row for row in rows(read("docs/reference/defaults.md")) if row[0].startswith("`")]
    documented = {row[0].strip("`"): ast.literal_eval(row[1].strip("`")) for row in table}
    signature = inspect.signature(ae.Autoencoder.__init__).parameters
    assert documented == {name: p.default for name, p in signature.items() if name != "self"}
    assert list(documented) == [name for name in signature if name != "self"]
    assert all(all(row[2:]) for row in table)


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_those_of_the_command(name: str) -> None:
    documented = sections(read("docs/reference/command-line.md"))
    assert f"`{name}`" in documented, f"no section for {name}"
    table = {row[0].strip("`") for row in rows(documented[f"`{name}`"]) if row[0].startswith("`--")}
    assert table == options_of(COMMANDS[name])


def test_no_section_for_a_command_that_is_not_there() -> None:
    named = {title.strip("`") for title in sections(read("docs/reference/command-line.md")) if title.startswith("`")}
    assert named == set(COMMANDS)


def test_exit_codes_are_those_of_the_command_line() -> None:
    documented = {row[0] for row in rows(sections(read("docs/reference/command-line.md"))["Exit codes"])[1:]}
    module = cli_main.__doc__ or ""
    assert documented == set(re.findall(r"\b\d+\b", module[module.index("Exit codes") :]))


def test_variables_are_those_that_the_program_reads() -> None:
    documented = {row[0].strip("`") for row in rows(sections(read("docs/reference/command-line.md"))["Variables"])[1:]}
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert documented == set(re.findall(r"\"(AUTOENCODE_[A-Z_]+)\"", sources))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_option_shown_exists(page: Path) -> None:
    known = set().union(*map(options_of, COMMANDS.values()))
    assert set(OPTION.findall(FOREIGN.sub("", page.read_text(encoding="utf-8")))) <= known


def test_readme_verbs_are_there() -> None:
    table = {
        row[0].strip("`") for row in rows(sections(read("README.md"))["The command line"]) if "`autoencode" in row[0]
    }
    assert len(table) > 15
    assert table <= {name for name, command in COMMANDS.items() if not getattr(command, "commands", {})}


def test_readme_data_sets_are_those_of_the_program() -> None:
    table = {row[0].strip("`"): row[1:] for row in rows(sections(read("README.md"))["The command line"])}
    for name, known in ae.data.names().items():
        train, test, shape, where = table[name]
        assert (int(train.replace(",", "")), int(test.replace(",", ""))) == (known.train_samples, known.test_samples)
        assert shape == " × ".join(map(str, known.sample_shape))
        assert (where == "always there") == known.always_there


def test_readme_platforms_are_those_of_the_package() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    table = {row[0]: row[1] for row in rows(sections(read("README.md"))["Install"])}
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert table["Python"].split(", ") == versions
    assert ("MacOS" in "".join(project["classifiers"])) == ("macOS" in table["systems"])
    assert project["license"] in read("README.md")


def test_version_is_that_of_the_citation() -> None:
    assert f"version: {ae.__version__}\n" in read("CITATION.cff")


def test_measures_are_those_of_the_program() -> None:
    table = {row[0].strip("`"): row for row in rows(read("docs/reference/errors.md")) if row[0].startswith("`")}
    assert set(table) == {*ae.evaluation.MEASURES, "column_loss"}  # the one that only mixed tables have
    for name, measure in ae.evaluation.MEASURES.items():
        assert measure.reduction in table[name]
        assert measure.unit in table[name]


def say(words: Iterable[str]) -> str:
    """List words as a sentence does: `a`, `b` and `c`."""
    *others, last = [f"`{word}`" for word in words]
    return f"{', '.join(others)} and {last}"


def find_number(page: str, pattern: str) -> str:
    """Return the number that a page of benchmarks gives where the pattern's group stands."""
    (number,) = set(re.findall(pattern, read(f"benchmarks/{page}"), re.MULTILINE))
    return number


def tell_benchmarks() -> str:
    rates = [find_number("DETECTION.md", rf"where {rate}% is asked .*\| (\d+\.\d+)% ±") for rate in (1, 5, 10)]
    return "{} % were flagged where 1 % was asked for, {} % where 5 %, and {} % where 10 %.".format(*rates)


def tell_speeds() -> str:
    ours = find_number("RESULTS.md", r"^784-32-784, batch 256.*\n\n.*\n.*\n\| \*\*autoencode\*\* \| \*\*(.+?)\*\*")
    peers = [
        find_number("RESULTS.md", rf"^\| mnist `epoch_seconds` \| {peer} \| times faster .*\| (\d+\.\d+)× \|")
        for peer in (r"the best peer \(PyTorch, compiled\)", "Keras on TensorFlow")
    ]
    first, second = (f"{float(times):.1f} times" for times in peers)
    return f"takes {ours} s on two cores, {first} faster than compiled PyTorch and {second} faster than Keras"


FACTS = [
    ("README.md", tell_benchmarks()),
    ("README.md", tell_speeds()),
    ("docs/how-to/find-anomalies.md", f"from the most typical {TYPICAL_SHARE:.0%}".replace("%", " %")),
    ("docs/explanation/anomaly-score.md", f"the most typical {TYPICAL_SHARE:.0%}, those nearest".replace("%", " %")),
    ("docs/reference/run-folder.md", f"| `format_version` | `{FORMAT_VERSION}`; files of version"),
    ("docs/explanation/the-loop.md", f"{say(KERNEL_ACTIVATIONS)}, the losses {say(KERNEL_LOSSES)}, and `adam`."),
]
"""Sentences that say what the code has too, each as it must stand on its page; where a line breaks does not matter."""


@pytest.mark.parametrize(("page", "sentence"), FACTS, ids=[name for name, _ in FACTS])
def test_facts_are_those_of_the_program(page: str, sentence: str) -> None:
    assert " ".join(sentence.split()) in " ".join(read(page).split())


LISTED = {"network", "scaling", "schedule", "engine"}
"""Options whose words the page lists, all of them."""


@pytest.mark.parametrize("name", COMMANDS)
def test_words_of_an_option_are_those_that_it_takes(name: str) -> None:
    table = {
        row[0].strip("`"): " ".join(row[1:])
        for row in rows(sections(read("docs/reference/command-line.md"))[f"`{name}`"])
    }
    for option in (option for option in TRAINING if option.name in LISTED):
        row = table.get(f"--{option.name}", " ".join(option.words))
        assert [word for word in option.words if word not in row] == [], row


def test_every_page_is_reached_from_the_first() -> None:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    linked = set(re.findall(r"\]\(([a-z-]+(?:/[a-z0-9-]+)*\.md)", read("docs/index.md")))
    assert {page for page in pages if not page.startswith(("decisions/", "index"))} == linked
    assert all(page in read("mkdocs.yml") for page in pages)


def test_architecture_has_a_line_for_each_folder() -> None:
    text = read("ARCHITECTURE.md")
    source = ROOT / "src" / "autoencode"
    folders = {path.name + "/" for path in source.iterdir() if (path / "__init__.py").is_file()}
    modules = {path.name for path in source.glob("*.py")} - {"__main__.py"}
    told = {name for row in rows(text) if row[0].startswith("`") for name in re.findall("`([^`]+)`", row[0])}
    assert told == folders | modules


def test_the_picture_is_small_enough_to_load_at_once() -> None:
    assert (ROOT / "docs" / "pictures" / "overview.png").stat().st_size <= 250_000


def list_recognised() -> list[tuple[str, str, str, str]]:
    """What the reader of text recognises, from its own lists: the rows of the table on the page."""
    from autoencode.data.cell_table import MISSING, WEAK_MISSING
    from autoencode.data.compression import COMPRESSED_ENDINGS
    from autoencode.data.csv_layout import COMMENTS, SEPARATORS
    from autoencode.data.table_options import DATE_ORDERS, DECIMALS, KINDS, THOUSANDS
    from autoencode.data.text_numbers import CURRENCIES

    def show(marks: Iterable[str]) -> str:
        names = {"\t": "tab", " ": "blanks", "\x01": "U+0001", "\x1f": "U+001F", "": "an empty cell", "|": "bar"}
        return " ".join(names.get(mark) or f"`{mark}`" for mark in marks)

    return [
        ("compression", show(COMPRESSED_ENDINGS) + ", by content", "", ""),
        (
            "encoding",
            "UTF-8; UTF-16 and UTF-32; others by what their letters spell",
            "if it is none of Unicode",
            "--encoding",
        ),
        ("separator", show(SEPARATORS) + "; a line `sep=;`", "", "--separator"),
        ("lines above the table", "titles, and comments behind " + show(COMMENTS), "the first of them", "--skip"),
        ("header", "words above numbers, names that do not come back below", "if there is none", "--header"),
        ("units", "a line below the header that has none of the numbers below it", "what it says", "--skip"),
        (
            "names",
            "each once, on one line; pandas' index and empty columns at the end are none",
            "what is mended",
            "--drop",
        ),
        ("missing", show(MISSING), "", "--missing"),
        ("missing, among numbers or dates", show(WEAK_MISSING), "which word", "--missing"),
        ("decimals", show(DECIMALS), "", "--decimal"),
        ("thousands", show(THOUSANDS), "", "--thousands"),
        (
            "beside numbers",
            show(CURRENCIES) + "; `%`, which does not divide; `(1.00)` and `1.00-` are negative",
            "",
            "--type",
        ),
        ("booleans", "`true` `false`, in any letters", "", "--type"),
        ("dates and times", "ISO; " + show(DATE_ORDERS) + "; months by name; `14:05`, `2:05 PM`", "", "--dates"),
        ("kind of a column", show(KINDS), "if most cells are numbers, not all", "--type"),
        ("header lines between rows", "files that were put behind each other", "how many", ""),
    ]


def test_what_is_recognised_is_what_the_reader_has() -> None:
    page = read("docs/reference/data-files.md")
    table = "\n".join(
        f"| {what} | {recognised.replace('|', chr(92) + '|')} | {said} | {f'`{option}`' if option else ''} |"
        for what, recognised, said, option in list_recognised()
    )
    assert table in page, table
