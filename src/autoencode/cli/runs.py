"""`autoencode runs`: list the runs of this folder, show one, let one go on, remove one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autoencode.cli.completion import complete_run
from autoencode.cli.output import announce, print_json, print_table, say_age, shorten_fingerprint
from autoencode.exceptions import InvalidInputError, ModelFileError

if TYPE_CHECKING:
    from autoencode.runs import RunFolder

app = typer.Typer(help="List, show, go on with and remove runs.", no_args_is_help=True)

_Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A run's name below runs/, or its folder.", autocompletion=complete_run)
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@contextmanager
def _refuse_foreign(run: RunFolder) -> Iterator[None]:
    """Refuse a run in whose files something is not of the kind that a training writes.

    Raises
    ------
    ModelFileError
        If so.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"{run.path} is not a run as a training leaves it: {type(error).__name__} {error}; remove it, or what is "
            "wrong in its JSON files."
        ) from error


def _describe(name: str, run: RunFolder) -> dict[str, Any]:
    """Return what is known of a run, from its files alone."""
    config = run.read_config(brief=True)
    result = run.read_result(brief=True) if run.result.is_file() else {}
    history = run.read_history()
    parameters, settings = config.get("parameters", {}), result.get("settings", {})
    last = history[-1] if history else {}
    best = [
        min((value for value in last.get(key) or [] if value is not None), default=None)
        for key in ("loss", "validation_loss")
    ]
    return {
        "name": name,
        "folder": str(run.path),
        "data": config.get("data"),
        "status": run.status,
        "layers": "-".join(map(str, [*settings["hidden"], settings["code_size"]])) if settings else None,
        "loss": result.get("loss", best[0]),
        "validation_loss": result.get("validation_loss", best[1]),
        "epoch": len(history),
        "epochs": parameters.get("epochs"),
        "restarts": parameters.get("restarts"),
        "changed": _changed(run),
        "can_resume": run.can_resume,
        "diagnosis": result.get("diagnosis", []),
        **({} if config.get("kind") != "detector" else _describe_detector(run, config, result)),
    }


