"""`autoencode score`: new samples judged by a detector that was kept, in the order in which they come."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from autoencode.cli.blocks import InputBlocks, cut_samples, find_input
from autoencode.cli.budget import MEMORY, Budget, read_budget
from autoencode.cli.completion import complete_data, complete_model
from autoencode.cli.kept import RATE, load_detector, note_call, read_rate
from autoencode.cli.options import read_options, takes
from autoencode.cli.output import announce, print_json
from autoencode.cli.samples import read_input
from autoencode.exceptions import AutoencodeError, InvalidInputError
from autoencode.options import Option

if TYPE_CHECKING:
    from autoencode.cli.scored import Tally
    from autoencode.data import Samples
    from autoencode.estimators.marking import Judged
    from autoencode.model.grouped_detector import Detector

_BAD_ROW = Option(
    "on_bad_row",
    "refuse",
    "word",
    "What becomes of a row that cannot be used: all are refused, or it is marked, without a score.",
    ("refuse", "mark"),
    "Detection",
)

_FAIL_ON = Option(
    "fail_on",
    None,
    "text",
    "End with 1 where more are flagged: a number as 5, or a share as 0.02 or 2%.",
    group="Detection",
)
_REPAIR = Option(
    "repair",
    None,
    "text",
    "A .csv or .parquet file for the table, the fewest cells changed that make flagged rows normal.",
    group="Detection",
)
_TAKEN = (RATE, _BAD_ROW, _FAIL_ON, _REPAIR, MEMORY)

Write = Callable[[Any, list[str]], bool | None]


@takes(*_TAKEN)
def score(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A detector: a run's name, with @N for a version of it, its folder or a file.",
            autocompletion=complete_model,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(
            metavar="NEW",
            help="Samples to judge: a file, glob or folder; - is standard input, judged as it comes.",
            autocompletion=complete_data,
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="All rows, as they came: .csv or .parquet; - is standard output."
        ),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="A page to explore, .html; it loads nothing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    **given: Any,
) -> None:
    """Judge new samples by a detector that was kept.

    \b
    Examples:
      autoencode score orders new.csv --out scored.csv
      tail -f orders.log | autoencode score orders - --out -
      autoencode score orders tonight.csv --fail-on 2% --repair fixed.csv
    """
    options = read_options(given, _TAKEN)
    rate, fail_on = read_rate(options), options.get("fail_on")
    limit = None if fail_on is None else _read_limit(fail_on)
    if out == "-" and as_json:
        raise InvalidInputError("--out -: standard output takes CSV or JSON, not both; leave --json or --out - out.")
    marks_rows = options.get("on_bad_row", _BAD_ROW.default) == "mark"
    asked = _Asked(name, new, out, report, options.get("repair"), marks_rows, as_json, read_budget(options))
    asked.check_targets()
    detector = load_detector(name, new)
    if rate is not None:
        detector = _change_rate(detector, rate)
    tally = _judge(detector, asked)
    note_call(name, {"data": new, **tally.describe()})
    if as_json:
        written = {"out": out, "report": None if report is None else str(report), "repair": asked.repair}
        print_json(tally.to_dict() | {key: path for key, path in written.items() if path is not None})
    elif out != "-":
        tally.print()
    tally.warn(name)
    if limit is not None and not limit.allows(tally.flagged, tally.judged):
        announce(f"more are flagged than --fail-on {fail_on} allows: {tally.flagged:,} of {tally.judged:,}")
        raise typer.Exit(1)


class _Asked(NamedTuple):
    """What is judged, by which detector, and what is written."""

    name: str
    new: str
    out: str | None
    report: Path | None
    repair: str | None
    marks_rows: bool
    lists_all: bool
    budget: Budget

    @property
    def needs_all(self) -> bool:
        """Whether something is written that needs all samples at once."""
        return self.report is not None or self.repair is not None

    def check_targets(self) -> None:
        """Check, before anything is computed, that what is read is there, and that the files can be written."""
        from autoencode.cli.targets import PAGE_ENDINGS, TABLE_ENDINGS, check_file
        from autoencode.data.presence import check_presence

        check_presence(self.new)
        for option, target in (("--out", self.out), ("--repair", self.repair)):
            if target is not None:
                check_file(option, Path(target), TABLE_ENDINGS, self.new)
        if self.report is not None:
            check_file("--report", self.report, PAGE_ENDINGS, self.new)


class _Limit(NamedTuple):
    """How many may be flagged: so many, and such a share."""

    most: float
    share: float

    def allows(self, flagged: int, judged: int) -> bool:
        """Return whether so many flags of so many samples are within it."""
        return flagged <= self.most + self.share * judged


def _read_limit(text: str) -> _Limit:
    """Return what --fail-on says."""
    is_percent = text.strip().endswith("%")
    try:
        value = float(text.strip().removesuffix("%")) / (100 if is_percent else 1)
    except ValueError:
        value = -1.0
    is_share = is_percent or "." in text
    if not 0 <= value < float("inf") or (is_share and value > 1):
        raise InvalidInputError(f"--fail-on: expected a number as 5, or a share as 0.02 or 2%, got {text!r:.100}.")
    return _Limit(0, value) if is_share else _Limit(value, 0)


def _change_rate(detector: Detector, rate: float) -> Detector:
    """Return the detector with another false-alarm rate, which its calibration samples must allow."""
    changed = detector.at_rate(rate)
    if changed.threshold == float("inf"):
        least = min(len(part.calibration_scores) for part in detector.parts)
        raise InvalidInputError(
            f"--false-alarm-rate: {rate:g} needs more than the {least:,} calibration samples of this detector; ask "
            f"for at least {1 / (least + 1):.3g}, or calibrate it with more normal samples (autoencode calibrate)."
        )
    return changed


def _judge(detector: Detector, asked: _Asked) -> Tally:
    """Judge all samples, and write them; of piped CSV block by block."""
    from autoencode.cli.repairs import write_repairs
    from autoencode.cli.scored import Tally, write_judged
    from autoencode.estimators.marking import judge_marking
    from autoencode.model.samples import naming_lines

    encoder = detector.fitted.table_encoder
    tally = Tally(detector, () if encoder is None else tuple(encoder.ids), lists_all=asked.lists_all)
    least = 1 if asked.report is None else 100

    def judge(samples: Samples) -> Judged:
        with naming_lines(samples, tally.count):
            return judge_marking(detector, samples, against=asked.name, least=least, marks_rows=asked.marks_rows)

    if not asked.needs_all:
        _judge_blocks(tally, asked, judge)
        return tally
    from autoencode.cli.progress import show_waiting

    with _open_out(asked.out) as write:
        samples = read_input(detector.fitted, asked.new)
        with show_waiting("judging"):
            judged = judge(samples)
        tally.take(judged, samples, write)
    if asked.report is not None:
        write_judged(detector, judged, samples, asked.report, asked.name)
        announce(f"wrote {asked.report}")
    if asked.repair is not None:
        tally.repairs = write_repairs(detector, samples, judged, asked.repair)
    return tally


def _judge_blocks(tally: Tally, asked: _Asked, judge: Callable[[Samples], Judged]) -> None:
    """Judge samples as they are read, and write them as they are judged."""
    from autoencode.cli.scored import HELD_BYTES
    from autoencode.estimators.scoring import limit_explained

    fitted = tally.detector.fitted
    # In a block of no more, all that is flagged is explained, so that no block size changes what is written.
    most = limit_explained(fitted.format)
    has_cells = asked.out is not None or bool(tally.ids)
    blocks = find_input(fitted, asked.new, asked.budget, has_cells=has_cells, held_bytes=HELD_BYTES, most=most)
    with (_open_out if blocks is None else _open_blocks)(asked.out) as write:
        if blocks is None and asked.new == "-" and _judge_records(tally, asked, judge, write):
            return
        try:
            blocks = blocks or cut_samples(read_input(fitted, asked.new), most)
            _take_blocks(tally, blocks, judge, write)
        except AutoencodeError:
            # A row that cannot even be read: the others can.
            is_left = asked.marks_rows and asked.new != "-" and not tally.count
            if not is_left or not _judge_records(tally, asked, judge, write):
                raise


def _take_blocks(tally: Tally, blocks: InputBlocks, judge: Callable[[Samples], Judged], write: Write | None) -> None:
    from autoencode.cli.progress import show_rows

    with show_rows("judging", blocks.count) as update:
        for samples in blocks.read():
            if not tally.take(judge(samples), samples, write):
                break
            update(tally.count)


@contextlib.contextmanager
def _open_blocks(out: str | None) -> Iterator[Write | None]:
    """Yield what writes a block of rows as it comes, None where none is written; a file is there when all are."""
    if out is None or out == "-":
        with _open_out(out) as write:
            yield write
        return
    from autoencode.data.table_writing import open_blocks

    counts: list[int] = []

    def write_block(table: Any, own: list[str]) -> None:
        blocks.add(table, own=own)
        counts.append(len(table))

    with open_blocks(out) as blocks:
        yield write_block
    announce(f"wrote {sum(counts):,} rows to {out}")


def _judge_records(tally: Tally, asked: _Asked, judge: Callable[[Samples], Judged], write: Write | None) -> bool:
    """Judge CSV record by record; return whether it is CSV, and the detector was fitted to a table."""
    from autoencode.cli.score_stream import RecordSamples, open_csv
    from autoencode.estimators.marking import Judged

    fitted = tally.detector.fitted
    if fitted.reading is None or fitted.reading.kind != "table":
        return False
    with open_csv(asked.new) as stream:
        if stream is None:
            return False
        for samples, reason in RecordSamples(fitted, stream).blocks():
            if reason and not asked.marks_rows:
                raise InvalidInputError(f"{asked.new}: row {tally.count}: {reason}")
            judged = Judged.mark(reason) if reason else judge(samples)
            if not tally.take(judged, samples, write):
                break
    if not tally.count:
        raise InvalidInputError(f"{asked.new}: expected a table with at least one row.")
    return True


@contextlib.contextmanager
def _open_out(out: str | None) -> Iterator[Write | None]:
    """Yield what takes a block of rows, None where none is written; a file is written whole when all are there."""
    from autoencode.cli.score_stream import collect_tables, print_block
    from autoencode.cli.targets import write_or_keep

    if out is None:
        yield None
        return
    if out == "-":
        written: list[int] = []

        def write(table: Any, own: list[str]) -> bool:
            written.append(len(table))
            return print_block(table, own, header=len(written) == 1)

        yield write
        return

    def write_all(table: Any, own: list[str]) -> None:
        from autoencode.data.writing import write_samples

        write_or_keep(lambda path: write_samples(table, path, own=own), out)
        announce(f"wrote {len(table):,} rows to {out}")

    with collect_tables(write_all) as add:
        yield add
