"""What a source file has, and what none may have."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

# Put together here, so that this file does not have what it looks for.
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
REGISTRIES = re.compile(
    "|".join((r"pypi\." + "org", "python" + "hosted", r"npmjs\." + "org", r"anaconda\." + "org", "index" + "-url"))
)
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:" + "|".join(("work", "root", "tmp/bash" + "_jobs")) + r")(?![\w-])")
LARGEST = 500_000
PICKLES = {"pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"}
MARKER = r" ?; ?(python_version|python_full_version) ?[<>=!]+ ?[\"'][0-9.]+[\"']"
CONSTRAINT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+]+({MARKER})?")


def find_lines(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    found = []
    for file in files:
        content = file.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{file}:{number}: {line.strip()[:120]}")
    return found


def test_nothing_is_left_unfinished(python_files: list[Path]) -> None:
    assert find_lines(UNFINISHED, python_files) == []


def test_no_registry_and_no_path_of_a_machine(tracked_files: list[Path]) -> None:
    assert find_lines(REGISTRIES, tracked_files) == []
    assert find_lines(MACHINE_PATHS, tracked_files) == []


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (UNFINISHED, "# TO" + "DO: later", True),
        (REGISTRIES, "https://pypi." + "org/simple", True),
        (REGISTRIES, "--extra-index" + "-url=x", True),
        (MACHINE_PATHS, 'open("/wo' + 'rk/main")', True),
        (MACHINE_PATHS, "in /ro" + "ot", True),
        (MACHINE_PATHS, "a/workbench, net/work, ~/work and ./work", False),
    ],
)
def test_patterns(tmp_path: Path, pattern: re.Pattern[str], text: str, found: bool) -> None:
    (tmp_path / "file").write_text(text)
    assert bool(find_lines(pattern, [tmp_path / "file"])) is found


def test_git_ignores_none_of_our_files(python_files: list[Path], tracked_files: list[Path], root: Path) -> None:
    names = "\0".join(str(file.relative_to(root)) for file in python_files)
    command = ["git", "check-ignore", "--no-index", "--stdin", "-z"]
    done = subprocess.run(command, cwd=root, input=names, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, ""), "1: none is ignored"


def test_no_tracked_file_is_large(tracked_files: list[Path]) -> None:
    assert [str(file) for file in tracked_files if file.stat().st_size > LARGEST] == []


def read_trees(modules: list[Path]) -> dict[Path, ast.Module]:
    return {module: ast.parse(module.read_text(encoding="utf-8")) for module in modules}


def test_nothing_is_pickled(modules: list[Path]) -> None:
    for module, tree in read_trees(modules).items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & PICKLES, f"{module}:{node.lineno}"


def is_broad(handler: ast.ExceptHandler) -> bool:
    names = [node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)] if handler.type else [""]
    return bool({"", "Exception", "BaseException"} & set(names))


def test_no_error_is_swallowed(modules: list[Path]) -> None:
    handlers = 0
    for module, tree in read_trees(modules).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                handlers += 1
                silent = all(isinstance(line, ast.Pass) for line in node.body)
                assert node.type is not None, f"{module}:{node.lineno}: a bare except"
                assert not (silent and is_broad(node)), f"{module}:{node.lineno}: every error is swallowed"
    assert handlers > 10


def test_every_module_says_what_it_is_and_every_folder_what_it_offers(modules: list[Path]) -> None:
    for module, tree in read_trees(modules).items():
        assert ast.get_docstring(tree), f"{module} has no docstring"
        lists = [
            node
            for node in tree.body
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
        ]
        is_folder = module.name == "__init__.py" and not is_only_a_docstring(tree)
        assert len(lists) == 1 or not is_folder, f"{module} has no __all__"


def is_only_a_docstring(tree: ast.Module) -> bool:
    return len(tree.body) == 1


def name_of(module: Path, package: Path) -> str:
    parts = module.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def find_own(module: ModuleType) -> list[str]:
    """Return the functions and classes of a module that other files may take: those without an underscore."""
    found = (
        (name, value) for name, value in vars(module).items() if inspect.isclass(value) or inspect.isroutine(value)
    )
    return [name for name, value in found if not name.startswith("_") and value.__module__ == module.__name__]


def test_every_public_name_exists_and_is_documented(modules: list[Path], package: Path) -> None:
    checked = 0
    for path in modules:
        if path.name == "__main__.py":
            continue
        module = importlib.import_module(name_of(path, package))
        listed = getattr(module, "__all__", [])
        assert len(set(listed)) == len(listed), f"{path}: a name twice"
        for name in {*listed, *find_own(module)}:
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert inspect.getdoc(value), f"{path}: {name} has no docstring"
                checked += 1
    assert checked > 500


def test_constraints_are_names_and_versions_only(root: Path) -> None:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(pins) > 20
    assert [line for line in pins if not CONSTRAINT.fullmatch(line)] == []
    names = [re.split("==", line)[0].lower().replace("_", "-") for line in pins if ";" not in line]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("jax==0.10.2", True),
        ('jax==0.10.2; python_version < "3.12"', True),
        ("jax>=0.10", False),
        ("jax", False),
        ("jax @ https://example.invalid/jax.whl", False),
        ("--no-index", False),
        ("jax==0.10.2 --hash=sha256:0", False),
    ],
)
def test_constraint_pattern(line: str, fits: bool) -> None:
    assert bool(CONSTRAINT.fullmatch(line)) is fits


def test_dependencies_are_pinned(root: Path) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["test"],
        *project["optional-dependencies"]["docs"],
    ]
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }
    assert len(wanted) > 15
    names = [re.split(r"[\[<>=!~ ]", requirement)[0].lower().replace("_", "-") for requirement in wanted]
    assert [name for name in names if name not in pinned] == []


def test_what_is_slower_is_there(root: Path) -> None:
    names = (root / "tests" / "slower.txt").read_text(encoding="utf-8").splitlines()[2:]
    assert len(names) > 50
    for file, _, name in (line.partition("::") for line in names):
        assert f"def {name.partition('[')[0]}(" in (root / "tests" / file).read_text(encoding="utf-8"), file
