"""Versions of a detector that is kept: made, calibrated, held against each other, and gone back to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autoencode as ae
from autoencode.cli.main import main

Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.exceptions.AutoencodeWarning")


# ---------------------------------------------------------------------- versions


def test_a_known_name_makes_a_version_and_one_can_go_back(place: Path, capsys: Capture, score: Any) -> None:
    before = score("good", "new.csv")
    assert main(["detect", "new.csv", "--against", "good.csv", "--keep", "good", "--seed", "4"]) == 0
    after = score("good", "new.csv")
    assert before["threshold"] != after["threshold"]
    assert score("good@1", "new.csv")["anomalies"] == before["anomalies"]
    assert main(["runs", "use", "good@1"]) == 0
    assert score("good", "new.csv")["anomalies"] == before["anomalies"]
    assert score("good@2", "new.csv")["anomalies"] == after["anomalies"]
    assert main(["calibrate", "good", "normal.csv"]) == 0
    capsys.readouterr()
    assert main(["runs", "show", "good", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert (about["version"], about["versions"]) == (3, [1, 2, 3])
    assert sorted(path.name for path in (place / "runs").iterdir()) == ["good", "model", "parcels"]
    assert main(["runs", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 3
    assert main(["runs", "use", "good@7"]) == 2
    assert main(["runs", "use", "good"]) == 2
    assert main(["runs", "remove", "good"]) == 0
    assert not (place / "runs" / "good").exists()


def test_newer_normal_samples_move_the_threshold_alone(place: Path, capsys: Capture) -> None:
    before: Any = ae.load("runs/good")
    assert main(["calibrate", "good", "normal.csv"]) == 0
    after: Any = ae.load("runs/good")
    np.testing.assert_array_equal(after.score_samples("new.csv"), before.score_samples("new.csv"))
    np.testing.assert_array_equal(after.calibration_scores_, -before.score_samples("normal.csv"))
    assert main(["calibrate", "good", "normal.csv", "--out", "file.safetensors", "--false-alarm-rate", "0.05"]) == 0
    assert ae.load("file.safetensors").get_params()["false_alarm_rate"] == 0.05
    capsys.readouterr()
    assert main(["calibrate", "file.safetensors", "normal.csv"]) == 2
    assert "--out" in capsys.readouterr().err
    assert main(["calibrate", "good", "good.csv"]) == 0
    assert "are among those that the detector was fitted to" in capsys.readouterr().err.replace("\n", " ")


def test_too_few_samples_to_calibrate_on_are_refused(place: Path, capsys: Capture) -> None:
    lines = (place / "normal.csv").read_text().splitlines()
    (place / "few.csv").write_text("\n".join(lines[:41]) + "\n")
    capsys.readouterr()
    assert main(["calibrate", "good", "few.csv"]) == 2
    assert "--false-alarm-rate 0.0244" in capsys.readouterr().err
    assert not (place / "runs" / "good" / "versions").exists()
    assert main(["calibrate", "good", "few.csv", "--false-alarm-rate", "0.05"]) == 0


def test_a_version_that_fails_leaves_the_earlier_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (place / "runs" / "good" / "model.safetensors").read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device", "model.safetensors")

    monkeypatch.setattr("autoencode.model.model_file.write_model_file", fail)
    assert main(["calibrate", "good", "normal.csv"]) == 4
    assert main(["detect", "new.csv", "--against", "good.csv", "--keep", "good", "--seed", "4"]) == 4
    monkeypatch.undo()
    assert (place / "runs" / "good" / "model.safetensors").read_bytes() == content
    assert [path.name for path in (place / "runs" / "good").iterdir() if path.name == "versions"] == []


KILLED = """
import os, sys
from autoencode.runs import versions
from autoencode.cli.main import main
count = 0
def copy(source, target):
    global count
    count += 1
    if count == int(sys.argv[1]):
        os.kill(os.getpid(), 9)
    return whole(source, target)
whole, versions._copy_files = versions._copy_files, copy
main(["runs", "use", "good@1"])
"""


def test_killed_while_going_back_the_current_one_is_whole(place: Path, score: Any) -> None:
    assert main(["calibrate", "good", "normal.csv"]) == 0
    wanted = score("good", "new.csv")["threshold"]
    for number in ("1", "2"):
        done = subprocess.run([sys.executable, "-c", KILLED, number], cwd=place, capture_output=True, timeout=120)
        assert done.returncode == -signal.SIGKILL
        assert score("good", "new.csv")["threshold"] == wanted
    assert main(["runs", "use", "good@1"]) == 0


def test_two_detectors_are_held_against_each_other(place: Path, capsys: Capture) -> None:
    capsys.readouterr()
    assert main(["compare", "parcels", "good", "new.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 30
    assert [one["name"] for one in found["detectors"]] == ["parcels", "good"]
    flagged = [one["flagged"] for one in found["detectors"]]
    assert flagged[0] - found["only"]["parcels"] == flagged[1] - found["only"]["good"] == found["both"]
    assert len(found["differ"]) == sum(found["only"].values())
    assert main(["compare", "parcels", "good", "--on", "new.csv"]) == 0
    assert "both flag" in capsys.readouterr().out
    assert main(["compare", "parcels", "good"]) == 2
    assert main(["compare", "parcels", "model", "new.csv"]) == 2


def test_a_summary_says_what_is_inside(place: Path, capsys: Capture) -> None:
    capsys.readouterr()
    assert main(["summary", "good", "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    detector: Any = ae.load("runs/good")
    assert about["samples_inside"] == len(detector.reference_)
    assert about["calibration_inside"] == 120
    assert about["fingerprint"] == detector.fitted_.fingerprint
    assert about["threshold"] == -detector.offset_
    assert [column["column"] for column in about["columns"]] == ["parcel", "size", "weight", "kind", "score"]
    assert main(["summary", "parcels"]) == 0
    shown = capsys.readouterr().out
    assert "unlabelled samples" in shown
    for verb in ("summary", "runs show"):
        assert main([*verb.split(), "good"]) == 0
        assert f"{about['fingerprint'][:16]}…" in capsys.readouterr().out
    assert "240 rows" in shown
