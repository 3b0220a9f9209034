"""`find_layout`: how the text of a table is laid out: separator, quotes, lines above the header, the header itself."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autoencode.data.csv_header import doubt_header, is_number, is_value, is_word_for_missing
from autoencode.data.table_options import TableOptions

SEPARATORS = (",", ";", "\t", "|", "^", "\x01", "\x1f", "~", ":", " ")
COMMENTS = ("#", "%", "//", "--", "!", "~", "'")
# So many records tell the layout; the rest of the file must keep to it.
_MOST_RECORDS = 1000
_LONGEST_CELL = 1 << 26
_SEP_LINE = re.compile(r"^\ufeff?\"?sep=(.)\"?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How the cells of a line are told apart.

    Attributes
    ----------
    separator, quote
        What stands between two cells, and around one that has it; a separator of ``" "`` stands for any number.
    escape
        What stands before a quote within a quoted cell, where it is not doubled; else empty.
    comment
        What begins lines that are passed over, where some are; else empty.
    """

    separator: str
    quote: str = '"'
    escape: str = ""
    comment: str = ""

    def read(self, lines: Iterable[str], *, skips_blanks: bool, strict: bool = False) -> Any:
        """Return Python's reader of lines, in which a comment is an empty line."""
        csv.field_size_limit(_LONGEST_CELL)
        kept = ("\n" if self.comment and line.startswith(self.comment) else line for line in lines)
        return csv.reader(
            (re.sub(r" +", " ", line.strip(" ")) for line in kept) if self.separator == " " else kept,
            delimiter=self.separator,
            quotechar=self.quote,
            escapechar=self.escape or None,
            doublequote=not self.escape,
            skipinitialspace=skips_blanks,
            strict=strict,
        )


@dataclass(frozen=True)
class Layout(Dialect):
    """How the text of a table is laid out: its dialect, and what stands where.

    Attributes
    ----------
    skipped
        How many lines stand above the header, or above the first sample where there is none.
    header_lines
        How many lines the header takes; 0 where there is none.
    names
        What the header says, a name for each column; empty where there is none.
    width
        How many cells a row has.
    pads_quotes
        Whether blanks stand before quotes that begin a cell, as after ``"a", "b"``: then no cell begins with blanks.
    is_plain
        Whether Arrow reads it as it is; else it is rewritten first.
    titles
        The lines above the header that say something.
    header_doubt
        Why the first line was taken for a sample, in words; empty where it names the columns.
    units
        What stands in a line below the header that says in what columns are measured; else empty.
    """

    skipped: int = 0
    header_lines: int = 1
    names: tuple[str, ...] = ()
    width: int = 1
    pads_quotes: bool = False
    is_plain: bool = True
    titles: tuple[str, ...] = ()
    header_doubt: str = ""
    units: str = ""


@dataclass(frozen=True)
class _Records:
    """The first records of a text under one separator, with the line that each ends at, counted from 1."""

    cells: list[list[str]]
    ends: list[int]
    share: float
    width: int


def find_layout(head: str, options: TableOptions, *, is_whole: bool, ending: str = "") -> Layout:
    """Find the layout of a text by its first lines.

    Parameters
    ----------
    head : str
        The first lines.
    options : TableOptions
        What was asked for.
    is_whole : bool
        Whether these are all lines; else the last one may be torn.
    ending : str
        How the file's name ends; of ``.tsv`` the separator is a tab where there is one.

    Examples
    --------
    >>> layout = find_layout("made by a scale\\nkind;kilo\\nlamp;7,63\\nbrick;9,1\\n", TableOptions(), is_whole=True)
    >>> layout.separator, layout.skipped, layout.names
    (';', 1, ('kind', 'kilo'))
    """
    head = head.removeprefix("\ufeff")
    skipped, separator = options.skip or 0, options.separator
    lines = list(io.StringIO(head, newline=""))  # with their ends, which are those of Windows, Unix or old Macs
    if not is_whole and len(lines) > 1:
        lines = lines[:-1]
    said = _SEP_LINE.match(lines[0]) if lines and not skipped else None
    if said:
        skipped, separator = 1, separator or said[1]
    comment = ""
    if options.skip is None:
        while skipped < len(lines) - 1 and _is_passed_over(lines[skipped], comment):
            comment = comment or next((mark for mark in COMMENTS if lines[skipped].startswith(mark)), "")
            skipped += 1
    body = lines[skipped:]
    quote = _find_quote(body)
    escape = "\\" if quote == '"' and re.search(r'\\"', "".join(body[:200])) and not _doubles(body) else ""
    dialect = Dialect(separator or ",", quote, escape, comment)
    if separator is None:
        dialect = replace(dialect, separator=_find_separator(body, dialect, ending))
    return _lay_out(lines, skipped, dialect, options)


