"""The one table of options: it agrees with the constructor and the registries, in the shell as in TOML."""

from __future__ import annotations

import inspect
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

import autoencode as ae
from autoencode import options as table
from autoencode.cli.app import app
from autoencode.cli.completion import complete_data, complete_model, complete_run, complete_set, complete_words
from autoencode.cli.main import main
from autoencode.cli.options import LAYERS, MEASURE, SHELL_DEFAULTS, TRAINED, read_options, read_word
from autoencode.exceptions import InvalidInputError
from autoencode.options import TRAINING
from autoencode.parts.networks import ACTIVATIONS
from autoencode.parts.objectives import LOSSES
from autoencode.tables import SCALINGS
from autoencode.training import SCHEDULES


def commands(command: Any, words: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found = {words: command}
    for verb, inner in getattr(command, "commands", {}).items():
        found |= commands(inner, (*words, verb))
    return found


COMMANDS = commands(typer.main.get_command(app))
VERBS = [words for words, command in COMMANDS.items() if not getattr(command, "commands", {})]


# ---------------------------------------------------------------------- one table


def test_the_table_is_the_constructors_signature() -> None:
    signature = inspect.signature(ae.Autoencoder.__init__).parameters
    expected = {name: p.default for name, p in signature.items() if name not in ("self", *table.PYTHON_ONLY)}
    assert {option.name: option.default for option in TRAINING} == expected
    assert [option.name for option in TRAINING] == list(expected), "in the same order"
    assert set(table.PYTHON_ONLY) <= set(signature)


def test_names_are_those_of_the_registries() -> None:
    assert tuple(ACTIVATIONS) == table.ACTIVATION_NAMES
    assert tuple(LOSSES) == table.LOSS_NAMES
    assert tuple(SCALINGS) == table.SCALING_NAMES
    assert tuple(SCHEDULES) == table.SCHEDULE_NAMES
    assert tuple(ae.evaluation.MEASURES) == table.MEASURE_NAMES
    assert tuple(ae.data.names()) == table.SET_NAMES


def test_only_one_default_of_the_shell_is_another() -> None:
    assert set(SHELL_DEFAULTS) == {"validation_fraction"}


def test_every_option_has_its_sentence() -> None:
    for option in TRAINED:
        assert option.help.endswith("."), option.name
        names_every_part = option.name in ("bottleneck", "corruption", "terms")
        assert len(option.help) < 100 or names_every_part, option.name


@pytest.mark.parametrize("option", TRAINING, ids=lambda option: option.name)
def test_train_and_compare_have_every_option(option: table.Option) -> None:
    flag = "--" + option.name.replace("_", "-")
    for verb in ("train", "compare"):
        assert flag in [name for parameter in COMMANDS[(verb,)].params for name in parameter.opts]


# ---------------------------------------------------------------------- the shell's words


def test_words_of_the_shell_become_keywords() -> None:
    words = {"layers": "128-64-32", "learning_rate": "3e-4", "loss": "bce", "epochs": "7", "batch_size": "auto"}
    assert read_options(words, TRAINED) == {
        "hidden": (128, 64),
        "code_size": 32,
        "learning_rate": 3e-4,
        "loss": "binary_cross_entropy",
        "epochs": 7,
        "batch_size": "auto",
    }


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6))
@settings(max_examples=50)
def test_layers_say_hidden_layers_and_code(layers: list[int]) -> None:
    found = read_options({"layers": "-".join(map(str, layers))}, TRAINED)
    assert [*found["hidden"], found["code_size"]] == layers


def test_none_and_auto() -> None:
    words = {"hidden": "none", "validation_fraction": "none", "patience": "none", "code_size": "auto"}
    assert read_options(words, TRAINED) == {
        "hidden": (),
        "validation_fraction": None,
        "patience": None,
        "code_size": "auto",
    }


