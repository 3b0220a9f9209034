"""Decimal commas, thousands, currencies, percent and parentheses."""

from __future__ import annotations

from table_variants.variant import Variant, lines

DECIMALS = (
    Variant(
        "decimal commas between semicolons",
        lines("colx;coly", "10,20;4,5", "7,25;-0,5"),
        {"colx": [10.2, 7.25], "coly": [4.5, -0.5]},
        source="https://github.com/pola-rs/polars/issues/6698",
    ),
    Variant(
        "decimal commas between pipes",
        lines("colx|coly", "10,20|a", "7,25|b"),
        {"colx": [10.2, 7.25], "coly": ["a", "b"]},
        source="https://github.com/JuliaData/DataFrames.jl/issues/291",
    ),
    Variant(
        "decimal commas between tabs",
        "kind\tkilo\nlamp\t7,63\nrug\t17,32\n",
        {"kind": ["lamp", "rug"], "kilo": [7.63, 17.32]},
        ending=".tsv",
    ),
    Variant(
        "decimal commas in quotes between commas",
        lines("kind,kilo", 'lamp,"7,63"', 'rug,"17,32"', 'rug,"5"'),
        {"kind": ["lamp", "rug", "rug"], "kilo": [7.63, 17.32, 5.0]},
        source="https://github.com/sqlitebrowser/sqlitebrowser/issues/2140",
    ),
    Variant(
        "decimal commas behind a zero, three digits each",
        lines("kind;part", "a;0,125", "b;0,375", "c;0,875"),
        {"kind": ["a", "b", "c"], "part": [0.125, 0.375, 0.875]},
    ),
    Variant(
        "decimal commas behind four digits, three digits each",
        lines("kind;part", "a;1234,125", "b;2345,375"),
        {"kind": ["a", "b"], "part": [1234.125, 2345.375]},
    ),
    Variant(
        "decimal commas, one cell with two digits settles the rest",
        lines("kind;part", "a;1,125", "b;2,37", "c;3,875"),
        {"kind": ["a", "b", "c"], "part": [1.125, 2.37, 3.875]},
    ),
    Variant(
        "decimal commas with exponents",
        lines("kind;part", "a;1,5E-03", "b;2,5E+02"),
        {"kind": ["a", "b"], "part": [1.5e-3, 2.5e2]},
    ),
    Variant(
        "decimal commas and minus signs of Unicode in one column, with its separator",
        "price\n1,5\n2,0\n\u22123,5\n10,99\n",
        {"price": [1.5, 2.0, -3.5, 10.99]},
        options={"separator": ";"},
        source="https://github.com/pola-rs/polars/issues/28163",
    ),
    Variant(
        "points and semicolons, as in Switzerland",
        lines("period;place;value", "2010/2012;101;12374.03", "2010/2012;102;7288.64"),
        {"period": ["2010/2012", "2010/2012"], "place": [101, 102], "value": [12374.03, 7288.64]},
        silent=True,
        source="https://github.com/tidyverse/readr/issues/1445",
    ),
    Variant(
        "a point and three digits each",
        lines("kind,part", "a,1.125", "b,2.375", "c,3.875"),
        {"kind": ["a", "b", "c"], "part": [1.125, 2.375, 3.875]},
        silent=True,
    ),
    Variant(
        "a point and three digits each, decimal commas elsewhere",
        lines("people;share", "1.125;7,5", "2.375;8,25", "153.730;1,75"),
        {"people": [1125, 2375, 153730], "share": [7.5, 8.25, 1.75]},
        source="https://github.com/deadlocker8/BudgetMaster/issues/731",
    ),
)

