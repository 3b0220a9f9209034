"""Numbers and what only looks like them: signs, exponents, codes, whole numbers of 64 bits and beyond."""

from __future__ import annotations

import math

from table_variants.variant import Variant, lines

NUMBERS = (
    Variant(
        "whole numbers and decimals",
        lines("n,x", "1,0.5", "2,1", "-3,-2.25"),
        {"n": [1, 2, -3], "x": [0.5, 1.0, -2.25]},
        silent=True,
    ),
    Variant(
        "decimals that are whole",
        lines("n,x", "1,1.0", "2,2.0"),
        {"n": [1, 2], "x": [1.0, 2.0]},
    ),
    Variant(
        "points without digits before or behind",
        lines("foo,bar", "10000001,1e-5", "10000002,.04", "10000003,5."),
        {"foo": [10000001, 10000002, 10000003], "bar": [1e-5, 0.04, 5.0]},
        source="https://github.com/pola-rs/polars/issues/1973",
    ),
    Variant(
        "exponents with signs",
        lines("a,b", "7.9354942e+01,1E+05", "-7.2742090e+00,2.5E-07", "1.0161160e+02,3E-05"),
        {"a": [79.354942, -7.274209, 101.61160], "b": [1e5, 2.5e-7, 3e-5]},
        silent=True,
        source="https://github.com/d99kris/rapidcsv/issues/18",
    ),
    Variant(
        "a negative number with an exponent",
        lines("a,b", "-1e1,-10.0", "2e1,20.0"),
        {"a": [-10.0, 20.0], "b": [-10.0, 20.0]},
        source="https://github.com/pola-rs/polars/issues/5819",
    ),
    Variant(
        "one exponent among decimals",
        lines("name,x", "a,0.5", "b,9.999999974e-07", "c,3"),
        {"name": ["a", "b", "c"], "x": [0.5, 9.999999974e-07, 3.0]},
        silent=True,
        source="https://github.com/calpaterson/csvbase/issues/55",
    ),
    Variant("plus signs", lines("a,b", "+5,+0.5", "-3,-1.5", "0,2.25"), {"a": [5, -3, 0], "b": [0.5, -1.5, 2.25]}),
    Variant(
        "infinities",
        lines("a,b", "inf,Inf", "1.5,-Inf", "-inf,0.5"),
        {"a": [math.inf, 1.5, -math.inf], "b": [math.inf, -math.inf, 0.5]},
        source="https://github.com/apache/spark/pull/16834",
    ),
    Variant("a huge number", lines("a,b", "1.891,1e300", "-2.515,0.5"), {"a": [1.891, -2.515], "b": [1e300, 0.5]}),
    Variant("a number beyond all numbers", lines("a,b", "1e999,1", "2.5,3", "3.5,4"), refused=("1e999",)),
    Variant(
        "more digits than a number holds",
        lines("a,b", "0.1234567890123456789,x", "3361.303564068564,y"),
        {"a": [0.1234567890123456789, 3361.303564068564], "b": ["x", "y"]},
        source="https://github.com/modin-project/modin/issues/3265",
    ),
    Variant(
        "trailing minus signs",
        lines("day,text,amount", "1,Coffee,5.00-", "2,Salary,2000.00", "3,Rent,1200.50-"),
        {"day": [1, 2, 3], "text": ["Coffee", "Salary", "Rent"], "amount": [-5.0, 2000.0, -1200.5]},
        source="https://github.com/rustledger/rustledger/pull/1473",
    ),
    Variant(
        "trailing minus signs behind whole numbers, as SAP writes them",
        lines("account;balance", "A;123-", "B;77", "C;40-"),
        {"account": ["A", "B", "C"], "balance": [-123, 77, -40]},
        source="https://github.com/abap2xlsx/abap2xlsx/issues/15",
    ),
    Variant(
        "minus signs of Unicode",
        lines("text,amount", "a,\u2212100.5", "b,-20.25", "c,30"),
        {"text": ["a", "b", "c"], "amount": [-100.5, -20.25, 30.0]},
        source="https://github.com/d3/d3/issues/595",
    ),
    Variant(
        "minus signs of Unicode before whole numbers",
        lines("text,amount", "a,\u22125", "b,20", "c,\u22127"),
        {"text": ["a", "b", "c"], "amount": [-5, 20, -7]},
        source="https://github.com/letehaha/budget-tracker/pull/572",
    ),
    Variant(
        "minus nine hundred and ninety-nine is a number",
        lines("a,b", "-999,1.5", "12,-999.0", "7,2.5"),
        {"a": [-999, 12, 7], "b": [1.5, -999.0, 2.5]},
    ),
    Variant(
        "minus nine hundred and ninety-nine is missing, asked for",
        lines("a,b", "-999,x", "12,y", "7,z"),
        {"a": [None, 12, 7], "b": ["x", "y", "z"]},
        options={"missing": ("-999",)},
        source="https://github.com/pandas-dev/pandas/pull/3615",
    ),
    Variant(
        "minus eight is a number",
        lines("k,v", "a,1", "b,1", "c,-8", "d,3"),
        {"k": ["a", "b", "c", "d"], "v": [1, 1, -8, 3]},
        source="https://github.com/turi-code/SFrame/issues/44",
    ),
)

