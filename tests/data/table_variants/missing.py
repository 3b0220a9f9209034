"""Missing cells in all their words, and booleans."""

from __future__ import annotations

from datetime import date, time

from table_variants.variant import Variant, lines

ALWAYS = (
    Variant(
        "empty cells",
        lines("n,x,word", "1,0.5,a", ",1.5,", "3,,c"),
        {"n": [1, None, 3], "x": [0.5, 1.5, None], "word": ["a", None, "c"]},
        silent=True,
    ),
    Variant(
        "NA",
        lines("n,word", "NA,a", "8,NA", "80,c"),
        {"n": [None, 8, 80], "word": ["a", None, "c"]},
        silent=True,
        source="https://github.com/antonycourtney/tad/issues/202",
    ),
    Variant(
        "NA among codes of countries",
        lines("name,code", "Namibia,NA", "Nepal,NP", "Niger,NE"),
        {"name": ["Namibia", "Nepal", "Niger"], "code": [None, "NP", "NE"]},
        source="https://github.com/wireservice/csvkit/issues/806",
    ),
    Variant(
        "n/a and N/A",
        lines("n,x,word", "1,n/a,a", "N/A,1.5,n/a", "3,2.5,c"),
        {"n": [1, None, 3], "x": [None, 1.5, 2.5], "word": ["a", None, "c"]},
        source="https://github.com/pandas-dev/pandas/issues/16078",
    ),
    Variant(
        "null, NULL and None",
        lines("n,x,word", "1,null,a", "NULL,1.5,None", "3,None,Null"),
        {"n": [1, None, 3], "x": [None, 1.5, None], "word": ["a", None, None]},
        source="https://github.com/hankinsoft/SQLPro/issues/615",
    ),
    Variant(
        "NaN, nan and -nan",
        lines("a,b,c", "1.5,nan,-nan", "NaN,2.5,3.5", "4.5,NAN,-NaN"),
        {"a": [1.5, None, 4.5], "b": [None, 2.5, None], "c": [None, 3.5, None]},
        source="https://github.com/apache/arrow/pull/4055",
    ),
    Variant(
        "#N/A and <NA>",
        lines("lookup,key,n", "#N/A,Test,3", "ASD345,<NA>,#N/A", "B2,Test3,5"),
        {"lookup": [None, "ASD345", "B2"], "key": ["Test", None, "Test3"], "n": [3, None, 5]},
        source="https://github.com/tidyverse/readxl/issues/669",
    ),
    Variant(
        "blanks alone",
        lines("n,x,word", "1,   ,a", " ,1.5,  ", "3,2.5,c"),
        {"n": [1, None, 3], "x": [None, 1.5, 2.5], "word": ["a", None, "c"]},
    ),
    Variant(
        "a column without any cell",
        lines("n,note,x", "1,,0.5", "2,,1.5", "3,,2.5"),
        {"n": [1, 2, 3], "note": [None] * 3, "x": [0.5, 1.5, 2.5]},
        source="https://github.com/apache/paimon-mosaic/pull/69",
    ),
    Variant(
        "a column of NA alone",
        lines("n,note", "1,NA", "2,NA", "3,"),
        {"n": [1, 2, 3], "note": [None] * 3},
    ),
    Variant("a cell in quotes is missing too", lines("n,x", '"NA",1.5', '3,""'), {"n": [None, 3], "x": [1.5, None]}),
    Variant(
        "columns that are empty, each in another row",
        lines("col1,col2", ",1", "1234567,"),
        {"col1": [None, 1234567], "col2": [1, None]},
        source="https://github.com/pandas-dev/pandas/issues/32453",
    ),
)

