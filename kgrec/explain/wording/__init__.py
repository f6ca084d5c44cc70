"""Paths → sentences: statements in no language first, then whole clauses of a language, for three audiences.

`statements` groups paths that say the same; `sentences` says them with the templates of `en` and `zh`; `names` keeps
titles from running into what is around them; `speech` knows what is not to be named.
"""

from __future__ import annotations

from kgrec.errors import UnknownName
from kgrec.explain.wording.en import EN
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.zh import ZH

LANGUAGES: dict[str, Language] = {language.code: language for language in (EN, ZH)}


def language(code: str) -> Language:
    """The words of a language."""
    if code not in LANGUAGES:
        raise UnknownName("language", code, LANGUAGES)
    return LANGUAGES[code]
