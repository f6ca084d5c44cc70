"""The event edges of a graph → who did what in which order, and the slots that paths start from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kgrec.domain import (
    CHOICES,
    EVENT_RELATIONS,
    EVENTS,
    REJECTIONS,
    BoolArray,
    FloatArray,
    IntArray,
    KnowledgeGraph,
    RelationKind,
)
from kgrec.models.trust import Deeds, Trust, weights

RECENT = 9
"""The most recent slots have a position each, 0 for the latest; all older ones share the next position."""
OLDER = RECENT
SEGMENT = RECENT + 1
ALONE = RECENT + 2  # a segment of somebody of whom nothing else is known
POSITIONS = RECENT + 3

REJECTION_CODES = np.array([EVENTS.index(event) for event in REJECTIONS])
_IS_REJECTION = np.array([event in REJECTIONS for event in EVENTS])
_IS_CHOICE = np.array([event in CHOICES for event in EVENTS])
_VIEW, _CART, _BUY = (EVENTS.index(event) for event in ("view", "cart", "buy"))


@dataclass(frozen=True, eq=False)
class Timeline:
    """All users' events, sorted by user, oldest first: parallel arrays of length N."""

    user: IntArray  # (N,) user rows, ascending
    item: IntArray  # (N,) item rows
    event: IntArray  # (N,) positions in EVENTS
    chosen: BoolArray  # (N,) whether the event expresses a choice, so that it can be a target
    muted: BoolArray  # (N,) left out of account: no path starts from it
    n_users: int
    n_items: int
    ordered: bool
    trust: FloatArray | None = (
        None  # (N,) how far each event counts as evidence about items; None: all in full
    )

    def select(self, which: BoolArray | IntArray) -> Timeline:
        """The timeline with only some events, or with those of a user in another order."""
        return Timeline(
            self.user[which],
            self.item[which],
            self.event[which],
            self.chosen[which],
            self.muted[which],
            self.n_users,
            self.n_items,
            self.ordered,
            None if self.trust is None else self.trust[which],
        )


def timeline(graph: KnowledgeGraph, trust: Trust | None = None) -> Timeline:
    """The events that a graph holds, and how far each is to be trusted."""
    codes = np.full(len(graph.relations), -1, dtype=np.int64)
    for row, relation in enumerate(graph.relations):
        if relation.name in EVENT_RELATIONS:
            codes[row] = EVENT_RELATIONS.index(relation.name)
    rows = np.flatnonzero(codes[graph.relation] >= 0)
    user = graph.user_row_of[graph.head[rows]]
    order = np.lexsort((graph.time[rows], user))  # lexsort is stable: ties keep the order of the source
    rows, user = rows[order], user[order]
    event = codes[graph.relation[rows]]
    chosen: BoolArray = _IS_CHOICE[event]
    if not chosen.any():  # a shop that records views only is predicted by its views
        chosen = ~_IS_REJECTION[event]
    found = Timeline(
        user=user,
        item=graph.item_row_of[graph.tail[rows]],
        event=event,
        chosen=chosen,
        muted=graph.weight[rows] == 0,
        n_users=len(graph.users),
        n_items=len(graph.items),
        ordered=graph.clock != "none",
    )
    if trust is None or trust.neutral:
        return found
    time = graph.time[rows] if graph.clock == "seconds" else None
    deeds = Deeds(found.user, found.item, event, chosen, time, found.n_users, found.n_items)
    return replace(found, trust=weights(deeds, trust))


@dataclass(frozen=True, eq=False)
class Slots:
    """The known things of each user that paths start from: parallel arrays of length S, sorted by user.

    A source is an item row, or I + the position of a segment.
    """

    start: IntArray  # (U + 1,) the slots of user row u are start[u] : start[u + 1]
    source: IntArray  # (S,)
    position: IntArray  # (S,) 0 … POSITIONS − 1
    event: IntArray  # (S,) positions in EVENTS; "view" for segments, where it has no meaning
    scale: FloatArray  # (S,) 0 for what is left out of account

    def of(self, user_rows: IntArray) -> tuple[IntArray, IntArray]:
        """For some users: the place in the batch (s,) and the slot row (s,) of each of their slots."""
        counts = self.start[user_rows + 1] - self.start[user_rows]
        place = np.repeat(np.arange(len(user_rows)), counts)
        first = np.cumsum(counts) - counts
        return place, np.arange(counts.sum()) - first[place] + self.start[user_rows][place]

    def of_new(self, user_rows: IntArray) -> BoolArray:
        """Whether nothing is known that they have chosen or looked at (B,)."""
        place, slot = self.of(user_rows)
        new: BoolArray = np.bincount(place[self.position[slot] < SEGMENT], minlength=len(user_rows)) == 0
        return new


