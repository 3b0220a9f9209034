"""The report of a detection: what is abnormal, how sure that is, and what makes it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool

from autoencode.evaluation import ConfusionTable, DetectionQuality
from autoencode.evaluation.detection import Detection, GroupCounts
from autoencode.evaluation.wording import say_count, say_percent
from autoencode.report.abnormal_images import AbnormalImages, AbnormalRow, draw_abnormal
from autoencode.report.blocks import Block, Facts, Marking, Paragraph, Table
from autoencode.report.page import Page, Section
from autoencode.report.plots import offer_plot
from autoencode.report.wording import say, shorten

if TYPE_CHECKING:
    from autoencode.charts.chart import Chart

MOST_COLUMNS = 8
"""Of a wide table, the columns that add most are shown."""

MOST_GUILTY, MOST_LEFT_OUT, MOST_REASON_LETTERS, MOST_REMARK_LETTERS = 12, 50, 120, 300
"""How many columns are listed, and how long a reason and a remark may be."""

MOST_OPEN, A_PAGE = 20, 50
"""Of the most abnormal samples so many are shown at once, the others in pages to unfold."""

SHADE_STEPS = (0.1, 0.2, 0.35, 0.5)
"""From which share of its row's score on a cell is shaded, and more strongly."""


@dataclass(frozen=True, eq=False)
class DetectionStudy:
    """All that the report of a detection is made of.

    Attributes
    ----------
    found
        What was found.
    source, reference
        What was judged, and against what; None: each sample against the others.
    rows
        The most abnormal samples, the first most; of a group of samples alike the first alone.
    images
        Of images, the first rows.
    labels
        True where a sample is known to be an anomaly, or None.
    versions
        Of the programs, by name.
    marking
        What lets a reader mark the first of the rows; None where there are no cells that would tell them.
    """

    found: Detection
    source: str
    reference: str | None
    rows: tuple[AbnormalRow, ...]
    images: AbnormalImages | None = None
    labels: Bool[np.ndarray, " samples"] | None = None
    versions: str = ""
    marking: Marking | None = None


def compose_detection(study: DetectionStudy) -> Page:
    """Compose the report of a detection.

    Parameters
    ----------
    study
        What was found.

    Returns
    -------
    Page
        To be rendered by `render_page`.
    """
    quality = None if study.labels is None else study.found.quality(study.labels)
    sections = [_show_findings(study, quality), _show_rows(study)]
    if study.found.explanation.has_columns:
        sections.append(_show_cells(study))
    guilty = study.found.count_guilty()
    if guilty:
        sections.append(_show_guilty(guilty))
    left_out = [(column.column, column.note) for column in study.found.columns if not column.features]
    sections += [_show_left_out(left_out)] if left_out else []
    sections.append(_show_scores(study))
    if quality is not None:
        sections.append(_show_quality(quality))
    sections.append(_show_promise(study))
    source = shorten(study.source)
    lead = f"Every sample of {source}, judged by autoencoders that were trained on the other half of them."
    if study.reference is not None:
        lead = f"Every sample of {source}, judged by autoencoders that were trained on {shorten(study.reference)}."
    made = f" Made with {shorten(study.versions)}." if study.versions else ""
    # Of a path the title has the file's name alone; the line below it has all.
    name = shorten(study.source.rstrip("/").rpartition("/")[2] or study.source)
    return Page(f"What is abnormal in {name}", lead, sections, f"One file: it loads nothing from anywhere.{made}")


def _say_rate(study: DetectionStudy) -> str:
    return say_percent(study.found.false_alarm_rate)


def _show_findings(study: DetectionStudy, quality: DetectionQuality | None) -> Section:
    count, flagged = len(study.found), int(study.found.flagged.sum())
    expected = say(study.found.false_alarm_rate * count, 2)
    facts = [
        (f"{flagged:,}", "flagged", f"of {say_count(count, 'sample')}, at a false-alarm rate of {_say_rate(study)}"),
        (expected, "false alarms expected", "if all samples were normal"),
    ]
    if study.found.discoveries is not None:
        note = f"at most {_say_rate(study)} of these are false alarms, by Benjamini–Hochberg"
        if study.found.needed:
            note += f"; to find so many, it needs at least {study.found.needed:,} calibration samples"
        facts.append((f"{study.found.discoveries.sum():,}", "flagged by the stricter reading", note))
    if quality is not None:
        facts += _say_quality(quality)
    blocks: list[Block] = [Paragraph(study.found.verdict(), strong=True), Facts(facts)]
    blocks += [Paragraph(shorten(remark, MOST_REMARK_LETTERS)) for remark in study.found.remarks()]
    if study.reference is None:
        blocks.append(
            Paragraph(
                "The samples were judged against each other, so about that share of them is flagged whatever they are: "
                "the order says where to look first, the number of flags only how far. Whether there are more "
                "anomalies than chance gives, only samples that are known to be normal can tell (--against)."
            )
        )
    return Section("What was found", blocks)