THOUSANDS = (
    Variant(
        "thousands and decimals, as in America",
        lines("A|B|C", "1|2,334.01|5", "10|13|10", "7|1,200.50|8"),
        {"A": [1, 10, 7], "B": [2334.01, 13.0, 1200.5], "C": [5, 10, 8]},
        source="https://github.com/pandas-dev/pandas/pull/4598",
    ),
    Variant(
        "thousands and decimals, as in Europe",
        lines("item;price", "a;1.299,99", "b;7,50", "c;12.345.678,00"),
        {"item": ["a", "b", "c"], "price": [1299.99, 7.5, 12345678.0]},
        source="https://github.com/pola-rs/polars/issues/18797",
    ),
    Variant(
        "thousands and decimals, as in Europe, in quotes between commas",
        lines("item,price", 'a,"1.000,92"', 'b,"2.500,10"'),
        {"item": ["a", "b"], "price": [1000.92, 2500.1]},
        source="https://github.com/jasp-stats/jasp-desktop/issues/403",
    ),
    Variant(
        "millions with two commas",
        lines("place,people", 'a,"1,234,567"', 'b,"23,456"', "c,789"),
        {"place": ["a", "b", "c"], "people": [1234567, 23456, 789]},
        source="https://github.com/tidyverse/readr/issues/799",
    ),
    Variant(
        "millions with two points",
        lines("place;people", "a;1.234.567", "b;23.456", "c;789"),
        {"place": ["a", "b", "c"], "people": [1234567, 23456, 789]},
    ),
    Variant(
        "thousands between tabs, one ends in zero",
        lines("kind\tpeople\tpieces", "lamp\t153,730\t7", "rug\t950\t3", "rug\t25,659\t5"),
        {"kind": ["lamp", "rug", "rug"], "people": [153730, 950, 25659], "pieces": [7, 3, 5]},
        ending=".tsv",
    ),
    Variant(
        "thousands in quotes, decimal points elsewhere",
        lines("place,people,share", 'a,"1,234",7.63', 'b,"5,678",9.3', 'c,"12,345",1.25'),
        {"place": ["a", "b", "c"], "people": [1234, 5678, 12345], "share": [7.63, 9.3, 1.25]},
    ),
    Variant(
        "thousands or decimals, nothing decides",
        lines("place,people", 'a,"1,234"', 'b,"5,678"', 'c,"12,345"'),
        refused=("decimal=", "thousands="),
        source="https://pipesheets.com/blog/convert-european-number-format-csv",
    ),
    Variant(
        "thousands or decimals between semicolons, nothing decides",
        lines("place;size", "a;1,234", "b;5,678", "c;12,345"),
        refused=("decimal=", "thousands="),
    ),
    Variant(
        "thousands or decimals, asked for as thousands",
        lines("place,people", 'a,"1,234"', 'b,"5,678"', 'c,"12,345"'),
        {"place": ["a", "b", "c"], "people": [1234, 5678, 12345]},
        options={"thousands": ","},
        source="https://github.com/duckdb/duckdb/pull/17220",
    ),
    Variant(
        "thousands or decimals, asked for as decimals",
        lines("text|number", "foo|123,456", "bar|12,345"),
        {"text": ["foo", "bar"], "number": [123.456, 12.345]},
        options={"decimal": ","},
        source="https://github.com/duckdb/duckdb/issues/12856",
    ),
    Variant(
        "points and three digits, asked for as thousands",
        lines("place;people", "a;1.234", "b;5.678"),
        {"place": ["a", "b"], "people": [1234, 5678]},
        options={"thousands": "."},
        source="https://github.com/JuliaData/CSV.jl/issues/957",
    ),
    Variant(
        "thousands with apostrophes",
        lines("place;people;francs", "a;1'234;9'000.50", "b;567;25.75", "c;1'234'567;100.00"),
        {"place": ["a", "b", "c"], "people": [1234, 567, 1234567], "francs": [9000.5, 25.75, 100.0]},
        source="https://github.com/invoice-x/invoice2data/pull/306",
    ),
    Variant(
        "thousands with curly apostrophes",
        lines("place;people", "a;1\u2019234", "b;567", "c;1\u2019234\u2019567"),
        {"place": ["a", "b", "c"], "people": [1234, 567, 1234567]},
        source="https://github.com/facebook/duckling/pull/706",
    ),
    Variant(
        "thousands with spaces and decimal commas",
        lines("place;amount", "a;1 456,00", "b;99 568,25", "c;951,12"),
        {"place": ["a", "b", "c"], "amount": [1456.0, 99568.25, 951.12]},
        source="https://blog.djeepy1.net/2012/08/19/problme-de-types-et-cultures-avec-powerpivot/",
    ),
    Variant(
        "thousands with spaces",
        lines("place,people", "a,12 345", "b,678", "c,1 234 567"),
        {"place": ["a", "b", "c"], "people": [12345, 678, 1234567]},
        source="https://github.com/s-yadav/react-number-format/issues/18",
    ),
    Variant(
        "thousands with no-break spaces",
        lines("place;people;share", "a;12\u00a0345;1,5", "b;678;2,25", "c;1\u00a0234\u00a0567;3,75"),
        {"place": ["a", "b", "c"], "people": [12345, 678, 1234567], "share": [1.5, 2.25, 3.75]},
        source="https://github.com/BenjaminVanRyseghem/numbro/issues/765",
    ),
    Variant(
        "thousands with narrow no-break spaces",
        lines("place;people", "a;12\u202f345,50", "b;678,25", "c;1\u202f234\u202f567,00"),
        {"place": ["a", "b", "c"], "people": [12345.5, 678.25, 1234567.0]},
        source="https://github.com/geneweb/geneweb/pull/10",
    ),
    Variant(
        "lakhs and crores",
        lines("place,people,rupees", 'a,"1,23,456","12,34,567.50"', 'b,"1,00,00,000","7.25"'),
        {"place": ["a", "b"], "people": [123456, 10000000], "rupees": [1234567.5, 7.25]},
        source="https://github.com/openexchangerates/accounting.js/issues/200",
    ),
    Variant(
        "groups that are none",
        lines("code,n", '"12,34",1', '"1,2345",2', '"1,2,3",3'),
        {"code": ["12,34", "1,2345", "1,2,3"], "n": [1, 2, 3]},
    ),
)

