"""The reproduction, whole, at a small size on digits."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.exceptions import DataNotFoundError, InvalidInputError, RunTakenError
from autoencode.reproduce import Plan, Reproduction, fun_with_autoencoders, reproduce, row_cells
from autoencode.reproduce.blog import BLOG, Row, compare_rows
from autoencode.reproduce.experiments import typical_restart
from autoencode.reproduce.fun_with_autoencoders import OWN
from autoencode.reproduce.place import KEPT_ONCE, Keeping, claim_place
from autoencode.runs import json_text

PLAN = Plan(image_epochs=2, table_epochs=1, restarts=3)
PICTURES = {
    *("overview", "learning_curve", "reconstructions", "worst_signed", "worst_squared"),
    *("restart_losses", "signed_histogram", "error_histogram"),
}


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, said: list[str]) -> Reproduction:
    folder = tmp_path_factory.mktemp("reproduction")
    with pytest.MonkeyPatch.context() as patch:
        forbid_mnist(patch, folder)
        return reproduce(folder / "run", plan=PLAN, announce=said.append)


def forbid_mnist(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.delenv("AUTOENCODE_DATA", raising=False)
    patch.setenv("AUTOENCODE_OFFLINE", "1")
    patch.setenv("HOME", str(folder / "home"))
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


def figures_only(value: Any) -> Any:
    """Leave out what a clock measured."""
    if isinstance(value, dict):
        return {key: figures_only(item) for key, item in value.items() if not key.startswith("seconds")}
    return value


def test_without_mnist_digits_stand_in_and_it_is_said_loudly(small: Reproduction, said: list[str]) -> None:
    assert any("WARNING: MNIST CANNOT BE HAD" in line for line in said)
    assert small.result["dataset"] == "digits"
    marks = {row.name: row.reproduced for row in small.rows}
    assert {name for name, mark in marks.items() if mark is None} == {
        *("images, training shape", "images, test shape", "images, final loss", "images, final validation loss")
    }
    assert small.result["mnist"]["blog_worst_in_our_ten"] is None


def test_the_result_has_the_agreed_form(small: Reproduction) -> None:
    result = json.loads((small.path / "result.json").read_text(), parse_constant=pytest.fail)
    assert {"dataset", "rows", "mnist", "vanilla", "deep", "baselines", "verdict"} <= set(result)
    assert all(set(row) == {"name", "blog", "ours", "tolerance", "reproduced"} for row in result["rows"])
    mnist = {"loss", "validation_loss", "epochs", "seconds", "seconds_per_epoch", "worst_signed", "worst_squared"}
    assert mnist <= set(result["mnist"])
    assert result["mnist"]["epochs"] == 2
    for name in ("worst_signed", "worst_squared"):
        assert len(set(result["mnist"][name])) == 50
        assert set(result["mnist"][name]) <= set(range(360))
    for name, parameters in (("vanilla", 152), ("deep", 164)):
        model = result[name]
        assert model["parameters"] == parameters
        assert len(model["restarts"]) == 3
        assert all({"loss", "live_directions", "live_units"} <= set(restart) for restart in model["restarts"])
        assert all(isinstance(restart["live_units"], int) for restart in model["restarts"])
        assert set(model["signed_sum"]) == {"mean", "std"}
        assert model["squared_error"] > 0
    assert {"mean_sample", "pca"} <= set(result["baselines"])
    assert {"better", "measure", "difference", "interval", "cause", "text"} <= set(result["verdict"])
    assert len(result["mistakes"]) == 4


def test_the_figures_are_those_of_the_runs(small: Reproduction) -> None:
    table, images = ae.data.load("uniform-table"), ae.data.load("digits")
    for name in ("vanilla", "deep"):
        model = ae.load(small.path / name)
        typical = model.keep_restart(typical_restart(model))
        sums = typical.errors(table.test, measure="signed_sum")
        assert small.result[name]["signed_sum"] == {"mean": float(sums.mean()), "std": float(sums.std())}
        assert small.result[name]["squared_error"] == typical.errors(table.test).mean()
    model = ae.load(small.path / "digits")
    ranked = np.argsort(model.errors(images.test, measure="signed_sum"), kind="stable")[:50]
    assert small.result["mnist"]["worst_signed"] == ranked.tolist()
    ranked = np.argsort(-model.errors(images.test), kind="stable")[:50]
    assert small.result["mnist"]["worst_squared"] == ranked.tolist()
    assert small.result["baselines"]["mean_sample"] == pytest.approx(
        ((table.test - table.train.mean(axis=0)) ** 2).mean(), rel=1e-5
    )


def test_every_picture_is_there(small: Reproduction) -> None:
    assert {path.stem for path in small.path.glob("*.png")} == PICTURES
    for path in small.path.glob("*.png"):
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) > 5_000, path.name
    assert not list(small.path.rglob("*.partial"))


def test_the_report_needs_no_network(small: Reproduction) -> None:
    page = small.report.read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= len(PICTURES)
    assert not re.search(r"""(?:src|href|action|data|srcset|poster)\s*=\s*["']?\s*(?:https?:)?//""", page)
    assert not re.search(r"""url\(\s*["']?(?:https?:)?//|@import""", page)
    scripts = re.findall(r"<script([^>]*)>", page)
    assert sum('id="study-' in attributes for attributes in scripts) == 3
    assert [attributes for attributes in scripts if "type=" not in attributes] == [""]
    assert "digits (MNIST could not be had)" in page
    assert str(small.path) not in page


