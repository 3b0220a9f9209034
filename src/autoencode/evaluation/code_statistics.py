"""What the codes of many samples show: of each unit how it is used, and of all of them how they share the work."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
from jaxtyping import Float, Float64, Int

from autoencode.evaluation.arrays import check_matrix
from autoencode.evaluation.structure import LARGEST_COVARIANCE, effective_code_size
from autoencode.evaluation.wording import lay_out, say_count, say_number
from autoencode.exceptions import InvalidInputError

ACTIVE_SHARE = 0.02
"""A unit is active where it is further from 0 than this share of the strongest unit's root mean square."""

ROUNDING = 1e-6
"""A deviation that is a smaller share of the size of a unit's numbers is their float32 rounding."""

MOST_ROWS = 32
"""Units of a longer code are left out of the printed table, the weakest first."""


@dataclass(frozen=True, eq=False)
class CodeStatistics:
    r"""How the units of a code are used by some samples.

    A unit is *active* in a sample where :math:`|z_j| > 0.02 \max_k \sqrt{\overline{z_k^2}}`: further from 0 than a
    fiftieth of the root mean square of the strongest unit. In a sparse code that is nearly the same as not 0; a unit
    that a Gaussian bottleneck has given up is never active, though it is never quite 0.

    Attributes
    ----------
    samples
        How many codes there were.
    mean, deviation, least, most
        Of each unit: mean, standard deviation, minimum and maximum.
    zero_share, active_share
        Of each unit: in which share of the samples it is exactly 0, and in which it is active.
    effective_code_size
        See `effective_code_size`.
    largest_correlation, correlated_units
        The correlation of two units that is furthest from 0, and which two; 0 and None where no two units vary. Of more
        than 2,000 units, those that vary most are looked at.
    entry_counts
        Of quantised codes, how often each entry was used; else None.

    Examples
    --------
    >>> print(CodeStatistics.of(np.array([[1.0, 0.0], [-1.0, 0.0], [3.0, 2.0], [-3.0, 0.0]])))
    code of 2 units, 4 samples
    unit   mean  deviation  least  most  zero  active
    ─────────────────────────────────────────────────
       0      0       2.24  -3.00  3.00    0%    100%
       1  0.500      0.866      0  2.00   75%     25%
    ─────────────────────────────────────────────────
    1.25 units active in a sample; effective code size 1.10; largest correlation 0.775, of units 0 and 1
    """

    samples: int
    mean: Float64[np.ndarray, " units"]
    deviation: Float64[np.ndarray, " units"]
    least: Float64[np.ndarray, " units"]
    most: Float64[np.ndarray, " units"]
    zero_share: Float64[np.ndarray, " units"]
    active_share: Float64[np.ndarray, " units"]
    effective_code_size: float
    largest_correlation: float
    correlated_units: tuple[int, int] | None
    entry_counts: Int[np.ndarray, " entries"] | None = None

    @classmethod
    def of(
        cls,
        codes: Float[np.ndarray, "samples units"],
        entries: Int[np.ndarray, "samples groups"] | None = None,
        entry_count: int = 0,
    ) -> CodeStatistics:
        """Return the statistics of codes.

        Parameters
        ----------
        codes
            What the encoder gives, one row a sample.
        entries
            Of quantised codes, the number of the entry of each group, from 0.
        entry_count
            How many entries there are; more than were used, where some are not.

        Raises
        ------
        InvalidInputError
            If the codes are not a finite array with two axes, or are empty; or an entry is beyond the last one.
        """
        codes = check_matrix(codes, "codes").astype(np.float64)
        strongest = np.sqrt(np.square(codes).mean(axis=0).max())
        correlation, units = correlate_units(codes)
        counts = None
        if entries is not None:
            if entries.min(initial=0) < 0 or entries.max(initial=-1) >= entry_count:
                raise InvalidInputError(f"entries must lie between 0 and {entry_count - 1}, below entry_count.")
            counts = np.bincount(entries.reshape(-1), minlength=entry_count)
        return cls(
            len(codes),
            codes.mean(axis=0),
            codes.std(axis=0),
            codes.min(axis=0),
            codes.max(axis=0),
            (codes == 0).mean(axis=0),
            (np.abs(codes) > ACTIVE_SHARE * strongest).mean(axis=0),
            effective_code_size(codes),
            correlation,
            units,
            counts,
        )

    @property
    def code_size(self) -> int:
        """The number of units."""
        return len(self.mean)

    @property
    def active_units(self) -> float:
        """How many units are active in a sample, on average."""
        return float(self.active_share.sum())

    @property
    def entries_used(self) -> int | None:
        """How many entries of a codebook were used; None where codes are not quantised."""
        return None if self.entry_counts is None else int(np.count_nonzero(self.entry_counts))

    @property
    def perplexity(self) -> float | None:
        r"""How many entries, used equally often, would tell as much: :math:`\exp(-\sum_k p_k \ln p_k)`; or None."""
        if self.entry_counts is None:
            return None
        shares = self.entry_counts[self.entry_counts > 0] / self.entry_counts.sum()
        return float(np.exp(-(shares * np.log(shares)).sum()))

    def notes(self) -> list[str]:
        """Return what holds for the code as a whole, a line each."""
        notes = [
            f"{say_number(self.active_units, 3)} units active in a sample; "
            f"effective code size {say_number(self.effective_code_size, 3)}"
        ]
        if self.correlated_units is not None:
            first, second = self.correlated_units
            notes[0] += (
                f"; largest correlation {say_number(self.largest_correlation, 3)}, of units {first} and {second}"
            )
        if self.entry_counts is not None and self.perplexity is not None:
            notes.append(
                f"entries used {self.entries_used:,} of {len(self.entry_counts):,}; "
                f"perplexity {say_number(self.perplexity, 4)}"
            )
        return notes

    def _rows(self) -> list[tuple[str, ...]]:
        """Return the head and the cells of the table, of a long code those of the units that vary most."""
        kept = np.sort(np.argsort(-self.deviation, kind="stable")[:MOST_ROWS])
        columns = (self.mean, self.deviation, self.least, self.most)
        rows: list[tuple[str, ...]] = [("unit", "mean", "deviation", "least", "most", "zero", "active")]
        for unit in kept.tolist():
            numbers = [say_number(float(column[unit]), 3) for column in columns]
            shares = [_say_share(float(column[unit])) for column in (self.zero_share, self.active_share)]
            rows.append((str(unit), *numbers, *shares))
        return rows

    def _captions(self) -> tuple[str, list[str]]:
        """Return what the table is of, and what stands below it."""
        left_out = self.code_size - MOST_ROWS
        more = [f"and {say_count(left_out, 'unit')} more, which vary less"] if left_out > 0 else []
        return f"code of {say_count(self.code_size, 'unit')}, {say_count(self.samples, 'sample')}", more + self.notes()

    def __str__(self) -> str:
        title, notes = self._captions()
        return lay_out(title, self._rows(), notes)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rows = self._rows()
        title, notes = self._captions()
        lines = ["".join(f"<td style='text-align:right'>{escape(cell)}</td>" for cell in row) for row in rows]
        return (
            f"<table><caption>{escape(title)}</caption>"
            f"<thead><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr></thead>"
            f"<tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"
            f"<p>{'<br>'.join(map(escape, notes))}</p>"
        )


