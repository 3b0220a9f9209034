"""Separators, `sep=` lines, comments, titles, units and separators at the end of lines."""

from __future__ import annotations

from datetime import time

from table_variants.variant import Variant, lines

KINDS = ["lamp", "brick", "rug"]
PIECES = [7, 5, 3]
KILOS = [7.63, 16.24, 17.32]
WARES = {"kind": KINDS, "pieces": PIECES, "kilo": KILOS}
ROWS = ("kind,pieces,kilo", "lamp,7,7.63", "brick,5,16.24", "rug,3,17.32")


def separated(separator: str) -> str:
    return lines(*(row.replace(",", separator) for row in ROWS))


SEPARATORS = (
    Variant("commas", separated(","), WARES, silent=True),
    Variant("semicolons", separated(";"), WARES, silent=True, source="https://github.com/asafdav/ng-csv/issues/28"),
    Variant("tabs in a tsv", separated("\t"), WARES, ending=".tsv", silent=True),
    Variant("tabs in a csv", separated("\t"), WARES, silent=True),
    Variant("tabs in a txt", separated("\t"), WARES, ending=".txt", silent=True),
    Variant("commas in a txt", separated(","), WARES, ending=".txt", silent=True),
    Variant("commas in a tsv", separated(","), WARES, ending=".tsv"),
    Variant("pipes", separated("|"), WARES, silent=True, source="https://github.com/duckdb/duckdb/issues/14115"),
    Variant("carets", separated("^"), WARES, ending=".dat"),
    Variant("colons", separated(":"), WARES, ending=".txt"),
    Variant(
        "single spaces",
        separated(" "),
        WARES,
        ending=".txt",
        silent=True,
        source="https://github.com/duckdb/duckdb/issues/4929",
    ),
    Variant(
        "runs of spaces",
        lines("A B", "100   90", "100  105", "101 -100"),
        {"A": [100, 100, 101], "B": [90, 105, -100]},
        ending=".txt",
        source="https://github.com/pola-rs/polars/issues/6618",
    ),
    Variant(
        "aligned columns with leading spaces",
        lines(
            "MAID        TIME        AMT",
            " 1.0000E+00  0.0000E+00  2.5000E+00",
            " 1.0000E+00  1.5000E+00  0.0000E+00",
        ),
        {"MAID": [1.0, 1.0], "TIME": [0.0, 1.5], "AMT": [2.5, 0.0]},
        ending=".dat",
        source="https://github.com/tidyverse/readr/issues/166",
    ),
    Variant(
        "comment lines over aligned columns",
        lines("# monthly, made here", "# year month value", "1958  3  315.71", "1958  4  317.45", "1958 11  313.33"),
        {"year": [1958] * 3, "month": [3, 4, 11], "value": [315.71, 317.45, 313.33]},
        ending=".txt",
        source="https://github.com/duckdb/duckdb/issues/18413",
    ),
    Variant(
        "fixed width with a blank in a name",
        lines(
            "town        people  area",
            "New York        84   783",
            "Bern            14    52",
            "San Sebastian   19    61",
        ),
        {"town": ["New York", "Bern", "San Sebastian"], "people": [84, 14, 19], "area": [783, 52, 61]},
        ending=".txt",
        source="https://github.com/pola-rs/polars/issues/12829",
    ),
    Variant(
        "spaces and tabs mixed",
        lines("name \t weight", "ada \t 61.5", "bo  \t 72.25"),
        {"name": ["ada", "bo"], "weight": [61.5, 72.25]},
        ending=".txt",
        source="https://github.com/nadavbra/pwas/pull/3",
    ),
    Variant(
        "control character 1 with a header",
        separated("\x01"),
        WARES,
        ending=".txt",
        source="https://github.com/saulpw/visidata/issues/2121",
    ),
    Variant(
        "control character 1, as Hive writes it without a header",
        lines("lamp\x017\x01\\N", "brick\x015\x0116.24", "lamp\x018\x019.33", "brick\x015\x0117.32"),
        {"column_1": ["lamp", "brick"] * 2, "column_2": [7, 5, 8, 5], "column_3": [None, 16.24, 9.33, 17.32]},
        ending=".txt",
        said=("header=",),
        source="https://github.com/ClickHouse/ClickHouse/pull/7973",
    ),
    Variant(
        "comma and space",
        lines("name, age, town", "ada, 36, Bern", "bo, 41, Ulm"),
        {"name": ["ada", "bo"], "age": [36, 41], "town": ["Bern", "Ulm"]},
        source="https://github.com/pola-rs/polars/issues/3147",
    ),
    Variant(
        "commas in names between semicolons",
        lines("kind (brick, lamp, rug);pieces (1, 2, 3);kilo (kg, net)", "lamp;7;7.63", "brick;5;16.24"),
        {"kind (brick, lamp, rug)": ["lamp", "brick"], "pieces (1, 2, 3)": [7, 5], "kilo (kg, net)": [7.63, 16.24]},
    ),
    Variant(
        "commas in unquoted texts between semicolons",
        lines("name;note;n", "ada;red, green, blue;1", "bo;red, blue;2", "cy;none, at all;3"),
        {"name": ["ada", "bo", "cy"], "note": ["red, green, blue", "red, blue", "none, at all"], "n": [1, 2, 3]},
    ),
    Variant(
        "pipes within the texts of a comma file",
        lines("id,genres,score", "1,Drama|War,7.5", "2,Comedy|Family,6.5", "3,Crime|Noir,8.25"),
        {"id": [1, 2, 3], "genres": ["Drama|War", "Comedy|Family", "Crime|Noir"], "score": [7.5, 6.5, 8.25]},
        silent=True,
    ),
    Variant(
        "one bar in one title of a semicolon file",
        lines("plant;owner;kilowatt", "1;North | South;12", "2;East;15", "3;West;11"),
        {"plant": [1, 2, 3], "owner": ["North | South", "East", "West"], "kilowatt": [12, 15, 11]},
        source="https://github.com/duckdb/duckdb/issues/15576",
    ),
    Variant("one column of numbers", "speed\n5\n7\n12\n", {"speed": [5, 7, 12]}, silent=True),
    Variant(
        "one column of words",
        "continent\nAfrica\nAsia\nEurope\n",
        {"continent": ["Africa", "Asia", "Europe"]},
        source="https://github.com/duckdb/duckdb/issues/6192",
    ),
    Variant(
        "one column of first and last names",
        "name\nAda Lovelace\nAlan Turing\nGrace Hopper\n",
        {"name": ["Ada Lovelace", "Alan Turing", "Grace Hopper"]},
    ),
    Variant(
        "one column of times",
        "time\n14:05\n15:10\n16:20\n",
        {"time": [time(14, 5), time(15, 10), time(16, 20)]},
    ),
    Variant(
        "a separator that has to be asked for",
        lines("kind~kilo", "lamp~7.63", "rug~17.32"),
        {"kind": ["lamp", "rug"], "kilo": [7.63, 17.32]},
        options={"separator": "~"},
        source="https://github.com/alexcaza/export-to-csv/issues/43",
    ),
)

