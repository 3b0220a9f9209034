"""What comes late, what is large, and what can be read in no way."""

from __future__ import annotations

from datetime import date

from table_variants.variant import Variant, lines

MANY = 10_000
DAYS = [date(2024, 1 + row % 12, 1 + row % 28) for row in range(MANY)]
LONG = "a long, long text. " * 10_000

LATE = (
    Variant(
        "a word behind ten thousand numbers",
        lines("n,x", *(f"{row},0.5" for row in range(MANY)), "see note,0.5"),
        {"n": [*map(str, range(MANY)), "see note"], "x": [0.5] * (MANY + 1)},
        source="https://github.com/apache/texera/issues/6279",
    ),
    Variant(
        "a decimal behind ten thousand whole numbers",
        lines("n,word", *(f"{row},a" for row in range(MANY)), "0.25,b"),
        {"n": [*map(float, range(MANY)), 0.25], "word": ["a"] * MANY + ["b"]},
        source="https://github.com/ClickHouse/ClickHouse/issues/53384",
    ),
    Variant(
        "a large number behind thirty thousand ones",
        lines("a,b", *["1,x"] * (3 * MANY), "9223372036854775807,y"),
        {"a": [1] * (3 * MANY) + [9223372036854775807], "b": ["x"] * (3 * MANY) + ["y"]},
        source="https://github.com/ClickHouse/ClickHouse/issues/120503",
    ),
    Variant(
        "a leading zero behind ten thousand numbers",
        lines("code,x", *(f"{row + 10},0.5" for row in range(MANY)), "007,0.5"),
        {"code": [*(str(row + 10) for row in range(MANY)), "007"], "x": [0.5] * (MANY + 1)},
        source="https://github.com/ClickHouse/ClickHouse/issues/120634",
    ),
    Variant(
        "a word behind ten thousand dates",
        lines("day,n", *(f"{day},1" for day in DAYS), "later,1"),
        {"day": [*map(str, DAYS), "later"], "n": [1] * (MANY + 1)},
    ),
    Variant(
        "a date behind ten thousand empty cells",
        lines("n,day", *("1," for _ in range(MANY)), "2,2024-03-01"),
        {"n": [1] * MANY + [2], "day": [None] * MANY + [date(2024, 3, 1)]},
    ),
    Variant(
        "a number in quotes with a line break near it, late",
        lines("n,word", *(f"{row},a" for row in range(MANY)), '7,"b\nc"', "8,d"),
        {"n": [*range(MANY), 7, 8], "word": ["a"] * MANY + ["b\nc", "d"]},
        source="https://github.com/duckdb/duckdb-python/issues/113",
    ),
)

LARGE = (
    Variant("a very long cell", lines("n,text", f'1,"{LONG}"', "2,short"), {"n": [1, 2], "text": [LONG, "short"]}),
    Variant(
        "three thousand columns",
        lines(*(",".join(cells) for cells in ([f"c{c}" for c in range(3000)], ["0.5"] * 3000, ["7"] * 3000))),
        {f"c{column}": [0.5, 7.0] for column in range(3000)},
        silent=True,
    ),
    Variant(
        "two hundred columns of decimal commas",
        lines(*(";".join(cells) for cells in ([f"c{c}" for c in range(200)], ["0,5"] * 200, ["7,25"] * 200))),
        {f"c{column}": [0.5, 7.25] for column in range(200)},
    ),
)

RAGGED = (
    Variant(
        "a row too short",
        lines("col1,col2,col3", "a,a,1", "a,b", "b,c,2"),
        refused=("line 3",),
        source="https://github.com/pandas-dev/pandas/issues/36069",
    ),
    Variant(
        "a row too long",
        lines("id,name,n", "1,a,5", "2,b,6", "3,c,7,extra", "4,d,8"),
        refused=("line 4",),
        source="https://github.com/AndreaBozzo/dataprof/issues/418",
    ),
    Variant(
        "a row too long behind a line break in a cell",
        'id,name\n1,"a\nb"\n2,c\n3,d,extra\n4,e\n',
        refused=("line 5",),
        source="https://github.com/pandas-dev/pandas/issues/11493",
    ),
    Variant(
        "a row too short late",
        lines("n,x,word", *(f"{row},0.5,a" for row in range(MANY)), "7,0.5", "8,0.5,b"),
        refused=(f"line {MANY + 2}",),
        source="https://github.com/pandas-dev/pandas/issues/40587",
    ),
    Variant(
        "a line of text at the end",
        lines("kind,kilo", "lamp,7.63", "rug,17.32", "Source: our scale"),
        refused=("line 4",),
    ),
    Variant(
        "two tables in one file",
        lines("kind,kilo", "lamp,7.63", "rug,17.32", "", "town,people,area", "Bern,14,52", "Ulm,12,48"),
        refused=("line 5",),
    ),
    Variant(
        "a quote that is never closed",
        'a,b\n"a","b"\n"c","d\n"e","f"\n',
        refused=("quote",),
        source="https://github.com/apple/turicreate/issues/1692",
    ),
    Variant(
        "a quote in the first row that is never closed",
        'col1,col2\n"val1,val2\nval3,val4\n',
        refused=("quote",),
        source="https://github.com/osiegmar/FastCSV/issues/173",
    ),
)

NO_TABLE = (
    Variant(
        "a zero byte",
        b"a,b\n1,2\x00\n3,4\n5,6\n",
        refused=("zero byte",),
        source="https://github.com/codeinthehole/csvfilter/issues/8",
    ),
    Variant(
        "zero bytes at the end, as after a crash",
        b"a,b\n1,2\n3,4\n" + bytes(64),
        refused=("zero byte",),
        source="https://github.com/bgreenlee/pygtail/issues/20",
    ),
    Variant("all bytes", bytes(range(256)) * 8, refused=("binary",)),
    Variant("a picture", b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" * 9, refused=("PNG",)),
    Variant("an empty file", b"", refused=("empty",)),
    Variant("blank lines alone", "\n\n\n", refused=("empty",)),
    Variant("a mark of UTF-8 alone", b"\xef\xbb\xbf", refused=("empty",)),
    Variant(
        "a header alone",
        "kind,kilo\n",
        refused=("no rows",),
        source="https://github.com/duckdb/duckdb/pull/15701",
    ),
)

VARIANTS = (*LATE, *LARGE, *RAGGED, *NO_TABLE)