WHERE_NEEDED = (
    Variant(
        "question marks",
        lines("kilo,kind", "?,lamp", "9.33,lamp", "16.24,?", "17.32,rug"),
        {"kilo": [None, 9.33, 16.24, 17.32], "kind": ["lamp", "lamp", None, "rug"]},
        source="https://github.com/scikit-learn/scikit-learn/pull/26551",
    ),
    Variant(
        "question marks that are answers",
        lines("question,answer", "a,?", "b,yes", "c,no", "d,?"),
        {"question": ["a", "b", "c", "d"], "answer": ["?", "yes", "no", "?"]},
    ),
    Variant(
        "hyphens",
        lines("kilo,pieces", "-,7", "9.33,--", "16.24,5"),
        {"kilo": [None, 9.33, 16.24], "pieces": [7, None, 5]},
        source="https://github.com/alan-turing-institute/ptype/pull/112",
    ),
    Variant(
        "hyphens that are a grade",
        lines("name,sign", "a,+", "b,-", "c,+"),
        {"name": ["a", "b", "c"], "sign": ["+", "-", "+"]},
    ),
    Variant(
        "points, as SAS and Stata write them",
        lines("id,pressure,pulse", "1,.,70", "2,120.5,.", "3,118.25,66"),
        {"id": [1, 2, 3], "pressure": [None, 120.5, 118.25], "pulse": [70, None, 66]},
        source="https://github.com/sequelpro/sequelpro/issues/1162",
    ),
    Variant(
        "backslash and N",
        lines("id,name,n", "1,a,\\N", "2,\\N,5", "3,c,7"),
        {"id": [1, 2, 3], "name": ["a", None, "c"], "n": [None, 5, 7]},
        source="https://github.com/ibm-watson-data-lab/simple-search-service/issues/2",
    ),
    Variant(
        "backslash and N in quotes between tabs",
        'id\tn\n"1"\t"\\N"\n"2"\t"5"\n',
        {"id": [1, 2], "n": [None, 5]},
        ending=".tsv",
        source="https://github.com/uniVocity/univocity-parsers/issues/352",
    ),
    Variant(
        "a division by zero",
        lines("a,ratio", "1,0.5", "2,#DIV/0!", "3,1.25"),
        {"a": [1, 2, 3], "ratio": [0.5, None, 1.25]},
        source="https://github.com/pandas-dev/pandas/issues/29668",
    ),
    Variant(
        "errors of a spreadsheet",
        lines("a,b,c", "#VALUE!,1,0.5", "2,#REF!,1.5", "3,4,#NAME?", "5,6,#NUM!"),
        {"a": [None, 2, 3, 5], "b": [1, None, 4, 6], "c": [0.5, 1.5, None, None]},
        source="https://github.com/ExcelDataReader/ExcelDataReader/issues/329",
    ),
    Variant(
        "na in small letters",
        lines("id,n", "1,5", "2,na", "3,7"),
        {"id": [1, 2, 3], "n": [5, None, 7]},
        source="https://github.com/tidyverse/readxl/issues/31",
    ),
    Variant(
        "the word missing",
        lines("id,n,day", "1,missing,2024-03-01", "2,5,missing", "3,7,2024-03-02"),
        {
            "id": [1, 2, 3],
            "n": [None, 5, 7],
            "day": [date(2024, 3, 1), None, date(2024, 3, 2)],
        },
    ),
    Variant(
        "nil and (null)", lines("id,n,x", "1,nil,0.5", "2,5,(null)"), {"id": [1, 2], "n": [None, 5], "x": [0.5, None]}
    ),
    Variant(
        "hyphens among times",
        lines("run,at", "1,14:05", "2,-", "3,09:30"),
        {"run": [1, 2, 3], "at": [time(14, 5), None, time(9, 30)]},
    ),
    Variant(
        "the word unknown makes a text",
        lines("id,n", "1,5", "2,unknown", "3,7"),
        {"id": [1, 2, 3], "n": ["5", "unknown", "7"]},
    ),
    Variant(
        "the word unknown is missing, asked for",
        lines("id,n", "1,5", "2,unknown", "3,7"),
        {"id": [1, 2, 3], "n": [5, None, 7]},
        options={"missing": ("unknown",)},
        source="https://github.com/tdspora/syngen/pull/275",
    ),
    Variant(
        "symbols of elements",
        lines("symbol,charge", "Na,1", "K,1", "Mg,2"),
        {"symbol": ["Na", "K", "Mg"], "charge": [1, 1, 2]},
    ),
)

BOOLEANS = (
    Variant(
        "true and false",
        lines("n,done,paid", "1,true,TRUE", "2,false,FALSE", "3,true,TRUE"),
        {"n": [1, 2, 3], "done": [True, False, True], "paid": [True, False, True]},
        silent=True,
        source="https://github.com/embulk/embulk/pull/136",
    ),
    Variant(
        "True and False, mixed, some missing",
        lines("n,done", "1,True", "2,false", "3,", "4,FALSE", "5,NA"),
        {"n": [1, 2, 3, 4, 5], "done": [True, False, None, False, None]},
    ),
    Variant(
        "yes and no stay texts",
        lines("n,done,paid", "1,yes,Y", "2,no,N", "3,yes,Y"),
        {"n": [1, 2, 3], "done": ["yes", "no", "yes"], "paid": ["Y", "N", "Y"]},
        source="https://github.com/wireservice/csvkit/issues/233",
    ),
    Variant(
        "T and F stay texts",
        lines("n,done", "1,T", "2,F", "3,T"),
        {"n": [1, 2, 3], "done": ["T", "F", "T"]},
        source="https://github.com/dathere/qsv/issues/2147",
    ),
    Variant(
        "names with T and F stay texts",
        lines("id,name", "1,Frank", "2,Tom"),
        {"id": [1, 2], "name": ["Frank", "Tom"]},
        source="https://github.com/dathere/qsv/issues/1639",
    ),
    Variant(
        "ones and zeros stay numbers",
        lines("n,done,used", "61.0,1,0", "62.5,0,0", "63.5,1,0"),
        {"n": [61.0, 62.5, 63.5], "done": [1, 0, 1], "used": [0, 0, 0]},
        source="https://github.com/wireservice/csvkit/issues/1265",
    ),
    Variant(
        "one constant",
        lines("a,b,c", "1,1,great", "2,1,great"),
        {"a": [1, 2], "b": [1, 1], "c": ["great", "great"]},
        source="https://github.com/wireservice/csvkit/issues/849",
    ),
    Variant(
        "booleans and numbers mixed are texts",
        lines("n,done", "1,true", "2,0", "3,1"),
        {"n": [1, 2, 3], "done": ["true", "0", "1"]},
    ),
)

VARIANTS = (*ALWAYS, *WHERE_NEEDED, *BOOLEANS)
