"""The scripts of a page, each allowed by its hash, and JSON that cannot end the element that it stands in."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from autoencode.exceptions import AutoencodeError
from autoencode.report.activation_script import write_activations

LAST = "start.js"
"""It uses all others, which stand before it in the order of their names."""

_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
_HALF = re.compile("[\ud800-\udfff]")


def escape_json(content: Any) -> str:
    r"""Return JSON for a script element: no markup in it, no half of a character, and no NaN.

    Examples
    --------
    >>> escape_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)
    return _HALF.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _check_script(name: str, text: str) -> str:
    """Return a script that a page can hold as it is: nothing in it ends it, and no reader changes a letter of it."""
    if "\r" in text or "\0" in text or re.search(r"<!--|</?script", text, re.IGNORECASE):
        raise AutoencodeError(f"{name} cannot stand in a page; install another version of it.")
    return text


@cache
def read_bokeh() -> str:
    """Return the script that draws Bokeh's plots."""
    text = files("bokeh").joinpath("server", "static", "js", "bokeh.min.js").read_text(encoding="utf-8")
    return _check_script("bokeh.min.js", text.replace("\r\n", "\n"))


@cache
def read_scripts() -> str:
    """Return our own scripts, one after the other."""
    found = {path.name: path for path in files("autoencode.report").joinpath("script").iterdir()}
    names = sorted((name for name in found if name.endswith(".js")), key=lambda name: (name == LAST, name))
    text = "\n".join([write_activations(), *(found[name].read_text(encoding="utf-8") for name in names)])
    return _check_script("the script of the report", text.replace("\r\n", "\n"))


@cache
def pack_script(text: str) -> str:
    """Return a script as a page holds it packed: gzip in base64, a third of its size.

    Examples
    --------
    >>> len(pack_script("0;" * 10_000)) < 200
    True
    """
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def hash_script(text: str) -> str:
    """Return the source that a Content-Security-Policy allows a script by.

    Examples
    --------
    >>> hash_script("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
