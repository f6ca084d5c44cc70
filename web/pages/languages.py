"""A request → its language; a key and some values → the words of a page in that language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path as FilePath

from flask import Request, g, request

LANGUAGES: Mapping[str, str] = {"en": "English", "zh": "中文"}
"""What can be chosen, each under its own name; the first is for everybody else."""

COOKIE = "lang"
_FOLDER = FilePath(__file__).resolve().parent.parent / "translations"


@cache
def translations(lang: str) -> dict[str, str]:
    """All strings of a language by dotted key: "home.title"."""
    tables = tomllib.loads((_FOLDER / f"{lang}.toml").read_text(encoding="utf-8"))
    return {f"{table}.{key}": text for table, entries in tables.items() for key, text in entries.items()}


def chosen(asked: Request) -> str:
    """The language of a request: what it asks for, else what was chosen before, else what its reader speaks."""
    for wish in (asked.args.get("lang"), asked.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return str(wish)
    for accepted in asked.accept_languages.values():
        if accepted.lower().split("-")[0] in LANGUAGES:
            return accepted.lower().split("-")[0]
    return next(iter(LANGUAGES))


def current() -> str:
    """The language of the request being answered."""
    if "lang" not in g:
        g.lang = chosen(request)
    return str(g.lang)


def t(key: str, **values: object) -> str:
    """A string in the current language with its {slots} filled; `n` also chooses between one and many."""
    words = translations(current())
    if "n" in values:
        key = f"{key}_{'one' if values['n'] == 1 else 'many'}"
    text = words[key]
    # Values may hold braces themselves: cut at the slots once, never format.
    for name in values:
        text = text.replace("{" + name + "}", f"\0{name}\0")
    return "".join(
        _shown(values[piece]) if place % 2 else piece for place, piece in enumerate(text.split("\0"))
    )


def known(key: str) -> bool:
    """Whether there is a string of that name."""
    return key in translations(current())


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
