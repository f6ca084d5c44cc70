"""Recommendations → cards: an item and the sentence that is its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgrec.domain import Explanation, Recommendation
from kgrec.guide import Guide
from kgrec.shelf import ItemSummary

from .languages import current


@dataclass(frozen=True)
class Card:
    """One recommended item as a page shows it."""

    rank: int
    item: ItemSummary
    reason: str  # a sentence; empty where the model has none


def told(guide: Guide, user_id: str, found: Sequence[Recommendation]) -> Sequence[Explanation | None]:
    """The explanation of each as the shop's own people read it, in the language of the page; None without reasons."""
    if not guide.explains:
        return [None for _ in found]
    item_ids = [one.item_id for one in found]
    return guide.explain_all(item_ids, user_id, lang=current(), receipts=False, audience="staff")


def cards(guide: Guide, found: Sequence[Recommendation], reasons: Sequence[Explanation | None]) -> list[Card]:
    """A card for each recommendation."""
    return [
        Card(one.rank, guide.item(one.item_id), "" if why is None else why.text)
        for one, why in zip(found, reasons, strict=True)
    ]
