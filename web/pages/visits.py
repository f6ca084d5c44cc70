"""A user's history → what a page tells of it: one line for all that was done with an item in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from kgrec.shelf import HistoryEntry, ItemSummary


@dataclass(frozen=True)
class Visit:
    """All that was done with one item in a row."""

    item: ItemSummary
    events: tuple[str, ...]  # each once, latest first
    time: int | None  # of the latest, Unix seconds


def visits(history: Sequence[HistoryEntry]) -> list[Visit]:
    """Looked at, put in the basket and bought is one visit, not three."""
    found = []
    for _, group in groupby(history, key=lambda entry: entry.item.item_id):
        entries = list(group)
        events = tuple(dict.fromkeys(entry.event for entry in entries))
        found.append(Visit(entries[0].item, events, entries[0].time))
    return found
