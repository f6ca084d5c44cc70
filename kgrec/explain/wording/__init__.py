"""Paths → sentences, one module a language."""

from __future__ import annotations

from types import ModuleType

from kgrec.errors import UnknownName
from kgrec.explain.wording import en, zh

LANGUAGES: dict[str, ModuleType] = {"en": en, "zh": zh}


def wording(lang: str) -> ModuleType:
    """The sentences of a language."""
    if lang not in LANGUAGES:
        raise UnknownName("language", lang, LANGUAGES)
    return LANGUAGES[lang]
