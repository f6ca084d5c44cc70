"""A user as they are and as they would be → both lists, and for every item that moves the reason, adding up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kgrec.answers import Known, Move, Moved, Part, Supposed, WhatIf
from kgrec.domain import CHOICES, REJECTIONS, IntArray, RelationKind
from kgrec.errors import BadInput
from kgrec.explain.addition import with_event
from kgrec.explain.asker import Asker
from kgrec.explain.balance import Key, balance, by_known, by_way, main_part, things
from kgrec.explain.teller import Teller

MOST_PARTS = 5  # of a change, listed

MOVED: tuple[Moved, ...] = ("entered", "left", "moved")

SAME = 1e-6  # relative; a score that moves by less is said to stay


def supposed(asker: Asker, remove: IntArray, add: Sequence[tuple[int, str]]) -> Asker:
    """The asker without what joins them to some items, and with events (item row, event) after all others.

    What is removed lets the rest move up, and may be recommended again.
    """
    own = asker.own
    for item_row in remove:
        if not len(events_with(asker, int(item_row))):
            item_id = asker.graph.item_ids.ids[item_row]
            raise BadInput(
                f"nothing is known that this user has done with {item_id!r}; remove what they have"
            )
    entities = asker.graph.items[remove]
    events = np.isin(own.relation, [own.relation_row(name) for name in own.names(RelationKind.EVENT)])
    taken = asker.taken[~np.isin(asker.taken, remove)]
    after = replace(asker, graph=own.without(events & np.isin(own.tail, entities)), taken=taken)
    for item_row, event in add:
        done = with_event(after, item_row, event)
        after = done if event in (*CHOICES, *REJECTIONS) else replace(done, taken=after.taken)
    return after


def events_with(asker: Asker, item_row: int) -> IntArray:
    """The rows of the asker's own graph that hold what they have done with an item (n,)."""
    own = asker.own
    rows = own.edges_from(int(own.users[asker.user_row]), RelationKind.EVENT)
    found: IntArray = rows[own.tail[rows] == own.items[item_row]]
    return found


def what_if(before: Asker, after: Asker, asked: Supposed, k: int, teller: Teller) -> WhatIf:
    """What would be different among the k best items, and for those whose attributes are changed."""
    words = teller.verdicts
    lists = before.best(k), after.best(k)
    known = things(before, teller) | things(after, teller)
    changed = [before.graph.item_ids.row(item_id) for item_id in asked.change]
    rows = dict.fromkeys(map(int, [*lists[1], *lists[0], *changed]))
    by_events = bool(asked.add or asked.remove)
    moves = []
    for row in rows:
        moved = _moved(before, after, row, lists)
        if moved is None:
            continue
        split = by_known if by_events else by_way
        sums = split(after, row), split(before, row)
        moves.append(_move(before, after, row, moved, sums, known, teller))
    listed = {str(teller.item_ids[row]) for some in lists for row in some}
    inside = [move.moved for move in moves if move.item_id in listed]
    counts = {kind: inside.count(kind) for kind in MOVED}
    return WhatIf(
        user_id=teller.user_id,
        lang=teller.lang,
        asked=asked,
        before=teller.listed(before, k),
        after=teller.listed(after, k),
        moves=tuple(moves),
        notes=(words.stays, *([words.rebuilt] if asked.change else [])),
        text=words.summary.format(k=k, **counts) if inside else words.nothing_moves.format(k=k),
        model=teller.model,
        graph_version=teller.graph_version,
    )


def _moved(before: Asker, after: Asker, row: int, lists: tuple[IntArray, IntArray]) -> Moved | None:
    was, is_ = row in lists[0], row in lists[1]
    if was != is_:
        return "entered" if is_ else "left"
    return "moved" if before.rank(row) != after.rank(row) else None


def _move(
    before: Asker,
    after: Asker,
    row: int,
    moved: Moved,
    sums: tuple[Mapping[Key, float], Mapping[Key, float]],
    known: Mapping[int, Known],
    teller: Teller,
) -> Move:
    ranks = before.rank(row), after.rank(row)
    scores = float(before.scores[row]), float(after.scores[row])
    return Move(
        item_id=str(teller.item_ids[row]),
        title=str(teller.titles[row]),
        moved=moved,
        rank_before=ranks[0],
        rank_after=ranks[1],
        score_before=scores[0],
        score_after=scores[1],
        change=balance(*sums, known, MOST_PARTS),
        text=_reason(ranks, scores, main_part(*sums, known, more=scores[1] > scores[0]), after, teller),
    )


def _reason(
    ranks: tuple[int | None, int | None],
    scores: tuple[float, float],
    main: Part | None,
    after: Asker,
    teller: Teller,
) -> str:
    """One sentence: what is known to have changed, or that others have; `main` is what has changed most that way."""
    words = teller.verdicts
    moves = words.moves
    if ranks[1] is None:
        return moves["taken"]
    if ranks[0] is None:
        return moves["free"]
    if main is None or abs(scores[1] - scores[0]) <= SAME * abs(scores[0]):
        return moves["unchanged"]
    rises, climbs = scores[1] > scores[0], ranks[1] < ranks[0]
    if rises != climbs and ranks[0] != ranks[1]:
        return moves["outrun" if rises else "outlast"]
    direction = "more" if rises else "less"
    if main.everybody:
        return moves[f"everybody_{direction}"]
    if main.way:
        return moves[f"way_{direction}"].format(way=words.way(main.way, after.graph, teller.lang))
    assert main.known is not None
    source = words.source(main.known)
    if _is_known(after, main.known) and main.other != 0:
        return moves[direction].format(source=source)
    return moves["came" if rises else "gone"].format(source=source)


def _is_known(asker: Asker, known: Known) -> bool:
    return any(str(asker.graph.iris[hop.tail]) == known.iri for hop in asker.terms.hops)
