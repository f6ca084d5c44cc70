"""Rated reviews → whether a text praises or finds fault, learned from the shop's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from kgrec.domain import BoolArray, Float64Array
from kgrec.understand.opinions import OPINIONS, TURNS

FEWEST = 25
"""Reviews of either kind that a language needs, so that something is learned from them."""

MOST_READ = 20_000
"""Reviews of a language that are learned from: more of them make training long and the model hardly better."""

_LONGEST = 1_000  # characters of a review that are learned from
_FEATURES = 100_000
_PLENTY = 250  # reviews of the rarer kind from which on weights may be large
_BOLD, _CAREFUL = 3.0, 1.0  # inverse strengths of the regularisation
_NEAR = 3  # words between an opinion and the word that turns it around

_EN_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


def _zh_pattern() -> re.Pattern[str]:
    def either(words: Sequence[str]) -> str:
        return "|".join(sorted(words, key=lambda word: (-len(word), word)))

    return re.compile(
        f"({either(list(TURNS['zh']))})?[很太够怎么那是]{{0,2}}({either(list(OPINIONS['zh']))})"
    )


_ZH = _zh_pattern()


@dataclass(frozen=True)
class Sentiment:
    """What tells praise from fault in one language."""

    lang: str
    reviews: int = 0  # that it was learned from; 0 if it only counts opinion words
    model: Any = None  # vectorizer and classifier of scikit-learn

    @property
    def learned(self) -> bool:
        return self.model is not None

    def praises(self, texts: Sequence[str]) -> Float64Array:
        """How likely each text praises, from 0 to 1 (n,); 0.5 where nothing tells."""
        if not texts:
            return np.zeros(0, np.float64)
        counted = said_in_words(texts, self.lang)
        if self.model is None:
            return 1 / (1 + np.exp(-counted))
        vectorizer, classifier = self.model
        found = classifier.predict_proba(_features(vectorizer.transform(_cut(texts)), counted))
        return np.asarray(found[:, 1], np.float64)


def learn(texts: Sequence[str], ratings: Float64Array, lang: str, *, seed: int = 0) -> Sentiment:
    """Logistic regression on character 1–3-grams and on the balance of opinion words of the rated texts.

    Ratings in the upper quarter of the scale are praise, those in the lower quarter fault; the scale goes from 1 (or
    from the lowest rating, if that is lower) to the highest rating. With fewer than FEWEST texts of either kind, what
    comes back only counts opinion words, and says so.
    """
    told, praise = _told(texts, ratings)
    rarer = min(int(praise.sum()), int((~praise).sum()))
    if rarer < FEWEST:
        return Sentiment(lang)
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(len(told))
    if len(rows) > MOST_READ:
        rows = np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST_READ])
    read = [told[row] for row in rows]
    vectorizer = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, 3),
        min_df=2 if len(read) < 5_000 else 4,
        sublinear_tf=True,
        dtype=np.float32,
        max_features=_FEATURES,
    )
    features = _features(vectorizer.fit_transform(_cut(read)), said_in_words(read, lang))
    classifier = LogisticRegression(
        C=_BOLD if rarer >= _PLENTY else _CAREFUL, class_weight="balanced", max_iter=300, random_state=seed
    )
    return Sentiment(lang, len(read), (vectorizer, classifier.fit(features, praise[rows])))


def _told(texts: Sequence[str], ratings: Float64Array) -> tuple[list[str], BoolArray]:
    """The texts whose ratings say what they think, each once, and whether that is praise (n,)."""
    known = ratings[np.isfinite(ratings)]
    if not len(known):
        return [], np.zeros(0, bool)
    low, high = min(1.0, float(known.min())), float(known.max())
    place = (ratings - low) / max(high - low, 1e-9)
    seen: dict[str, bool] = {}
    for text, at in zip(texts, place, strict=True):
        if (at >= 0.75 or at <= 0.25) and text not in seen:
            seen[text] = bool(at >= 0.75)
    return list(seen), np.array(list(seen.values()), dtype=bool)


def _cut(texts: Sequence[str]) -> list[str]:
    return [text[:_LONGEST].casefold() for text in texts]


def _features(grams: Any, counted: Float64Array) -> sp.csr_array:
    balance = np.tanh(counted / 2).astype(np.float32)
    return sp.csr_array(sp.hstack([grams, sp.csr_array(balance[:, None])], format="csr"))


def said_in_words(texts: Sequence[str], lang: str) -> Float64Array:
    """Words of praise less words of fault of each text, those after a negation the other way round (n,)."""
    count = _counted_zh if lang == "zh" else _counted_en
    return np.array([count(text[:_LONGEST]) for text in texts], dtype=np.float64)


def _counted_en(text: str) -> int:
    words = _EN_WORD.findall(text.casefold().replace("’", "'"))
    total = 0
    for place, word in enumerate(words):
        opinion = OPINIONS["en"].get(word, 0)
        if opinion:
            turned = any(before in TURNS["en"] for before in words[max(0, place - _NEAR) : place])
            total += -opinion if turned else opinion
    return total


def _counted_zh(text: str) -> int:
    total = 0
    for found in _ZH.finditer(text):
        opinion = OPINIONS["zh"][found[2]]
        total += -opinion if found[1] else opinion
    return total
