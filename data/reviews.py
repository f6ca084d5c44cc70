"""Lives of shoppers → short reviews in English and Chinese whose words fit their stars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from catalogue import Item, Random, pick
from phrases import ASPECTS, OPENERS, VERDICTS, Said
from shoppers import Life, given_stars

N_REVIEWS = 4000
SHARES = {"opener": 0.3, "second": 0.55, "verdict": 0.75}  # of reviews that have one


class Review(NamedTuple):
    """One row of reviews.csv."""

    user_id: str
    item_id: str
    rating: int
    lang: str
    text: str
    when: datetime


def make_reviews(random: Random, lives: Sequence[Life]) -> list[Review]:
    """Reviews by buyers, half in each language; a rated item is reviewed with the same stars, when it was rated."""
    candidates: list[tuple[str, Item, int, datetime]] = []
    for life in lives:
        user_id, last = life.user.user_id, life.purchases[-1].when
        rated = {event.item_id: event for event in life.events if event.event == "rate"}
        for purchase in life.purchases[:-1]:  # a review of the last purchase would give it away
            rate = rated.get(purchase.item.item_id)
            when = (
                rate.when if rate else purchase.when + timedelta(seconds=int(86400 * random.uniform(2, 12)))
            )
            stars = rate.value if rate else given_stars(random, purchase.item)
            if when < last:
                candidates.append((user_id, purchase.item, stars, when))
    places = random.choice(len(candidates), N_REVIEWS, replace=False).tolist()
    reviews = []
    for number, place in enumerate(places):
        user_id, item, stars, when = candidates[place]
        lang = ("en", "zh")[number % 2]
        reviews.append(Review(user_id, item.item_id, stars, lang, _text(random, item, stars, lang), when))
    return sorted(reviews, key=lambda review: (review.when, review.user_id, review.item_id))


def _text(random: Random, item: Item, stars: int, lang: str) -> str:
    tongue = ("en", "zh").index(lang)
    sentences = []
    if random.random() < SHARES["opener"]:
        sentences.append(pick(random, OPENERS)[tongue])
    clauses, contrast = _clauses(random, item, stars)
    said = [clause[tongue] for clause in clauses]
    if lang == "zh":
        sentences.append((",但是" if contrast else ",").join(said).replace(",", "，") + "。")
    else:
        whole = (", but " if contrast else ", and ").join(said)
        sentences.append(whole[0].upper() + whole[1:] + ".")
    if random.random() < SHARES["verdict"]:
        sentences.append(pick(random, VERDICTS[stars])[tongue])
    return ("" if lang == "zh" else " ").join(sentences)


def _clauses(random: Random, item: Item, stars: int) -> tuple[list[Said], bool]:
    """One or two things to say, and whether they pull apart: praise for strengths, complaints about weaknesses."""
    best, worst = item.strengths[0], item.strengths[-1]
    first, second = {
        5: ((best, "good"), (item.strengths[1], "good")),
        4: ((best, "good"), (worst, "fair")),
        3: ((best, "fair"), (worst, "bad")),
        2: ((worst, "bad"), (best, "fair")),
        1: ((worst, "bad"), (item.strengths[-2], "bad")),
    }[stars]
    told = [first, second] if random.random() < SHARES["second"] else [first]
    clauses = [pick(random, getattr(ASPECTS[aspect], tone)) for aspect, tone in told]
    return clauses, {tone for _, tone in told} == {"good", "fair"}
