"""A list of items for somebody → what it has in common, which interests it serves, where balance moved items."""

from __future__ import annotations

from kgrec.answers import Common, Interest, Overview, Placed
from kgrec.domain import KnowledgeGraph
from kgrec.explain.asker import Asker
from kgrec.explain.interests import RowInterest, RowList, balanced, in_common
from kgrec.explain.teller import Teller
from kgrec.explain.wording.lists import WORDS, Told, overview_text


def overview(asker: Asker, k: int, balance: float, teller: Teller) -> Overview:
    """The k best items for somebody, balanced and explained as a whole."""
    found = balanced(asker, k, balance)
    graph = asker.catalogue
    interests = tuple(
        _interest(asker, found, place, interest, teller) for place, interest in enumerate(found.interests)
    )
    common = tuple(
        Common(graph.label(entity, teller.lang), str(graph.iris[entity]), n)
        for entity, n in in_common(graph, found.item_rows)
        if teller.voice.may_name(entity)
    )
    items = tuple(
        Placed(
            teller.placed(asker, int(row), rank, found.placed.get(int(row))),
            int(by_score),
            tuple(float(share) for share in serves),
        )
        for rank, (row, by_score, serves) in enumerate(
            zip(found.item_rows, found.rank_by_score, found.serves, strict=True), start=1
        )
    )
    told = Told(
        n=len(items),
        common=tuple((shared.label, shared.items) for shared in common),
        interests=tuple(
            (interest.label, interest.in_list, interest.in_history)
            for interest in sorted(interests, key=lambda interest: -interest.in_list)
        ),
        moved=sum(
            placed.rank_by_score > len(items) and int(row) not in found.placed
            for placed, row in zip(items, found.item_rows, strict=True)
        ),
        ruled=len(found.placed),
    )
    text = overview_text(told, teller.lang)
    return Overview(teller.user_id, teller.lang, balance, text, items, interests, common)


def _interest(asker: Asker, found: RowList, place: int, interest: RowInterest, teller: Teller) -> Interest:
    graph: KnowledgeGraph = asker.catalogue
    known = [asker.terms.hops[slot].tail for slot in interest.slots]
    entity = interest.entity if interest.entity is not None else known[0]

    def label(row: int) -> str:
        return graph.label(row, teller.lang) if teller.voice.may_name(row) else WORDS[teller.lang].unnamed

    return Interest(
        label=label(entity),
        entity=str(graph.iris[entity]),
        things=tuple(map(label, known)),
        in_history=interest.weight,
        in_list=float(found.share[place]),
        in_list_by_score=float(found.by_score[place]),
    )