@pytest.mark.parametrize(
    ("alias", "name"), [("mse", "squared_error"), ("mae", "absolute_error"), ("bce", "binary_cross_entropy")]
)
def test_short_names_of_measures_are_the_shells_alone(alias: str, name: str) -> None:
    assert read_word(MEASURE, alias) == name
    with pytest.raises(InvalidInputError, match="measure must be one of"):
        ae.evaluation.find_measure(alias)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("epochs", "many", "--epochs: expected a whole number, got 'many'."),
        ("epochs", "1.5", "--epochs: expected a whole number, got '1.5'."),
        ("learning_rate", "fast", "--learning-rate: expected a number, got 'fast'."),
        ("code_size", "atuo", "--code-size: expected a whole number or auto, got 'atuo'; did you mean 'auto'?"),
        ("hidden", "128,64", "--hidden: expected whole numbers"),
        ("layers", "128-", "--layers: expected whole numbers"),
        ("layers", "0-2", "layers must be whole numbers ≥ 1"),
        ("loss", "squared_eror", "did you mean 'squared_error'?"),
        ("activation", "rleu", "did you mean 'relu'?"),
        ("colour", "red", "--colour: expected auto, grey or rgb, got 'red'"),
    ],
)
def test_a_bad_word_names_its_option(name: str, text: str, expected: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_options({name: text}, TRAINED)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_layers_or_hidden_not_both() -> None:
    with pytest.raises(InvalidInputError, match="either layers, or hidden and code_size"):
        read_options({"layers": "2", "code_size": "3"}, TRAINED)


# ---------------------------------------------------------------------- TOML


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(text)
    return path


def test_toml_has_the_same_names(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'hidden = [128, 64]\nlearning_rate = 1e-2\nloss = "binary_cross_entropy"\ndrop = ["a", "b"]\ncrop = true\n'
        'patience = "none"\n',
    )
    assert read_options({}, TRAINED, path) == {
        "hidden": (128, 64),
        "learning_rate": 0.01,
        "loss": "binary_cross_entropy",
        "drop": ("a", "b"),
        "crop": True,
        "patience": None,
    }


@pytest.mark.parametrize("option", TRAINING, ids=lambda option: option.name)
def test_every_default_can_be_written_in_toml(option: table.Option, tmp_path: Path) -> None:
    default = "none" if option.default is None else option.default
    text = f'"{default}"' if isinstance(default, str) else repr(default)
    assert read_options({}, TRAINED, write(tmp_path, f"{option.name} = {text}")) == {option.name: option.default}


def test_the_command_line_wins(tmp_path: Path) -> None:
    path = write(tmp_path, "epochs = 3\nhidden = [8]\ncode_size = 4\n")
    found = read_options({"epochs": "5", "layers": "2"}, TRAINED, path)
    assert found == {"epochs": 5, "hidden": (), "code_size": 2}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epoch = 3", "there is no option 'epoch'; did you mean 'epochs'?"),
        ("learning-rate = 1", "there is no option 'learning-rate'; did you mean 'learning_rate'?"),
        ('epochs = "3"', "epochs in "),
        ("epochs = 3.0", "epochs in "),
        ("epochs = true", "expected a whole number, got True"),
        ('learning_rate = "0.1"', "learning_rate in "),
        ("hidden = [1.5]", "hidden in "),
        ("hidden = 3", "hidden in "),
        ('loss = "mse"', "loss in "),
        ('drop = "a"', "expected a list of texts"),
        ("crop = 1", "expected true or false"),
        ("[epochs]\nx = 1", "epochs in "),
        ("epochs = ", "is no TOML"),
        ("epochs = 1\nepochs = 2", "is no TOML"),
        ("a = " + "[" * 5000, "is no TOML"),
    ],
)
def test_bad_toml_is_one_line_with_the_key(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_options({}, TRAINED, write(tmp_path, text))
    assert expected in str(caught.value)
    assert "run.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_toml_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read: No such file"):
        read_options({}, TRAINED, tmp_path / "none.toml")
    with pytest.raises(InvalidInputError, match="cannot be read: Is a directory"):
        read_options({}, TRAINED, tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"data = '\xff'")
    with pytest.raises(InvalidInputError, match="is no TOML"):
        read_options({}, TRAINED, tmp_path / "latin.toml")
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(2**21)
    with pytest.raises(InvalidInputError, match="larger than 1 MiB"):
        read_options({}, TRAINED, tmp_path / "large.toml")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--learning-rate", "nan"], "--learning-rate"),
        (["--learning-rate", "-1"], "--learning-rate"),
        (["--learning-rate", "inf"], "--learning-rate"),
        (["--epochs", "0"], "epochs"),
        (["--restarts", "-2"], "restarts"),
        (["--validation-fraction", "1.5"], "--validation-fraction"),
        (["--optimizer", "adma"], "adam"),
        (["--seed", "-1"], "--seed"),
        (["--layrs", "2"], "--layers"),
    ],
)
def test_a_bad_value_is_2_before_anything_is_read(
    words: list[str], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "torn.csv").write_text("a,b\n1,2\n3\n")
    assert main(["train", str(tmp_path / "torn.csv"), *words]) == 2
    out, err = capsys.readouterr()
    assert name in err
    assert err.count("\n") == 1
    assert out == ""