def slots(events: Timeline, segments: tuple[IntArray, IntArray] | None = None) -> Slots:
    """One slot per user and item, at its strongest event, without items the user sent back or disliked.

    A slot is muted with the event it stands for, and keeps its position.
    `segments` is (user rows, segment positions), for slots that every event-less user has too.
    """
    rejected = _IS_REJECTION[events.event]
    pair = events.user * events.n_items + events.item
    usable = np.arange(len(pair))
    if rejected.any():
        usable = np.flatnonzero(~rejected & ~np.isin(pair, pair[rejected]))
    strength = np.where(events.chosen[usable], 10, 0) + events.event[usable]
    order = np.lexsort((usable, strength, pair[usable]))
    ordered_pairs = pair[usable][order]
    last = np.append(ordered_pairs[1:] != ordered_pairs[:-1], np.ones(min(1, len(order)), dtype=bool))
    rows = np.sort(usable[order][last])  # one row per pair, in the order of time again
    user = events.user[rows]
    count = np.bincount(user, minlength=events.n_users)
    from_end = np.searchsorted(user, user, side="right") - 1 - np.arange(len(rows))  # 0 for the user's latest
    older = np.maximum(count[user] - RECENT, 1).astype(np.float32)
    if events.ordered:
        position = np.minimum(from_end, OLDER)
        scale = np.where(position == OLDER, older**-0.5, 1.0).astype(np.float32)
    else:
        position, scale = np.zeros(len(rows), np.int64), np.ones(len(rows), np.float32)
    scale[events.muted[rows]] = 0.0
    source, event = events.item[rows], events.event[rows]
    if segments is not None and len(segments[0]):
        members, segment = segments
        user = np.concatenate([user, members])
        source = np.concatenate([source, events.n_items + segment])
        position = np.concatenate([position, np.where(count[members] > 0, SEGMENT, ALONE)])
        event = np.concatenate([event, np.full(len(members), _VIEW)])
        scale = np.concatenate([scale, np.ones(len(members), np.float32)])
        order = np.argsort(user, kind="stable")
        user, source, position = user[order], source[order], position[order]
        event, scale = event[order], scale[order]
    start = np.concatenate([[0], np.cumsum(np.bincount(user, minlength=events.n_users))])
    return Slots(start, source, position, event, scale)


def segment_members(graph: KnowledgeGraph) -> tuple[IntArray, IntArray, IntArray]:
    """Who belongs to which segment: user rows (n,), segment positions (n,), entity rows of the segments.

    What is left out of account is left out.
    """
    segment_rows = graph.segments
    users, segments = [], []
    for name in graph.names(RelationKind.SEGMENT):
        where = graph.edges_of(name)
        counts = graph.weight[where] > 0
        users.append(graph.user_row_of[graph.head[where][counts]])
        segments.append(np.searchsorted(segment_rows, graph.tail[where][counts]))
    if not users:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), segment_rows
    return np.concatenate(users), np.concatenate(segments), segment_rows


def taken(events: Timeline, user_row: int) -> IntArray:
    """Item rows that a user has chosen, sent back or disliked: they are not recommended again."""
    first, last = np.searchsorted(events.user, [user_row, user_row + 1])
    where = slice(first, last)
    done = events.chosen[where] | np.isin(events.event[where], REJECTION_CODES)
    return np.unique(events.item[where][done])


def choice_counts(events: Timeline) -> IntArray:
    """How many users chose each item (I,)."""
    pair = np.unique(events.user[events.chosen] * events.n_items + events.item[events.chosen])
    return np.bincount(pair % events.n_items, minlength=events.n_items).astype(np.int64)


def before(events: Timeline, cut: IntArray) -> Timeline:
    """What each user had done before a moment: `cut` (U,) is a row of the timeline, the first one hidden."""
    return events.select(np.arange(len(events.user)) < cut[events.user])


def nth_last_choice(events: Timeline, n: int) -> IntArray:
    """For each user the timeline row of their n-th last choice (1 = the last), −1 if they have fewer (U,)."""
    rows = np.flatnonzero(events.chosen)
    user = events.user[rows]
    # An item chosen twice in two ways (bought, then rated) is one choice, at its first.
    pair = user * events.n_items + events.item[rows]
    first = np.sort(np.unique(pair, return_index=True)[1])
    rows, user = rows[first], user[first]
    count = np.bincount(user, minlength=events.n_users)
    from_end = np.cumsum(count)[user] - np.arange(len(rows))  # 1 for the user's last
    result = np.full(events.n_users, -1, dtype=np.int64)
    result[user[from_end == n]] = rows[from_end == n]
    return result
