"""Marks of encodings, and encodings other than UTF-8."""

from __future__ import annotations

from table_variants.variant import Variant, lines

PLAIN = {"town": ["Köln", "Zürich", "Málaga"], "n": [1, 2, 3]}
PLAIN_TEXT = lines("town,n", "Köln,1", "Zürich,2", "Málaga,3")

POLISH = ["żółw", "łódź", "święto", "gęś", "źrebię", "mąka", "ćma", "ślimak", "książka", "dąb", "wąż", "pięść"]
CZECH = ["žlutý", "kůň", "řeka", "šťáva", "děti", "čaj", "příliš", "úpěl", "ďábelské", "ódy", "mléko", "běží"]
RUSSIAN = ["Москва", "Санкт-Петербург", "Казань", "Новосибирск", "Самара", "Омск", "Пермь", "Воронеж", "Тула", "Рязань"]
JAPANESE = [
    "東京都",
    "大阪府",
    "北海道",
    "京都府",
    "りんご",
    "バナナ",
    "会社名",
    "売上高",
    "さくら",
    "カメラ",
    "時計",
    "自転車",
]
CHINESE = [
    "北京市",
    "上海市",
    "广州市",
    "深圳市",
    "苹果",
    "香蕉",
    "公司名称",
    "销售额",
    "自行车",
    "照相机",
    "中华人民共和国",
    "桌子",
]
KOREAN = ["서울특별시", "부산광역시", "사과", "바나나", "회사", "자전거", "카메라", "시계", "대한민국", "인천광역시"]
GREEK = ["Αθήνα", "Θεσσαλονίκη", "Πάτρα", "Ηράκλειο", "Λάρισα", "Βόλος", "Ιωάννινα", "Χανιά", "Ρόδος", "καλημέρα"]
TURKISH = ["İstanbul", "Eskişehir", "Muğla", "Diyarbakır", "Şanlıurfa", "Ağrı", "Iğdır", "Kırşehir", "Çanakkale"]


def of_words(words: list[str], name: str = "word", separator: str = ",") -> str:
    """Return a table of the words, each three times beside a number: enough to tell an encoding by."""
    return lines(
        separator.join((name, "n")), *(separator.join((word, str(row))) for row, word in enumerate(words * 3, start=7))
    )


def read_words(words: list[str], name: str = "word") -> dict[str, list]:
    return {name: words * 3, "n": list(range(7, 7 + 3 * len(words)))}


MARKED = (
    Variant("UTF-8", PLAIN_TEXT, PLAIN, silent=True),
    Variant(
        "a mark of UTF-8",
        PLAIN_TEXT,
        PLAIN,
        encoding="utf-8-sig",
        silent=True,
        source="https://github.com/opensupplyhub/open-apparel-registry/issues/473",
    ),
    Variant(
        "a mark of UTF-8 before a quoted name",
        '\ufeff"monster","n"\n"Nurſe",1\n"Ork",2\n',
        {"monster": ["Nurſe", "Ork"], "n": [1, 2]},
        silent=True,
        source="https://github.com/lifelike/countersheetsextension/issues/64",
    ),
    Variant(
        "a mark of UTF-8, carriage returns and semicolons, as Excel saves",
        "\ufeffName;Größe\r\nAnna;1,75\r\nJürgen;1,85\r\n",
        {"Name": ["Anna", "Jürgen"], "Größe": [1.75, 1.85]},
        source="https://github.com/eclipse-sumo/sumo/issues/15116",
    ),
    Variant(
        "UTF-16 with its mark",
        PLAIN_TEXT,
        PLAIN,
        encoding="utf-16",
        source="https://github.com/HKUDS/Vibe-Trading/pull/862",
    ),
    Variant(
        "UTF-16 with its mark, tabs, as Excel saves Unicode text",
        lines("town\tn", "Köln\t1", "Zürich\t2", "Málaga\t3", end="\r\n"),
        PLAIN,
        encoding="utf-16",
        ending=".txt",
        source="https://github.com/box/spout/issues/382",
    ),
    Variant(
        "UTF-16, the large byte first, with its mark",
        b"\xfe\xff" + PLAIN_TEXT.encode("utf-16-be"),
        PLAIN,
        source="https://github.com/dask/dask/pull/739",
    ),
    Variant(
        "UTF-16 with its mark, all cells quoted",
        lines('"town","n"', '"Köln","1"', '"Zürich","2"', '"Málaga","3"'),
        PLAIN,
        encoding="utf-16",
        source="https://github.com/adaltas/node-csv-parse/issues/318",
    ),
    Variant(
        "UTF-16 without its mark",
        PLAIN_TEXT,
        PLAIN,
        encoding="utf-16-le",
        said=("encoding=",),
        source="https://github.com/turicas/rows/issues/273",
    ),
    Variant(
        "UTF-16, the large byte first, without its mark", PLAIN_TEXT, PLAIN, encoding="utf-16-be", said=("encoding=",)
    ),
    Variant("UTF-32 with its mark", PLAIN_TEXT, PLAIN, encoding="utf-32"),
    Variant(
        "signs and scripts in UTF-8",
        lines("word,n", "日本,1", "🎉 ok,2", "שלום,3"),
        {"word": ["日本", "🎉 ok", "שלום"], "n": [1, 2, 3]},
        silent=True,
    ),
)