def _lay_out(lines: Sequence[str], skipped: int, dialect: Dialect, options: TableOptions) -> Layout:
    """Find the header among the first records."""
    records = _read(lines[skipped:], dialect)
    width, titles, rows = records.width, 0, records.cells
    if options.skip is None:
        while titles < len(rows) - 1 and _is_title(rows, titles, width):
            titles += 1
    rows, ends = rows[titles:], [0, *records.ends][titles:]
    above = skipped + ends[0]
    said = [line.strip() for line in lines[:above] if line.strip() and not _SEP_LINE.match(line)]
    names, header_lines, doubt, units = (), 0, "", ""
    if rows and options.header is not False:
        first = tuple(cell.strip() for cell in rows[0])
        doubt = "" if options.header else doubt_header(first, rows[1:])
        if not doubt:
            names, header_lines = _fit_names(first, rows[1:], width), ends[1] - ends[0]
            while len(names) > width and not names[-1]:
                names = names[:-1]
            width = max(width, len(names))
            if len(rows) > 2 and _is_units(rows[1], rows[2:]):
                units, header_lines = ", ".join(filter(None, rows[1])), ends[2] - ends[0]
        elif dialect.comment and said and len(commented := _split_comment(said[-1], dialect)) == width:
            names, doubt = commented, ""
            said.pop()
    body = lines[above + header_lines :]
    pads_quotes = _pads_quotes(dialect, body)
    return Layout(
        dialect.separator,
        dialect.quote,
        dialect.escape,
        dialect.comment if any(line.startswith(dialect.comment) for line in body) else "",
        above,
        header_lines,
        names,
        width,
        pads_quotes,
        not pads_quotes and _is_plain(dialect, body),
        tuple(said),
        doubt,
        units,
    )


def _is_plain(dialect: Dialect, body: Sequence[str]) -> bool:
    """Tell whether Arrow can read the rows as they are."""
    return not (
        (
            dialect.separator == " "
            and any("  " in line or line[:1] == " " or line.rstrip("\r\n")[-1:] == " " for line in body)
        )
        or (dialect.comment and any(line.startswith(dialect.comment) for line in body))
        or any(line.isspace() and line.strip("\r\n") for line in body)
    )


def _pads_quotes(dialect: Dialect, body: Sequence[str]) -> bool:
    """Tell whether blanks stand before quotes that begin a cell; within a quoted cell they are its own."""
    padded = rf"{name_blank(dialect.separator)}+{dialect.quote}"
    if not re.search(re.escape(dialect.separator) + padded, "".join(body)):
        return False
    cells = _read(body, dialect, skips_blanks=False).cells
    return any(re.match(padded, cell) for record in cells for cell in record)


def name_blank(separator: str) -> str:
    """Return the pattern of a blank beside a quote; between tabs, a tab is none."""
    return " " if separator == "\t" else "[ \\t]"


def _split_comment(line: str, dialect: Dialect) -> tuple[str, ...]:
    """Return the cells of a comment, which may be a header."""
    bare = line.removeprefix(dialect.comment).strip()
    cells = bare.split() if dialect.separator == " " else bare.split(dialect.separator)
    names = tuple(cell.strip().strip(dialect.quote) for cell in cells)
    return () if any(is_number(name) for name in names) else names


