"""Files, functions and argument lists stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FILE_LINES, BODY_LINES, ARGUMENTS = 300, 50, 7

# What may be larger, each with its reason.
LONG_FILES: dict[str, str] = {
    "tests/data/table_variants/dates.py": "a table of cases",
    "tests/data/test_images.py": "a kind of image a test",
    "tests/estimators/test_model_study.py": "a part of the report a test",
    "tests/tables/test_table_encoder.py": "a kind of column a test",
}
LONG_FUNCTIONS: dict[str, str] = {}
MANY_ARGUMENTS = {
    "estimators/judging.py:detect": "flat keywords, as the constructors' of estimators",
    "estimators/recording.py:fit_recorded": "flat keywords, as the constructors' of estimators",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_functions(tree: ast.Module) -> Iterator[tuple[str, Function, bool]]:
    """Yield qualified name, function, and whether it is a method."""

    def walk(node: ast.AST, path: tuple[str, ...], in_class: bool) -> Iterator[tuple[str, Function, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield ".".join([*path, child.name]), child, in_class
                yield from walk(child, (*path, child.name), False)
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, (*path, child.name), True)
            else:
                yield from walk(child, path, in_class)

    yield from walk(tree, (), False)


def count_body_lines(function: Function) -> int:
    """Count the lines of a body, the docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def count_arguments(function: Function, is_method: bool) -> int:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
    count = len(every) + (arguments.vararg is not None) + (arguments.kwarg is not None)
    return count - (is_method and not is_static)


def count_code_lines(source: str) -> int:
    """Count the lines of a file that are neither blank nor comment nor docstring."""
    texts = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    said = {line for text in texts for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)}
    lines = enumerate(source.splitlines(), 1)
    return sum(1 for place, line in lines if line.strip() and line.strip()[0] != "#" and place not in said)


def test_files(python_files: list[Path], root: Path) -> None:
    lengths = {str(file.relative_to(root)): count_code_lines(file.read_text(encoding="utf-8")) for file in python_files}
    assert max(lengths.values()) > 100
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES and name not in LONG_FILES} == {}
    assert [name for name in LONG_FILES if lengths.get(name, 0) <= FILE_LINES] == [], "no exception any more"


def test_function_bodies(python_files: list[Path], root: Path) -> None:
    lengths = {
        f"{file.relative_to(root)}:{name}": count_body_lines(function)
        for file in python_files
        for name, function, _ in read_functions(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert len(lengths) > 300
    assert {name: n for name, n in lengths.items() if n > BODY_LINES and name not in LONG_FUNCTIONS} == {}
    assert [name for name in LONG_FUNCTIONS if lengths.get(name, 0) <= BODY_LINES] == [], "no exception any more"


def test_arguments(modules: list[Path], package: Path) -> None:
    counts = {
        f"{module.relative_to(package)}:{name}": count_arguments(function, is_method)
        for module in modules
        for name, function, is_method in read_functions(ast.parse(module.read_text(encoding="utf-8")))
    }
    constructors = {name for name in counts if name.startswith("estimators/") and name.endswith(".__init__")}
    assert constructors
    excepted = constructors | set(MANY_ARGUMENTS)
    assert {name: n for name, n in counts.items() if n > ARGUMENTS and name not in excepted} == {}
    assert [name for name in MANY_ARGUMENTS if counts.get(name, 0) <= ARGUMENTS] == [], "no exception any more"


@pytest.mark.parametrize(
    ("source", "lines", "arguments"),
    [
        ('def f(a, /, b, *c, d=1, **e):\n    """Doc.\n\n    More.\n    """\n    x = 1\n\n    return x', 3, 5),
        ("class A:\n    def f(self, a):\n        def g():\n            pass\n        return g", 3, 1),
        ("class A:\n    @staticmethod\n    def f(a, b):\n        pass", 1, 2),
        ('def f():\n    """Only words."""', 0, 0),
    ],
)
def test_counting(source: str, lines: int, arguments: int) -> None:
    _, function, is_method = next(read_functions(ast.parse(source)))
    assert (count_body_lines(function), count_arguments(function, is_method)) == (lines, arguments)


def test_code_is_counted_without_words() -> None:
    assert count_code_lines('"""Doc.\n\nMore."""\n\n# why\nx = 1\n\n\ndef f():\n    """Doc."""\n    return x\n') == 3
