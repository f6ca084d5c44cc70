"""A language that speaks to a shopper → the same words speaking of them, for whoever else reads an explanation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from kgrec.explain.wording.language import Language

_OBJECT = re.compile(r"\b(about|like|of|to|for|with|from) you\b")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"yours": "theirs", "your": "their", "yourself": "themselves", "you": "they"},
    "zh": {"您": "该顾客", "你": "该顾客"},
}
_FIND = {
    "en": re.compile(r"\b(yours|yourself|your|you)\b"),
    "zh": re.compile("[您你]"),
}


def of_them(language: Language) -> Language:
    """The words of a language, a shop's own among them, in the third person."""
    said = {one.name: getattr(language, one.name) for one in fields(language) if one.name not in _KEPT}
    changed = {name: _changed(word, language.code) for name, word in said.items()}
    return replace(language, **changed, you=language.them)


_KEPT = ("code", "you", "them", "places", "columns")
"""What is no sentence about anybody."""


def _changed(word: Any, lang: str) -> Any:
    if isinstance(word, Mapping):
        return {name: _changed(one, lang) for name, one in word.items()}
    if not isinstance(word, str):
        return word
    return _FIND[lang].sub(lambda found: _WORDS[lang][found[0]], _OBJECT.sub(r"\1 them", word))
