"""Labels of entities, which anybody may have written → names that cannot run into the sentence around them.

A name stands in quotation marks, and no mark within it can end it: a title such as “Free”, and 900 customers chose “it”
is one name. Short Latin names of brands and the like stand bare in languages that write them so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kgrec.domain import KnowledgeGraph, plain

LONGEST = 60  # characters of a name in a sentence with one
LONGEST_OF_MANY = 40  # and where several are listed

_INCH = re.compile(r"(?<=\d)[\"”“″＂]")
_OPENING = dict.fromkeys(map(ord, "“„‟〝「『«《〈＂"), "‘")
_CLOSING = dict.fromkeys(map(ord, '"”〞〟」』»》〉'), "’")
_MARKS = {**_OPENING, **_CLOSING}
_WORD = r"[A-Za-z0-9À-ɏ][A-Za-z0-9À-ɏ&'’+-]*"
BARE = re.compile(rf"(?=.{{1,24}}$){_WORD}(?: (?:& )?{_WORD}){{0,2}}")
"""A name that needs no quotation marks: at most three Latin words and no punctuation that ends a clause."""


@dataclass(frozen=True)
class Names:
    """How entities of a graph are called in a language."""

    graph: KnowledgeGraph
    lang: str
    bare: bool  # whether short names of what items share need no quotation marks

    def thing(self, entity_row: int) -> str:
        """An item: its title in quotation marks."""
        return f"“{self._label(entity_row, LONGEST)}”"

    def things(self, entity_rows: Sequence[int]) -> list[str]:
        """Several items, shorter; those that differ at the end only are cut in the middle."""
        names = [self._label(row, LONGEST_OF_MANY) for row in entity_rows]
        if len(set(names)) < len(names):
            names = [self._label(row, LONGEST_OF_MANY, middle=True) for row in entity_rows]
        return [f"“{name}”" for name in names]

    def entity(self, entity_row: int) -> str:
        """What items share: bare if it is short and plain, else in quotation marks."""
        return self.value(self._label(entity_row, LONGEST))

    def value(self, text: str) -> str:
        """The same for a text."""
        label = within_marks(text, LONGEST)
        return label if self.bare and BARE.fullmatch(label) else f"“{label}”"

    def _label(self, entity_row: int, longest: int, *, middle: bool = False) -> str:
        label = within_marks(self.graph.label(entity_row, self.lang), longest, middle=middle)
        return label or within_marks(str(self.graph.iris[entity_row]).rsplit("/", 1)[-1], longest)


@lru_cache(maxsize=8192)  # the things that a user has done something with are named in most of their paths
def within_marks(text: str, longest: int, *, middle: bool = False) -> str:
    """A text fit to stand in quotation marks: one line, no such marks, cut at a word if it is too long.

    It loses its end, or its `middle`.
    """
    label = " ".join(plain(text).split())
    label = _INCH.sub("″", label).translate(_MARKS)
    if len(label) <= longest:
        return label
    if middle:
        half = longest // 2
        return f"{_cut(label, half)} … {label[half - longest :].split(' ', 1)[-1]}"
    return f"{_cut(label, longest)}…"


def _cut(label: str, longest: int) -> str:
    """The first words of a label; within a word if that is very long."""
    cut = label[:longest]
    word = cut.rsplit(" ", 1)[0].rstrip(" ,;:-–—(&/")
    return word if len(word) > longest // 2 else cut.rstrip(" \u200d")