CODES = (
    Variant(
        "leading zeros",
        lines("zip,n", "0300,1", "12345,2", "06520,3"),
        {"zip": ["0300", "12345", "06520"], "n": [1, 2, 3]},
        source="https://github.com/Rdatatable/data.table/issues/2999",
    ),
    Variant(
        "a leading zero in one cell",
        lines("V1,V2", "12,123", "012,456", "34,789"),
        {"V1": ["12", "012", "34"], "V2": [123, 456, 789]},
        source="https://github.com/Rdatatable/data.table/issues/3527",
    ),
    Variant(
        "leading zeros in quotes",
        lines("code,n", '"01",1', '"02",2', '"10",3'),
        {"code": ["01", "02", "10"], "n": [1, 2, 3]},
        source="https://github.com/duckdb/duckdb/issues/5782",
    ),
    Variant(
        "a zero before a point is no leading zero",
        lines("a,b", "0.5,0", "0.25,10", "-0.75,0"),
        {"a": [0.5, 0.25, -0.75], "b": [0, 10, 0]},
        silent=True,
    ),
    Variant(
        "digits, E, digits",
        lines("code,n", "9E9,1", "1234,2", "12E12,3", "5E3,4"),
        {"code": ["9E9", "1234", "12E12", "5E3"], "n": [1, 2, 3, 4]},
        source="https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0185207",
    ),
    Variant(
        "a long code of digits, E, digits",
        lines("Date\tID", "2026-06\t0047583311587DD90005", "2026-07\t0047583311587E590003"),
        {"Date": ["2026-06", "2026-07"], "ID": ["0047583311587DD90005", "0047583311587E590003"]},
        ending=".tsv",
        source="https://github.com/tilo/smarter_csv/issues/345",
    ),
    Variant(
        "hexadecimal codes",
        lines("code,n", "0x0F08,1", "0xAE,2", "0x0,3"),
        {"code": ["0x0F08", "0xAE", "0x0"], "n": [1, 2, 3]},
        source="https://github.com/Rdatatable/data.table/issues/1599",
    ),
    Variant(
        "hexadecimal codes of digits alone",
        lines("code,n", "0x10,1", "0x25,2"),
        {"code": ["0x10", "0x25"], "n": [1, 2]},
        source="https://github.com/NVIDIA/cudf/issues/973",
    ),
    Variant(
        "versions",
        lines("version,n", "1.10.2,1", "1.9.0,2", "2.0.11,3"),
        {"version": ["1.10.2", "1.9.0", "2.0.11"], "n": [1, 2, 3]},
    ),
    Variant(
        "addresses of machines",
        lines("host,n", "10.0.0.1,1", "192.168.100.200,2", "128.0.0.0,3"),
        {"host": ["10.0.0.1", "192.168.100.200", "128.0.0.0"], "n": [1, 2, 3]},
    ),
    Variant(
        "telephone numbers",
        lines("phone,n", "+41 44 123 45 67,1", "555-0100,2", "(030) 123456,3"),
        {"phone": ["+41 44 123 45 67", "555-0100", "(030) 123456"], "n": [1, 2, 3]},
    ),
    Variant(
        "post codes with a blank",
        lines("post,n", "110 00,1", "602 00,2", "301 15,3"),
        {"post": ["110 00", "602 00", "301 15"], "n": [1, 2, 3]},
    ),
    Variant(
        "ranges", lines("age,n", "20-29,1", "30-39,2", "40-49,3"), {"age": ["20-29", "30-39", "40-49"], "n": [1, 2, 3]}
    ),
    Variant("fractions", lines("part,n", "1/2,1", "3/4,2", "5/8,3"), {"part": ["1/2", "3/4", "5/8"], "n": [1, 2, 3]}),
    Variant(
        "article numbers with hyphens",
        lines("reference,n", "12-3455,1", "34-5678,2", "12345,3"),
        {"reference": ["12-3455", "34-5678", "12345"], "n": [1, 2, 3]},
        source="https://github.com/duckdb/duckdb-excel/issues/46",
    ),
    Variant(
        "numbers with units",
        lines("size,n", "5 kg,1", "7 kg,2", "12 kg,3"),
        {"size": ["5 kg", "7 kg", "12 kg"], "n": [1, 2, 3]},
    ),
    Variant(
        "dimensions of screens",
        lines("screen,n", "10x10,1", "0x0,2", "0x5,3"),
        {"screen": ["10x10", "0x0", "0x5"], "n": [1, 2, 3]},
    ),
    Variant(
        "a column of numbers as text, asked for",
        lines("code,n", "12,1", "34,2"),
        {"code": ["12", "34"], "n": [1, 2]},
        options={"types": {"code": "text"}},
        source="https://github.com/pola-rs/polars/issues/12473",
    ),
)

