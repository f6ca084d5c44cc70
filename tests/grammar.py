"""A sentence → the clauses it is made of, read back with the templates it was made with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kgrec.explain.wording import LANGUAGES
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.names import BARE
from kgrec.explain.wording.sentences import reason_template
from kgrec.graph.vocabulary import relations


@dataclass(frozen=True)
class Read:
    """What a sentence says: the templates it uses, the names and the numbers in it."""

    templates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    def __add__(self, other: Read) -> Read:
        return Read(self.templates + other.templates, self.names + other.names, self.numbers + other.numbers)


FORMS = ("forward", "inverse", "shared", "people")


@cache
def templates(lang: str) -> dict[str, dict[str, str]]:
    """Kind of slot → key → template."""
    words = LANGUAGES[lang]
    reasons = dict(words.reasons)
    for relation in relations():
        for form in FORMS:
            for counted in (True, False):
                reasons[f"{relation.name} {form} {counted}"] = reason_template(words, relation, form, counted)
    elided = {
        key: text[found.end() :] for key, text in reasons.items() if (found := re.match(words.elidable, text))
    }
    deeds = {
        **{f"deed {k}": v for k, v in words.deeds.items()},
        **{f"also {k}": v for k, v in words.also.items()},
    }
    kinds = {
        "clause": words.clauses, "deed": deeds, "act": words.acts, "act_at": words.acts_at, "reason": reasons,
        "elided": elided, "people": words.people, "list": words.things, "when": words.whens,
        "participle": words.participles,
        "to": {"this": words.this}, "from": {"": words.it, "each": words.each, "that": words.that},
        "any": {"": words.it, "either": words.either, "any": words.any, "that": words.that}, "month": _months(words),
        "unlisted": {"": words.unlisted}, "column": dict.fromkeys(words.columns, "") | words.columns,
    }  # fmt: skip
    return {kind: dict(each) for kind, each in kinds.items()}


def _months(words: Language) -> dict[str, str]:
    return {str(n): words.month(n) for n in range(1, 13)}


def read(text: str, lang: str) -> list[Read]:
    """All ways to read a sentence; none if it is not one of ours."""
    words = LANGUAGES[lang]
    names = re.findall("“([^“”]*)”", text)
    count = iter(range(len(names)))
    bare = re.sub("“[^“”]*”", lambda _: f"“{next(count)}”", text)
    found = []
    for key, template in words.sentences.items():
        for start in {bare, bare[:1].lower() + bare[1:]}:
            found += [Read((key,)) + each for each in _Reader(lang, names).template(template, start)]
    return list(dict.fromkeys(found))


class _Reader:
    """Tries all templates of the kind that a slot may hold."""

    def __init__(self, lang: str, names: list[str]) -> None:
        self.kinds, self.words, self.names = templates(lang), LANGUAGES[lang], names
        self._known: dict[tuple[str, str], list[Read]] = {}

    def template(self, template: str, text: str) -> Iterator[Read]:
        yield from self._pieces(re.split(r"\{(\w+)\}", template), text)

    def _pieces(self, pieces: list[str], text: str) -> Iterator[Read]:
        literal, *rest = pieces
        if not text.startswith(literal):
            return
        text = text[len(literal) :]
        if not rest:
            if not text:
                yield Read()
            return
        slot, following = rest[0], rest[1]
        for end in range(1, len(text) + 1):
            if text.startswith(following, end) and (following or len(rest) > 2 or end == len(text)):
                for inner in self.slot(slot, text[:end]):
                    for outer in self._pieces(rest[1:], text[end:]):
                        yield inner + outer

    def slot(self, slot: str, text: str) -> list[Read]:
        kind = slot.rstrip("0123456789")
        if (kind, text) not in self._known:
            self._known[kind, text] = []  # nothing is made of itself
            self._known[kind, text] = list(dict.fromkeys(self._slot(kind, text)))
        return self._known[kind, text]

    def _slot(self, kind: str, text: str) -> Iterator[Read]:
        if kind in ("count", "times", "more", "total", "year"):
            yield from self._number(kind, text)
        if kind in ("thing", "things", "to", "entity", "column"):
            yield from self._name(kind, text)
        if kind in ("thing", "things"):
            for other in ("list", "to", "any"):
                yield from self._kind(other, text)
        if kind == "entity":
            yield from self._kind("unlisted", text)
        yield from self._kind(kind, text)

    def _kind(self, kind: str, text: str) -> Iterator[Read]:
        for key, template in self.kinds.get(kind, {}).items():
            for found in self.template(template, text):
                yield (
                    Read((f"{kind}:{key}",)) + found
                    if kind in ("clause", "deed", "reason", "elided")
                    else found
                )

    def _name(self, kind: str, text: str) -> Iterator[Read]:
        if re.fullmatch(r"“\d+”", text):
            yield Read(names=(self.names[int(text[1:-1])],))
        elif kind in ("entity", "column") and BARE.fullmatch(text) and self.words.bare:
            yield Read(names=(text,))

    def _number(self, kind: str, text: str) -> Iterator[Read]:
        for n in _numbers(self.words.code, kind).get(text, ()):
            yield Read(numbers=(n,)) if kind in ("count", "times") else Read()


@cache
def _numbers(lang: str, kind: str) -> dict[str, list[int]]:
    words = LANGUAGES[lang]
    say = {"times": words.times, "year": str}.get(kind, words.number)
    found: dict[str, list[int]] = {}
    for n in range(3000):
        found.setdefault(say(n), []).append(n)
    return found
