"""Makes text fit for people: titles and labels from anywhere in, normal, visible, bounded text out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from kgrec.domain import ObjectArray

if TYPE_CHECKING:
    from kgrec.sources.findings import Findings

MAX_LABEL_CHARACTERS = 500

_BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SPACES = dict.fromkeys(map(ord, "\t\n\v\f\r\x85\u2028\u2029"), " ")
_REMOVED: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0xFEFF, *_BIDI])
_HYGIENE = {**_REMOVED, **_SPACES}
_PROSE = {**_REMOVED, ord("\n"): "\n", ord("\t"): " "}
_SURROGATES = re.compile("[\ud800-\udfff]")  # half a character, which no file can hold


def clean(text: str, *, most: int | None = MAX_LABEL_CHARACTERS) -> str:
    """One line of text: composed (NFC), without control and direction characters, at most so long."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text).translate(_HYGIENE))
    return text.strip()[:most].rstrip()


def clean_prose(text: str) -> str:
    """Text of several lines, cleaned the same way but with its lines and its length kept."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text).translate(_PROSE))
    return text.strip()


def clean_column(texts: Iterable[str], file: str, column: str, findings: Findings) -> ObjectArray:
    """A column of labels, cleaned; the report says how many were altered."""
    before = list(texts)
    tell_altered(before, file, column, findings)
    return np.array([clean(text) for text in before], dtype=object)


def tell_altered(before: Iterable[str], file: str, column: str, findings: Findings) -> None:
    """Note how many texts of a column are too long for a label, and how many hold what nobody can see."""
    before = list(before)
    cut = sum(len(text) > MAX_LABEL_CHARACTERS for text in before)
    hidden = sum(_has_hidden(text) for text in before)
    if cut:
        findings.note(f"{file}: {cut:,} values of {column} were cut to {MAX_LABEL_CHARACTERS} characters")
    if hidden:
        findings.note(
            f"{file}: control or direction characters were taken out of {hidden:,} values of {column}"
        )


def _has_hidden(text: str) -> bool:
    if text.isprintable():
        return False
    return any(ord(character) in _REMOVED for character in text) or bool(_SURROGATES.search(text))
