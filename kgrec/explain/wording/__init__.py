"""Paths → sentences: statements in no language first, then whole clauses of a language, for four audiences.

`statements` groups paths that say the same; `sentences` says them with the templates of `en` and `zh`; `names` keeps
titles from running into what is around them; `speech` knows what is not to be named, and `own` puts a shop's own words
in the place of ours; `third` speaks of a shopper to others.
"""

from __future__ import annotations

from kgrec.explain.wording.own import LANGUAGES as LANGUAGES
from kgrec.explain.wording.own import language as language
