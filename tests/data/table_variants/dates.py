"""Dates and times in the orders of the world."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from table_variants.variant import Variant, lines

YEAR_FIRST = (
    Variant(
        "year, month, day",
        lines("day,n", "2024-02-29,1", "2024-03-01,2", ",3"),
        {"day": [date(2024, 2, 29), date(2024, 3, 1), None], "n": [1, 2, 3]},
        silent=True,
    ),
    Variant(
        "year, month, day with slashes",
        lines("day,n", "2024/02/29,1", "2024/3/1,2"),
        {"day": [date(2024, 2, 29), date(2024, 3, 1)], "n": [1, 2]},
    ),
    Variant(
        "a blank before the time",
        lines("id|name|changed", "1|Action|2006-02-15 04:46:27", "2|Drama|2006-02-16 14:00:00"),
        {
            "id": [1, 2],
            "name": ["Action", "Drama"],
            "changed": [datetime(2006, 2, 15, 4, 46, 27), datetime(2006, 2, 16, 14)],
        },
        silent=True,
        source="https://github.com/duckdb/duckdb/issues/6011",
    ),
    Variant(
        "a T before the time",
        lines("at,n", "2015-12-31T07:15:56,1", "2015-12-31T13:31:21,2"),
        {"at": [datetime(2015, 12, 31, 7, 15, 56), datetime(2015, 12, 31, 13, 31, 21)], "n": [1, 2]},
        silent=True,
        source="https://github.com/apache/calcite/pull/190",
    ),
    Variant(
        "hours and minutes alone",
        lines("at,n", "2025-04-30 09:20,1", "2025-05-01 23:59,2"),
        {"at": [datetime(2025, 4, 30, 9, 20), datetime(2025, 5, 1, 23, 59)], "n": [1, 2]},
        source="https://github.com/dannymcc/may/issues/96",
    ),
    Variant(
        "fractions of a second",
        lines("at,n", "2024-11-12 20:47:01.917818,1", "2024-11-12 20:47:02.5,2"),
        {"at": [datetime(2024, 11, 12, 20, 47, 1, 917818), datetime(2024, 11, 12, 20, 47, 2, 500000)], "n": [1, 2]},
    ),
    Variant(
        "fractions of a second and Z",
        lines("at,n", "2024-11-12T20:47:01.917818Z,1", "2024-11-12T20:47:02.250000Z,2"),
        {
            "at": [
                datetime(2024, 11, 12, 20, 47, 1, 917818, tzinfo=UTC),
                datetime(2024, 11, 12, 20, 47, 2, 250000, tzinfo=UTC),
            ],
            "n": [1, 2],
        },
        source="https://github.com/duckdb/duckdb/issues/14919",
    ),
    Variant(
        "Z",
        lines("at,n", "2023-01-15T08:00:00Z,1", "2023-01-16T09:30:00Z,2"),
        {"at": [datetime(2023, 1, 15, 8, tzinfo=UTC), datetime(2023, 1, 16, 9, 30, tzinfo=UTC)], "n": [1, 2]},
    ),
    Variant(
        "several offsets",
        lines("at,n", "2023-01-15T08:00:00-05:00,1", "2023-01-15T08:00:00+05:30,2", "2023-01-15T08:00:00Z,3"),
        {
            "at": [
                datetime(2023, 1, 15, 13, tzinfo=UTC),
                datetime(2023, 1, 15, 2, 30, tzinfo=UTC),
                datetime(2023, 1, 15, 8, tzinfo=UTC),
            ],
            "n": [1, 2, 3],
        },
        source="https://github.com/pola-rs/polars/issues/6886",
    ),
    Variant(
        "one offset",
        lines("at,cores", "2024-10-07T16:23:23+00:00,16", "2024-10-07T16:23:24+00:00,16"),
        {
            "at": [datetime(2024, 10, 7, 16, 23, 23, tzinfo=UTC), datetime(2024, 10, 7, 16, 23, 24, tzinfo=UTC)],
            "cores": [16, 16],
        },
        source="https://github.com/pandas-dev/pandas/issues/24987",
    ),
)

DAY_FIRST = (
    Variant(
        "day, month, year with points",
        lines("day,kind,kilo", "16.07.2024,lamp,7.63", "07.09.2024,lamp,9.33", "20.05.2024,brick,16.24"),
        {
            "day": [date(2024, 7, 16), date(2024, 9, 7), date(2024, 5, 20)],
            "kind": ["lamp", "lamp", "brick"],
            "kilo": [7.63, 9.33, 16.24],
        },
        source="https://github.com/saineshnakra/automated-data-analyst/issues/23",
    ),
    Variant(
        "day, month, year with slashes, settled late",
        lines("day;n", "10/9/2016;1", "03/05/2016;2", "30/9/2016;3"),
        {"day": [date(2016, 9, 10), date(2016, 5, 3), date(2016, 9, 30)], "n": [1, 2, 3]},
        source="https://github.com/pandas-dev/pandas/issues/14301",
    ),
    Variant(
        "all days of a month with slashes",
        lines("date,n", *(f"{day:02}/01/2018,{day}" for day in range(1, 32))),
        {"date": [date(2018, 1, day) for day in range(1, 32)], "n": list(range(1, 32))},
        source="https://github.com/pandas-dev/pandas/issues/25847",
    ),
    Variant(
        "day, month, year with hyphens",
        lines("day,n", "03-09-2018,1", "14-09-2018,2"),
        {"day": [date(2018, 9, 3), date(2018, 9, 14)], "n": [1, 2]},
    ),
    Variant(
        "day, month, year and a time",
        lines("timestamp,num", "03/09/2018 12:02:00,1", "14/09/2018 14:09:00,2"),
        {"timestamp": [datetime(2018, 9, 3, 12, 2), datetime(2018, 9, 14, 14, 9)], "num": [1, 2]},
        source="https://github.com/pandas-dev/pandas/issues/12585",
    ),
    Variant(
        "day, month, year with points and a time with fractions",
        lines("a,b", "27.03.2003 14:55:00.000,1", "03.08.2003 15:20:30.500,2"),
        {"a": [datetime(2003, 3, 27, 14, 55), datetime(2003, 8, 3, 15, 20, 30, 500000)], "b": [1, 2]},
        source="https://github.com/pandas-dev/pandas/issues/2586",
    ),
    Variant(
        "day, month, year with points, hours and minutes",
        lines("at;kilo", "30.04.2025 09:20;7,5", "01.05.2025 23:59;8,25"),
        {"at": [datetime(2025, 4, 30, 9, 20), datetime(2025, 5, 1, 23, 59)], "kilo": [7.5, 8.25]},
    ),
    Variant(
        "day, month and two digits of the year",
        lines("day,n", "04/10/96,1", "15/07/97,2", "10/12/97,3"),
        {"day": [date(1996, 10, 4), date(1997, 7, 15), date(1997, 12, 10)], "n": [1, 2, 3]},
        source="https://github.com/pandas-dev/pandas/issues/13063",
    ),
    Variant(
        "day, month and two digits of the year with points",
        lines("day;n", "31.12.23;1", "16.07.24;2", "01.08.24;3"),
        {"day": [date(2023, 12, 31), date(2024, 7, 16), date(2024, 8, 1)], "n": [1, 2, 3]},
        source="https://github.com/wealthfolio/wealthfolio/pull/1622",
    ),
    Variant(
        "one column settles the other",
        lines("from,to,n", "03/02/2024,31/03/2024,1", "05/04/2024,28/05/2024,2"),
        {
            "from": [date(2024, 2, 3), date(2024, 4, 5)],
            "to": [date(2024, 3, 31), date(2024, 5, 28)],
            "n": [1, 2],
        },
    ),
)

MONTH_FIRST = (
    Variant(
        "month, day, year",
        lines("day,n", "01/02/2023,1", "01/31/2023,2"),
        {"day": [date(2023, 1, 2), date(2023, 1, 31)], "n": [1, 2]},
    ),
    Variant(
        "month, day, year without leading zeros",
        lines("day,n", "12/17/2008,1", "4/28/2008,2", "10/7/2010,3"),
        {"day": [date(2008, 12, 17), date(2008, 4, 28), date(2010, 10, 7)], "n": [1, 2, 3]},
    ),
    Variant(
        "month, day and two digits of the year",
        lines("day,n", "01/15/24,1", "07/16/24,2", "12/31/23,3"),
        {"day": [date(2024, 1, 15), date(2024, 7, 16), date(2023, 12, 31)], "n": [1, 2, 3]},
        source="https://github.com/aniav/ynab-csv/pull/98",
    ),
    Variant(
        "month, day, year and a time of twelve hours",
        lines("at,n", "07/16/2024 2:05:06 PM,1", "07/03/2024 12:30:00 AM,2", "07/04/2024 11:00:00 AM,3"),
        {
            "at": [datetime(2024, 7, 16, 14, 5, 6), datetime(2024, 7, 3, 0, 30), datetime(2024, 7, 4, 11)],
            "n": [1, 2, 3],
        },
        source="https://github.com/JuliaData/CSV.jl/issues/600",
    ),
)

IN_DOUBT = (
    Variant("day or month first", lines("day,n", "03/02/2024,1", "05/04/2024,2"), refused=("dates=", "03/02/2024")),
    Variant(
        "day or month first, with a time",
        lines("at;n", "11/03/2011 10:00;1", "03/05/2011 11:00;2"),
        refused=("dates=",),
        source="https://github.com/pandas-dev/pandas/issues/19402",
    ),
    Variant("day or month first, with hyphens", lines("day,n", "03-02-2024,1", "05-04-2024,2"), refused=("dates=",)),
    Variant(
        "day first, asked for",
        lines("day,n", "03/02/2024,1", "05/04/2024,2"),
        {"day": [date(2024, 2, 3), date(2024, 4, 5)], "n": [1, 2]},
        options={"dates": "dmy"},
    ),
    Variant(
        "month first, asked for",
        lines("day,n", "03/02/2024,1", "05/04/2024,2"),
        {"day": [date(2024, 3, 2), date(2024, 5, 4)], "n": [1, 2]},
        options={"dates": "mdy"},
    ),
    Variant(
        "day and month are equal",
        lines("day,n", "03/03/2024,1", "05/05/2024,2"),
        {"day": [date(2024, 3, 3), date(2024, 5, 5)], "n": [1, 2]},
    ),
    Variant(
        "both orders in one column are a text",
        lines("day,n", "13/01/2024,1", "01/14/2024,2"),
        {"day": ["13/01/2024", "01/14/2024"], "n": [1, 2]},
    ),
)

IN_WORDS = (
    Variant(
        "day, month in letters, year",
        lines("day,n", "03-Jan-2024,1", "17-Mar-2021,2", "1-Dec-2020,3"),
        {"day": [date(2024, 1, 3), date(2021, 3, 17), date(2020, 12, 1)], "n": [1, 2, 3]},
        source="https://github.com/digital-preservation/csv-validator/issues/47",
    ),
    Variant(
        "month in letters, day, year",
        lines("day,n", '"Jan 3, 2024",1', '"Mar 17, 2021",2'),
        {"day": [date(2024, 1, 3), date(2021, 3, 17)], "n": [1, 2]},
        source="https://github.com/metabase/metabase/pull/38276",
    ),
    Variant(
        "month in full",
        lines("day,n", "2 January 1994,1", "22 April 1996,2"),
        {"day": [date(1994, 1, 2), date(1996, 4, 22)], "n": [1, 2]},
        source="https://github.com/laukvik/CSV/issues/59",
    ),
    Variant(
        "month and two digits stay a text",
        lines("when,n", "Feb-20,1", "Mar-21,2"),
        {"when": ["Feb-20", "Mar-21"], "n": [1, 2]},
        source="https://github.com/borgar/numfmt/issues/31",
    ),
)

TIMES = (
    Variant(
        "hours and minutes",
        lines("stop,at", "a,12:30", "b,14:05"),
        {"stop": ["a", "b"], "at": [time(12, 30), time(14, 5)]},
        source="https://github.com/etalab/csvapi/issues/41",
    ),
    Variant(
        "hours, minutes and seconds",
        lines("stop,at", "a,01:02:03", "b,14:55:10"),
        {"stop": ["a", "b"], "at": [time(1, 2, 3), time(14, 55, 10)]},
        source="https://github.com/tidyverse/vroom/issues/88",
    ),
    Variant(
        "twelve hours",
        lines("dive,day,at", "1,1998-08-04,09:00:00 AM", "2,1998-08-04,02:00:00 PM", "3,1998-08-07,12:38:00 PM"),
        {
            "dive": [1, 2, 3],
            "day": [date(1998, 8, 4), date(1998, 8, 4), date(1998, 8, 7)],
            "at": [time(9), time(14), time(12, 38)],
        },
        source="https://github.com/submersion-app/submersion/issues/63",
    ),
    Variant(
        "twelve hours, hours and minutes",
        lines("run,at", "1,2:05 PM", "2,11:30 AM"),
        {"run": [1, 2], "at": [time(14, 5), time(11, 30)]},
    ),
    Variant(
        "durations beyond a day",
        lines("run,took", "1,36:15:00", "2,12:10:30"),
        {"run": [1, 2], "took": ["36:15:00", "12:10:30"]},
    ),
)

NO_DATES = (
    Variant(
        "eight digits stay numbers",
        lines("day,n", "20240131,1", "20240201,2"),
        {"day": [20240131, 20240201], "n": [1, 2]},
        source="https://github.com/octoske/chopper/issues/17",
    ),
    Variant(
        "a day that is none makes a text",
        lines("day,n", "2024-02-28,1", "2024-02-30,2"),
        {"day": ["2024-02-28", "2024-02-30"], "n": [1, 2]},
    ),
    Variant(
        "a word among dates makes a text",
        lines("day,n", "2024-02-28,1", "soon,2"),
        {"day": ["2024-02-28", "soon"], "n": [1, 2]},
    ),
    Variant(
        "years are numbers",
        lines("year,n", "1994,1.5", "2024,2.5"),
        {"year": [1994, 2024], "n": [1.5, 2.5]},
        silent=True,
    ),
    Variant(
        "seconds since 1970 are numbers",
        lines("at,n", "1748736094501,1", "1748736113700,2"),
        {"at": [1748736094501, 1748736113700], "n": [1, 2]},
    ),
    Variant(
        "quarters are texts", lines("quarter,n", "2024Q1,1", "2024Q2,2"), {"quarter": ["2024Q1", "2024Q2"], "n": [1, 2]}
    ),
)

VARIANTS = (*YEAR_FIRST, *DAY_FIRST, *MONTH_FIRST, *IN_DOUBT, *IN_WORDS, *TIMES, *NO_DATES)