UNMARKED = (
    Variant(
        "Latin-1",
        PLAIN_TEXT,
        PLAIN,
        encoding="latin-1",
        said=("encoding=",),
        source="https://github.com/datagouv/datagouv-mcp/pull/50",
    ),
    Variant(
        "Latin-1, one letter in the last of many rows",
        lines("town,n", *(f"Bern {row},{row}" for row in range(2000)), "Besançon,2000"),
        {"town": [*(f"Bern {row}" for row in range(2000)), "Besançon"], "n": list(range(2001))},
        encoding="latin-1",
        said=("encoding=",),
        source="https://github.com/oc-courses/perfectionnez_vous_en_python/pull/5",
    ),
    Variant(
        "cp1252, letters in the names",
        lines("Straße;Größe;Menge", "Bahnhof;1,75;3", "Markt;1,85;4"),
        {"Straße": ["Bahnhof", "Markt"], "Größe": [1.75, 1.85], "Menge": [3, 4]},
        encoding="cp1252",
        said=("encoding=",),
        source="https://github.com/duckdb/duckdb/issues/12338",
    ),
    Variant(
        "cp1252, curly quotes and dashes",
        lines("country,span", "Korea’s north,1990–95", "“Ivory” Coast,1996–99", "Mali,2000–05"),
        {
            "country": ["Korea’s north", "“Ivory” Coast", "Mali"],
            "span": ["1990–95", "1996–99", "2000–05"],
        },
        encoding="cp1252",
        said=("encoding=",),
        source="http://www.kouhan.cn/en/article/00041397",
    ),
    Variant(
        "cp1252, euros",
        lines("item;price", "a;7,63 €", "b;12,50 €", "c;1.299,00 €"),
        {"item": ["a", "b", "c"], "price": [7.63, 12.5, 1299.0]},
        encoding="cp1252",
        said=("encoding=",),
        source="https://github.com/mholt/PapaParse/issues/750",
    ),
    Variant(
        "cp1252, a dash",
        lines("who,what", "a,tax – paid", "b,rent", "c,tax – due"),
        {"who": ["a", "b", "c"], "what": ["tax – paid", "rent", "tax – due"]},
        encoding="cp1252",
        said=("encoding=",),
        source="https://github.com/codeforbirmingham/Open-Disclosure/issues/7",
    ),
    Variant(
        "Latin-1, degrees in a name",
        lines("time;air [°C]", "1;21,5", "2;22,25"),
        {"time": [1, 2], "air [°C]": [21.5, 22.25]},
        encoding="latin-1",
        said=("encoding=",),
        source="https://exchangetuts.com/error-utf-8-codec-cant-decode-byte-0xb0-in-position-14-invalid-start-byte-1756835254441831",
    ),
    Variant("cp1250, Polish", of_words(POLISH), read_words(POLISH), encoding="cp1250", said=("encoding=",)),
    Variant("cp1250, Czech", of_words(CZECH, separator=";"), read_words(CZECH), encoding="cp1250", said=("encoding=",)),
    Variant(
        "cp1251, Russian",
        of_words(RUSSIAN, "город"),
        read_words(RUSSIAN, "город"),
        encoding="cp1251",
        said=("encoding=",),
    ),
    Variant("cp1253, Greek", of_words(GREEK), read_words(GREEK), encoding="cp1253", said=("encoding=",)),
    Variant(
        "Shift-JIS",
        of_words(JAPANESE, "名前"),
        read_words(JAPANESE, "名前"),
        encoding="cp932",
        said=("encoding=",),
        source="https://github.com/SheetJS/sheetjs/issues/2355",
    ),
    Variant(
        "GBK",
        of_words(CHINESE, "名称"),
        read_words(CHINESE, "名称"),
        encoding="gbk",
        said=("encoding=",),
        source="https://github.com/adaltas/node-csv/issues/215",
    ),
    Variant("EUC-KR", of_words(KOREAN, "이름"), read_words(KOREAN, "이름"), encoding="euc-kr", said=("encoding=",)),
    Variant(
        "cp1254, Turkish, asked for",
        of_words(TURKISH),
        read_words(TURKISH),
        encoding="cp1254",
        options={"encoding": "cp1254"},
    ),
    Variant(
        "Shift-JIS, one word, asked for",
        lines("名前,n", "東京,1"),
        {"名前": ["東京"], "n": [1]},
        encoding="cp932",
        options={"encoding": "cp932"},
        source="https://github.com/tilo/smarter_csv/issues/134",
    ),
    Variant(
        "Latin-1, the names of columns alone, asked for",
        b"\xe0,\xe1,\xe2\n0,1,2\n1,2,3\n2,3,5\n",
        {"à": [0, 1, 2], "á": [1, 2, 3], "â": [2, 3, 5]},
        options={"encoding": "latin-1"},
        source="https://github.com/apache/beam/issues/32462",
    ),
    Variant(
        "UTF-8 in most rows, Latin-1 in one",
        PLAIN_TEXT.encode() + "Besançon,4\n".encode("latin-1") + "Genève,5\n".encode(),
        refused=("encoding=",),
        source="https://github.com/turicas/rows/issues/247",
    ),
)

VARIANTS = (*MARKED, *UNMARKED)