CURRENCIES = (
    Variant(
        "dollars and percent",
        lines("price,share,kind", "$7.63,52.5%,lamp", "$9.33,60.0%,lamp", "$16.24,37.5%,rug"),
        {"price": [7.63, 9.33, 16.24], "share": [52.5, 60.0, 37.5], "kind": ["lamp", "lamp", "rug"]},
        source="https://github.com/rawgraphs/rawgraphs-core/issues/10",
    ),
    Variant(
        "dollars with thousands",
        lines("who,amount", 'a,"$15,340"', 'b,"$13,234"', "c,$367"),
        {"who": ["a", "b", "c"], "amount": [15340, 13234, 367]},
        source="https://github.com/TresAmigosSD/SMV/issues/266",
    ),
    Variant(
        "dollars, some cells missing",
        lines("who,amount", "a,$1.50", "b,", "c,N/A", "d,$2.25"),
        {"who": ["a", "b", "c", "d"], "amount": [1.5, None, None, 2.25]},
    ),
    Variant(
        "euros behind, a no-break space between",
        lines("item;price", "a;7,63\u00a0\u20ac", "b;1.299,50\u00a0\u20ac"),
        {"item": ["a", "b"], "price": [7.63, 1299.5]},
        source="https://github.com/halloffame/ynab-csv/pull/28",
    ),
    Variant(
        "euros before",
        lines("item;price", "a;\u20ac7,63", "b;\u20ac 12,50"),
        {"item": ["a", "b"], "price": [7.63, 12.5]},
    ),
    Variant(
        "pounds before",
        lines("item,price", 'a,"\u00a31,234.50"', "b,\u00a37.25"),
        {"item": ["a", "b"], "price": [1234.5, 7.25]},
    ),
    Variant(
        "francs by their letters",
        lines("item;price", "a;70.00 CHF", "b;12.50 CHF"),
        {"item": ["a", "b"], "price": [70.0, 12.5]},
        source="https://github.com/JuliaData/CSV.jl/issues/1147",
    ),
    Variant(
        "francs by their letters before",
        lines("item;price", "a;CHF 70.25", "b;CHF 1'200.50"),
        {"item": ["a", "b"], "price": [70.25, 1200.5]},
    ),
    Variant(
        "crowns by their letters",
        lines("item;price", "a;12,50 kr", "b;1 200,25 kr"),
        {"item": ["a", "b"], "price": [12.5, 1200.25]},
    ),
    Variant(
        "two currencies in one column",
        lines("item,price", "a,$7.63", "b,\u20ac9.33", "c,$1.50"),
        {"item": ["a", "b", "c"], "price": ["$7.63", "\u20ac9.33", "$1.50"]},
    ),
    Variant(
        "a price in words among prices",
        lines("item,price", "a,$35", "b,15 Bucks", "c,$20"),
        {"item": ["a", "b", "c"], "price": ["$35", "15 Bucks", "$20"]},
        source="https://github.com/SheetJS/sheetjs/issues/2254",
    ),
    Variant(
        "negative dollars",
        lines("item,price", "a,-$5.25", "b,$-7.50", "c,$1.75"),
        {"item": ["a", "b", "c"], "price": [-5.25, -7.5, 1.75]},
    ),
    Variant(
        "percent with a blank and decimal commas",
        lines("item;share", "a;52,5 %", "b;60,25 %", "c;7,75 %"),
        {"item": ["a", "b", "c"], "share": [52.5, 60.25, 7.75]},
        source="https://github.com/tidyverse/readr/issues/449",
    ),
    Variant(
        "whole percent",
        lines("item,share", "a,22%", "b,-5%", "c,100%"),
        {"item": ["a", "b", "c"], "share": [22, -5, 100]},
        source="https://github.com/box/spout/issues/876",
    ),
    Variant(
        "percent in some cells only",
        lines("item,share", "a,22%", "b,0.5", "c,100%"),
        {"item": ["a", "b", "c"], "share": ["22%", "0.5", "100%"]},
        source="https://github.com/jtablesaw/tablesaw/issues/204",
    ),
    Variant(
        "negative numbers in parentheses",
        lines("item,amount", "a,(123.45)", "b,50.25", "c,(1.00)"),
        {"item": ["a", "b", "c"], "amount": [-123.45, 50.25, -1.0]},
        source="https://github.com/moneymanagerex/moneymanagerex/issues/2898",
    ),
    Variant(
        "negative dollars in parentheses",
        lines("kind,amount", "Credit,$400.00", "Debit,($30.00)", "Debit,($1.25)"),
        {"kind": ["Credit", "Debit", "Debit"], "amount": [400.0, -30.0, -1.25]},
        source="https://github.com/actualbudget/actual/issues/807",
    ),
    Variant(
        "minus signs of Unicode before decimal commas",
        lines("text;change", "a;\u2212100,50", "b;-20,25", "c;30,75"),
        {"text": ["a", "b", "c"], "change": [-100.5, -20.25, 30.75]},
        source="https://github.com/actualbudget/actual/issues/6206",
    ),
)

VARIANTS = (*DECIMALS, *THOUSANDS, *CURRENCIES)