def _describe_detector(run: RunFolder, config: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Return what a detector's run says beside: its version, and what it has judged."""
    from autoencode.runs.versions import list_versions

    calls = run.read_scored()
    return {
        "kind": "detector",
        "data": config.get("against") or config.get("data"),  # what it was fitted to
        "version": config.get("version"),
        "versions": list_versions(run.path) if run.path.parent.name != "versions" else [],
        "calls": len(calls),
        "judged": sum(int(call["judged"]) for call in calls),
        "flagged": sum(int(call["flagged"]) for call in calls),
        "last_call": calls[-1] if calls else None,
        **{key: result.get(key) for key in ("threshold", "false_alarm_rate", "calibrated_on", "fitted_at")},
    }


def _changed(run: RunFolder) -> float:
    """Return when a file of the run was last written, in seconds since 1970."""
    return max((path.stat().st_mtime for path in run.path.iterdir() if path.is_file()), default=0.0)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


@app.command("list")
def list_all(as_json: _Json = False) -> None:
    """List the runs below runs/, the newest first.

    Example: autoencode runs list
    """
    from autoencode.cli.run_names import RUNS, list_runs
    from autoencode.runs import RunFolder

    found = []
    for name in list_runs():
        run = RunFolder(RUNS / name)
        try:
            with _refuse_foreign(run):
                about = _describe(name.as_posix(), run)
                found.append((about, _make_row(about)))
        except (ModelFileError, OSError) as error:
            announce(f"warning: {error}")
    found.sort(key=lambda pair: -pair[0]["changed"])
    if as_json:
        print_json([about for about, _ in found])
        return
    if not found:
        announce(f"no runs below {RUNS}/ yet; `autoencode train digits` makes one")
        return
    head = ("name", "data", "layers", "loss", "held-out", "status", "age")
    print_table(head, [row for _, row in found], right=(3, 4, 6))


def _make_row(run: dict[str, Any]) -> tuple[str, ...]:
    """Return the cells of a run's row."""
    import time

    return (
        run["name"],
        str(run["data"]),
        run["layers"] or "",
        _number(run["loss"]),
        _number(run["validation_loss"]),
        _say_status(run),
        say_age(time.time() - run["changed"]),
    )


def _say_status(run: dict[str, Any]) -> str:
    """Return how far a run is; of a detector, which version it is."""
    if run.get("kind") == "detector":
        return f"detector @{run['version']}" if run["status"] == "finished" else run["status"]
    return run["status"] if run["status"] == "finished" else f"{run['status']} {run['epoch']}/{run['epochs']}"


@app.command()
def show(name: _Name, as_json: _Json = False) -> None:
    """Show a run: what was asked for, what came of it, and what went wrong.

    Example: autoencode runs show digits
    """
    from autoencode.cli.run_names import find_run
    from autoencode.runs import RunFolder

    run = RunFolder(find_run(name))
    with _refuse_foreign(run):
        about = _describe(name, run)
        config = run.read_config(brief=not as_json)
        result = run.read_result(brief=not as_json) if run.result.is_file() else None
        rows = _list_fields(about, config, result)
    if as_json:
        print_json({**about, "config": config, "result": result})
    else:
        print_table(("", ""), [row for row in rows if row[1]])


def _list_fields(about: dict[str, Any], config: dict[str, Any], result: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return what there is to say of a run, name and text."""
    rows = [(key.replace("_", " "), _text(about[key])) for key in ("folder", "data", "status", "layers")]
    diagnosis = [("diagnosis", str(text)) for text in about["diagnosis"]]
    going_on = ("go on with", f"autoencode runs resume {about['name']}" if about["can_resume"] else "")
    if about.get("kind") == "detector":
        fingerprint = ("fingerprint", _shorten(result or {}))
        return [*rows, *_list_detector_fields(about), fingerprint, going_on, *diagnosis]
    rows += [("epochs", f"{about['epoch']} of {about['epochs']}")]
    rows += [("loss", _text(about["loss"])), ("held-out loss", _text(about["validation_loss"]))]
    if result is not None:
        rows += [(key.replace("_", " "), _text(result.get(key))) for key in ("seconds", "seed", "parameters")]
        rows += [("fingerprint", _shorten(result))]
        restarts = result.get("restarts", [])
        rows += [
            (
                f"restart {number}{', kept' if number == result.get('best_restart') else ''}",
                f"loss {_number(restart['loss'])}, {restart['live_directions']} live directions",
            )
            for number, restart in enumerate(restarts)
            if len(restarts) > 1
        ]
    given = [f"{key}={_text(value)}" for key, value in config.get("parameters", {}).items() if value is not None]
    rows += [("went on from", _say_origin(config)), ("asked for", ", ".join(given))]
    rows += [("checkpoint", "kept" if config.get("keeps_checkpoint") and about["status"] == "finished" else "")]
    return [*rows, going_on, *diagnosis]


def _say_origin(config: dict[str, Any]) -> str:
    """Return from which model a training went on; nothing where it began anew."""
    origin = config.get("from")
    if origin is None:
        return ""
    return f"{origin['name'] or 'a model in memory'}, {shorten_fingerprint(origin['fingerprint'])}"


def _shorten(result: dict[str, Any]) -> str:
    """Return the fingerprint among the figures of a run, shortened; runs of earlier versions have none."""
    return shorten_fingerprint(str(result["fingerprint"])) if "fingerprint" in result else ""


def _list_detector_fields(about: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what there is to say of a detector's run: its versions, its threshold, and what it has judged."""
    rows = [(key.replace("_", " "), _text(about[key])) for key in ("fitted_at", "calibrated_on", "threshold")]
    rows += [("false-alarm rate", _text(about["false_alarm_rate"]))]
    versions = ", ".join(f"@{number}" for number in about["versions"])
    rows += [("version", f"@{about['version']}" + (f" of {versions}" if len(about["versions"]) > 1 else ""))]
    judged = f"{about['flagged']:,} of {about['judged']:,} samples flagged in {about['calls']:,} calls"
    rows += [("judged", judged if about["calls"] else "nothing yet")]
    last = about["last_call"]
    if last is not None:
        rows += [("last", f"{last['at']}, {last['data']}: {last['flagged']:,} of {last['judged']:,}")]
    return rows


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else "-".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command()
def remove(name: _Name) -> None:
    """Remove a run's files, and the runs inside of it; what else lies in its folder is kept.

    Example: autoencode runs remove digits-2
    """
    from autoencode.cli.run_names import SEVERAL, find_kind, find_run

    folder = find_run(name, several=True)
    if find_kind(folder) in SEVERAL:
        for inner in sorted(folder.iterdir()):
            if find_kind(inner) == "autoencoder":
                _remove(inner)
    others = _remove(folder)
    if others:
        announce(f"removed the run; {folder} is kept, for it also holds {', '.join(others[:5])}")
        return
    announce(f"removed {folder}")


def _remove(folder: Path) -> list[str]:
    """Remove a run's files, and its folder; return the names of what else it holds, for which it is kept."""
    from autoencode.runs import LOCK_FILE, RUN_FILES, hold_folder

    with hold_folder(folder) as hold:  # not under a training's hands
        for own in RUN_FILES:
            shutil.rmtree(folder / own) if (folder / own).is_dir() else (folder / own).unlink(missing_ok=True)
        others = sorted(path.name for path in folder.iterdir() if path.name != LOCK_FILE)
        if not others:
            folder.unlink() if folder.is_symlink() else hold.dispose()
    return others


@app.command()
def resume(context: typer.Context, name: _Name, as_json: _Json = False) -> None:
    """Let what was cut off go on where it stood: a training, a sweep, a detector or a reproduction.

    Example: autoencode runs resume digits
    """
    from autoencode.cli.resuming import Asked
    from autoencode.cli.run_names import find_run
    from autoencode.runs import RunFolder, find_replacement

    found = find_run(name, several=True)
    run = RunFolder(find_replacement(found) or found)
    with _refuse_foreign(run):
        if not isinstance(run.read_config(brief=True).get("command"), dict):
            raise ModelFileError(f"{run.path} does not say how it was begun; give the same command again.")
        asked = Asked.read(context, run, as_json=as_json)
    asked.ask(context)


@app.command()
def use(name: _Name) -> None:
    """Make another version of a kept detector the current one.

    Example: autoencode runs use orders@1
    """
    from autoencode.cli.run_names import find_run
    from autoencode.runs.versions import use_version

    stem, _, number = name.rpartition("@")
    if not stem or not number.isdecimal():
        raise InvalidInputError(f"NAME: expected a name and a version as orders@1, got {name!r:.100}.")
    folder = find_run(stem)
    use_version(folder, int(number))
    announce(f"{folder} is version {number} now")
