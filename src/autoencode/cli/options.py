"""The options that the verbs share, for typer and for TOML files, made from the one table of options."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from autoencode.cli.budget import MEMORY
from autoencode.cli.completion import complete_data, complete_words
from autoencode.data.table_options import DATE_ORDERS, KINDS
from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.options import COMMON_UNIT_NAMES, MEASURE_NAMES, TRAINING, UNIT_NAMES, Option
from autoencode.registry import LOSSES

SHORT_NAMES = {"mse": "squared_error", "mae": "absolute_error", "bce": "binary_cross_entropy"}
"""Names of losses and measures that only the shell takes."""

LAYERS = Option(
    "layers", None, "layers", "Hidden layers and code in one: 128-64-32 is hidden 128-64, code 32.", group="Network"
)
CROP = Option("crop", False, "flag", "Cut images to the wanted shape, instead of stretching them.", group="Samples")
DROP = Option("drop", (), "texts", "A column of the table that is left out; may be given again.", group="Samples")
TABLES = (
    Option("decimal", None, "text", "The mark of decimals, . or , [found out].", group="Tables"),
    Option("thousands", None, "text", "The mark of thousands, such as , or . or a blank [found out].", group="Tables"),
    Option("dates", None, "word", "The order of day, month and year.", DATE_ORDERS, "Tables"),
    Option("missing", (), "texts", "A word for a missing cell; may be given again.", group="Tables"),
    Option("type", (), "texts", f"COLUMN=KIND: reads a column as {', '.join(KINDS)}.", group="Tables"),
    Option("id", (), "texts", "A column that names the rows: not trained on, named beside results.", group="Tables"),
    Option("separator", None, "text", "What stands between two cells [found out].", group="Tables"),
    Option("header", None, "choice", "Whether the first line names the columns [found out].", group="Tables"),
    Option("skip", None, "count", "How many lines above the header are passed over [found out].", group="Tables"),
    Option("encoding", None, "text", "The encoding of text, such as cp1252 [found out].", group="Tables"),
    Option("table", None, "text", "Which sheet or table of a file.", group="Tables"),
)
"""How a table's text is read; the same words are keywords of `autoencode.data.read`."""
READING = (
    Option(
        "size",
        None,
        "text",
        "Height and width that images are brought to: 32, or 24x32 [by their number].",
        group="Samples",
    ),
    CROP,
    Option("colour", "auto", "word", "Whether colours are kept.", ("auto", "grey", "rgb"), "Samples"),
    DROP,
    Option("validation", None, "text", "Held-out samples: a named set, file or folder.", group="Samples"),
    *TABLES,
)
IGNORE_MEMORY = Option(
    "ignore_memory",
    False,
    "flag",
    "Go on even if the samples or the network seem not to fit into memory.",
    group="Samples",
)
TRAINED = (LAYERS, *TRAINING, *READING, MEMORY, IGNORE_MEMORY)
"""The options of a training, in the order of the help."""

MEASURE = Option("measure", "auto", "word", "How an error is measured.", ("auto", *MEASURE_NAMES), "Errors", LOSSES)
UNITS = Option(
    "units",
    "auto",
    "word",
    "Standard deviations of the training column, the samples' own, or as the network sees them; auto is standard for "
    "tables with named columns, else original.",
    UNIT_NAMES,
    "Errors",
)
COMMON_UNITS = Option(
    "units",
    "auto",
    "word",
    "Standard deviations of the training column, or the samples' own; auto is standard for tables with named columns, "
    "else original.",
    COMMON_UNIT_NAMES,
    "Errors",
)
"""Units that models of different scaling share."""

_OTHER_NAMES = {"random_state": ("--seed",)}
SHELL_DEFAULTS = {"validation_fraction": 0.1}


