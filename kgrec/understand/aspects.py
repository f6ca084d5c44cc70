"""Reviews → the aspects that they speak of, clause by clause, each praised or criticised there.

A clause gives pairs of a noun and an opinion (English by patterns of words, Chinese by parts of speech). An aspect is
kept if several people speak of it; whether a mention praises it is said by the opinion's word and what turns it around,
else by what tells praise from fault in this shop's rated reviews.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from kgrec.domain import Float64Array, IntArray
from kgrec.understand import chinese, english
from kgrec.understand.clauses import LONGEST, Clause, clauses, language_of
from kgrec.understand.english import Said
from kgrec.understand.mentions import Mentions, no_mentions
from kgrec.understand.sentiment import Sentiment, learn

LANGS = ("en", "zh")

FEWEST_PEOPLE = 2
"""Who speak of an aspect, so that its label is nobody's own word."""

MOST_ASPECTS = 2_000
"""Of a language: those that most people speak of."""

_RARE = 5_000  # an aspect is in more than one of so many reviews
_ARTICLED = 0.08  # of a noun's places, how many have an article before them
_REMEMBERED = 50_000  # clauses
_SURE = 0.75  # how likely a clause without an opinion word praises, to count as praise


class Sighting(NamedTuple):
    """A pair in a clause of a review."""

    review: int
    start: int
    end: int
    said: Said
    lang: str


def find(reviews: pd.DataFrame, kinds: Sequence[str] = (), *, seed: int = 0) -> Mentions:
    """The aspects of a dataset's reviews.

    `kinds` says of each review what its item is ("Desk lamp"), if that is known: of a lamp, "lamp" is no aspect.
    """
    texts = [str(text) for text in reviews["text"]]
    langs = [language_of(text, str(said)) for text, said in zip(texts, reviews["lang"], strict=True)]
    ratings = reviews["rating"].to_numpy(np.float64)
    sightings, tellers = [], {}
    for lang in LANGS:
        rows = [row for row, its in enumerate(langs) if its == lang]
        if rows:
            tellers[lang] = learn([texts[row] for row in rows], ratings[rows], lang, seed=seed)
            sightings += _sightings(texts, rows, lang)
    if not sightings:
        return no_mentions()
    named = _named(sightings, texts, reviews["user_id"].tolist(), kinds)
    polarity = _polarity(sightings, texts, tellers)
    return _table(sightings, named, polarity, {lang: one.reviews for lang, one in tellers.items()})


def _sightings(texts: Sequence[str], rows: Iterable[int], lang: str) -> list[Sighting]:
    parts, said = (english.parts, english.said) if lang == "en" else (_chinese_parts, chinese.said)
    said = lru_cache(_REMEMBERED)(said)  # people say the same
    return [
        Sighting(row, clause.start, clause.end, one, lang)
        for row in rows
        for clause in parts(texts[row])
        for one in said(texts[row][clause.start : clause.end])
    ]


def _chinese_parts(text: str) -> list[Clause]:
    return clauses(text, "zh")


# Which aspects there are


@dataclass(frozen=True)
class _Names:
    """The aspect of each sighting (s,), -1 for none, and what the aspects are called."""

    aspect: IntArray
    labels: tuple[str, ...]
    langs: tuple[str, ...]


def _named(
    sightings: Sequence[Sighting], texts: Sequence[str], writers: Sequence[object], kinds: Sequence[str]
) -> _Names:
    """Aspects of which enough people speak; two nouns of which too few do are counted as the second alone."""
    is_noun = _nouns(sightings, texts)
    own = [_own_names(kind) for kind in kinds] if kinds else None
    asked = [_keys(sighting, is_noun, own) for sighting in sightings]
    told = Counter({lang: len({one.review for one in sightings if one.lang == lang}) for lang in LANGS})
    kept = _kept(asked, sightings, writers, told)
    names = [next((key for key in keys if key in kept), None) for keys in asked]
    forms: dict[Key, defaultdict[str, set[object]]] = {key: defaultdict(set) for key in kept}
    for name, sighting in zip(names, sightings, strict=True):
        if name is not None and sighting.lang == "en":
            words = sighting.said.words[-1 - name.text.count(" ") :]
            forms[name][" ".join(words)].add(writers[sighting.review])
    codes = {key: code for code, key in enumerate(kept)}
    return _Names(
        np.array([-1 if name is None else codes[name] for name in names], dtype=np.int64),
        tuple(_label(key, forms[key]) for key in kept),
        tuple(key.lang for key in kept),
    )


