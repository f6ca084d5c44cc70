"""What the questions beside "why" are answered with: differences of scores, part by part.

Scores are sums, so two of them differ by the sum of what their parts differ by. Everything here is such a difference:
after and before, one item and another, what is in a list and what has missed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kgrec.domain import Explanation, Recommendation


@dataclass(frozen=True)
class Known:
    """One thing known of a user, from which paths start."""

    relation: str  # "bought", "viewed", "in_segment"
    item_id: str | None  # None for a segment
    iri: str
    label: str
    may_be_named: bool = True  # in sentences; see `kgrec.explain.wording.speech`


@dataclass(frozen=True)
class Part:
    """What one source of a score adds on both sides: a thing known, a way on from there, or everybody's choices."""

    known: Known | None
    way: str  # a metapath, "followed_by → shares_buyers"; "" where the part is no way
    one: float
    other: float

    @property
    def difference(self) -> float:
        return self.one - self.other

    @property
    def everybody(self) -> bool:
        """Whether it is the prior, which owes nothing to what is known of the user."""
        return self.known is None and not self.way


@dataclass(frozen=True)
class Balance:
    """The difference of two scores: Σ differences of the parts + rest = total."""

    parts: tuple[Part, ...]  # largest difference first, whichever its sign
    rest: float
    n_rest: int  # parts not listed
    total: float


@dataclass(frozen=True)
class Supposed:
    """What is supposed: events of the user added and removed (item ids), attributes changed."""

    add: tuple[tuple[str, str], ...]  # item id and event, in the order they are done
    remove: tuple[str, ...]
    change: Mapping[str, Mapping[str, str]]  # item id → relation → label, "" for none


Moved = Literal["entered", "left", "moved"]


@dataclass(frozen=True)
class Move:
    """An item whose place in the list would be another. Ranks are None where the user has the item."""

    item_id: str
    title: str
    moved: Moved
    rank_before: int | None
    rank_after: int | None
    score_before: float
    score_after: float
    change: Balance  # after − before
    text: str


@dataclass(frozen=True)
class WhatIf:
    """A user's list as it is and as it would be, and why each item of either would have another place."""

    user_id: str
    lang: str
    asked: Supposed
    before: tuple[Recommendation, ...]
    after: tuple[Recommendation, ...]
    moves: tuple[Move, ...]  # in the order of the list after, then those that left, then items changed
    notes: tuple[str, ...]  # what was taken to stay as it is
    text: str
    model: str
    graph_version: str


Blocked = Literal[
    "chosen", "returned", "disliked", "unwanted", "excluded", "withdrawn", "rule", "quota", "places"
]
"""What keeps an item out: what the user did, what they or a request asked for, that the shop no longer has it, a rule
that leaves it out, one that allows no more of its kind, or that rules have given the places to others."""


@dataclass(frozen=True)
class Lack:
    """A way by which items of the list are reached, and the item asked about is not."""

    way: str
    items: int  # of the list that have it
    mean: float  # what it adds to an item of the list, on average over all of them


@dataclass(frozen=True)
class WhyNot:
    """By how much an item misses a list, what blocks it, and what the item at the last place has that it has not."""

    item_id: str
    title: str
    k: int
    rank: int  # the place its score gives it, or would if nothing blocked it
    blocked: Blocked | None
    last: (
        Recommendation | None
    )  # the item at place k, or at the end of a shorter list; None if the list is empty
    gap: float  # score of the last − score of the item: above 0 if it misses
    by_known: Balance  # the last − the item, by what is known of the user
    by_way: Balance  # the same by how paths go on
    lacks: tuple[Lack, ...]  # what adds most to the list first
    explanation: Explanation  # of the item's own score
    text: str


@dataclass(frozen=True)
class Takes:
    """The smallest set of things whose absence takes an item out of a list, or of purchases that bring it in.

    `at_least` is proven: no smaller set does. The set is a smallest one where it has that size.
    """

    user_id: str
    item_id: str
    title: str
    lang: str
    k: int
    rank: int | None  # as it is; None where the user has the item
    score: float
    action: Literal["remove", "add"]
    possible: bool | None  # None where none was found, and that there is none is not proven
    things: tuple[Known, ...]
    at_least: int | None  # None where nothing does
    rank_after: int | None  # ranked anew without, or with, the things
    score_after: float | None
    text: str
    model: str
    graph_version: str

    @property
    def smallest(self) -> bool:
        """Whether no smaller set does."""
        return bool(self.possible) and len(self.things) == self.at_least


@dataclass(frozen=True)
class Contrast:
    """Why one item rather than another: the difference of two sums."""

    user_id: str
    lang: str
    one: Explanation
    other: Explanation
    by_known: Balance  # one − other, by what is known of the user
    by_way: Balance  # the same by how paths go on
    text: str


@dataclass(frozen=True)
class Interest:
    """Things known of a user that belong together, and how much of a list they stand for."""

    label: str  # what they share, or the one thing
    entity: str  # IRI of that
    things: tuple[str, ...]  # labels of what is known
    in_history: float  # 0 … 1
    in_list: float
    in_list_by_score: float  # if only the score counted


@dataclass(frozen=True)
class Placed:
    """An item of a list: where balance put it, where its score alone would, and which interests it serves."""

    item: Recommendation
    rank_by_score: int
    serves: tuple[float, ...]  # share of each interest in its paths; all 0 where only the prior brings it


@dataclass(frozen=True)
class Common:
    """What at least half of a list has and most of the catalogue has not."""

    label: str
    entity: str  # IRI
    items: int


@dataclass(frozen=True)
class Overview:
    """A whole list explained."""

    user_id: str
    lang: str
    balance: float
    text: str
    items: tuple[Placed, ...]
    interests: tuple[Interest, ...]
    common: tuple[Common, ...]
