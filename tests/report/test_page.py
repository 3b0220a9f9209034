from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoencode.report import Listing, Page, Paragraph, Picture, Section, Table, render_page

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ALLOWED_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "nav", "ol", "li", "a", "section"),
    *("figure", "img", "figcaption", "pre", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "footer"),
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
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in ("meta", "img"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "tags must nest"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
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
        Picture(PNG, text, caption=text),
        Listing(text),
    ]
    return Page(text, text, [Section(text, blocks), Section(text, []), Section(text, [Listing(text)])], footer=text)


# The title twice, the lead, three sections in the contents and above themselves, two paragraphs, seven cells and
# captions of the table, the picture's caption, two listings, the footer.
PLACES = 2 + 1 + 3 + 3 + 2 + 7 + 1 + 2 + 1


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
    assert reader.all("img")[0]["alt"] == text
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
    assert not reader.all("caption")


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
