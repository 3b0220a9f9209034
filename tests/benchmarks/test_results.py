from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bench import sets_of
from jobs import JOBS
from results import Entry, LossMismatchError, Measured, check_losses, merge_entries, read_entries, write_entries
from session import run_undisturbed
from targets import TARGETS, Target, judge

from tables import WHAT, render_results

pytestmark = pytest.mark.slow

MACHINE = {
    "cpu": "a processor",
    "cores": 2,
    "system": "Linux x86_64",
    "python": "3.11.7",
    "versions": {"ours": {"jax": "0.10.2"}, "keras-jax": {"keras": "3.0", "jax": "0.10.2"}},
    "rates": {"matrix_flops": 1e11, "exps": 1e9, "cache_bytes": 1e11, "memory_bytes": 1e10},
    "load_average": 0.1,
}


def entry(job="mnist", metric="epoch_seconds", ours=(0.3, 0.2, 0.25), **peers):
    measured = {"ours": Measured(ours, 500.0, 0.09, 2, 0.015)}
    measured |= {name.replace("_", "-"): Measured((value,), 900.0, 0.09, 2) for name, value in peers.items()}
    return Entry.from_measured(job, metric, "s", measured, floor=0.1, machine=MACHINE)


def test_an_entry_holds_medians():
    made = entry(keras_jax=0.5, keras_tensorflow=1.5)
    assert made.ours == 0.25
    assert made.peers == {"keras-jax": 0.5, "keras-tensorflow": 1.5}
    assert made.best_peer == "keras-jax"


def test_a_single_job_replaces_its_own_entries_only():
    earlier = [entry("table-deep"), entry("mnist"), entry("mnist", "fit_seconds"), entry("gone")]
    later = [entry("mnist", ours=(9.0,))]
    merged = merge_entries(earlier, later, ["mnist", "table-deep"])
    assert [(e.job, e.metric, e.ours) for e in merged] == [
        ("mnist", "epoch_seconds", 9.0),
        ("table-deep", "epoch_seconds", 0.25),
    ]


def test_entries_are_written_and_read_back(tmp_path: Path):
    path = tmp_path / "results.json"
    assert read_entries(path) == []
    write_entries(path, [entry(keras_jax=1 / 3)])
    (values,) = json.loads(path.read_text())
    assert {"job", "metric", "unit", "ours", "peers", "floor", "machine"} <= set(values)
    assert values["peers"] == {"keras-jax": 0.333333}
    assert read_entries(path)[0].ours == 0.25
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


def test_losses_that_differ_are_named():
    check_losses("mnist", {"ours": 0.1, "keras-jax": 0.1005}, 0.01)
    with pytest.raises(LossMismatchError, match=r"mnist: .* keras-jax ended at 0\.12000, expected 0\.10000"):
        check_losses("mnist", {"ours": 0.1, "keras-jax": 0.12}, 0.01)
    with pytest.raises(LossMismatchError):
        check_losses("mnist", {"ours": 0.1, "keras-jax": float("nan")}, 0.01)


@pytest.mark.parametrize(
    ("target", "figure", "reached"),
    [
        (Target("mnist", "epoch_seconds", "keras-tensorflow", "times faster", 8), 6.0, False),
        (Target("mnist", "epoch_seconds", "best peer", "times faster", 2), 2.0, True),
        (Target("mnist", "epoch_seconds", "floor", "times the floor", 1.5), 2.5, False),
        (Target("mnist", "epoch_seconds", "", "seconds", 1), 0.25, True),
        (Target("mnist", "epoch_seconds", "keras-jax", "seconds more", 0.2), -0.25, True),
        (Target("mnist", "epoch_seconds", "torch", "times faster", 2), None, None),
        (Target("wide", "epoch_seconds", "keras-jax", "times faster", 2), None, None),
    ],
)
def test_targets_are_judged_by_ratios_of_medians(target, figure, reached):
    verdict = judge(target, [entry(keras_jax=0.5, keras_tensorflow=1.5)])
    assert verdict.figure == (None if figure is None else pytest.approx(figure))
    assert verdict.reached is reached


def test_the_page_says_what_was_reached_and_what_was_not():
    page = render_results([entry(keras_jax=0.5, keras_tensorflow=1.5), entry("start", "help_seconds")])
    assert "| mnist `epoch_seconds` | Keras on TensorFlow | times faster | ≥ 8.00× | 6.00× | **not reached** |" in page
    assert "| **autoencode** | **0.250** | 0.200 – 0.300 |  | 500 MB | 2 | 2% | 0.09000 |" in page
    assert "| Keras on JAX | 0.500 | 0.500 – 0.500 | 2.00× | 900 MB | 2 |  | 0.09000 |" in page
    assert "| *floor* | *0.100* | | *0.40×* | | | | |" in page
    assert "a processor, 2 cores" in page
    assert "jax 0.10.2, keras 3.0" in page
    assert "not measured" in page


def test_a_disturbed_run_is_made_again():
    shares = iter([0.5, 0.3, 0.4, 0.0])
    assert run_undisturbed(lambda: {"disturbance": next(shares)}) == {"disturbance": 0.3}
    assert run_undisturbed(lambda: {"disturbance": next(shares)}) == {"disturbance": 0.0}
    assert run_undisturbed(lambda: {"disturbance": None}) == {"disturbance": None}


def test_every_job_and_target_is_described():
    assert {job for job, _ in WHAT} == set(JOBS)
    assert {(target.job, target.metric) for target in TARGETS} <= set(WHAT)


def test_sets_are_named_and_a_missing_folder_is_said(monkeypatch, tmp_path: Path, capsys):
    monkeypatch.delenv("AUTOENCODE_DATA", raising=False)
    assert sets_of(["table-vanilla", "start"]) == ["digits", "table"]
    with pytest.raises(SystemExit):
        sets_of(["mnist", "detector", "table-deep"])
    assert "mnist, detector need files: set AUTOENCODE_DATA" in capsys.readouterr().err
    (tmp_path / "mnist").mkdir()
    monkeypatch.setenv("AUTOENCODE_DATA", str(tmp_path))
    assert sets_of(["mnist", "restarts"]) == ["mnist", "table"]


def test_the_picture_is_drawn(tmp_path: Path):
    from picture import draw_results

    path = tmp_path / "results.png"
    draw_results([entry(keras_jax=0.5), replace(entry("restarts"), unit="ratio")], path)
    assert path.read_bytes()[:4] == b"\x89PNG"