def _is_units(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a row below the header says in what its columns are measured: no number stands in it, but below."""
    bracketed = 0
    for index, cell in enumerate(cells):
        column = [row[index].strip() for row in rows if len(row) > index and row[index].strip()]
        is_measured = bool(column) and all(is_value(other) or is_word_for_missing(other) for other in column)
        if is_value(cell) or (is_measured and cell.strip() and is_word_for_missing(cell.strip())):
            return False
        if is_measured and any(map(is_value, column)):
            bracketed += bool(re.fullmatch(r"\s*[\[(].*[\])]\s*", cell))
        elif cell.strip() and index and not re.fullmatch(r"\s*([\[(].*[\])]|-)\s*", cell):
            return False
    return bracketed > 0


def _is_passed_over(line: str, comment: str) -> bool:
    """Tell whether a line above the header is blank or a comment."""
    if not line.strip():
        return True
    return line.startswith(comment) if comment else line.startswith(COMMENTS)


def _find_quote(lines: Sequence[str]) -> str:
    text = "".join(lines[:200])
    if '"' in text or not re.search(r"(^|[,;\t|])'[^'\n]*[,;\t|][^'\n]*'([,;\t|\r\n]|$)", text, re.MULTILINE):
        return '"'
    return "'"


def _doubles(lines: Sequence[str]) -> bool:
    """Tell whether quotes within quoted cells are doubled, or a backslash ends a quoted cell."""
    text = "".join(lines[:200])
    return bool(re.search(r'[^,;\t|\s"]""[^,;\t|\s"]|\\"\s*([,;\t|]|$)', text, re.MULTILINE)) and '\\""' not in text


def _read(lines: Sequence[str], dialect: Dialect, *, skips_blanks: bool = True) -> _Records:
    """Read the first records; a width is what most of them have."""
    reader = dialect.read(lines, skips_blanks=skips_blanks)
    cells, ends = [], []
    try:
        for record in reader:
            if any("\n" in cell and dialect.quote in cell for cell in record):
                break  # most likely a quote that is not closed; what stands above it tells enough
            if record and (len(record) > 1 or record[0].strip()):
                cells.append(record)
                ends.append(reader.line_num)
            if len(cells) >= _MOST_RECORDS:
                break
    except csv.Error:
        pass
    counts = Counter(map(len, cells[1:] or cells))
    if not counts:
        return _Records(cells, ends, 0.0, 1)
    width, count = max(counts.items(), key=lambda item: (item[1], item[0] == len(cells[0]), item[0]))
    first = {len(record) for record in cells[:3]}
    if len(first) == 1 and len(cells) > 3 and any(map(is_value, cells[2])) and min(first) > 1:
        width = min(first)  # a table begins here; what is wider below is another one
        count = counts[width]
    return _Records(cells, ends, count / max(1, len(cells[1:] or cells)), width)


def _find_separator(lines: Sequence[str], dialect: Dialect, ending: str) -> str:
    """Find the separator under which most records have the same number of cells, more than one."""
    best, most = ",", (-1.0, 0.0, 0)
    for index, separator in enumerate(SEPARATORS):
        if separator == " " and most[0] > 0:  # blanks stand within text too
            continue
        if not any(separator in line for line in lines[:_MOST_RECORDS]):
            continue
        records = _read(lines, replace(dialect, separator=separator))
        if records.width < 2 or records.share < 0.5:
            continue
        header = _find_header_width(records)
        # A header has as many cells as its rows, one less before names of rows, one more or less beside trailing marks.
        fits = abs(header - records.width) <= 1 and header > 1
        if separator in " :" and not (fits and any(map(is_value, records.cells[-1]))):
            continue  # these stand within words and times
        clean = _count_clean(records)
        favoured = separator == "\t" and ending == ".tsv"
        score = (float(fits) + float(favoured), round(records.share, 2) + clean, -index)
        if score > most:
            best, most = separator, score
    if most[0] < 1:  # none fits: what the first line has most of, so that the row that does not fit is named
        first = re.sub(r'"(?:[^"]|"")*"', "", lines[0]) if lines else ""
        counts = {mark: first.count(mark) for mark in SEPARATORS[:4]}
        return max(counts, key=lambda mark: counts[mark])
    return best


def _find_header_width(records: _Records) -> int:
    """Return how many cells the first record has that is no title."""
    first = len(records.cells[0])
    if first >= records.width - 1 and not _is_above_two(records.cells):
        return first
    wide = [len(cells) for cells in records.cells if len(cells) > 1 and abs(len(cells) - records.width) <= 1]
    return wide[0] if len(wide) > 1 else first


def _count_clean(records: _Records) -> float:
    """Return which share of cells are a number or a date, or have none of the usual separators in them."""
    cells = [cell for record in records.cells[1:50] for cell in record[:200]]
    clean = sum(1 if is_value(cell) else 0 if re.search(r"[,;\t|]", cell) else 1 for cell in cells)
    return clean / max(1, len(cells))


def _is_title(rows: Sequence[Sequence[str]], index: int, width: int) -> bool:
    """Tell whether a record stands above the table: it has fewer cells, or all but one of them are empty."""
    if width < 2 or len(rows) - index < 2:
        return False
    cells = rows[index]
    below = rows[index + 1 :]
    if width == 2 and len(cells) == 1:
        return _is_above_two(rows[index:])
    if len(cells) < width - 1:
        return len(below[0]) >= len(cells)
    if len(cells) == width - 1:  # a pair of words above the header, unless it is a header that names no rows
        header = next((row for row in below if len(row) == width), below[0])
        return len(below) > 1 and len(header) == width and not any(map(is_value, header))
    if width < 3 or _count_filled(cells) > 1:
        return False
    fuller = next((row for row in below[:20] if _count_filled(row) > 1), None)
    return fuller is not None and not any(map(is_value, fuller)) and _count_filled(fuller) > width / 2


def _is_above_two(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether one cell stands above a table of two columns, rather than as the name of the second."""
    below = next((index for index, row in enumerate(rows) if len(row) > 1), 0)
    if len(rows[0]) != 1 or not below or len(rows) < below + 2:
        return False
    return not any(map(is_value, rows[below])) and any(any(map(is_value, row)) for row in rows[below + 1 :])


def _count_filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _fit_names(names: tuple[str, ...], rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """Return a name for each cell of the rows, empty for a column that the header does not name."""
    if len(names) == width - 1 and rows:
        last_is_empty = all(not row[-1].strip() for row in rows if len(row) == width)
        return (*names, "") if last_is_empty else ("", *names)
    return names