LARGE = (
    Variant(
        "ids of 64 bits",
        lines("id,kind", "1582218195625938945,lamp", "1582218195625939922,rug", "1582218195625940899,rug"),
        {
            "id": [1582218195625938945, 1582218195625939922, 1582218195625940899],
            "kind": ["lamp", "rug", "rug"],
        },
        source="https://github.com/pandas-dev/pandas/issues/48170",
    ),
    Variant(
        "an id of 64 bits beside a missing cell",
        lines("col1;col2", "1;123", "2;", "3;1582218195625938945"),
        {"col1": [1, 2, 3], "col2": [123, None, 1582218195625938945]},
        source="https://github.com/pandas-dev/pandas/issues/32134",
    ),
    Variant(
        "nanoseconds since 1970 beside a missing cell",
        lines("event,timestamp", "a,1556559573141592653", "b,NA", "c,1556559573141592655"),
        {"event": ["a", "b", "c"], "timestamp": [1556559573141592653, None, 1556559573141592655]},
        source="https://github.com/pandas-dev/pandas/issues/26259",
    ),
    Variant(
        "the smallest and the largest number of 64 bits",
        lines("x,n", "-9223372036854775808,1", "9223372036854775807,2", "1,3"),
        {"x": [-9223372036854775808, 9223372036854775807, 1], "n": [1, 2, 3]},
        source="https://github.com/pandas-dev/pandas/pull/66855",
    ),
    Variant(
        "whole numbers beyond 64 bits",
        lines("code,n", "118210102010011000110,1", "218210102010011000111,2", "5,3"),
        {"code": ["118210102010011000110", "218210102010011000111", "5"], "n": [1, 2, 3]},
        source="https://github.com/shshemi/tabiew/issues/2",
    ),
    Variant(
        "a whole number of a hundred digits",
        lines("Id,Num", f"1,{'1' * 98}", "2,7"),
        {"Id": [1, 2], "Num": ["1" * 98, "7"]},
        source="https://github.com/tidyverse/readr/issues/976",
    ),
    Variant(
        "one more than two to the power of 53 beside a decimal",
        lines("code,n", "9007199254740993,1", "0.5,2"),
        {"code": ["9007199254740993", "0.5"], "n": [1, 2]},
    ),
)

VARIANTS = (*NUMBERS, *CODES, *LARGE)