SEPARATOR_LINES = (
    Variant(
        "sep line with a semicolon",
        "sep=;\r\nkind;pieces;kilo\r\nlamp;7;7,63\r\nrug;3;17,32\r\n",
        {"kind": ["lamp", "rug"], "pieces": [7, 3], "kilo": [7.63, 17.32]},
        silent=True,
        source="https://github.com/tspence/csharp-csv-reader/issues/28",
    ),
    Variant(
        "sep line with a comma",
        "sep=,\n" + separated(","),
        WARES,
        silent=True,
        source="https://github.com/PowerShell/PowerShell/issues/7776",
    ),
    Variant(
        "sep line with a pipe",
        "sep=|\n" + separated("|"),
        WARES,
        silent=True,
        source="https://github.com/mechatroner/vscode_rainbow_csv/issues/108",
    ),
    Variant(
        "sep line with an unusual separator and quotes",
        'sep=~\n"Column A"~"Column B"\n"x 1"~"2"\n"y 2"~"5"\n',
        {"Column A": ["x 1", "y 2"], "Column B": [2, 5]},
        silent=True,
        source="https://github.com/shancarter/mr-data-converter/issues/52",
    ),
    Variant("sep line in capitals", "SEP=;\n" + separated(";"), WARES, silent=True),
    Variant(
        "sep line behind a mark of UTF-8",
        "\ufeffsep=;\n" + separated(";"),
        WARES,
        silent=True,
        source="https://github.com/mholt/PapaParse/issues/951",
    ),
)

