from __future__ import annotations

import builtins
import re

import pytest

from autoencode import exceptions
from autoencode.exceptions import AutoencodeError, AutoencodeWarning

# The tree at the top of the module: two characters a level before the name, then the built-in it is as well.
DRAWN = re.findall(r"^    ((?:[│ ]   )*(?:[├└]── )?)(\w+)(?: \((\w+)\))?", exceptions.__doc__ or "", re.MULTILINE)


def test_every_class_is_drawn_and_public() -> None:
    classes = [name for name, value in vars(exceptions).items() if isinstance(value, type)]
    assert len(classes) >= 9
    assert sorted(name for _, name, _ in DRAWN) == sorted(classes) == sorted(exceptions.__all__)


def test_parents_are_those_drawn() -> None:
    path: list[type] = []
    for indent, name, builtin in DRAWN:
        depth = len(indent) // 4
        error = getattr(exceptions, name)
        path[depth:] = [error]
        if depth:
            assert issubclass(error, path[depth - 1]), name
        if builtin:
            assert issubclass(error, getattr(builtins, builtin)), name
    assert path


@pytest.mark.parametrize("name", exceptions.__all__)
def test_every_error_is_also_what_a_caller_would_expect(name: str) -> None:
    error = getattr(exceptions, name)
    assert error.__doc__
    root = AutoencodeWarning if issubclass(error, Warning) else AutoencodeError
    assert issubclass(error, root)
    if error is not AutoencodeError:
        own = {base for base in error.__mro__ if base.__module__ == "builtins"}
        assert own > {object, BaseException, Exception}, f"{name} is no built-in exception besides"


@pytest.mark.parametrize("name", exceptions.__all__)
def test_message_is_kept(name: str) -> None:
    error = getattr(exceptions, name)
    assert str(error("X has no rows.")) == "X has no rows."