class _Kind(NamedTuple):
    """How an option of a kind is called in the help, read from the shell and checked, and what is expected of it."""

    metavar: str | None
    read: Callable[[str], Any]
    fits: Callable[[Any], bool]
    expected: str = ""


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: object, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(fits, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_TRUTH = _Kind(None, str, lambda value: isinstance(value, bool), "true or false")
_LAYERS = "whole numbers, as 128-64 in the shell and [128, 64] in TOML"
_KINDS = {
    "count": _Kind("N", int, _is_whole, "a whole number"),
    "number": _Kind("X", float, lambda value: _is_whole(value) or isinstance(value, float), "a number"),
    "layers": _Kind(
        "N-N-…", lambda text: [int(part) for part in text.split("-")], lambda value: _is_list(value, _is_whole), _LAYERS
    ),
    "word": _Kind("NAME", lambda text: SHORT_NAMES.get(text, text), _is_text),
    "text": _Kind("TEXT", str, _is_text, "a text"),
    "texts": _Kind("NAME", str, lambda value: _is_list(value, _is_text), "a list of texts"),
    "flag": _TRUTH,
    "choice": _TRUTH,
}
_MOST_TOML_BYTES = 2**20


def _parameter(option: Option) -> inspect.Parameter:
    """Return the option as a parameter that typer understands; what is not given is None."""
    default = SHELL_DEFAULTS.get(option.name, option.default)
    several = option.kind == "texts"
    kind: Any = bool if option.kind in ("flag", "choice") else list[str] if several else str
    # Long lists of words would bury the sentence; completion and the message about an unknown one have them.
    listed = f" One of {', '.join(option.words)}." if 2 <= len(option.words) <= 5 and option.kind == "word" else ""
    name = option.name.replace("_", "-")
    information = typer.Option(
        f"--{name}/--no-{name}" if option.kind == "choice" else f"--{name}",
        *_OTHER_NAMES.get(option.name, ()),
        help=option.help + listed + ("" if default in (None, (), False) else f" [{default}]"),
        metavar="DATA" if option.name == "validation" else _KINDS[option.kind].metavar,
        show_default=False,
        rich_help_panel=option.group or None,
        autocompletion=complete_data if option.name == "validation" else complete_words(option.words),
    )
    annotation = Annotated[kind | None, information]
    return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def takes(*options: Option, context: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a verb with ``**given`` take options: those that the shell was given come as keywords, the others as None.

    Parameters
    ----------
    options
        Which options, in the order of the help.
    context
        Whether it is given typer's context as well, as ``given["context"]``.
    """
    kind = inspect.Parameter.KEYWORD_ONLY
    more = [inspect.Parameter("context", kind, annotation=typer.Context)] if context else []

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(verb, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
        verb.__signature__ = inspect.Signature([*own, *more, *map(_parameter, options)])  # pyright: ignore[reportFunctionMemberAccess]
        return verb

    return decorate


def _read_text(option: Option, text: Any) -> Any:
    """Return what a text of the shell stands for, or the text where it is not of the option's kind."""
    try:
        return _KINDS[option.kind].read(text) if isinstance(text, str) and text not in option.words else text
    except ValueError:
        return text


def check_value(option: Option, value: Any, where: str) -> Any:
    """Return a value as the constructor takes it.

    Parameters
    ----------
    option
        What it is a value of.
    value
        A number, list, text or truth value.
    where
        The option or the key, for the message.

    Raises
    ------
    InvalidInputError
        If it is of another kind, or an unknown word.
    """
    if isinstance(value, str) and (value in option.words or (option.parts is not None and value in option.parts)):
        if value == "none" and option.kind in ("layers", "texts"):
            return ()
        return None if value == "none" and option.default is None else value
    kind = _KINDS[option.kind]
    if kind.fits(value) and not (option.kind == "word" and option.words):  # else it would have been among them
        return tuple(value) if isinstance(value, list) else value
    theirs = () if option.parts is None else option.parts.installed
    words = [*([kind.expected] if kind.expected else []), *option.words, *theirs]
    expected = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else "a name"
    raise InvalidInputError(
        f"{where}: expected {expected}, got {value!r:.100}{end_with_nearest(value, (*option.words, *theirs))}"
    )


def read_word(option: Option, text: str | None) -> Any:
    """Return the value of a single option that the shell was given, its default where it was not."""
    return option.default if text is None else check_value(option, _read_text(option, text), _flag(option))


def _flag(option: Option) -> str:
    return "--" + option.name.replace("_", "-")


def _expand_layers(values: dict[str, Any], where: str) -> dict[str, Any]:
    """Put what `layers` stands for in its place."""
    layers = values.pop("layers", None)
    if layers is None:
        return values
    if "hidden" in values or "code_size" in values:
        raise InvalidInputError(f"{where}: give either layers, or hidden and code_size, not both.")
    if not layers or min(layers) < 1:
        raise InvalidInputError(f"{where}: layers must be whole numbers ≥ 1, such as 128-32, got {list(layers)}.")
    return values | {"hidden": layers[:-1], "code_size": layers[-1]}


def read_toml(path: Path, known: Mapping[str, Option]) -> dict[str, Any]:
    """Return the options of a TOML file, checked.

    Parameters
    ----------
    path
        The file.
    known
        The options that it may have, by key.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, is no TOML, has an unknown key or a value of the wrong kind.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a device may never end
            raise InvalidInputError(f"--config: {path} is no file; give a TOML file of options.")
        if path.stat().st_size > _MOST_TOML_BYTES:
            raise InvalidInputError(f"--config: {path} is larger than 1 MiB; that is no file of options.")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"--config: {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(f"--config: {path} is no TOML: {error}") from error
    shell_names = {flag.removeprefix("--"): name for name, flags in _OTHER_NAMES.items() for flag in flags}
    table = {shell_names.get(key, key): value for key, value in table.items()}
    for key in table:
        if key not in known:
            raise InvalidInputError(f"{path}: there is no option {key!r}{end_with_nearest(key, known)}")
    return {key: check_value(known[key], value, f"{key} in {path}") for key, value in table.items()}


def read_options(
    given: Mapping[str, Any], options: Iterable[Option] = TRAINING, config: Path | None = None
) -> dict[str, Any]:
    """Return the options of a command line and of its TOML file; the command line wins.

    Parameters
    ----------
    given
        What the shell was given, by name; None where it was not.
    options
        Those that there are.
    config
        A TOML file, or None.

    Returns
    -------
    dict
        Only what was given, as the constructor takes it; `layers` has become `hidden` and `code_size`.
    """
    known = {option.name: option for option in options}
    words = {
        name: check_value(known[name], _read_text(known[name], value), _flag(known[name]))
        for name, value in given.items()
        if value is not None
    }
    from_file = {} if config is None else _expand_layers(read_toml(config, known), str(config))
    return from_file | _expand_layers(words, "--layers")