class Key(NamedTuple):
    """By what an aspect is counted; one in Latin letters is the same in both languages."""

    text: str
    lang: str


def _keys(sighting: Sighting, is_noun: Mapping[str, bool], own: Sequence[frozenset[str]] | None) -> list[Key]:
    """What a sighting may be counted as, the most exact first; what an item is adds nothing to that."""
    words = sighting.said.words
    its = frozenset() if own is None else own[sighting.review]
    exact = [words[place:] for place in range(len(words)) if words[place] not in its]
    if sighting.lang == "en":
        return [Key(english.key(some), "en") for some in exact if is_noun.get(words[-1], False)]
    return [Key(chinese.key(some), "en" if chinese.key(some).isascii() else "zh") for some in exact]


def _own_names(kind: str) -> frozenset[str]:
    """What an item is, as aspects are counted."""
    words = re.findall(r"\w+", kind.casefold())
    return frozenset(words) | {english.singular(word) for word in words}


def _nouns(sightings: Sequence[Sighting], texts: Sequence[str]) -> dict[str, bool]:
    """Whether an English word is one that articles stand before."""
    rows = sorted({sighting.review for sighting in sightings if sighting.lang == "en"})
    seen, behind = english.articled(texts[row][:LONGEST] for row in rows)
    behind.update({word: count for word, count in seen.items() if word.endswith("ing")})
    spoken = {word: behind[word] >= max(1.0, _ARTICLED * count) for word, count in seen.items()}
    return {one.said.words[-1]: True for one in sightings if one.said.words[-1] not in seen} | spoken


def _kept(
    asked: Sequence[Sequence[Key]],
    sightings: Sequence[Sighting],
    writers: Sequence[object],
    told: Mapping[str, int],
) -> list[Key]:
    """The aspects that enough people speak of, those of most first."""
    people: defaultdict[Key, set[object]] = defaultdict(set)
    for keys, sighting in zip(asked, sightings, strict=True):
        for key in keys:
            people[key].add(writers[sighting.review])
    kept: list[Key] = []
    for lang in LANGS:
        least = max(FEWEST_PEOPLE, told[lang] // _RARE + 1)
        known = sorted(
            (-len(some), key) for key, some in people.items() if key.lang == lang and len(some) >= least
        )
        kept += [key for _, key in known[:MOST_ASPECTS]]
    return kept


def _label(key: Key, forms: Mapping[str, set[object]]) -> str:
    """As most people write it; no form that is only one person's."""
    shared = [(-len(people), form) for form, people in forms.items() if len(people) >= FEWEST_PEOPLE]
    return min(shared)[1] if shared else key.text


# Praise or fault


def _polarity(
    sightings: Sequence[Sighting], texts: Sequence[str], tellers: Mapping[str, Sentiment]
) -> IntArray:
    """+1 or −1 of each sighting, 0 where nothing tells (s,)."""
    found = np.array([sighting.said.opinion for sighting in sightings], dtype=np.int64)
    for lang, teller in tellers.items():
        open_ones = [
            place for place, one in enumerate(sightings) if one.lang == lang and not one.said.opinion
        ]
        if not open_ones or not teller.learned:
            continue
        said = [texts[one.review][one.start : one.end] for one in (sightings[place] for place in open_ones)]
        found[open_ones] = _sides(teller.praises(said))
    return found


def _sides(praises: Float64Array) -> IntArray:
    sides: IntArray = np.where(praises >= _SURE, 1, np.where(praises <= 1 - _SURE, -1, 0))
    return sides


def _table(
    sightings: Sequence[Sighting], names: _Names, polarity: IntArray, learned: Mapping[str, int]
) -> Mentions:
    places = [place for place in range(len(sightings)) if names.aspect[place] >= 0 and polarity[place]]
    kept = [sightings[place] for place in places]
    columns = np.array(
        [
            (one.review, names.aspect[place], polarity[place], one.start, one.end)
            for place, one in zip(places, kept, strict=True)
        ],
        dtype=np.int64,
    ).reshape(-1, 5)
    columns = columns[np.lexsort((columns[:, 1], columns[:, 3], columns[:, 0]))]
    # An aspect that nothing is said of in the end is none.
    used, aspect = np.unique(columns[:, 1], return_inverse=True)
    return Mentions(
        review=columns[:, 0].copy(),
        aspect=aspect.astype(np.int64),
        polarity=columns[:, 2].copy(),
        start=columns[:, 3].copy(),
        end=columns[:, 4].copy(),
        labels=tuple(names.labels[code] for code in used),
        langs=tuple(names.langs[code] for code in used),
        learned=dict(learned),
    )
