"""Quotes and line ends: quotes in quotes, breaks in cells, blanks around quotes, CR, CRLF, blank lines."""

from __future__ import annotations

from table_variants.variant import Variant, lines

QUOTES = (
    Variant(
        "a separator in a quoted cell",
        lines("name,age", '"Smith, John",42', '"Doe, Ann",37'),
        {"name": ["Smith, John", "Doe, Ann"], "age": [42, 37]},
        silent=True,
        source="https://github.com/vanillaes/csv/issues/20",
    ),
    Variant(
        "all cells quoted, the numbers too",
        lines('"n","x","word"', '"1","0.5","a"', '"2","1.5","b"'),
        {"n": [1, 2], "x": [0.5, 1.5], "word": ["a", "b"]},
        silent=True,
        source="https://github.com/tidyverse/readr/issues/1445",
    ),
    Variant(
        "a line break in a quoted cell",
        'id,title\n11,"this is fine"\n12,this too\n13,"this is \nfine as well"\n',
        {"id": [11, 12, 13], "title": ["this is fine", "this too", "this is \nfine as well"]},
        silent=True,
        source="https://github.com/apple/turicreate/issues/907",
    ),
    Variant(
        "a line break of Unix in a cell of a file of Windows",
        'id,note\r\n1,"a\nb"\r\n2,c\r\n3,d\r\n',
        {"id": [1, 2, 3], "note": ["a\nb", "c", "d"]},
        source="https://github.com/ben-strasser/fast-cpp-csv-parser/issues/69",
    ),
    Variant(
        "a line break and a separator in the first row",
        'id;text\n1;"a; b\nand c"\n2;d\n',
        {"id": [1, 2], "text": ["a; b\nand c", "d"]},
        source="https://github.com/Cinchoo/ChoETL/issues/168",
    ),
    Variant(
        "doubled quotes",
        lines("size,name", '5,"say ""A"", now"', '6,"""B"" it was"', '7,"""C"""'),
        {"size": [5, 6, 7], "name": ['say "A", now', '"B" it was', '"C"']},
        silent=True,
    ),
    Variant(
        "quotes behind backslashes",
        lines("title,about", 'Jeans,"blue"', 'Jeans,"2\\" seam"', 'Coat,"2\\" seam, blue"'),
        {"title": ["Jeans", "Jeans", "Coat"], "about": ["blue", '2" seam', '2" seam, blue']},
        source="https://github.com/pandas-dev/pandas/issues/21862",
    ),
    Variant(
        "quotes behind backslashes in cells between spaces",
        lines("A B C", '12 "GET /x HTTP" 200', '13 "GET /y\'\\" HTTP" 201'),
        {"A": [12, 13], "B": ["GET /x HTTP", "GET /y'\" HTTP"], "C": [200, 201]},
        ending=".txt",
        source="https://github.com/pandas-dev/pandas/issues/16682",
    ),
    Variant(
        "backslashes that escape nothing",
        lines("path,n", "C:\\data\\new,1", '"D:\\tables, old",2'),
        {"path": ["C:\\data\\new", "D:\\tables, old"], "n": [1, 2]},
        source="https://github.com/pandas-dev/pandas/issues/33720",
    ),
    Variant(
        "blanks before quotes",
        lines("pieces, kind, kilo", '7, "lamp, red", 7.63', '8, "lamp, blue", 9.33', '5, "brick, red", 16.24'),
        {"pieces": [7, 8, 5], "kind": ["lamp, red", "lamp, blue", "brick, red"], "kilo": [7.63, 9.33, 16.24]},
        source="https://github.com/mholt/PapaParse/issues/829",
    ),
    Variant(
        "blanks before quotes in the header too",
        lines('"Index", "Item", "Cost"', '6, "Cream, 8 oz", 6.68', '7, "Wrench", 10.00', '8, "Tea, 42 oz", 8.98'),
        {"Index": [6, 7, 8], "Item": ["Cream, 8 oz", "Wrench", "Tea, 42 oz"], "Cost": [6.68, 10.0, 8.98]},
        source="https://github.com/pola-rs/polars/issues/15011",
    ),
    Variant(
        "blanks before and behind quotes",
        lines('"Name" ,"Street", "Phone"', '"John, A" ,"Hill 3", "x 456"', '"Ann, B" ,"Main, 5", "x 789"'),
        {"Name": ["John, A", "Ann, B"], "Street": ["Hill 3", "Main, 5"], "Phone": ["x 456", "x 789"]},
        source="https://github.com/parsecsv/parsecsv-for-php/issues/210",
    ),
    Variant(
        "many blanks before quotes",
        lines("a,b,n", '"CA,RN",        "R,EE",    20', '"CB,RN",      "B",    30'),
        {"a": ["CA,RN", "CB,RN"], "b": ["R,EE", "B"], "n": [20, 30]},
        source="https://github.com/JoshClose/CsvHelper/issues/107",
    ),
    Variant(
        "inches in unquoted cells",
        lines("pipe,n", '5" pipe,3', '6" pipe,4', "plain pipe,5"),
        {"pipe": ['5" pipe', '6" pipe', "plain pipe"], "n": [3, 4, 5]},
        source="https://github.com/max-mapper/binary-csv/issues/7",
    ),
    Variant(
        "a lone quote in an unquoted cell",
        lines("stop;name;n", '1;Toys "R Us;5', "2;Main Street;6", "3;Hill;7"),
        {"stop": [1, 2, 3], "name": ['Toys "R Us', "Main Street", "Hill"], "n": [5, 6, 7]},
        source="https://github.com/tarql/tarql/issues/50",
    ),
    Variant(
        "apostrophes in words",
        lines("name,n", "O'Brien,3", "D'Arcy,4", "rock 'n' roll,5"),
        {"name": ["O'Brien", "D'Arcy", "rock 'n' roll"], "n": [3, 4, 5]},
        silent=True,
    ),
    Variant(
        "single quotes around cells with separators",
        lines("town,n", "'New York, US',3", "'Bern, CH',4", "'Ulm, DE',5"),
        {"town": ["New York, US", "Bern, CH", "Ulm, DE"], "n": [3, 4, 5]},
        source="https://github.com/duckdb/duckdb/pull/13355",
    ),
    Variant(
        "quotes around a list of numbers",
        lines("x,y,shown", '586.75, -10.5, "[586.8, -10.5]"', '584.5, -13.25, "[584.5, -13.3]"'),
        {"x": [586.75, 584.5], "y": [-10.5, -13.25], "shown": ["[586.8, -10.5]", "[584.5, -13.3]"]},
        source="https://github.com/mholt/PapaParse/issues/941",
    ),
    Variant(
        "an empty quoted cell",
        lines("a,b", '1,""', '"",x', "3,y"),
        {"a": [1, None, 3], "b": [None, "x", "y"]},
        source="https://github.com/osiegmar/FastCSV/pull/20",
    ),
)

