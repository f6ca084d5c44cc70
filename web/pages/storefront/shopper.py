"""A shopper → what they did, and ten items each with the sentence that is its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import render_template

from kgrec.domain import Explanation
from kgrec.guide import Guide
from kgrec.shelf import HistoryEntry, ItemSummary

from ...watching import watching
from ..languages import current

RECOMMENDED = 10
REMEMBERED = 40  # entries of the history shown


@dataclass(frozen=True)
class Visit:
    """All that was done with one item in a row."""

    item: ItemSummary
    events: tuple[str, ...]  # each once, latest first
    time: int | None  # of the latest, Unix seconds


def view(guide: Guide) -> Callable[[str], str]:
    """The page of one shopper."""

    def shopper(user_id: str) -> str:
        found = guide.recommend_for(user_id, k=RECOMMENDED)
        told = _told(guide, user_id, [one.item_id for one in found])
        watching().listed(user_id, list(zip(found, told, strict=True)))
        cards = [
            {"rank": one.rank, "item": guide.item(one.item_id), "reason": "" if why is None else why.text}
            for one, why in zip(found, told, strict=True)
        ]
        history = guide.history(user_id, limit=REMEMBERED)
        return render_template(
            "storefront/shopper.html",
            shopper=guide.user(user_id),
            cards=cards,
            visits=visits(history),
            remembered=len(history),
        )

    return shopper


def _told(guide: Guide, user_id: str, item_ids: list[str]) -> Sequence[Explanation | None]:
    if not guide.explains:
        return [None for _ in item_ids]
    return guide.explain_all(item_ids, user_id, lang=current(), receipts=False)


def visits(history: Sequence[HistoryEntry]) -> list[Visit]:
    """Looked at, put in the basket and bought is one visit, not three."""
    found = []
    for _, group in groupby(history, key=lambda entry: entry.item.item_id):
        entries = list(group)
        events = tuple(dict.fromkeys(entry.event for entry in entries))
        found.append(Visit(entries[0].item, events, entries[0].time))
    return found