ABOVE_THE_HEADER = (
    Variant(
        "one comment line",
        "# made by a scale\n" + separated(","),
        WARES,
        said=("skip=",),
        source="https://github.com/pandas-dev/pandas/issues/4623",
    ),
    Variant(
        "comment lines with commas",
        "# made by a scale, in May, here\n# units: kg, pieces\n" + separated(","),
        WARES,
        said=("skip=",),
        source="https://github.com/d99kris/rapidcsv/issues/61",
    ),
    Variant("comment lines with a percent sign", "% scale 3\n% May\n" + separated(","), WARES, said=("skip=",)),
    Variant("comment lines with slashes", "// scale 3\n// May\n" + separated(";"), WARES, said=("skip=",)),
    Variant(
        "comment lines above and below the header",
        lines("# it has not started yet", "a,b,c", "# now the rows", "1,2,3", "7,8,9"),
        {"a": [1, 7], "b": [2, 8], "c": [3, 9]},
        source="https://github.com/JuliaData/CSV.jl/issues/351",
    ),
    Variant(
        "a header behind a comment sign",
        lines("#one two three", "1 2 3", "4 5 6.5"),
        {"one": [1, 4], "two": [2, 5], "three": [3.0, 6.5]},
        ending=".txt",
        source="https://github.com/pandas-dev/pandas/issues/20378",
    ),
    Variant(
        "a header behind a tilde, below comments of the same kind",
        lines("~Result of a tester", "~Name: x", "~", "~Time[h]\tLine\tU[V]", "0\t2\t4.14", "0.5\t3\t4.12"),
        {"Time[h]": [0.0, 0.5], "Line": [2, 3], "U[V]": [4.14, 4.12]},
        ending=".txt",
        source="https://github.com/BdR76/CSVLint/issues/46",
    ),
    Variant(
        "cells that begin with a hash are no comments",
        lines("employee,performance", "#1,strong", "#2,needs help", "#3,strong"),
        {"employee": ["#1", "#2", "#3"], "performance": ["strong", "needs help", "strong"]},
        source="https://github.com/lisad/phaser/issues/11",
    ),
    Variant(
        "one title line",
        "Sales of the north\n" + separated(","),
        WARES,
        said=("skip=",),
        source="https://github.com/stevehansen/csv/issues/26",
    ),
    Variant(
        "title lines, a blank line and then the header",
        "Per Transaction Report\nReporting period: 2014\n\n" + separated(","),
        WARES,
        said=("skip=",),
        source="https://github.com/adaltas/node-csv-parse/issues/81",
    ),
    Variant(
        "title lines filled up with separators",
        "Sales of the north,,\nMay,,\n,,\n" + separated(","),
        WARES,
        said=("skip=",),
        source="https://github.com/mholt/PapaParse/issues/794",
    ),
    Variant(
        "pairs of key and value above the header",
        lines("Vendor;Test", "Start;06/02/2024", "Item;Settlement;Kilo", "a;x;1.5", "b;y;2.5", "c;x;4.5"),
        {"Item": ["a", "b", "c"], "Settlement": ["x", "y", "x"], "Kilo": [1.5, 2.5, 4.5]},
        said=("skip=",),
        source="https://github.com/duckdb/duckdb/pull/13083",
    ),
    Variant(
        "title lines that have to be passed over by number",
        lines("version,from,to", "5,3,4", "kind,pieces,kilo", "lamp,7,7.63"),
        {"kind": ["lamp"], "pieces": [7], "kilo": [7.63]},
        options={"skip": 2},
        source="https://github.com/i2van/CsvLINQPadDriver/issues/10",
    ),
    Variant(
        "a line of units below the header",
        lines("time;inside;outside", ";[C];[K]", "1;256.5;0.3722", "2;257.5;0.25", "3;250.25;0.5"),
        {"time": [1, 2, 3], "inside": [256.5, 257.5, 250.25], "outside": [0.3722, 0.25, 0.5]},
        said=("unit",),
        source="https://github.com/BurntSushi/xsv/issues/245",
    ),
)

TRAILING = (
    Variant(
        "separators at the end of all lines",
        lines("A|B|C|", "1|2|x|", "4|5|y|"),
        {"A": [1, 4], "B": [2, 5], "C": ["x", "y"]},
        source="https://github.com/deephaven/deephaven-core/issues/1800",
    ),
    Variant(
        "separators at the end of rows only",
        lines("kind,pieces,kilo", "lamp,7,7.63,", "brick,5,16.24,", "rug,3,17.32,"),
        WARES,
        source="https://github.com/adaltas/node-csv/issues/330",
    ),
    Variant(
        "several separators at the end of all lines",
        lines("a,b,,,", "1,x,,,", "2,y,,,"),
        {"a": [1, 2], "b": ["x", "y"]},
        source="https://github.com/brendanjmeade/celeri/issues/5",
    ),
    Variant(
        "a space at the end of lines",
        lines("seconds value ", "0.125 1.75 ", "0.25 1.5 ", "0.5 1.25 "),
        {"seconds": [0.125, 0.25, 0.5], "value": [1.75, 1.5, 1.25]},
        ending=".txt",
        source="https://github.com/JuliaData/CSV.jl/issues/120",
    ),
    Variant(
        "separators and a blank at the end of all lines",
        "a,b, \n1,x, \n2,y, ",
        {"a": [1, 2], "b": ["x", "y"]},
        source="https://github.com/adaltas/node-csv-parse/issues/120",
    ),
)

VARIANTS = (*SEPARATORS, *SEPARATOR_LINES, *ABOVE_THE_HEADER, *TRAILING)
