"""Parts as text: ``top_k(k=8)`` in a shell, a TOML file, a model file or Python stands for the part itself."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from typing import Any

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.registry import Kind

LONGEST_TEXT = 1_000


def read_part(given: Any, known: Mapping[str, type], argument: str) -> Any:
    """Return the part that a text stands for; a part is returned as it is.

    Parameters
    ----------
    given
        ``name`` or ``name(field=value, …)`` with plain values, or an object that is no text.
    known
        The parts that there are, by name: dataclasses whose settings have defaults.
    argument
        What the text was given as, for the message.

    Returns
    -------
    object
        The part.

    Raises
    ------
    InvalidInputError
        If the text is not of that form, the name or a setting is not known, or the part refuses a value.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Noise:
    ...     deviation: float = 0.3
    >>> read_part("noise(deviation=0.5)", {"noise": Noise}, "corruption")
    Noise(deviation=0.5)
    """
    if not isinstance(given, str):
        return given
    name, values = _parse(given, argument)
    if name not in known:
        raise InvalidInputError(
            f"{argument} must be one of {', '.join(known)}, or an object of your own, "
            f"got {given!r:.100}{end_with_nearest(name, known)}"
        )
    part = known[name]
    if not dataclasses.is_dataclass(part):
        raise InvalidInputError(f"{argument}: {name} is no part: {part!r:.100} is no dataclass.")
    settings = list_settings(part)
    for setting in values:
        if setting not in settings:
            takes = f"it takes {', '.join(settings)}" if settings else "it takes none"
            raise InvalidInputError(
                f"{argument}: {name} has no setting {setting!r}; {takes}{end_with_nearest(setting, settings)}"
            )
    try:
        return part(**values)
    except TypeError as error:
        raise InvalidInputError(f"{argument}: {given!r:.100} cannot be used: {error}") from error


def _parse(text: str, argument: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the settings of a part's text; values are literals, nothing is evaluated."""
    try:
        if len(text) > LONGEST_TEXT:
            raise ValueError("it is too long")
        node = ast.parse(text.strip(), mode="eval").body
        if isinstance(node, ast.Name):
            return node.id, {}
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args:
            return node.func.id, {word.arg or "": ast.literal_eval(word.value) for word in node.keywords}
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        pass
    raise InvalidInputError(f"{argument} must read as name or name(setting=value, …), got {text!r:.100}.")


def list_settings(part: Any) -> list[str]:
    """Return the names of what can be set of a part, or of a class of parts."""
    return [field.name for field in dataclasses.fields(part) if field.metadata.get("setting", True)]


def write_part(part: Any, known: Kind) -> str | None:
    """Return the text that stands for a part, or None where it is none of the known ones.

    Only settings that differ from their defaults are written.
    """
    name = known.name_of(type(part))
    if name is None:
        return None
    fields = {field.name: field for field in dataclasses.fields(part)}
    values = {setting: getattr(part, setting) for setting in list_settings(part)}
    told = [f"{setting}={value!r}" for setting, value in values.items() if value != fields[setting].default]
    return f"{name}({', '.join(told)})" if told else name


def is_number(value: object, low: float, high: float) -> bool:
    """Return whether a setting is a number within bounds, ends included."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def require_setting(keyword: str, ok: bool, setting: str, expected: str, value: object) -> None:
    """Check a setting of a part.

    Parameters
    ----------
    keyword
        What kind of part it is: the estimator's keyword.
    ok
        Whether the value can be used.
    setting, expected, value
        For the message.

    Raises
    ------
    InvalidInputError
        If it cannot.
    """
    if not ok:
        raise InvalidInputError(f"{keyword}: {setting} must be {expected}, got {value!r:.100}.")