def test_nan_in_toml_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "learning_rate = nan")
    assert math.isnan(read_options({}, TRAINED, path)["learning_rate"])
    assert main(["train", "digits", "--config", str(path)]) == 2
    assert "--learning-rate must be a finite number" in capsys.readouterr().err


# ---------------------------------------------------------------------- help and completion

HEAVY = ("jax", "sklearn", "pyarrow", "matplotlib", "PIL", "numpy", "pandas", "narwhals", "scipy")


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_of_every_verb_imports_nothing_heavy() -> None:
    code = (
        "import sys; from autoencode.cli.main import main\n"
        f"for words in {[list(words) for words in COMMANDS]!r}: assert main([*words, '--help']) == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert run_python(code).splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_help_of_every_verb_has_an_example_and_fits(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"autoencode {' '.join(words)}" in shown[shown.index("Example") :]
    assert max(map(len, shown.splitlines())) <= 80


def test_short_help_is_never_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--help"]) == 0
    assert "..." not in capsys.readouterr().out.split("Commands:")[1]


def complete(line: str, folder: Path) -> list[str]:
    words = line.split(" ")
    code = (
        "import sys, atexit; from autoencode.cli.main import main\n"
        f"atexit.register(lambda: print([n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr))\n"
        "sys.exit(main([]))"
    )
    environment = {
        **os.environ,
        "_AUTOENCODE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment, cwd=folder
    )
    assert done.stderr.strip() == "[]", done.stderr
    return done.stdout.split()


def test_the_shell_completes_without_heavy_imports(tmp_path: Path) -> None:
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "config.json").write_text('{"parameters": {}}')
    (tmp_path / "digital.csv").write_text("a\n1\n")
    assert complete("autoencode train --loss s", tmp_path) == ["squared_error"]
    assert complete("autoencode train dig", tmp_path) == ["digits", "digital.csv"]
    assert complete("autoencode summary m", tmp_path) == ["mine"]
    assert complete("autoencode runs show ", tmp_path) == ["mine"]


def test_completions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a.csv").write_text("")
    (tmp_path / ".hidden").write_text("")
    assert complete_words(()) is None
    assert complete_set("m") == ["mnist"]
    assert complete_data("p") == ["parts/"]
    assert complete_data("parts/") == ["parts/a.csv"]
    assert complete_data(f"{tmp_path}/pa") == [f"{tmp_path}/parts/"]
    assert complete_data("") == [*table.SET_NAMES, "parts/"]
    assert complete_data("no/such") == []
    assert complete_run("") == []
    assert complete_model("parts/") == ["parts/a.csv"]


def test_layers_are_no_keyword() -> None:
    assert LAYERS.name not in {option.name for option in TRAINING}


def test_toml_takes_the_shells_name_of_the_seed(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("seed = 3\n")
    assert read_options({}, TRAINED, tmp_path / "run.toml") == {"random_state": 3}
