"""Made-up accounts that push one item into other people's lists, and how far they get.

Kinds of attack after Lam and Riedl, "Shilling recommender systems for fun and profit", 2004 (random), Mobasher et al.,
"Toward trustworthy recommender systems", 2007 (bandwagon), and one account alone that does the work of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from kgrec.domain import (
    EVENTS,
    NEVER,
    IdMap,
    IntArray,
    Interactions,
    KnowledgeGraph,
    ObjectArray,
    Recommender,
)
from kgrec.errors import BadInput
from kgrec.evaluation.ranking import BATCH, seen
from kgrec.evaluation.splits import choices

Kind = Literal["random", "bandwagon", "single-user"]
KINDS: tuple[Kind, ...] = get_args(Kind)

POPULAR = 0.02  # of the items, the most chosen ones: what a bandwagon jumps on
MADE_UP = "shill-"  # how the ids of made-up accounts begin

_BUY = EVENTS.index("buy")


@dataclass(frozen=True)
class Attack:
    """Who pretends what, to push which item."""

    kind: Kind
    target: int  # item row
    accounts: int  # made-up ones; a single user does as much as all of them would have
    profile: int = 8  # choices of an account beside the target
    patient: bool = False  # spread over the time that the shop knows, or all within a day
    event: str = ""  # what they do with items; "" for what most of the shop's choices are

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput(f"no attack is called {self.kind!r}; known are {', '.join(KINDS)}")
        if self.event and self.event not in EVENTS:
            raise BadInput(f"no event is called {self.event!r}; known are {', '.join(EVENTS)}")
        if self.accounts < 1 or self.profile < 1:
            raise BadInput("an attack needs an account and a choice beside the target, at least one of each")


def injected(attack: Attack, known: Interactions, n_items: int, random: np.random.Generator) -> Interactions:
    """What the made-up accounts do, oldest first; their user rows count from 0.

    Every account chooses other items first and the target last, so that paths lead from those to it.
    """
    counts = np.bincount(known.item[choices(known)], minlength=n_items)
    others = np.delete(np.arange(n_items), attack.target)
    profiles = [others[picked] for picked in _picked(attack, counts[others], random)]
    user = np.repeat(np.arange(len(profiles)), [len(profile) + 1 for profile in profiles])
    item = np.concatenate([np.append(profile, attack.target) for profile in profiles])
    time = np.concatenate([_times(attack, len(profile) + 1, known, random) for profile in profiles])
    order = np.argsort(time, kind="stable")
    n = len(order)
    return Interactions(
        user=user[order],
        item=item[order],
        event=np.full(n, EVENTS.index(attack.event) if attack.event else _event(known)),
        weight=np.ones(n, np.float32),
        time=time[order],
        line=np.zeros(n, np.int64),
        clock=known.clock,
    )


def _picked(attack: Attack, counts: IntArray, random: np.random.Generator) -> list[IntArray]:
    """For each account what it chooses beside the target, least chosen by others first: places in `counts`."""
    n = len(counts)
    if attack.kind == "single-user":
        budget = min(n, attack.accounts * (attack.profile + 1) - 1)
        return [np.argsort(counts, kind="stable")[-budget:]]
    size = min(n, attack.profile)
    pool = np.arange(n)
    if attack.kind == "bandwagon":
        pool = np.argsort(counts, kind="stable")[-max(size, round(POPULAR * n)) :]
    return [random.choice(pool, size, replace=False) for _ in range(attack.accounts)]


def _times(attack: Attack, n: int, known: Interactions, random: np.random.Generator) -> IntArray:
    """When one account does what it does (n,), in units of the clock."""
    if known.clock == "none":
        return np.full(n, NEVER)
    if known.clock == "steps":
        return np.arange(n, dtype=np.int64)
    first, last = int(known.time.min()), int(known.time.max())
    if not attack.patient:
        first = max(first, last - 86_400)
    return np.sort(random.integers(first, last + 1, n))


def _event(known: Interactions) -> int:
    """Whatever most choices of the shop are: an account that bought nothing would stand out."""
    made = known.event[choices(known)]
    return int(np.bincount(made).argmax()) if len(made) else _BUY


def poisoned(graph: KnowledgeGraph, pretended: Interactions) -> KnowledgeGraph:
    """A graph with the made-up accounts after its users, and what they did; what was derived before stays as it was."""
    n = int(pretended.user.max()) + 1
    ids = [f"{MADE_UP}{number}" for number in range(n)]
    first = len(graph.iris)
    grown = replace(
        graph,
        iris=_more(graph.iris, [f"urn:kgrec:{name}" for name in ids]),
        kinds=_more(graph.kinds, ["user"] * n),
        labels={lang: _more(labels, ids) for lang, labels in graph.labels.items()},
        users=np.concatenate([graph.users, np.arange(first, first + n)]),
        user_ids=IdMap("user", [*graph.user_ids.ids, *ids]),
    )
    return grown.with_events(replace(pretended, user=pretended.user + len(graph.users)), source="made up")


def together(known: Interactions, pretended: Interactions, n_users: int) -> Interactions:
    """The interactions of a shop and of made-up accounts after its users, oldest first."""
    later = replace(pretended, user=pretended.user + n_users)
    columns = ("user", "item", "event", "weight", "time", "line")
    both: Mapping[str, Any] = {
        name: np.concatenate([getattr(known, name), getattr(later, name)]) for name in columns
    }
    joined = replace(known, **both)
    return joined.select(np.argsort(joined.time, kind="stable")) if known.clock == "seconds" else joined


def _more(texts: ObjectArray, others: list[str]) -> ObjectArray:
    return np.append(texts, np.array(others, dtype=object))


def places(
    model: Recommender, graph: KnowledgeGraph, known: Interactions, user_rows: IntArray, target: int
) -> IntArray:
    """Where an item comes among all that each of some users does not have: 0 is best; of those without it alone (n,).

    Items of equal score keep the order of the catalogue, as in lists.
    """
    start, taken = seen(known, len(graph.users))
    has = np.zeros(len(graph.users), bool)
    has[np.repeat(np.arange(len(graph.users)), np.diff(start))[taken == target]] = True
    asked = user_rows[~has[user_rows]]
    found = np.empty(len(asked), np.int64)
    for begin in range(0, len(asked), BATCH):
        batch = asked[begin : begin + BATCH]
        scores = np.array(model.score(graph, batch))  # (B, I), a copy to mask in
        for place, user_row in enumerate(batch):
            row = scores[place]
            row[taken[start[user_row] : start[user_row + 1]]] = -np.inf
            better = np.count_nonzero(row > row[target]) + np.count_nonzero(row[:target] == row[target])
            found[begin + place] = better
    return found


def hit_rate(found: IntArray, k: int = 10) -> float:
    """The share of places among the k best (HR@k); 0 of none."""
    return float((found < k).mean()) if len(found) else 0.0