def _say_quality(quality: DetectionQuality) -> list[tuple[str, str, str]]:
    facts = [
        (f"{quality.auroc:.3f}", "area under the ROC curve", "1 is perfect, 0.5 is chance"),
        (f"{quality.average_precision:.3f}", "average precision", f"{quality.base_rate:.3f} is chance"),
    ]
    table = quality.confusion
    if table is not None:
        rate = say_percent(round(table.false_alarm_rate, 4))
        note = f"and {table.false_alarms:,} false alarms, {rate} of the normal samples"
        facts.append((f"{table.hits:,} of {quality.anomalies:,}", "anomalies flagged", note))
    return facts


def _show_rows(study: DetectionStudy) -> Section:
    has_reasons = any(row.reasons for row in study.rows)
    expected = " What is expected: of normal samples that are alike in every other column." if has_reasons else ""
    flagged = sum(row.flagged for row in study.rows)
    which = {0: "none", 1: "the first", len(study.rows): "all"}.get(flagged, f"the first {flagged:,}")
    how_many = say_count(len(study.rows), "sample")
    caption = f"The {how_many} that are furthest from normal ones, the furthest first; {which} of them flagged."
    left_out = int(study.found.flagged.sum()) - flagged
    if left_out > 0:
        of_groups = ", most of them alike" if study.found.alike else ""
        caption += f" {say_count(left_out, 'more flagged sample')} left out{of_groups}; --out has all."
    # Where there are pictures, these come first.
    blocks: list[Block] = [] if study.images is None else [draw_abnormal(study.rows, study.images)]
    blocks += [] if study.marking is None else [study.marking]
    first = MOST_OPEN if study.images is None else A_PAGE
    blocks.append(_list_rows(study, 0, first, caption + expected, folded=study.images is not None))
    for start in range(first, len(study.rows), A_PAGE):
        end = min(start + A_PAGE, len(study.rows))
        blocks.append(_list_rows(study, start, end, f"{start + 1:,} to {end:,}", folded=True))
    return Section("The most abnormal samples", blocks)


def _list_rows(study: DetectionStudy, start: int, end: int, caption: str, *, folded: bool = False) -> Table:
    """Return some of the most abnormal samples as a table."""
    has_reasons = any(row.reasons for row in study.rows)
    # The p-value, which is narrow, and the reasons come first, so that a narrow screen shows them.
    head = ("sample", "p-value", *(("why",) if has_reasons else ()), "score", "nearest normal sample")
    rows = [
        (
            f"{place}. {shorten(row.name, 60)}",
            say(row.p_value, 2),
            *(("; ".join(shorten(reason, MOST_REASON_LETTERS) for reason in row.reasons),) if has_reasons else ()),
            say(row.score, 3),
            shorten(row.nearest, 60),
        )
        for place, row in enumerate(study.rows[start:end], start + 1)
    ]
    return Table(head, rows, caption, folded=folded, first=None if study.marking is None else start)


def _show_cells(study: DetectionStudy) -> Section:
    shown = study.rows[:MOST_OPEN]
    shares = np.array([row.shares for row in shown])
    most = np.argsort(-shares.sum(axis=0), kind="stable")[:MOST_COLUMNS].tolist()
    head = ("sample", *(shorten(study.found.explanation.columns[place], 40) for place in most))
    rows = [(shorten(row.name, 60), *(shorten(row.cells[place], 60) for place in most)) for row in shown]
    levels = np.searchsorted(SHADE_STEPS, shares[:, most], side="right")
    caption = (
        f"The first {len(shown)} of them, the columns that add most first. The stronger a cell's colour, the more of "
        "its row's score it adds: from a tenth, a fifth, a third and a half on."
    )
    if len(most) < len(study.found.explanation.columns):
        caption += f" {say_count(len(study.found.explanation.columns) - len(most), 'more column')} left out."
    table = Table(head, rows, caption, shades=[[0, *row] for row in levels.tolist()], numeric=True)
    return Section("Which cells give them away", [table])


def _show_guilty(guilty: Sequence[tuple[str, int, float]]) -> Section:
    rows = [
        (shorten(name, 60), f"{count:,}", say_percent(round(share, 3))) for name, count, share in guilty[:MOST_GUILTY]
    ]
    left_out = len(guilty) - len(rows)
    caption = (
        "Of the flagged samples: in how many each column adds most to the score, and its mean share of the scores."
    )
    if left_out > 0:
        caption += f" {say_count(left_out, 'more column')} left out."
    head = ("column", "adds most in", "mean share")
    levels = [[0, 0, int(np.searchsorted(SHADE_STEPS, row[2], side="right"))] for row in guilty[:MOST_GUILTY]]
    return Section("Which columns are guilty most often", [Table(head, rows, caption, shades=levels, numeric=True)])


