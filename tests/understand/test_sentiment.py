"""Praise is told from fault by a shop's own ratings, and by opinion words where there are too few of these."""

from __future__ import annotations

import numpy as np
import pytest

from kgrec.understand.sentiment import FEWEST, Sentiment, learn

GOOD, BAD = ("zorky {n} all the way", "blimp {n} all the way")  # words that nobody but this shop's people use


def own_words(each: int) -> tuple[list[str], np.ndarray]:
    texts = [GOOD.format(n=n) for n in range(each)] + [BAD.format(n=n) for n in range(each)]
    return texts, np.array([5.0] * each + [1.0] * each)


def test_the_shops_own_words_are_learned() -> None:
    teller = learn(*own_words(FEWEST), "en")
    assert teller.learned and teller.reviews == 2 * FEWEST
    praise, fault = teller.praises(["so zorky", "so blimp"])
    assert praise > 0.5 > fault


def test_with_too_few_ratings_opinion_words_are_counted_and_that_is_said() -> None:
    teller = learn(*own_words(FEWEST - 1), "en")
    assert not teller.learned and teller.reviews == 0
    praise, fault, nothing = teller.praises(["a great lamp", "a useless lamp", "zorky"])
    assert praise > 0.5 > fault and nothing == 0.5


@pytest.mark.parametrize(
    ("text", "lang", "praises"),
    [
        ("It is not good.", "en", False),
        ("I have never been disappointed", "en", True),
        ("质量很好", "zh", True),
        ("质量不好", "zh", False),
        ("没有异味", "zh", True),
    ],
)
def test_a_negation_turns_an_opinion_around(text: str, lang: str, praises: bool) -> None:
    (found,) = Sentiment(lang).praises([text])
    assert (found > 0.5) == praises


def test_ratings_between_praise_and_fault_teach_nothing() -> None:
    texts, _ = own_words(FEWEST)
    assert not learn(texts, np.full(len(texts), 3.0), "en").learned
    assert not learn(texts, np.full(len(texts), np.nan), "en").learned
    # Where nobody gave less than four of five, four is no fault.
    assert not learn(texts, np.array([5.0, 4.0] * FEWEST), "en").learned


def test_the_same_seed_learns_the_same() -> None:
    texts, ratings = own_words(40)
    one, other = (learn(texts, ratings, "en", seed=7).praises(texts) for _ in range(2))
    assert (one == other).all()
