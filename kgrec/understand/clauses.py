"""A review → its clauses, as places in its text; which of the two languages it is in."""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST = 5_000
"""Characters of a review that are read; what comes after them is not."""

LONGEST_CLAUSE = 300
"""Characters of a clause that is read; what goes on without a pause for longer is none."""

MOST_WORDS = 40
"""Words of a clause that are read."""

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_OTHER_CJK = re.compile("[\u3040-\u30ff\uac00-\ud7af]")  # kana and hangul: neither of the two
_LATIN = re.compile("[A-Za-z]")

_MARKUP = r"<[^<>]{0,200}>|&#?\w{1,8};"
_BREAK = {
    "en": re.compile(
        rf"{_MARKUP}|[!?;:…()\[\]{{}}|\n\r\t\"“”—–<>。！？；，]+|\.(?!\d)|\s-+\s|,"
        r"|\b(?:but|although|though|however|yet|except|because|while|whereas|which|since|if|when|so)\b"
        r"|\band\s+(?=(?:the|it|its|it's|they|i|we|my|this|that|there)\b)",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        rf"{_MARKUP}|[\s，。！？；：,!?;:…~～—()（）\[\]【】\"“”<>《》|]+|\.(?!\d)"
        "|但是|但|不过|就是|只是|可是|虽然|而且|然而|可惜|除了|因为|所以"
    ),
}


class Clause(NamedTuple):
    """A part of a text that says one thing: text[start:end]."""

    start: int
    end: int
    after_comma: bool  # whether only a comma parts it from the one before


def language_of(text: str, said: str = "") -> str:
    """ "en", "zh", or "" for a text in neither; `said` is what the shop calls its language, if anything.

    The letters decide: a text with Chinese characters and no kana or hangul is read as Chinese. A Latin text is read
    as English unless the shop calls it something else.
    """
    sample = text[:LONGEST]
    if _OTHER_CJK.search(sample):
        return ""
    han, latin = len(_HAN.findall(sample)), len(_LATIN.findall(sample))
    if han and 4 * han >= latin:
        return "" if said[:2] == "ja" else "zh"
    if not latin:
        return ""
    return "en" if not said or said[:2] in ("en", "zh") else ""


def clauses(text: str, lang: str) -> list[Clause]:
    """The clauses of a text in one of the two languages, in order, without what parts them."""
    read = text[:LONGEST]
    found: list[Clause] = []
    start, comma = 0, False
    for part in (*_BREAK[lang].finditer(read), None):
        end = len(read) if part is None else part.start()
        clause = _trimmed(read, start, end, comma)
        if clause is not None:
            found.append(clause)
        if part is not None:
            start, comma = part.end(), part.group() == ","
    return found


def _trimmed(text: str, start: int, end: int, after_comma: bool) -> Clause | None:
    """Without white space at its ends; None if nothing is left."""
    said = text[start:end]
    start += len(said) - len(said.lstrip())
    end -= len(said) - len(said.rstrip())
    return Clause(start, end, after_comma) if 0 < end - start <= LONGEST_CLAUSE else None
