"""Somebody's list and an item → by how much the item misses it, what blocks it, and what its rivals have instead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kgrec.answers import Blocked, Lack, Part, WhyNot
from kgrec.domain import EVENT_RELATIONS, EVENTS, Explanation, IntArray, plain
from kgrec.explain.asker import Asker, rank_of
from kgrec.explain.balance import balance, by_known, by_way, main_part, things
from kgrec.explain.effects import Arrangement
from kgrec.explain.teller import Teller
from kgrec.explain.what_if import events_with
from kgrec.explain.wording.audiences import is_bestseller
from kgrec.explain.wording.verdicts import Verdicts

MOST_PARTS = 5  # of a gap, listed


def why_not(
    asker: Asker, item_row: int, k: int, exclude: IntArray, explanation: Explanation, teller: Teller
) -> WhyNot:
    """Why an item is not among the k best, or at which place it is; `exclude` are items asked to be left out."""
    others = np.append(asker.taken, exclude)
    rank = rank_of(asker.scores, item_row, np.setdiff1d(np.append(asker.out, exclude), [item_row]))
    assert rank is not None
    listed = replace(asker, taken=others)
    arrangement = listed.listed(k)
    best = arrangement.rows
    blocked, rule = _blocked(asker, item_row, exclude, rank, arrangement)
    known = things(asker, teller)
    last = int(best[-1]) if len(best) else item_row
    sums = by_known(asker, last), by_known(asker, item_row)
    found = WhyNot(
        item_id=str(teller.item_ids[item_row]),
        title=str(teller.titles[item_row]),
        k=k,
        rank=rank,
        blocked=blocked,
        last=teller.placed(listed, last, len(best)) if len(best) else None,
        gap=float(asker.scores[last]) - float(asker.scores[item_row]),
        by_known=balance(*sums, known, MOST_PARTS),
        by_way=balance(by_way(asker, last), by_way(asker, item_row), known, MOST_PARTS),
        lacks=_lacks(asker, item_row, best),
        explanation=explanation,
        text="",
    )
    rival, main = teller.name(asker, last), main_part(*sums, known, more=True)
    place = best.tolist().index(item_row) + 1 if item_row in best else None
    by_rule = arrangement.placed.get(item_row)
    if blocked is not None:
        text = teller.verdicts.blocked[blocked].format(rule=rule, rank=rank)
    elif by_rule is not None:
        text = teller.verdicts.placed.format(rule=plain(by_rule.rule.name), place=place, rank=rank)
    else:
        text = _text(found, asker, item_row, (rival, main), place, teller.verdicts)
    return replace(found, text=text)


_REASONS: dict[str, Blocked] = {"return": "returned", "dislike": "disliked"}


def _blocked(
    asker: Asker, item_row: int, exclude: IntArray, rank: int, listed: Arrangement
) -> tuple[Blocked | None, str]:
    """What keeps an item out of a list, and the rule that does if one does."""
    own = _by_user(asker, item_row)
    if own is not None:
        return own, ""
    by_rule = asker.rules.excluding(item_row)
    if by_rule is not None:
        return "rule", plain(by_rule.name)
    if item_row in asker.shut:
        return "withdrawn", ""
    if item_row in exclude:
        return "excluded", ""
    if rank <= len(listed.rows) and item_row not in listed.rows:
        kept_out = listed.kept_out.get(item_row)
        return ("places", "") if kept_out is None else ("quota", plain(kept_out.rule.name))
    return None, ""


def _by_user(asker: Asker, item_row: int) -> Blocked | None:
    if item_row in asker.taken:
        own = asker.own
        done = {own.relations[own.relation[row]].name for row in events_with(asker, item_row)}
        for event, reason in _REASONS.items():
            if EVENT_RELATIONS[EVENTS.index(event)] in done:
                return reason
        return "chosen"
    return "unwanted" if item_row in asker.steering.unwanted else None


def _lacks(asker: Asker, item_row: int, best: IntArray) -> tuple[Lack, ...]:
    """Ways to the items of a list that do not lead to the item."""
    own = by_way(asker, item_row)
    ways: dict[str, list[float]] = {}
    for row in best:
        for way, amount in by_way(asker, int(row)).items():
            if isinstance(way, str) and way not in own:
                ways.setdefault(way, []).append(amount)
    lacks = [Lack(way, len(amounts), sum(amounts) / len(best)) for way, amounts in ways.items()]
    return tuple(sorted(lacks, key=lambda lack: -lack.mean))


def _text(
    found: WhyNot,
    asker: Asker,
    item_row: int,
    ahead: tuple[str, Part | None],
    listed: int | None,
    words: Verdicts,
) -> str:
    """What stands in its way, in one sentence; `ahead` is what the last is called and what it has most more of,
    `listed` the place in the list if it is there."""
    reached = bool((asker.terms.item == item_row).any())
    place = {"k": found.last.rank if found.last else found.k, "rank": found.rank, "rival": ahead[0]}
    if not reached and is_bestseller(asker.prior, item_row):
        return words.unknown["bestseller"].format(**place)
    if listed is not None:
        return words.listed.format(rank=listed)
    if not asker.terms.hops:
        return words.unknown["newcomer"].format(k=found.k)
    if not reached:
        return words.unknown["nothing"]
    return _main_difference(ahead[1], words, place)


def _main_difference(main: Part | None, words: Verdicts, place: dict[str, object]) -> str:
    """What the rival has more of, above all."""
    if main is None:
        return words.gains["tie"].format(**place)
    if main.known is None:
        return words.gains["everybody"].format(**place)
    source = words.source(main.known)
    return words.gains["known" if main.other != 0 else "lacks"].format(source=source, **place)
