"""The encoding of text that says none and is no UTF-8, guessed by what its letters spell."""

from __future__ import annotations

import re
import unicodedata

from autoencode.exceptions import CorruptDataError, InvalidInputError

_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]+")
# Two bytes and more a letter; the others have one.
_WIDE = ("shift_jis", "cp932", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "cp950", "euc_kr", "cp949", "johab")
_LATIN = ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "latin_1")
_OTHER = ("cp1251", "koi8_r", "cp1253", "iso8859_5", "iso8859_7", "cp1255", "cp1256", "cp874", "cp866", "mac_cyrillic")
_MOST_LINES = 2000


def is_utf8(sample: bytes) -> bool:
    """Tell whether bytes are UTF-8, the last letter of which may be torn."""
    import codecs

    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def guess_encoding(sample: bytes, name: str) -> str:
    """Guess the encoding of text that is no UTF-8.

    Parameters
    ----------
    sample : bytes
        As much of the text as there is to be had.
    name : str
        What the file is called in messages.

    Raises
    ------
    CorruptDataError
        If it is binary.
    InvalidInputError
        If a part of it is UTF-8.

    Examples
    --------
    >>> guess_encoding("Köln, 20 €".encode("cp1252"), "towns.csv")
    'cp1252'
    >>> guess_encoding("Москва, Пермь, Воронеж".encode("cp1251"), "towns.csv")
    'cp1251'
    """
    if b"\0" in sample:
        raise CorruptDataError(
            f"{name}: expected text with columns (CSV), found a zero byte after {sample.index(0):,} bytes: it is "
            "binary, or text in UTF-16 without its mark; save it as UTF-8"
        )
    lines = [line for line in re.split(rb"[\r\n]+", sample) if not line.isascii()]
    text = b"\n".join(lines[:_MOST_LINES])
    runs = _HIGH.findall(text)
    high = sum(map(len, runs))
    if sum(map(len, _UTF8_LETTER.findall(text))) > high / 2:
        raise InvalidInputError(
            f"{name}: most of it is UTF-8, but not all; name its encoding (encoding=), or save it as UTF-8"
        )
    # Letters beside the 26 stand alone in the words of Latin script, and in rows in others.
    alone = sum(len(run) == 1 for run in runs) / max(1, len(runs))
    if alone > 0.5:
        return _choose(text, _LATIN)
    found = _ask(text)
    return found if found in _WIDE else _choose(text, (*_LATIN, *_OTHER))


def _ask(text: bytes) -> str:
    """Return what charset-normalizer takes a text for; empty where it has no answer."""
    import charset_normalizer

    best = charset_normalizer.from_bytes(text).best()
    return "" if best is None else best.encoding


def _choose(text: bytes, encodings: tuple[str, ...]) -> str:
    """Return the encoding under which a text has the most words and the fewest oddities; the first of equal ones."""
    scores = {encoding: _score(text, encoding) for encoding in encodings}
    return max(scores, key=lambda encoding: scores[encoding])


def _score(text: bytes, encoding: str) -> float:
    """Score a text by its letters that are none of the 26: small ones within words speak for it."""
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return float("-inf")
    score, before, scripts = 0.0, " ", set()
    for letter in decoded:
        if not letter.isascii():
            score += _score_letter(letter, before)
            if letter.isalpha():
                scripts.add(unicodedata.name(letter, "").split(" ")[0])
        before = letter
    return score - 5 * max(0, len(scripts) - 1)


def _score_letter(letter: str, before: str) -> float:
    if unicodedata.category(letter) in ("Cc", "Cn", "Co"):
        return -5.0
    in_word = before.isalpha()
    if not letter.isalpha():
        # Signs such as € and – stand beside words; ¹ or ¿ within one are letters of another encoding.
        return -2.0 if in_word and letter not in "’“”–—…°®™€£´" else 0.0
    if letter.isupper():
        return -2.0 if in_word and before.islower() else 0.5
    if not before.isascii() and in_word and unicodedata.name(letter, "").startswith("LATIN"):
        return -1.0  # such letters seldom stand side by side in Latin script
    if in_word and before.isascii() and not unicodedata.name(letter, "").startswith("LATIN"):
        return -2.0
    return 1.0 + _FREQUENT.get(letter, 0.0) - 0.5 * (letter.lower() in _RARE)


# Letters of a few Slavic alphabets, which other bytes of Greek become.
_RARE = frozenset("ђѓєѕіїјљњћќўџґё")
# Letters that texts in Latin script have often, beyond those of an alphabet that a guess would not tell from others.
_FREQUENT = dict.fromkeys("äöüßéèàçñáíóúêôâîãõåæø", 0.3) | dict.fromkeys("ąćęłńśźżčďěňřšťůžýőűľ", 0.25)