def _show_scores(study: DetectionStudy) -> Section:
    from autoencode.charts import compute_score_histogram

    notes = []

    def chart() -> Chart:
        picture = compute_score_histogram(
            study.found.scores,
            calibration=None if study.reference is None else study.found.calibration_scores,
            labels=study.labels,
            threshold=study.found.threshold,
        )
        notes.append(picture.note)
        return picture.chart()

    caption = "How many samples have which anomaly score. Dashed: the threshold; what lies to its right is flagged."
    if study.reference is not None:
        caption += " Calibration samples are normal ones that were not trained on."
    plot = offer_plot(
        chart,
        description="Histogram of the anomaly scores, with the threshold",
        caption=caption,
    )
    return Section("The scores", [plot, *(Paragraph(f"{note[:1].upper()}{note[1:]}.") for note in notes if note)])


def _show_left_out(left_out: Sequence[tuple[str, str]]) -> Section:
    rows = [(shorten(name), shorten(why, MOST_REASON_LETTERS)) for name, why in left_out[:MOST_LEFT_OUT]]
    caption = f"{say_count(len(left_out), 'column')} in all; they make no sample abnormal."
    return Section("Columns that were left out", [Table(("column", "why"), rows, caption)])


def _show_quality(quality: DetectionQuality) -> Section:
    from autoencode.charts import compute_detection_curve

    plot = offer_plot(
        lambda: compute_detection_curve(quality).chart(),
        description="ROC curve, and precision against detection rate",
        caption="What every other threshold would find. The ring: what was flagged.",
    )
    return Section("Against the labels", [plot, *([] if quality.confusion is None else [_count(quality.confusion)])])


def _count(table: ConfusionTable) -> Table:
    rows = [
        ("flagged", f"{table.hits:,}", f"{table.false_alarms:,}"),
        ("not flagged", f"{table.misses:,}", f"{table.correct_rejections:,}"),
        ("share flagged", say_percent(round(table.power, 4)), say_percent(round(table.false_alarm_rate, 4))),
    ]
    return Table(("", "anomalies", "normal samples"), rows, "What was flagged, by label", numeric=True)


def _show_promise(study: DetectionStudy) -> Section:
    rate, calibration = _say_rate(study), len(study.found.calibration_scores)
    if study.reference is None:
        texts = [
            "Each half of the samples was judged by autoencoders that were trained on the other half, and measured "
            "from its most typical samples, so none by a network that was trained on it. Its p-value is the share of "
            "all samples with at least its score.",
            f"Were all samples normal and alike, each would be flagged with a probability of {rate}. As the p-values "
            "are ranks, they say nothing of how many anomalies there are. Where these are more than that share, they "
            "crowd each other out: ask for a higher rate.",
        ]
    else:
        texts = [
            f"A p-value is the share of {calibration:,} normal samples, kept from training{_say_last(study.found)}, "
            f"with at least the sample's score, itself counted too. Of new normal samples at most {rate} are flagged, "
            "whatever the networks learned. That holds on average over such sets of normal samples; with this one the "
            "true rate lies somewhat above or below.",
            "It holds only if the reference is normal, and the normal ones among the samples are like it: another "
            "camera, another year or another customer is flagged too.",
        ]
    blocks: list[Block] = [Paragraph(text) for text in texts]
    if study.found.groups:
        blocks.append(Paragraph("Each group has a threshold of its own, so that the rate holds in each."))
        blocks.append(_show_groups(study.found.groups))
    return Section("What the rate promises, and what not", blocks)


def _say_last(found: Detection) -> str:
    return ", the last in the order of the reference" if found.calibrates_last else ""


def _show_groups(groups: Sequence[GroupCounts]) -> Table:
    """Return how many samples of each group are flagged, and how many calibrate it."""
    rows = [
        (
            shorten(group.name or "(missing)"),
            *(f"{count:,}" for count in (group.samples, group.flagged, group.calibration, group.needed)),
            "none" if group.threshold == np.inf else say(group.threshold, 4),
        )
        for group in groups[:MOST_LEFT_OUT]
    ]
    more = len(groups) - len(rows)
    caption = "Groups" + (f", {more:,} more left out" if more else "")
    return Table(
        ("group", "samples", "flagged", "calibration samples", "needed", "threshold"), rows, caption, numeric=True
    )
