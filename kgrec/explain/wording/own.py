"""Words of a shop's own → a language with these in the place of what it says of shops: readers read articles.

Own words are tables by language, as a preset or a mapping.toml has them under [words.en]: fields of
`kgrec.explain.wording.language.Language`, and under `answers` those of `kgrec.explain.wording.verdicts.Verdicts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from kgrec.errors import BadInput, UnknownName
from kgrec.explain.wording.en import EN
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.template import SLOT
from kgrec.explain.wording.verdicts import LANGUAGES as VERDICTS
from kgrec.explain.wording.verdicts import Verdicts
from kgrec.explain.wording.zh import ZH

LANGUAGES: dict[str, Language] = {language.code: language for language in (EN, ZH)}

Words = Mapping[str, Mapping[str, Any]]
"""Language → word or table of words → what is said instead."""

ANSWERS = "answers"
_NO_WORDS = ("code", "elidable")  # texts of a language that nobody reads

_Words = TypeVar("_Words", Language, Verdicts)


def language(code: str, own: Words | None = None) -> Language:
    """The words of a language, a shop's own among them."""
    if code not in LANGUAGES:
        raise UnknownName("language", code, LANGUAGES)
    said = {name: word for name, word in (own or {}).get(code, {}).items() if name != ANSWERS}
    return _with(LANGUAGES[code], said)


def verdicts(code: str, own: Words | None = None) -> Verdicts:
    """The sentences of a language that answer what if and why not, a shop's own among them."""
    if code not in VERDICTS:
        raise UnknownName("language", code, VERDICTS)
    return _with(VERDICTS[code], (own or {}).get(code, {}).get(ANSWERS, {}))


def _with(usual: _Words, own: Mapping[str, Any]) -> _Words:
    if not own:
        return usual
    changed = {name: _changed(getattr(usual, name), word) for name, word in own.items()}
    return replace(usual, **changed)


def _changed(usual: Any, word: Any) -> Any:
    if isinstance(usual, Mapping):
        return {**usual, **{name: _changed(usual.get(name), one) for name, one in word.items()}}
    return tuple(word) if isinstance(word, list) else word


# Checking


def check(own: Words, where: str) -> None:
    """BadInput or UnknownName unless all of these are words of ours with slots that will be filled."""
    for lang, said in own.items():
        if lang not in LANGUAGES:
            raise UnknownName(f"language of [words] in {where}", lang, LANGUAGES)
        for name, word in said.items():
            place = f"{where}: words.{lang}.{name}"
            if name == ANSWERS:
                for answer, text in _table(word, place).items():
                    _check(answer, text, list(VERDICTS.values()), f"{place}.{answer}", where)
            else:
                _check(name, word, list(LANGUAGES.values()), place, where)


def _check(name: str, word: Any, usual: Sequence[Language | Verdicts], place: str, where: str) -> None:
    """One word or table of words, against what all languages have there."""
    texts = [
        each.name
        for each in fields(usual[0])
        if isinstance(getattr(usual[0], each.name), str | tuple | Mapping)
    ]
    known = [each for each in texts if each not in _NO_WORDS]
    if name not in known:
        raise UnknownName(f"word in {where}", name, known)
    values = [getattr(each, name) for each in usual]
    slots = {slot for value in values for text in _texts(value) for slot in SLOT.findall(text)}
    if not isinstance(values[0], Mapping):
        _check_text(word, values[0], slots, place)
        return
    models = {key: text for value in values for key, text in value.items()}
    for key, text in _table(word, place).items():
        if models and key not in models:
            raise UnknownName(f"word of {place}", key, models)
        _check_text(text, models.get(key, ""), slots or {"to", "from", "entity"}, f"{place}.{key}")


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    return list(value) if isinstance(value, tuple) else [value]


def _check_text(said: Any, usual: Any, slots: set[str], place: str) -> None:
    if isinstance(usual, tuple):
        if not (isinstance(said, list | tuple) and len(said) == len(usual)):
            raise BadInput(
                f"{place} is {said!r:.80}; it must be a list of {len(usual)} texts, for one and for several"
            )
        for text in said:
            _check_text(text, "", slots, place)
        return
    if not isinstance(said, str):
        raise BadInput(f"{place} is {said!r:.80}; it must be a text in quotes")
    for slot in SLOT.findall(said):
        if slot not in slots:
            known = ", ".join(f"{{{each}}}" for each in sorted(slots)) or "none"
            raise BadInput(f"{place}: nothing is known as {{{slot}}}; what stands in braces there: {known}")
    if set("{}") & set(SLOT.sub("", said)):
        raise BadInput(f"{place}: a brace that belongs to no name, in {said!r:.80}; take it out")


def _table(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadInput(f"{place} is {value!r:.80}; it must be a table of texts")
    return value
