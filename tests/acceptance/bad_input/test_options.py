"""Options, TOML files and names of runs that are wrong."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

BAD_OPTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "layers of no units": (("--layers", "0"), ("layers", "≥ 1")),
    "layers that are a word": (("--layers", "abc"), ("--layers", "whole numbers", "'abc'")),
    "layers with a gap": (("--layers", "128--32"), ("--layers", "whole numbers", "'128--32'")),
    "layers of less than none": (("--layers=-5",), ("--layers", "'-5'")),
    "no layers": (("--layers", ""), ("--layers", "whole numbers")),
    "layers and code size": (("--layers", "8-2", "--code-size", "2"), ("--layers", "not both")),
    "a code of no units": (("--code-size", "0"), ("--code-size", "≥ 1")),
    "a code that is a word": (("--code-size", "two"), ("--code-size", "whole number or auto")),
    "no epochs": (("--epochs", "0"), ("epochs", "≥ 1")),
    "negative epochs": (("--epochs=-3",), ("epochs", "≥ 1")),
    "a half epoch": (("--epochs", "0.5"), ("--epochs", "whole number")),
    "epochs of 5,000 digits": (("--epochs", "9" * 5000), ("--epochs",)),
    "a rate of nothing": (("--learning-rate", "0"), ("--learning-rate", "> 0")),
    "a rate that is no number": (("--learning-rate", "nan"), ("--learning-rate", "finite number > 0")),
    "an infinite rate": (("--learning-rate", "inf"), ("--learning-rate", "finite number > 0")),
    "a rate that is a word": (("--learning-rate", "fast"), ("--learning-rate", "a number")),
    "a batch of none": (("--batch-size", "0"), ("--batch-size", "≥ 1")),
    "no restarts": (("--restarts", "0"), ("restarts", "≥ 1")),
    "two wholes held out": (("--validation-fraction", "2"), ("--validation-fraction", "between 0 and 1")),
    "nothing held out, as a number": (("--validation-fraction", "0"), ("--validation-fraction", "between 0 and 1")),
    "a share that is no number": (("--validation-fraction", "nan"), ("--validation-fraction", "between 0 and 1")),
    "held out twice": (("--validation", "x.csv", "--validation-fraction", "0.2"), ("--validation", "not both")),
    "a patience of none": (("--patience", "0"), ("patience", "≥ 1")),
    "a seed below nothing": (("--seed=-1",), ("--seed",)),
    "a seed beyond 32 bits": (("--seed", "4294967296"), ("--seed",)),
    "an unknown loss": (("--loss", "squared_eror"), ("--loss", "did you mean 'squared_error'?")),
    "a loss that is none of training": (("--loss", "signed_sum"), ("--loss",)),
    "an unknown recipe": (("--recipe", "vea"), ("--recipe", "did you mean 'vae'?")),
    "an unknown bottleneck": (("--bottleneck", "topk"), ("bottleneck must be", "did you mean 'top_k'?")),
    "a setting that a bottleneck has not": (("--bottleneck", "top_k(n=3)"), ("it takes k",)),
    "a setting that a bottleneck refuses": (("--bottleneck", "gaussian(beta=-1)"), ("beta must be ≥ 0",)),
    "a program in place of a bottleneck": (("--bottleneck", "top_k(k=__import__('os'))"), ("name(setting=value",)),
    "more kept than there are": (("--bottleneck", "top_k(k=99)", "--code-size", "3"), ("--code-size",)),
    "an unknown corruption": (("--corruption", "maskin"), ("did you mean 'masking'?",)),
    "an unknown term": (("--terms", "l2"), ("terms must be", "did you mean 'l1'?")),
    "a network for images on a table": (("--network", "convolutional"), ("network",)),
    "an unknown activation": (("--activation", "rleu"), ("--activation", "did you mean 'relu'?")),
    "an unknown scaling": (("--scaling", "standrd"), ("--scaling", "did you mean 'standard'?")),
    "an unknown optimiser": (("--optimizer", "adma"), ("optimizer", "did you mean 'ada")),
    "an optimiser that is a program": (("--optimizer", "__import__"), ("optimizer",)),
    "an unknown colour": (("--colour", "red"), ("--colour", "auto, grey or rgb")),
    "an unknown column to drop": (("--drop", "bb"), ("--drop", "no column 'bb'")),
    "every column to drop": (("--drop", "a", "--drop", "b", "--drop", "c"), ("--drop", "leaves no column of")),
    "an unknown option": (("--epoch", "3"), ("--epoch", "--epochs")),
    "an option without its value": (("--epochs",), ("--epochs", "argument")),
    "a word too many": (("more",), ("more",)),
    "validation samples that are not there": (("--validation", "no.csv"), ("no.csv", "no such file")),
    "validation samples of another table": (("--validation", "other.csv"), ("validation", "'c'")),
    "cross-entropy of numbers beyond 1": (("--loss", "bce", "--scaling", "none"), ("binary_cross_entropy", "[0, 1]")),
    "a config that is not there": (("--config", "no.toml"), ("no.toml", "No such file")),
    "a config that is a folder": (("--config", "."), ("--config", "directory")),
    "a run that is a file": (("--run", "./x.csv"), ("--run", "is a file")),
    "a run below a file": (("--run", "./x.csv/run"), ("x.csv/run",)),
    "a run without a name": (("--run", " "), ("--run", "empty")),
    "a run that is here": (("--run", "./."), ("--run", "other files")),
    "a run that is the folder of runs": (("--run", "."), ("--run",)),
    "a run that is above the runs": (("--run", ".."), ("--run",)),
    "a run of 300 letters": (("--run", "x" * 300), ("--run", "255 bytes", "too long")),
    "a run below /proc": (("--run", "/proc/run"), ("/proc/run",)),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_an_option_is_refused(case: str, shell: Any, numbers: Any) -> None:
    words, says = BAD_OPTIONS[case]
    shutil.copy(numbers.data, shell.folder / "x.csv")
    (shell.folder / "other.csv").write_text("a,b\n1,2\n3,4\n")
    shell.refuses("train", "x.csv", *words, says=says)


def test_more_weights_than_memory_are_refused(shell: Any, numbers: Any) -> None:
    for words, smaller in (
        (("--layers", "100000000000-2"), "smaller --batch-size"),
        (("--code-size", "9" * 4000), "smaller --layers"),
        (("--code-size", "1000000000000"), "smaller --layers"),
        (("--restarts", "1000000000"), "fewer --restarts"),
        (("--hidden", "100000-1000000"), "smaller --layers"),
    ):
        shell.refuses("train", numbers.data, *words, code=4, says=("GiB of memory", smaller, "--ignore-memory"))


BAD_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an unknown verb": (("trian",), ("trian", "train")),
    "an unknown verb of runs": (("runs", "lst"), ("lst", "list")),
    "no samples": (("train",), ("DATA", "what to train on")),
    "no model": (("errors",), ("MODEL",)),
    "no input": (("errors", "MODEL"), ("INPUT",)),
    "no output": (("encode", "MODEL", "DATA"), ("OUTPUT",)),
    "samples that are not there": (("train", "no.csv"), ("no.csv", "no such file")),
    "samples in no folder": (("train", "no/such.csv"), ("no/such.csv", "no folder 'no'")),
    "samples without a name": (("train", ""), ("path", "''")),
    "a set that is nearly one": (("train", "digts"), ("digts", "did you mean 'digits'?")),
    "a part of a set that is none": (("train", "digits:train"), ("digits:test",)),
    "a pattern that fits nothing": (("train", "*.parquet"), ("*.parquet", "no file fits")),
    "a pattern without end": (("train", "**/*.csv"), ("**", "not read")),
    "a pattern with a bracket": (("train", "[.csv"), ("[.csv",)),
    "a file without an ending, of one row": (("train", "plain"), ("1 sample", "2 is required")),
    "a file of another ending": (("train", "x.xlsx"), ("x.xlsx",)),
    "an unknown measure": (
        ("errors", "MODEL", "DATA", "--measure", "squared_eror"),
        ("did you mean 'squared_error'?",),
    ),
    "a measure that is a word": (("worst", "MODEL", "DATA", "--measure", "best"), ("--measure", "'best'")),
    "an unknown share": (("errors", "MODEL", "DATA", "--per", "smaple"), ("--per", "did you mean 'sample'?")),
    "unknown units": (
        ("errors", "MODEL", "DATA", "--units", "metres"),
        ("--units", "auto, standard, original or scaled"),
    ),
    "cross-entropy of numbers beyond 1": (("errors", "MODEL", "DATA", "--measure", "bce"), ("[0, 1]",)),
    "no worst": (("worst", "MODEL", "DATA", "--n", "0"), ("--n",)),
    "a picture of numbers": (("worst", "MODEL", "DATA", "--figure", "x.png"), ("--figure", "images")),
    "one model compared": (("compare", "MODEL", "MODEL"), ("compare", "twice")),
    "models compared on nothing": (("compare", "MODEL", "--on", "no.csv"), ("no.csv",)),
    "models compared with layers": (("compare", "MODEL", "DATA", "--layers", "2"), ("--layers", "one DATA")),
    "models compared with epochs": (("compare", "MODEL", "--epochs", "3"), ("--epochs", "for training")),
    "a report of nothing": (("report",), ("RUN",)),
    "a report of one model twice": (("report", "MODEL", "MODEL"), ("report", "twice")),
    "a report of models of other samples": (("report", "MODEL", "MIXEDRUN"), ("did not hold out the same", "--on")),
    "a report on nothing": (("report", "MODEL", "--on", "no.csv"), ("no.csv",)),
    "a report on samples of another table": (("report", "MODEL", "--on", "MIXED"), ("has none of the columns",)),
    "one network twice": (("compare", "DATA", "--layers", "2", "--layers", "2"), ("--layers", "twice", "--restarts")),
    "a measure that cancels": (
        ("compare", "MODEL", "--on", "DATA", "--measure", "signed_sum"),
        ("signed_sum", "cancel"),
    ),
    "codes of another size": (("decode", "MODEL", "DATA", "x.csv"), ("2 units", "3")),
    "codes that are images": (("decode", "MODEL", "IMAGES", "x.csv"), ("codes",)),
    "codes that are words": (("decode", "MODEL", "MIXED", "x.csv"), ("CODES", "numbers alone")),
}


@pytest.mark.parametrize("case", BAD_WORDS)
def test_a_command_line_is_refused(case: str, shell: Any, numbers: Any, images: Any, mixed: Any) -> None:
    words, says = BAD_WORDS[case]
    names = {"MODEL": numbers.run, "DATA": numbers.data, "IMAGES": images.data, "MIXED": mixed.data}
    names["MIXEDRUN"] = mixed.run
    (shell.folder / "plain").write_text("a,b\n1,2\n")
    (shell.folder / "x.xlsx").write_bytes(b"PK\x03\x04" + bytes(99))
    shell.refuses(*(names.get(word, word) for word in words), says=says)


# ---------------------------------------------------------------------- TOML


BAD_TOML: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "an unknown key": ("epoch = 3", ("'epoch'", "did you mean 'epochs'?")),
    "a key with a dash": ("learning-rate = 1.0", ("'learning-rate'", "did you mean 'learning_rate'?")),
    "a table": ("[training]\nepochs = 3", ("'training'",)),
    "a rate that is no number": ("learning_rate = nan", ("--learning-rate", "finite number > 0")),
    "an infinite rate": ("learning_rate = inf", ("--learning-rate", "finite number > 0")),
    "negative epochs": ("epochs = -3", ("epochs", "≥ 1")),
    "epochs in quotes": ('epochs = "3"', ("epochs in x.toml", "a whole number", "'3'")),
    "true epochs": ("epochs = true", ("epochs in x.toml", "a whole number")),
    "layers of text": ('hidden = ["a"]', ("hidden in x.toml", "whole numbers")),
    "layers of no units": ("layers = [0]", ("x.toml", "≥ 1")),
    "an unknown loss": ('loss = "squared_eror"', ("loss in x.toml", "did you mean 'squared_error'?")),
    "no TOML": ("epochs: 3", ("x.toml", "is no TOML")),
    "one key twice": ("epochs = 1\nepochs = 2", ("x.toml", "is no TOML")),
    "an open bracket": ("hidden = [3", ("x.toml", "is no TOML")),
    "brackets without end": ("hidden = " + "[" * 20_000, ("x.toml", "is no TOML")),
    "Latin-1": ('data = "Malmö"'.encode("latin-1"), ("x.toml", "is no TOML")),
    "UTF-16": ("epochs = 3".encode("utf-16"), ("x.toml", "is no TOML")),
    "binary": (bytes(range(256)), ("x.toml", "is no TOML")),
    "2 MB": ("# " + "x" * 2_000_000, ("x.toml", "1 MiB")),
    "a zero byte in a name": ('data = "a\\u0000b"', ("path",)),
    "a zero byte in the run": ('run = "./a\\u0000b"', ("run",)),
    "a key that commands the terminal": ('"\\u001b[2J" = 3', ("x.toml", "no option")),
    "a number of 5,000 digits": (f"epochs = {'9' * 5000}", ("x.toml",)),
    "an empty list of layers": ("layers = []", ("x.toml", "≥ 1")),
    "a date": ("epochs = 2024-01-01", ("epochs in x.toml", "a whole number")),
}


@pytest.mark.parametrize("case", BAD_TOML)
def test_a_file_of_options_is_refused(case: str, shell: Any, numbers: Any) -> None:
    content, says = BAD_TOML[case]
    (shell.folder / "x.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    data = () if "data" in str(content) else (numbers.data,)
    shell.refuses("train", *data, "--config", "x.toml", says=says)


def test_a_pipe_of_options_is_not_waited_for(shell: Any, numbers: Any) -> None:
    os.mkfifo(shell.folder / "pipe.toml")
    shell.refuses("train", numbers.data, "--config", "pipe.toml", says=("pipe.toml", "no file"))


def test_a_run_is_replaced_only_by_force_and_only_by_one_that_can_be_trained(shell: Any, numbers: Any) -> None:
    shutil.copytree(numbers.run, shell.folder / "runs" / "mine")
    shell.refuses("train", numbers.data, "--run", "mine", says=("runs/mine", "--force"))
    (shell.folder / "bad.csv").write_text("a,b\n1,inf\n3,4\n")
    shell.refuses("train", "bad.csv", "--run", "mine", "--force", says=("infinity",))
    shell.accepts("summary", "mine")
    (shell.folder / "runs" / "notes").mkdir()
    (shell.folder / "runs" / "notes" / "precious.txt").write_text("mine")
    shell.refuses("train", numbers.data, "--run", "notes", "--force", says=("other files",))
