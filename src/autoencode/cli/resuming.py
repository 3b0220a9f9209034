"""What the verbs that resume have in common: how a run keeps what it was asked for, and asks for it again."""

from __future__ import annotations

import dataclasses
import os
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoencode.cli.output import announce
from autoencode.data.standard_input import STANDARD_INPUT
from autoencode.exceptions import InvalidInputError
from autoencode.options import Option

if TYPE_CHECKING:
    import typer

    from autoencode.runs import RunFolder

RESUME = Option(
    "resume", False, "flag", "Go on where the run of that name was cut off; start where there is none.", group="Run"
)

NAMES = {"train": "--run", "sweep": "--run", "reproduce": "--run", "detect": "--keep"}
"""The verbs that resume, and by which option each takes the name of its run."""

_FILES = ("out", "figure", "report")
_LEFT_OUT = ("run", "keep", "resume", "force", "as_json", "json", *_FILES)


def describe_command(context: typer.Context) -> dict[str, Any]:
    """Return what a verb was asked for, as JSON can hold it.

    Parameters
    ----------
    context
        The verb's, as typer gives it.

    Returns
    -------
    dict
        The verb, its arguments by name, the folder that it was started in, and the files that were asked for, which
        are no matter of the run: what a run's folder says shall not write anywhere else.
    """
    given = {name: _plain(value) for name, value in context.params.items() if _was_said(context, name)}
    return {
        "verb": context.info_name,
        "arguments": {name: value for name, value in given.items() if _is_kept(name, value)},
        "files": [name for name in given if name in _FILES and not _is_kept(name, given[name])],
        "directory": os.getcwd(),
    }


def _was_said(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _is_kept(name: str, value: Any) -> bool:
    return name not in _LEFT_OUT or (name == "report" and value is True)  # a page in the run itself


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return value if isinstance(value, bool | int | float) else str(value)


@dataclasses.dataclass(frozen=True)
class Asked:
    """What a run was asked for.

    Attributes
    ----------
    place
        The run's folder.
    command, verb
        What typer knows of the verb, and its name.
    words
        What a shell would give to it.
    directory
        Where it was started.
    files
        Options of files that were asked for, without the dashes, and are not among the words.
    """

    place: Path
    command: Any
    verb: str
    words: tuple[str, ...]
    directory: str
    files: tuple[str, ...]

    @classmethod
    def read(cls, context: typer.Context, run: RunFolder, *, as_json: bool) -> Asked:
        """Return what a run was asked for, so that it goes on.

        Parameters
        ----------
        context
            Of any verb.
        run
            The run.
        as_json
            Whether the result is to be printed as JSON.

        Raises
        ------
        LookupError, TypeError, AttributeError
            If its configuration says nothing that `describe_command` gives.
        """
        config = run.read_config(brief=True)
        told, replaced = config["command"], config.get("replaces")
        verb, root = told["verb"], context.find_root()
        command = root.command.get_command(root, verb) if verb in NAMES else None  # pyright: ignore[reportAttributeAccessIssue]
        if command is None:
            raise LookupError(f"verb {verb!r:.100}")
        target = (run.path.with_name(replaced) if replaced else run.path).absolute()
        more = [f"{NAMES[verb]}={target}", "--resume", *(["--json"] if as_json else [])]
        words = (*more, *_list_words(command, told["arguments"]))
        return cls(run.path, command, verb, words, told["directory"], tuple(told["files"]))

    def ask(self, context: typer.Context) -> None:
        """Ask for it again, from where it was started, for its samples may be named from there.

        Raises
        ------
        InvalidInputError
            If that folder is gone, or samples came from standard input.
        """
        if STANDARD_INPUT in self.words:
            raise InvalidInputError(
                f"{self.place}: its samples came from standard input; give the same command again, with --resume."
            )
        try:
            os.chdir(self.directory)
        except (OSError, ValueError, TypeError) as error:  # of a name with a null, or none
            raise InvalidInputError(
                f"{self.place} was begun in {str(self.directory)!r:.200}, which cannot be entered; give the same "
                f"`autoencode {self.verb}` again, with --resume."
            ) from error
        with self.command.make_context(self.verb, list(self.words), parent=context.find_root()) as inner:
            self.command.invoke(inner)
        if self.files:
            options = " and ".join(f"--{name}" for name in self.files)
            announce(f"not written: {options}; the same command with --resume writes that, and trains nothing")


def _list_words(command: Any, arguments: dict[str, Any]) -> list[str]:
    """Return what a shell would give to a verb; only what `describe_command` leaves in is taken."""
    known = {parameter.name: parameter for parameter in command.params}
    options, rest = [], []
    for name, value in arguments.items():
        parameter = known[name]
        values = value if isinstance(value, list) else [value]
        if not _is_kept(name, value) or not all(isinstance(item, str | int | float) for item in values):
            raise TypeError(f"{name}={value!r:.100}")
        if parameter.param_type_name == "argument":
            rest += map(str, values)
            continue
        if parameter.is_flag != isinstance(value, bool):
            raise TypeError(f"{name}={value!r:.100}")
        flags = parameter.secondary_opts if value is False else parameter.opts
        flag = next(flag for flag in flags if flag.startswith("--"))
        options += [flag] if parameter.is_flag else [f"{flag}={item}" for item in values]
    return [*options, "--", *rest]


def take_threads(place: Path) -> None:
    """Let XLA and BLAS have as many threads as in the run that was cut off; before JAX starts."""
    from autoencode.runs import RunFolder, find_replacement
    from autoencode.training.threads import Threads, set_threads

    run = RunFolder(find_replacement(place) or place)
    threads = run.read_config(brief=True).get("threads") if run.config.is_file() else None
    if threads is not None:
        set_threads(Threads.from_dict(threads))
