"""Who asks and an item → what it would take to get it out of their list, or into it, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgrec.answers import Known, Takes
from kgrec.domain import EVENT_RELATIONS, EVENTS, plain
from kgrec.explain.addition import Addition, smallest_addition
from kgrec.explain.asker import Asker
from kgrec.explain.balance import thing
from kgrec.explain.counterfactual import Removal, smallest_removal
from kgrec.explain.teller import Teller
from kgrec.explain.wording.audiences import is_bestseller
from kgrec.explain.wording.verdicts import Verdicts


def takes(asker: Asker, item_row: int, k: int, teller: Teller) -> Takes:
    """The smallest removal for an item of the k best, the smallest addition for another."""
    rank, words = asker.rank(item_row), teller.verdicts
    if rank is None:
        text = _left_out(asker, item_row, words)
        return _answer(asker, item_row, k, (), Removal(np.zeros(0, np.int64), False, None), text, teller)
    if rank <= k:
        removal = smallest_removal(asker, item_row, k)
        hops = [asker.terms.hops[slot] for slot in removal.slots]
        known = [thing(hop.relation, hop.tail, asker.graph, teller) for hop in hops]
        return _answer(
            asker, item_row, k, known, removal, _without(asker, item_row, removal, known, k, words), teller
        )
    addition = smallest_addition(asker, item_row, k)
    bought = asker.graph.relation_row(EVENT_RELATIONS[EVENTS.index("buy")])
    known = [thing(bought, int(asker.graph.items[row]), asker.graph, teller) for row in addition.item_rows]
    return _answer(asker, item_row, k, known, addition, _with(addition, known, k, words), teller)


def _left_out(asker: Asker, item_row: int, words: Verdicts) -> str:
    """Why it has no place, whatever its score."""
    why = asker.why_out(item_row)
    rule = asker.rules.excluding(item_row)
    if why == "rule" and rule is not None:
        return words.left_out.format(rule=plain(rule.name))
    return words.has_it if why == "taken" or why is None else words.blocked[why]


def _without(
    asker: Asker, item_row: int, found: Removal, known: Sequence[Known], k: int, words: Verdicts
) -> str:
    if found.possible is False:
        return words.whatever["bestseller" if is_bestseller(asker.prior, item_row) else "enough"].format(k=k)
    if found.possible is None:
        return words.not_found.format(n=found.at_least)
    form = words.without[len(known) > 1]
    return form.format(sources=words.listed_sources(known), n=len(known), rank=found.rank)


def _with(found: Addition, known: Sequence[Known], k: int, words: Verdicts) -> str:
    if found.possible is False:
        return words.nothing_leads
    if found.possible is None:
        return words.no_purchase.format(k=k)
    names = words.listed_names(known)
    return words.purchases[len(known) > 1].format(names=names, rank=found.rank)


def _answer(
    asker: Asker,
    item_row: int,
    k: int,
    known: Sequence[Known],
    found: Removal | Addition,
    text: str,
    teller: Teller,
) -> Takes:
    return Takes(
        user_id=teller.user_id,
        item_id=str(teller.item_ids[item_row]),
        title=str(teller.titles[item_row]),
        lang=teller.lang,
        k=k,
        rank=asker.rank(item_row),
        score=float(asker.scores[item_row]),
        action="remove" if isinstance(found, Removal) else "add",
        possible=found.possible,
        things=tuple(known),
        at_least=found.at_least,
        rank_after=found.rank,
        score_after=found.score,
        text=text,
        model=teller.model,
        graph_version=teller.graph_version,
    )
