"""Text that people write → terms by which it is found: words without plural endings, characters and pairs of them.

Scripts that write words without spaces between them are read by their characters and by pairs of neighbours, so that
whatever is asked for is found wherever it stands: "玫瑰面霜" has 玫, 瑰, 面, 霜 and 玫瑰, 瑰面, 面霜.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 300
"""Characters of a query that are read, and of what is found whole."""

MOST_WORDS = 16
"""Words of a query that are looked for."""

_LONGEST_WORD = 64
_LONGEST_TEXT = 2_000  # characters of a title that are read; more is not a title
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_RUN = re.compile(f"([{_UNSPACED}]+)|([^\\W_{_UNSPACED}]+)")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ`´](?=\w)")
_HISSING = re.compile(r"(?:ch|sh|ss|x|zz)es$")


def fold(text: str) -> str:
    """A text without what people leave out when they search: capitals, accents, widths of characters."""
    if text.isascii():
        return text.lower()
    marked = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in marked if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare).casefold()


def whole(text: str) -> str:
    """What a text is compared by as a whole; "" if there is nothing to compare."""
    return " ".join(fold(text[:LONGEST]).split())


def stem(word: str) -> str:
    """An English word without the ending of a plural: Harman, How effective is suffixing?, JASIS 1991, her S stemmer,
    which here knows the plurals of "brush" and "box", too.
    """
    if len(word) < 4 or not word.endswith("s") or not word.isascii():
        return word
    if word.endswith("ies"):
        return word if word.endswith(("eies", "aies")) else word[:-3] + "y"
    if _HISSING.search(word):
        return word[:-2]
    return word if word.endswith(("us", "ss", "is")) else word[:-1]


def terms(text: str) -> tuple[str, ...]:
    """The terms of a text, each as often as it stands there."""
    found: list[str] = []
    for unspaced, word in _runs(text[:_LONGEST_TEXT]):
        if unspaced:
            found += [*unspaced, *pairs(unspaced)]
        else:
            found.append(stem(word))
    return tuple(found)


def pairs(run: str) -> list[str]:
    """Two neighbouring characters at a time."""
    return [run[n : n + 2] for n in range(len(run) - 1)]


@dataclass(frozen=True)
class Word:
    """One word of a query, or a run of characters without spaces."""

    text: str  # folded
    unspaced: bool = False
    last: bool = False  # whether it may be the beginning of a word that is not written out yet


def apart(word: Word) -> list[Word]:
    """A run of characters as its pairs; any other word as it is."""
    parts = pairs(word.text) if word.unspaced else []
    return [Word(part, unspaced=True) for part in dict.fromkeys(parts)] or [word]


def asked(query: str) -> tuple[tuple[Word, ...], bool]:
    """The words of a query, each once, and whether there was more than is looked for."""
    runs = [Word(unspaced or word, bool(unspaced)) for unspaced, word in _runs(query[:LONGEST])]
    words = list(dict.fromkeys(runs))
    cut = len(words) > MOST_WORDS or (len(query) > LONGEST and bool(query[LONGEST:].strip()))
    words = words[:MOST_WORDS]
    if words and not words[-1].unspaced:
        words[-1] = Word(words[-1].text, last=True)
    return tuple(words), cut


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Runs of characters without spaces, and words, one of the two each time."""
    folded = _APOSTROPHE.sub("", fold(text))
    for run in _RUN.finditer(folded):
        yield run[1] or "", (run[2] or "")[:_LONGEST_WORD]
