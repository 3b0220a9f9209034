from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from bokeh.plotting import figure
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.printable import make_printable
from autoencode.report import render_page
from autoencode.report.blocks import Card, Cards, Facts, Listing, Paragraph, Part, Picture, Plot, Table
from autoencode.report.page import Page, Section
from autoencode.report.scripts import escape_json, read_bokeh, read_scripts

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ALLOWED_TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "main",
        "h1",
        "h2",
        "p",
        "nav",
        "ol",
        "ul",
        "li",
        "a",
    ),
    *("section", "figure", "img", "figcaption", "pre", "div", "table", "thead", "tbody", "tr", "th", "td", "footer"),
    *("dl", "dt", "dd", "details", "summary"),
}
HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title></pre></td><script>alert(1)</script>",
    "<!-- <b>",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "{{ page.title }} {% raw %} ${7*7}",
    "javascript:alert(1)",
    "<base href=https://example.invalid/>",
    "a < b & c > d “ж” 数 🙂",
]


class Reader(HTMLParser):
    """What a browser would see: tags with their attributes, and text."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.styles: list[str] = []
        self.scripts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "script":
            self.scripts.append((dict(attrs).get("type") or "", ""))
        if tag not in ("meta", "img", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "tags must nest"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["script"]:
            kind, script = self.scripts.pop()
            self.scripts.append((kind, script + data))
            return
        (self.styles if self._open[-1:] == ["style"] else self.text).append(data)

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(text: str) -> Page:
    """A page with the text wherever text can stand."""
    blocks = [
        Paragraph(text),
        Paragraph(text, strong=True),
        Table([text, text], [[text, text], [text, text]], caption=text, marks=["good", ""]),
        Table([text], [[text]], caption=text, folded=True),
        Picture(PNG, text, caption=text),
        Listing(text),
        Listing(text, text),
        Facts([(text, text, text)]),
        Cards([text], [Card([PNG], [text, text])], text),
    ]
    return Page(text, text, [Section(text, blocks), Section(text, []), Section(text, [Listing(text)])], footer=text)


# The title twice, the lead, three sections in the contents and above themselves, two paragraphs, seven cells and
# captions of the table, three of the folded one, the picture's caption, three listings with a title, a fact, the lines
# and the caption of a card, the footer.
PLACES = 2 + 1 + 3 + 3 + 2 + 7 + 3 + 1 + 4 + 3 + 3 + 1


def check_harmless(page: str) -> Reader:
    reader = Reader(page)
    assert reader.tags
    for tag, attributes in reader.tags:
        assert tag in ALLOWED_TAGS, tag
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcset", "action")]
    assert all(address.startswith("data:image/png;base64,") for address in reader.values("src"))
    assert all(re.fullmatch(r"#section-\d+", address) for address in reader.values("href"))
    return reader


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_everywhere(text: str) -> None:
    reader = check_harmless(render_page(page_of(text)))
    shown = "\0".join(reader.text).replace("\n", "")
    assert shown.count(text) >= PLACES
    assert reader.all("img")[0]["alt"] == text
    # The same tags as of a page of plain words: nothing came in, and nothing was shut early.
    assert [tag for tag, _ in reader.tags] == [tag for tag, _ in Reader(render_page(page_of("words"))).tags]


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_text_is_text(text: str) -> None:
    reader = check_harmless(render_page(page_of(text)))
    assert reader.all("img")[0]["alt"] == make_printable(text)
    assert [tag for tag, _ in reader.tags] == [tag for tag, _ in Reader(render_page(page_of("words"))).tags]


@pytest.mark.parametrize("mark", HOSTILE)
def test_hostile_mark_stays_in_its_attribute(mark: str) -> None:
    reader = check_harmless(render_page(Page("t", "l", [Section("s", [Table(["h"], [["c"]], marks=[mark])])])))
    assert [row.get("class") for row in reader.all("tr")] == [None, mark]


def test_nothing_is_loaded_from_anywhere() -> None:
    page = render_page(page_of("words"))
    assert not re.search(r"(?i)\b(https?:|ftp:|wss?:|//[a-z])", page)
    (style,) = Reader(page).styles
    assert not re.search(r"(?i)url\(|@import|@font-face|expression\(", style)


def test_addresses_in_text_are_only_text() -> None:
    page = render_page(page_of("see https://example.invalid/x"))
    reader = check_harmless(page)
    outside_text = [v for _, attributes in reader.tags for n, v in attributes.items() if n != "alt"]
    assert not re.search(r"https?:", " ".join(outside_text + reader.styles))


def test_policy_forbids_requests_and_scripts() -> None:
    policies = [
        attributes["content"]
        for attributes in Reader(render_page(Page("t", "l", []))).all("meta")
        if attributes.get("http-equiv", "").lower() == "content-security-policy"
    ]
    assert len(policies) == 1
    directives = {words[0]: words[1:] for part in policies[0].split(";") if (words := part.split())}
    assert directives["default-src"] == ["'none'"]
    assert directives["img-src"] == ["data:"]
    assert set(directives) <= {"default-src", "img-src", "style-src", "base-uri", "form-action"}


def test_policy_and_character_set_come_before_any_text() -> None:
    page = render_page(Page("TITLE", "l", []))
    assert page.startswith("<!doctype html>")
    assert page.index("charset") < page.index("Content-Security-Policy") < page.index("TITLE")


def test_dark_print_and_narrow_styles_are_there() -> None:
    (style,) = Reader(render_page(Page("t", "l", []))).styles
    for query in ("@media (prefers-color-scheme: dark)", "@media print", "@media (max-width"):
        assert query in style
    # A colour that only one scheme defines would vanish in the other.
    blocks = re.findall(r":root \{([^}]*)\}", style)
    light, dark = ({*re.findall(r"(--\w+):", block)} for block in blocks[:2])
    assert light == dark
    assert {*re.findall(r"var\((--\w+)\)", style)} <= light
    assert style.count("{") == style.count("}")


def test_table_and_its_marks() -> None:
    table = Table(["a", "b"], [["1", "2"], ["3", "4"], ["5", "6"]], caption="c", marks=["good", "bad", ""])
    reader = Reader(render_page(Page("t", "l", [Section("s", [table])])))
    assert [row.get("class") for row in reader.all("tr")] == [None, "good", "bad", ""]
    assert [cell["scope"] for cell in reader.all("th")] == ["col", "col"]
    assert len(reader.all("td")) == 6
    words = [word for word in map(str.strip, reader.text) if word]
    assert words[-9:] == ["c", "a", "b", "1", "2", "3", "4", "5", "6"]
    assert {"tr.good", "tr.bad"} <= set(re.findall(r"tr\.\w+", reader.styles[0]))


def test_table_without_marks_or_caption() -> None:
    reader = Reader(render_page(Page("t", "l", [Section("s", [Table(["a"], [["1"]])])])))
    assert [row.get("class") for row in reader.all("tr")] == [None, None]
    assert not reader.all("figcaption")


def test_picture_holds_its_bytes_and_description() -> None:
    picture = Picture(PNG, "a histogram")
    reader = Reader(render_page(Page("t", "l", [Section("s", [picture])])))
    (image,) = reader.all("img")
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True) == PNG
    assert image["alt"] == "a histogram"
    assert not reader.all("figcaption")


@pytest.mark.parametrize("sections", [0, 1, 2, 3, 7])
def test_contents_lead_to_their_sections(sections: int) -> None:
    reader = Reader(render_page(Page("t", "l", [Section(f"title {i}", []) for i in range(sections)])))
    assert len(reader.all("h2")) == sections
    ids = reader.values("id")
    assert len(set(ids)) == len(ids) == sections
    expected = [f"#{name}" for name in ids] if sections > 2 else []
    assert reader.values("href") == expected
    assert reader.values("aria-labelledby") == ids


def test_line_breaks_of_a_listing_are_kept() -> None:
    text = "layer  units\n  code      2\n"
    assert text in "".join(Reader(render_page(Page("t", "l", [Section("s", [Listing(text)])]))).text)


def test_footer_is_left_out_where_there_is_none() -> None:
    assert not Reader(render_page(Page("t", "l", []))).all("footer")
    assert len(Reader(render_page(Page("t", "l", [], footer="f"))).all("footer")) == 1


def plotted(text: str = "words") -> Page:
    plot = figure(name="code_map", title=None)
    plot.scatter([1, 2], [3, 4], legend_label=text)
    blocks = [Plot(plot, PNG, text, text), Part("map", 1, text, Plot(figure(), PNG, text), [Paragraph(text)])]
    parts = [Part("worst", 1, text), Part("decoder", 1, text)]
    return Page(text, text, [Section(text, blocks), Section(text, parts)], studies=[escape_json({"name": text})])


def read_policy(reader: Reader) -> dict[str, list[str]]:
    (content,) = [found["content"] for found in reader.all("meta") if "http-equiv" in found]
    return {words[0]: words[1:] for part in content.split(";") if (words := part.split())}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_beside_scripts(text: str) -> None:
    reader, plain = Reader(render_page(plotted(text))), Reader(render_page(plotted()))
    assert [tag for tag, _ in reader.tags] == [tag for tag, _ in plain.tags]
    assert [kind for kind, _ in reader.scripts] == [kind for kind, _ in plain.scripts]
    assert not [name for _, found in reader.tags for name in found if name.startswith("on")]
    data = [json.loads(script) for kind, script in reader.scripts if kind == "application/json"]
    assert data[-1] == {"name": text}
    assert json.dumps(text, ensure_ascii=False)[1:-1] in json.dumps(data[0], ensure_ascii=False)


def test_every_script_is_allowed_by_its_hash_and_no_other() -> None:
    reader = Reader(render_page(plotted()))
    policy = read_policy(reader)
    (packed,) = [script for kind, script in reader.scripts if kind == "application/gzip"]
    scripts = [gzip.decompress(base64.b64decode(packed)).decode()]
    scripts += [script for kind, script in reader.scripts if kind == ""]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert policy["script-src"] == [f"'sha256-{found}'" for found in hashes]
    assert scripts == [read_bokeh(), read_scripts()]
    assert policy["default-src"] == ["'none'"]
    assert set(policy["img-src"]) == {"data:", "blob:"}
    assert policy["style-src"] == ["'unsafe-inline'"]
    assert not [found for found in reader.all("script") if "src" in found]


def test_scripts_are_there_once_and_only_where_they_are_needed() -> None:
    kinds = [kind for kind, _ in Reader(render_page(plotted())).scripts]
    assert kinds.count("application/gzip") == kinds.count("") == 1
    plain = Reader(render_page(page_of("words")))
    assert plain.scripts == []
    assert "script-src" not in read_policy(plain)
    assert read_policy(plain)["img-src"] == ["data:"]


def test_the_page_is_the_same_each_time_but_for_the_plots() -> None:
    page = page_of("words")
    assert render_page(page) == render_page(page)
    assert read_scripts().endswith("\n")


def test_plots_have_their_still_their_element_and_their_json() -> None:
    reader = Reader(render_page(plotted("a plot")))
    stills = [image for image in reader.all("img") if image.get("class") == "still"]
    assert [image["alt"] for image in stills] == ["a plot", "a plot"]
    targets = [script["data-target"] for script in reader.all("script") if script.get("class") == "plot"]
    assert targets == ["plot-1", "plot-2"]
    assert set(targets) <= set(reader.values("id"))
    items = [json.loads(script) for kind, script in reader.scripts if kind == "application/json"]
    assert all({"doc", "root_id"} <= set(item) for item in items[:2])
    assert {"plot-1", "plot-2", "study-1"} <= set(reader.values("id"))
    assert len(set(reader.values("id"))) == len(reader.values("id"))


def test_parts_have_their_markup_and_their_fallback() -> None:
    page = render_page(plotted())
    for part in ("worst", "map", "decoder"):
        assert f'data-part="{part}"' in page
    assert page.count('class="fallback"') == 1


def test_chapters_stand_above_their_sections() -> None:
    sections = [Section("a", []), Section("b", [], chapter="One"), Section("c", []), Section("b", [], chapter="Two")]
    reader = Reader(render_page(Page("t", "l", sections)))
    assert [found.get("class") for found in reader.all("h2")] == ["chapter", "chapter"]
    assert len(reader.all("h3")) == 4
    assert reader.values("href") == [f"#section-{k}" for k in (1, 2, 3, 4)]


def test_shaded_cells() -> None:
    table = Table(["a", "b"], [["1", "2"]], shades=[[0, 4]], numeric=True)
    reader = Reader(render_page(Page("t", "l", [Section("s", [table])])))
    assert [cell.get("class") for cell in reader.all("td")] == [None, "off4"]


def test_marks_that_turn_text_round_are_seen() -> None:
    page = render_page(page_of("a\u202eb\ud800c\x00d\ne"))
    assert "a\\u202eb\\ud800c\\x00d\ne" in page
    page.encode()


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), lambda inner: st.lists(inner, max_size=3)))
def test_json_comes_back_and_holds_no_markup(content: object) -> None:
    text = escape_json(content)
    assert json.loads(text) == content
    assert not set("<>&\u2028\u2029") & set(text)
    text.encode()


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        escape_json(float(np.nan))


def test_a_folded_section_is_opened_by_its_heading() -> None:
    page = Page("title", "", [Section("Open", [Paragraph("a")]), Section("Folded", [Paragraph("b")], folded=True)])
    html = render_page(page)
    folded = html.partition('<details class="folded">')[2].partition("</details>")[0]
    assert '<summary><h2 id="section-2">Folded</h2></summary>' in folded
    assert "<p>b</p>" in folded
    assert html.count("<details") == 1