def _say_share(share: float) -> str:
    """Return a share as a percentage; what is neither nothing nor all does not look like it."""
    text = f"{share:.0%}"
    return "<1%" if text == "0%" and share > 0 else ">99%" if text == "100%" and share < 1 else text


def correlate_units(codes: Float64[np.ndarray, "samples units"]) -> tuple[float, tuple[int, int] | None]:
    """Return the correlation of two units that is furthest from 0, and which two they are.

    Parameters
    ----------
    codes
        What the encoder gives. Of more than 2,000 units, those that vary most are looked at, and 2,000 samples.

    Returns
    -------
    correlation, units
        Between -1 and 1; 0 and None where no two units vary.

    Examples
    --------
    >>> correlate_units(np.array([[1.0, 0.0, -2.0], [3.0, 0.0, -6.0]]))
    (-1.0, (0, 2))
    """
    units = np.arange(codes.shape[1])
    if len(units) > LARGEST_COVARIANCE:
        units = np.sort(np.argsort(-codes.std(axis=0), kind="stable")[:LARGEST_COVARIANCE])
        codes = codes[:: -(-len(codes) // LARGEST_COVARIANCE), units]
    # Divided by their size first, so that squares of very small or large numbers stay in range.
    sizes = np.abs(codes).max(axis=0)
    codes = codes / np.where(sizes > 0, sizes, 1)
    codes = codes - codes.mean(axis=0)
    lengths = np.sqrt(np.square(codes).sum(axis=0))
    varies = lengths > ROUNDING * np.sqrt(len(codes))
    if np.count_nonzero(varies) < 2:
        return 0.0, None
    codes, units = codes[:, varies] / lengths[varies], units[varies]
    correlations = np.triu(codes.T @ codes, 1)
    first, second = np.unravel_index(np.abs(correlations).argmax(), correlations.shape)
    return float(np.clip(correlations[first, second], -1, 1)), (int(units[first]), int(units[second]))
