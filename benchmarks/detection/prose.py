"""What the page says around its figures; braces are filled by `page.py`."""

from __future__ import annotations

__all__ = ["ABLATION", "ALARMS", "HEADER", "PHOTOGRAPHS", "PLANTED", "PROTOCOL", "RANKINGS", "TIMES"]

HEADER = """# Anomaly detection

Written by `make bench-detection`; do not edit. `AnomalyDetector` with its defaults, beside PyOD's detectors with
theirs, and DTE-NP. AUROC is the share of pairs of an anomaly and a normal row that are in the right order; average
precision is the mean precision at each anomaly found. Higher is better in both."""

PROTOCOL = """## How it was measured

- **Sets.** Twenty tables of ADBench (Han et al. 2022). Of a larger one 10,000 rows are drawn with each seed, in the
  set's own ratio of anomalies. 70 % of each class is to train on, the rest is scored; every column is standardised by
  the rows trained on. Seeds 1 to 5.
- **Unsupervised**: the anomalies are among the rows trained on, and nobody is told. **Semi-supervised**: they are left
  out. The rows scored are the same in both.
- **Ten of the sets, every other one by name, were used while the defaults were designed** (marked † below). The other
  ten were only ever reported: believe those.
- A set's value is its mean over the seeds; means, ranks and intervals are over sets. An interval holds 95 % of 10,000
  bootstrap draws of the sets, the detectors staying paired. The *best peer* is the one of the highest mean over the
  sets of its column, chosen after the fact.
- A score that is infinite, as some of PyOD's are on columns that never vary, ranks as the highest. Its PCA gives every
  row of `mnist` and `optdigits` such a score, hence an AUROC of 0.5 there.
- `smtp` has one anomaly among the rows scored, `wine`, `glass` and `WDBC` have three: their figures are coarse.
- DTE-NP is the mean of the squared distances to the five nearest rows trained on (Livernoche et al. 2024).
- Where a detector draws numbers, it has the seed of the split."""

RANKINGS = """*Fit, s*: the fits of all sets, once each, as they were kept with the scores, beside whatever else the
machine did meanwhile. They are only an indication; *Seconds to fit* below is measured with care."""

TIMES = """## Seconds to fit

Every set once, seed 1, unsupervised; {runs} fresh processes each, in alternation, nothing compiled on disk. Importing
the libraries is not counted; compiling is, and what a library loads at its first fit. *Others* is the share of the
machine that other programs took."""

ALARMS = """## False alarms

Semi-supervised: the detector is fitted to normal rows and keeps some of them to calibrate. A row is flagged where its
p-value is at most the rate; one fit serves all rates. *False alarms* are the normal rows flagged of those scored,
*power* the anomalies flagged of theirs. The means are over sets, of each set's mean over seeds.

± is one standard error, over sets: the deviation of the sets' means, divided by the square root of their number. A
binomial error over all rows would be smaller, and wrong: the rows of a fit share its calibration rows, and the seeds of
a set share its rows. *Expected* is what exchangeable rows without ties give, ⌊rate · (n + 1)⌋ / (n + 1) with n
calibration rows. *In their band* are the fits whose number of normal rows flagged lies where that of exchangeable rows
lies in 95 % of fits (beta-binomial: calibration rows and scored rows are both few). The rate of 1 % is counted only
where there are {least} calibration rows or more, the others where a row can be flagged at all."""

PLANTED = """## Planted errors

{total} errors in as many rows of each table, {each} of each kind, planted anew with each of {seeds} seeds; the detector
is given the damaged table and scores it (ours by halves, as `autoencode detect` does: a row is judged by a detector
that was fitted to the other half). How many are among the {total} highest scores, the mean over seeds. Two of
the tables are a quarter errors then, and more, which is worse than anybody meets.

Two numbers of a row change places; one number is in another unit (inches, kilograms, months, …); one number is ten
times what it was; a category is put that never occurs in the table with one of the row's other categories, or with one
of its numbers. A number is wrong only where it moves by its column's standard deviation or more. Some errors remain
that nobody could see: a fare of 70 may be pounds or shillings. Errors that a table had before count as misses:
`diamonds` has lengths of zero. `name` of `mpg`, which names the row, is left out.

The isolation forest is scikit-learn's with its defaults, on medians in missing cells and a column for each category. By
chance there would be {chance}."""

PHOTOGRAPHS = """## Photographs

The ten signs of `sign_language_digits`, {side} × {side} pixels in grey (a sign is the hand's shape; its colour tells
who shows it). Each sign is the normal one in turn: 70 % of its about 206 photographs to train on, the rest and all the
other signs to score. AUROC, the mean over {seeds} seeds. All have the same pixels, between 0 and 1; what each makes of
them is its own. *No option* is given the files, of 100 × 100 pixels in colour, and brings them to 16 × 16 by itself:
the same rows of each split, but other pixels than the columns beside it."""

ABLATION = """## What each part of the score adds

Mean AUROC over the sets developed on (†), seeds 1 and 2. One thing is changed in each row, the others are as they are.
`docs/explanation/anomaly-score.md` says what each is."""
