"""Who may import whom, and what is never imported."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# May be imported by all.
TEXT = {"arrow", "json_object", "lazy_names", "nearest", "options", "printable", "registry"}
GROUND = TEXT | {"exceptions", "notice", "types", "files", "locks", "interruption", "sizes"}
GROUND |= {"blas", "memory_budget", "stored_arrays", "stored_tables"}
PARTS = {"data", "tables", "parts", "runs"}
MODEL = PARTS | {"training", "evaluation"}
ESTIMATORS = MODEL | {"charts", "model", "export", "report"}
SCIENCE = ESTIMATORS | {"estimators"}
# Former names, which forward.
FORMER = {"bottlenecks", "corruptions", "networks", "objectives", "recipes", "features"}

# Each folder, or module at the top, with the others that it may import; its own it always may, and `GROUND`.
ALLOWED: dict[str, set[str]] = {
    **{name: set() for name in GROUND | PARTS | FORMER},
    "options": {"parts"},
    "training": PARTS,
    "footprint": {"parts"},
    "evaluation": {"parts"},
    "model": MODEL,
    "export": MODEL | {"model"},
    "charts": {"evaluation"},
    "report": {"charts", "evaluation", "parts"},
    "estimators": ESTIMATORS,
    "reproduce": SCIENCE,
    # The former name of `charts`.
    "figures": {"charts", "reproduce"},
    # `autoencode reproduce` is a verb.
    "cli": SCIENCE | {"footprint", "reproduce"},
    "__init__": SCIENCE,
    "__main__": {"cli"},
}
# Of the package itself, only its version may be read from inside; the lazy names would go round the arrows.
READ_FROM_ROOT = {"__version__"}


def home(module: Path, package: Path) -> str:
    return module.relative_to(package).parts[0].removesuffix(".py")


def read_imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and folder of each import of ours; what is read of the package itself counts as an import."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in (alias.name for alias in node.names):
                if name.startswith("autoencode."):
                    yield node.lineno, name.split(".")[1]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            words = (node.module or "").split(".")
            if words == ["autoencode"]:
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif words[0] == "autoencode":
                yield node.lineno, words[1]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "autoencode":
            yield node.lineno, node.attr


def find_forbidden(source: str, where: str) -> list[str]:
    allowed = ALLOWED[where] | GROUND | READ_FROM_ROOT | {where}
    return [f"line {line}: {where} imports {name}" for line, name in read_imports(source) if name not in allowed]


def test_no_import_goes_against_the_arrows(modules: list[Path], package: Path) -> None:
    arrows = 0
    forbidden = []
    for module in modules:
        source = module.read_text(encoding="utf-8")
        arrows += len(list(read_imports(source)))
        forbidden += [
            f"{module.relative_to(package)}, {found}" for found in find_forbidden(source, home(module, package))
        ]
    assert arrows > 100
    assert forbidden == []


def test_every_folder_has_its_arrows(modules: list[Path], package: Path) -> None:
    assert {home(module, package) for module in modules} <= set(ALLOWED)


def test_arrows_have_no_way_back() -> None:
    order = list(ALLOWED)
    seen: set[str] = set()
    while order:
        free = [name for name in order if ALLOWED[name] <= seen]
        assert free, f"a circle among {order}"
        seen.update(free)
        order = [name for name in order if name not in free]


def read_files(modules: list[Path], package: Path) -> dict[str, set[str]]:
    """Return by file which others it imports, anywhere in it; what a folder offers lazily under a name is none."""
    files = {".".join(("autoencode", *module.relative_to(package).with_suffix("").parts)): module for module in modules}
    files = {name: module for name, module in files.items() if module.name != "__init__.py"}
    found = {}
    for name, module in files.items():
        nodes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ImportFrom)]
        named = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
        found[name] = (named | {str(node.module) for node in nodes}) & set(files) - {name}
    return found


def find_circle(imports: dict[str, set[str]]) -> list[str]:
    """Return what is left when files that import none of the others are taken away, again and again."""
    while free := [name for name, others in imports.items() if not others]:
        imports = {name: others - set(free) for name, others in imports.items() if name not in free}
    return sorted(imports)


def test_there_is_no_circle_among_files(modules: list[Path], package: Path) -> None:
    imports = read_files(modules, package)
    assert sum(map(len, imports.values())) > 500
    assert find_circle(imports) == []


def test_a_circle_among_files_is_found() -> None:
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("from autoencode.training import train", "evaluation"),
        ("from autoencode.parts.networks.dense import Affine", "data"),
        ("import autoencode.estimators", "training"),
        ("from autoencode import cli", "estimators"),
        ("def f():\n    from autoencode.charts import style", "training"),
        ("import autoencode\nautoencode.charts.style()", "export"),
        ("from autoencode.cli.main import run", "reproduce"),
    ],
)
def test_a_forbidden_arrow_is_found(source: str, where: str) -> None:
    assert len(find_forbidden(source, where)) == 1


def imported_by(code: str) -> set[str]:
    """Run code in a fresh interpreter and return the names of the top modules that it imported."""
    script = f"import json, sys\n{code}\nprint('\\n' + json.dumps(sorted({{n.split('.')[0] for n in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "folder", ["evaluation", "charts", "report", "runs", "data", "tables", "parts", "parts.activations", "parts.losses"]
)
def test_without_jax(folder: str) -> None:
    imported = imported_by(f"import autoencode.{folder}")
    assert "autoencode" in imported
    assert not imported & {"jax", "jaxlib", "equinox", "optax"}


def test_what_was_learnt_needs_no_scikit_learn_either() -> None:
    imported = imported_by("import autoencode.model.model_file, autoencode.model.detector")
    assert not imported & {"jax", "jaxlib", "equinox", "optax", "sklearn", "scipy", "pandas", "matplotlib"}


HEAVY = {"jax", "jaxlib", "equinox", "optax", "sklearn", "scipy", "matplotlib", "pandas", "numpy"}


def test_importing_the_package_imports_nothing_heavy() -> None:
    imported = imported_by("import autoencode\ndir(autoencode)\nautoencode.__version__")
    assert "autoencode" in imported
    assert not imported & (HEAVY | {"typer", "rich", "jinja2", "certifi", "safetensors"})


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["data", "--help"], ["reproduce", "--help"], ["report", "--help"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    imported = imported_by(f"from autoencode.cli.main import main\nassert main({arguments!r}) == 0")
    assert "typer" in imported
    assert not imported & HEAVY


def test_the_architecture_draws_these_arrows(root: Path) -> None:
    drawn = (root / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```text\n")[2].splitlines()
    assert set(drawn[0].split(", ")) == GROUND
    assert set(drawn[2].split("  (")[0].split()) == PARTS


def test_optional_dependencies_are_not_imported_at_the_top(modules: list[Path]) -> None:
    optional = {"onnx", "onnxruntime", "pyod", "pandas", "polars", "duckdb"}
    for module in modules:
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not {name.split(".")[0] for name in names} & optional, module
