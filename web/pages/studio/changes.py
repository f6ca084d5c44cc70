"""The lists of shoppers as they are and as they would be → what a page shows of the difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kgrec.domain import Recommendation
from kgrec.guide import Guide
from kgrec.insight import Changes, Pair
from kgrec.shelf import ItemSummary

from ...charts import Cell, Chart, Figures, Row, bars
from ..languages import gettext
from ..shown import percent


@dataclass(frozen=True)
class Place:
    """An item in one of two lists, and what became of it in the other."""

    item: Recommendation
    change: Literal["same", "up", "down", "only"]
    by: int = 0  # places


def both_lists(pair: Pair) -> dict[str, list[Place]]:
    """Each list with what became of its items in the other."""
    return {
        "before": list(_places(pair.before, pair.after, ahead=False)),
        "after": list(_places(pair.after, pair.before, ahead=True)),
    }


def _places(
    listed: tuple[Recommendation, ...], other: tuple[Recommendation, ...], *, ahead: bool
) -> Iterator[Place]:
    ranks = {one.item_id: one.rank for one in other}
    for item in listed:
        rank = ranks.get(item.item_id)
        if rank is None:
            yield Place(item, "only")
            continue
        gain = rank - item.rank if ahead else item.rank - rank
        yield Place(item, "same" if not gain else "up" if gain > 0 else "down", abs(gain))


def named(guide: Guide, changes: Changes | None, pair: Pair | None) -> dict[str, ItemSummary]:
    """The items that both speak of, by id."""
    moved = () if changes is None else (*changes.gained, *changes.lost)
    listed = () if pair is None else (*pair.before, *pair.after)
    item_ids = (*(one.item_id for one in moved), *(one.item_id for one in listed))
    return {item_id: guide.item(item_id) for item_id in item_ids}


def coverage(changes: Changes, before: str, after: str) -> Chart:
    """How many different items both lists hold; `before` and `after` are what they are called."""
    shares = ((before, changes.coverage_before), (after, changes.coverage_after))
    return bars(
        Figures(
            name="coverage",
            title=gettext("Products that are recommended to anybody"),
            summary=gettext(
                "Among the first ten of the shoppers looked at, of all that could be recommended."
            ),
            head=(gettext("Lists"), gettext("Share")),
            rows=tuple(Row(words, (Cell(percent(one.value or 0, 1), one.value),)) for words, one in shares),
            percent=True,
        )
    )
