"""An item or a brand → the users who are led to it most, of those who allow to be written to, and why each of them.

Nobody is looked at who does not allow marketing: the database is asked for those who do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kgrec.domain import Collective, Float64Array, IntArray, KnowledgeGraph
from kgrec.errors import BadInput, NotReady, UnknownName
from kgrec.explain.asker import Asker
from kgrec.explain.naming import attribute_named
from kgrec.guide import MOST, Guide
from kgrec.insight.items import BRAND, holders, usual

MOST_ASKED = 1_000
"""Of more who allow it, those are asked about to whom, by the graph as it was built, most leads."""

_BATCH = 256  # users that are scored at once


@dataclass(frozen=True)
class Led:
    """Somebody who may be written to, and why they are led to it."""

    user_id: str
    item_id: str  # of a brand, its item that comes first for them
    title: str
    score: float
    rank: int  # of the item in their list
    place: int  # among all who were asked about, by score; 1 is led most
    reason: str  # the strongest path in words, or what is said where there is none
    share: float | None  # of the score that comes over this path; None where there is none


@dataclass(frozen=True)
class Campaign:
    """Who is led to an item or a brand."""

    about: str  # what it is called
    lang: str
    k: int
    users: tuple[Led, ...]  # led most first, by score
    in_lists: int  # of those asked about: for how many it is among the first k
    asked: int  # who were asked about and do not have it
    consenting: int  # who allow marketing, and recommendations
    complete: bool  # whether all of them were asked about
    model: str
    graph_version: str


@dataclass(frozen=True, eq=False)
class _Found:
    user_id: str
    item_row: int
    score: float
    rank: int


def campaign(
    guide: Guide,
    *,
    item_id: str | None = None,
    brand: str | None = None,
    lang: str = "en",
    k: int = 10,
    most: int = 100,
    ask: int | None = None,
    audience: str = "shopper",
) -> Campaign:
    """The `most` users who allow marketing and are led most to an item, or to any item of a brand.

    Who has the item, or has sent it back or disliked it, is left out, and so is who does not want recommendations. k
    is the length of the lists that are counted; `ask` is how many are asked about at most, `MOST_ASKED` where it is not
    said; `audience` is who reads the reasons: the shopper, in what is written to them, or staff. NotReady where nothing
    is kept of what users allow.
    """
    if not 1 <= k <= MOST or not 1 <= most <= MOST:
        raise BadInput(f"k is {k} and most is {most}; ask for 1 to {MOST}")
    item_rows, about = _about(guide, item_id, brand, lang)
    consenting = _consenting(guide)
    candidates = _most_led(guide, consenting, item_rows, MOST_ASKED if ask is None else ask)
    found = sorted(_found(guide, candidates, item_rows), key=lambda one: -one.score)
    return Campaign(
        about=about,
        lang=lang,
        k=k,
        users=tuple(
            _led(guide, one, place, lang, audience) for place, one in enumerate(found[:most], start=1)
        ),
        in_lists=sum(one.rank <= k for one in found),
        asked=len(found),
        consenting=len(consenting),
        complete=len(candidates) == len(consenting),
        model=guide.model_name,
        graph_version=guide.graph_version,
    )


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a text begins with that a spreadsheet takes for a formula; the wide signs where Chinese is written."""

HEAD = ("user_id", "item_id", "title", "score", "rank", "place", "reason")