@pytest.mark.slow
def test_the_same_again_in_the_same_folder(
    small: Reproduction, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forbid_mnist(monkeypatch, tmp_path)
    before = {path.relative_to(small.path) for path in small.path.rglob("*")}
    again = reproduce(small.path, plan=PLAN)
    assert figures_only(json.loads(json_text(again.result))) == figures_only(json.loads(json_text(small.result)))
    assert {path.relative_to(small.path) for path in small.path.rglob("*")} == before


def test_json_on_stdout_is_the_result(
    monkeypatch: pytest.MonkeyPatch, small: Reproduction, capsys: pytest.CaptureFixture[str]
) -> None:
    import autoencode.reproduce
    from autoencode.cli.main import main

    monkeypatch.setattr(autoencode.reproduce, "reproduce", lambda *_arguments, **_options: small)
    assert main(["reproduce", "--json"]) == 0
    out, err = capsys.readouterr()
    file = json.loads((small.path / "result.json").read_text())
    assert figures_only(json.loads(out)) == figures_only(file)
    assert err == f"report: {small.report.resolve()}\n"


def test_the_table_on_stdout_has_every_row(
    monkeypatch: pytest.MonkeyPatch, small: Reproduction, capsys: pytest.CaptureFixture[str]
) -> None:
    import autoencode.reproduce
    from autoencode.cli.main import main

    monkeypatch.setattr(autoencode.reproduce, "reproduce", lambda *_arguments, **_options: small)
    assert main(["reproduce"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    for row in small.rows:
        line = next(line for line in out.splitlines() if line.startswith(row.name + " "))
        assert line.rstrip().endswith("  " + row_cells(row)[-1])
    assert "Verdict" in out
    assert all(f"\n{number}. " in out for number in range(1, 5))


def claim(path: Path, images: str, announce: Callable[[str], object]) -> Any:
    return claim_place(path, {}, KEPT_ONCE, own=OWN, trainings=(images, "vanilla", "deep"), announce=announce)


def read_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_earlier(folder: Path, images: str) -> dict[str, bytes]:
    """Leave what looks like an earlier reproduction, and a file of the user's; return what is there."""
    for name in (f"{images}/model.safetensors", "result.json", "report.html", "notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("earlier")
    return read_folder(folder)


@pytest.mark.parametrize("images", ["digits", "mnist"])
def test_an_earlier_reproduction_outlives_one_that_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: str
) -> None:
    forbid_mnist(monkeypatch, tmp_path)
    before = make_earlier(tmp_path / "run", images)
    said: list[str] = []

    @contextmanager
    def progress(_title: str) -> Iterator[Callable[[Any], None]]:
        def stop(_record: Any) -> None:
            raise KeyboardInterrupt

        yield stop

    with pytest.raises(KeyboardInterrupt):
        reproduce(tmp_path / "run", plan=PLAN, announce=said.append, progress=progress)
    assert read_folder(tmp_path / "run") == before
    assert ae.load(tmp_path / "run-2" / "digits").history_.epochs == 1
    assert said[-1].endswith(f"so far is saved in {tmp_path}/run-2")
    assert said[-1].startswith("the earlier reproduction") is (images == "digits")


def test_what_was_cut_off_goes_on_and_repeats_nothing_that_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Reproduction
) -> None:
    forbid_mnist(monkeypatch, tmp_path)
    place, said, trained = tmp_path / "run", list[str](), list[str]()
    keeping = Keeping(resume=True, command={"command": {}})

    @contextmanager
    def progress(title: str) -> Iterator[Callable[[Any], Any]]:
        trained.append(title)
        if len(trained) == 2:
            raise KeyboardInterrupt
        yield lambda _record: None

    with pytest.raises(KeyboardInterrupt):
        reproduce(place, plan=PLAN, announce=said.append, progress=progress, keeping=keeping)
    assert said[-1] == f"what was trained so far is saved in {place}; go on with: autoencode runs resume {place}"
    with pytest.raises(InvalidInputError, match="begun with seed=0, and seed=5"):
        reproduce(place, plan=replace(PLAN, seed=5), keeping=keeping)
    monkeypatch.setattr(fun_with_autoencoders, "find", lambda _: small)  # measuring and drawing take half a minute
    monkeypatch.setattr(fun_with_autoencoders, "_write", _write_result)
    for _ in range(2):  # to its end, and once more
        reproduce(place, plan=PLAN, progress=progress, keeping=keeping)
        assert trained == ["digits", "vanilla", "vanilla", "deep"]
    for name in ("digits", "vanilla", "deep"):
        assert ae.load(place / name).fitted_.fingerprint == ae.load(small.path / name).fitted_.fingerprint
    assert not (place / "checkpoint.json").exists()


def _write_result(path: Path, *_: Any) -> dict[str, Any]:
    (path / "result.json").write_text('{"finished": true}')
    return {}


def test_one_that_is_interrupted_in_its_first_epoch_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_mnist(monkeypatch, tmp_path)
    said: list[str] = []

    def interrupt(*_arguments: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autoencode.model.fit.train", interrupt)
    with pytest.raises(KeyboardInterrupt):
        reproduce(tmp_path / "run", plan=PLAN, announce=said.append)
    assert not (tmp_path / "run").exists()
    assert not any("saved" in line for line in said)


def test_one_without_mnist_does_not_replace_one_that_had_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: Reproduction
) -> None:
    before = make_earlier(tmp_path / "run", "mnist")
    said: list[str] = []
    with claim(tmp_path / "run", "digits", said.append) as place:
        shutil.copytree(small.path, place.path, dirs_exist_ok=True)
        assert place.hand_over() == tmp_path / "run-2"
    assert "had MNIST, and stays" in said[0]
    assert read_folder(tmp_path / "run") == before
    assert read_folder(tmp_path / "run-2") == read_folder(small.path)


def test_a_whole_one_replaces_an_earlier_one_and_keeps_what_is_not_of_it(tmp_path: Path, small: Reproduction) -> None:
    make_earlier(tmp_path / "run", "mnist")
    with claim(tmp_path / "run", "mnist", pytest.fail) as place:
        with pytest.raises(RunTakenError), claim(tmp_path / "run", "mnist", pytest.fail):
            pass
        shutil.copytree(small.path, place.path, dirs_exist_ok=True)
        place.hand_over()
    assert read_folder(tmp_path / "run") == read_folder(small.path) | {"notes.txt": b"earlier"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_headings_say_that_mnist_is_missing(
    monkeypatch: pytest.MonkeyPatch, small: Reproduction, capsys: pytest.CaptureFixture[str]
) -> None:
    import autoencode.reproduce
    from autoencode.cli.main import main

    assert small.result["missing"] == ["mnist"]
    assert "<h1>Fun with Autoencoders, reproduced without MNIST</h1>" in small.report.read_text()
    monkeypatch.setattr(autoencode.reproduce, "reproduce", lambda *_arguments, **_options: small)
    assert main(["reproduce"]) == 0
    assert capsys.readouterr().out.startswith("Reproduced without MNIST\nMNIST could not be had")


def test_where_it_cannot_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_mnist(monkeypatch, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="is a file"):
        reproduce(tmp_path / "file", plan=PLAN)
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "config.json").write_text("{}")
    with pytest.raises(InvalidInputError, match="is the run of a training"):
        reproduce(tmp_path / "trained", plan=PLAN)
    with pytest.raises(DataNotFoundError, match="nowhere"):
        reproduce(tmp_path / "run", data_folder=tmp_path / "nowhere", plan=PLAN)


# ---------------------------------------------------------------------- the post's figures


def test_the_posts_figures_are_as_it_prints_them() -> None:
    assert (BLOG.mnist_loss, BLOG.mnist_validation_loss) == (0.0928, 0.0916)
    assert (BLOG.vanilla_loss, BLOG.deep_loss) == (0.6817, 0.6875)
    assert (BLOG.vanilla_parameters, BLOG.deep_parameters) == (152, 164)
    assert BLOG.worst_signed == (8561, 9494, 665, 8570, 4547, 5153, 6057, 2669, 9377, 1995)


@pytest.mark.parametrize(
    ("blog", "ours", "tolerance", "comparable", "reproduced"),
    [
        (1.0, 1.05, 0.1, True, True),
        (1.0, 1.2, 0.1, True, False),
        (1.0, float("nan"), 0.1, True, False),
        ((2, 3), (2, 3), 0, True, True),
        ((2, 3), (3, 2), 0, True, False),
        (1.0, 9.0, 0.1, False, None),
    ],
)
def test_rows_are_held_against_each_other(
    blog: Any, ours: Any, tolerance: float, comparable: bool, reproduced: bool | None
) -> None:
    (row,) = compare_rows([("figure", blog, ours, tolerance, comparable)])
    assert row == Row("figure", blog, ours, tolerance, reproduced)
    assert row_cells(row)[-1] == {True: "reproduced", False: "NOT reproduced", None: "not comparable"}[reproduced]


def test_the_typical_restart_is_the_median() -> None:
    class Model:
        restarts_ = tuple(ae.estimators.Restart(loss, None, 1, {}, {}) for loss in (0.5, 0.1, 0.4, 0.2))

    assert typical_restart(Model()) == 3  # pyright: ignore[reportArgumentType]
    assert os.path.isabs(__file__)