LINE_ENDS = (
    Variant("line ends of Windows", "a,b\r\n1,x\r\n2,y\r\n", {"a": [1, 2], "b": ["x", "y"]}, silent=True),
    Variant(
        "line ends of old Macs",
        "a,b\r1,x\r2,y\r",
        {"a": [1, 2], "b": ["x", "y"]},
        source="https://github.com/mholt/PapaParse/issues/43",
    ),
    Variant(
        "line ends of old Macs between tabs, none at the end",
        "kind\tkilo\rlamp\t7.63\rrug\t17.32",
        {"kind": ["lamp", "rug"], "kilo": [7.63, 17.32]},
        ending=".txt",
        source="https://github.com/WarrenWilkinson/read-csv/issues/7",
    ),
    Variant(
        "line ends of Windows and Unix mixed",
        "a,b\r\n1,x\n2,y\r\n4,z\n",
        {"a": [1, 2, 4], "b": ["x", "y", "z"]},
        source="https://github.com/jahewson/node-byline/issues/8",
    ),
    Variant("no line end at the end", "a,b\n1,x\n2,y", {"a": [1, 2], "b": ["x", "y"]}, silent=True),
    Variant(
        "no line end at the end, the last cell empty",
        "a,b\n1,x\n2,",
        {"a": [1, 2], "b": ["x", None]},
        source="https://github.com/dilshod/xlsx2csv/issues/3",
    ),
    Variant("blank lines at the end", "a,b\n1,x\n2,y\n\n\n", {"a": [1, 2], "b": ["x", "y"]}),
    Variant(
        "blank lines at the beginning",
        "\n\na,b\n1,x\n2,y\n",
        {"a": [1, 2], "b": ["x", "y"]},
        source="https://github.com/pandas-dev/pandas/issues/5697",
    ),
    Variant("a blank line behind every row", "a,b\n\n1,x\n\n2,y\n\n", {"a": [1, 2], "b": ["x", "y"]}),
    Variant("lines of blanks among the rows", "a,b\n1,x\n   \n2,y\n \n", {"a": [1, 2], "b": ["x", "y"]}),
    Variant("two carriage returns and a line feed", "a,b\r\r\n1,x\r\r\n2,y\r\r\n", {"a": [1, 2], "b": ["x", "y"]}),
    Variant("blanks around numbers", "a,b\n 1, 2.5\n3 ,4 \n", {"a": [1, 3], "b": [2.5, 4.0]}),
)

VARIANTS = (*QUOTES, *LINE_ENDS)