def table(found: Campaign) -> Iterator[tuple[str, ...]]:
    """The users as rows of a table for other programs, its head first.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    yield HEAD
    for one in found.users:
        figures = (f"{one.score:.6g}", str(one.rank), str(one.place))
        yield (_text(one.user_id), _text(one.item_id), _text(one.title), *figures, _text(one.reason))


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


def _about(guide: Guide, item_id: str | None, brand: str | None, lang: str) -> tuple[IntArray, str]:
    """The items that are meant (n,), and what they are called."""
    if (item_id is None) == (brand is None):
        raise BadInput("say what it is about: an item or a brand, not both")
    graph, teller = guide.graph, guide.teller(lang)
    if item_id is not None:
        row = guide.dataset.items.row(item_id)
        return np.array([row]), graph.label(int(graph.items[row]), lang)
    if not graph.has_edges(BRAND):
        raise UnknownName("brand", brand)
    where = graph.edges_of(BRAND)
    entities = _called(graph, np.unique(graph.tail[where]), brand or "")
    rows = np.unique(graph.item_row_of[graph.head[where][np.isin(graph.tail[where], entities)]])
    return rows, teller.label(graph, entities[0])


def _called(graph: KnowledgeGraph, brands: IntArray, name: str) -> list[int]:
    """The brands of a name, or of an IRI; where none is written like that, the one that is but for its capitals."""
    exact = [
        row
        for row in brands.tolist()
        if name in {str(graph.iris[row]), *(str(labels[row]) for labels in graph.labels.values())} - {""}
    ]
    return exact or [attribute_named(graph, f"brand: {name}")]


def _consenting(guide: Guide) -> list[str]:
    """Those who allow marketing and recommendations; where the shop takes silence for consent, its users of old too."""
    try:
        people = guide.registry.people
    except NotReady:
        raise NotReady(
            f"nothing is kept of what users of {guide.name} allow, so nobody may be written to; serve a workspace"
        ) from None
    # What is known of somebody is used for them only if they want recommendations.
    return people.consenting("recommend", people.allowing("marketing", map(str, guide.dataset.users.ids)))


def _most_led(guide: Guide, consenting: list[str], item_rows: IntArray, ask: int) -> list[str]:
    """Up to `ask` of them; of more, those to whom most leads by the graph."""
    if len(consenting) <= ask:
        return consenting
    users = guide.dataset.users
    known = [user_id for user_id in consenting if user_id in users]
    score = _best_scores(guide, users.rows(known), item_rows)
    order = np.argsort(-score, kind="stable")[:ask]
    return [known[place] for place in order.tolist()]


def _best_scores(guide: Guide, user_rows: IntArray, item_rows: IntArray) -> Float64Array:
    """The largest score of some items for each of some users, by the graph (n,)."""
    if not isinstance(guide.model, Collective):
        return _scored(guide, user_rows, item_rows)
    there = guide.model.arrivals(guide.graph, item_rows)
    n = len(item_rows)
    cell = there.user * n + np.searchsorted(item_rows, there.item)
    size = len(guide.graph.users) * n
    total = np.bincount(cell, weights=there.contribution, minlength=size).astype(np.float64).reshape(-1, n)
    for place, item_row in enumerate(item_rows.tolist()):
        total[:, place] += usual(guide, item_row)
        total[holders(guide.graph, item_row), place] = -np.inf
    best: Float64Array = total[user_rows].max(axis=1)
    return best


def _scored(guide: Guide, user_rows: IntArray, item_rows: IntArray) -> Float64Array:
    """The same from a model that is asked of some users at a time."""
    best = np.empty(len(user_rows))
    for first in range(0, len(user_rows), _BATCH):
        some = slice(first, first + _BATCH)
        best[some] = guide.model.score(guide.graph, user_rows[some])[:, item_rows].max(axis=1)
    return best


def _found(guide: Guide, user_ids: list[str], item_rows: IntArray) -> Iterator[_Found]:
    """Where the items stand for those who may be recommended one of them."""
    for user_id in user_ids:
        asker = _asker(guide, user_id)
        open_ = item_rows[:0] if asker is None else item_rows[~np.isin(item_rows, asker.out)]
        if asker is None or not len(open_):
            continue
        best = int(open_[np.argmax(asker.scores[open_])])
        rank = asker.rank(best)
        if rank is not None:
            yield _Found(user_id, best, float(asker.scores[best]), rank)


def _asker(guide: Guide, user_id: str) -> Asker | None:
    """Who asks, as they are known now; None for somebody of whom nothing may be known."""
    try:
        asker = guide.asker(user_id)
    except UnknownName:  # they said something and did nothing, or were forgotten
        return None
    is_known = asker.user_row < len(guide.dataset.users) or len(asker.own.head) > 0
    return asker if is_known else None


def _led(guide: Guide, found: _Found, place: int, lang: str, audience: str) -> Led:
    item_id = str(guide.dataset.items.ids[found.item_row])
    reason, share = "", None
    if guide.explains:
        (told,) = guide.explain_all(
            [item_id], found.user_id, paths=1, lang=lang, receipts=False, audience=audience
        )
        path = told.paths[0] if told.paths else None
        reason, share = (told.text, None) if path is None else (path.text, path.share)
    item = guide.item(item_id)
    title = item.title_zh if lang == "zh" and item.title_zh else item.title
    return Led(found.user_id, item_id, title, found.score, found.rank, place, reason, share)
