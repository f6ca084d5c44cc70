"""All items of a shop as merchandisers look through them: those nothing leads to, that lack most, that are led to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kgrec.domain import BoolArray, IntArray
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import MOST, Guide
from kgrec.insight.changes import counted
from kgrec.insight.described import Described, Missing
from kgrec.insight.items import led_to
from kgrec.insight.survey import Survey
from kgrec.search import Asked, Standing
from kgrec.shelf import ItemSummary

ItemOrder = Literal["unled", "missing", "led"]
ITEM_ORDERS: tuple[ItemOrder, ...] = get_args(ItemOrder)
"""Those nothing leads to first; those that lack most; those in most lists."""


@dataclass(frozen=True, eq=False)
class ItemFigures:
    """What is known of all items at once, in rows; whoever asks often keeps it as long as the survey."""

    first: IntArray  # (I,) lists of the survey that hold it among the first 10
    near: IntArray  # (I,) among all places that were looked at
    led: BoolArray  # (I,) whether a path leads to it from anybody
    out: BoolArray  # (I,) whether it is recommended to nobody
    lacking: IntArray  # (I,) how many things it lacks that most of its category have
    described: Described
    users: int  # whose lists were looked at
    of_users: int

    @property
    def unled(self) -> BoolArray:
        """Those that could be recommended and are in nobody's list (I,)."""
        found: BoolArray = (self.near == 0) & ~self.out
        return found


@dataclass(frozen=True)
class ListedItem:
    """A line of the list."""

    item: ItemSummary
    first: int
    near: int
    led: bool
    out: bool
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class ItemsListed:
    """Some of the items that were asked for, and figures of all of those."""

    items: tuple[ListedItem, ...]
    total: int
    unled: int  # in nobody's list
    without_path: int  # of these, that no path leads to
    lacking: int  # that lack anything
    users: int  # whose lists were looked at
    of_users: int


def item_figures(guide: Guide, found: Survey, lang: str = "en") -> ItemFigures:
    """The figures of every item of a shop, from the lists of a survey."""
    described = Described(guide.dataset, guide.graph, guide.teller(lang))
    out = np.zeros(found.n_items, bool)
    out[found.out] = True
    return ItemFigures(
        first=counted(found.lists(), found.n_items),
        near=counted(found.rows, found.n_items),
        led=led_to(guide, found),
        out=out,
        lacking=described.lacking,
        described=described,
        users=len(found.sample),
        of_users=found.sample.of,
    )


def items_listed(
    guide: Guide,
    figures: ItemFigures,
    query: str = "",
    *,
    order: ItemOrder = "unled",
    lang: str = "en",
    limit: int = 50,
    offset: int = 0,
) -> ItemsListed:
    """The items that words are about, all of them without any; what is as good stays in the order of the catalogue."""
    if order not in ITEM_ORDERS:
        raise UnknownName("order of items", order, ITEM_ORDERS)
    if not 1 <= limit <= MOST or offset < 0:
        raise BadInput(f"limit is {limit} and offset {offset}; ask for 1 to {MOST} items from 0 on")
    rows = _matching(guide, query, lang)
    rows = rows[np.lexsort((rows, *(key[rows] for key in _keys(figures, order))))]
    unled = figures.unled[rows]
    return ItemsListed(
        items=tuple(_listed(guide, figures, int(row)) for row in rows[offset : offset + limit]),
        total=len(rows),
        unled=int(unled.sum()),
        without_path=int((unled & ~figures.led[rows]).sum()),
        lacking=int((figures.lacking[rows] > 0).sum()),
        users=figures.users,
        of_users=figures.of_users,
    )


def _matching(guide: Guide, query: str, lang: str) -> IntArray:
    """Item rows that a search finds, withdrawn ones too."""
    n = guide.item_count()
    if not query.strip():
        return np.arange(n)
    as_they_are = Standing(worth=np.zeros(n, np.float32), out=np.zeros(0, np.int64), arrived={})
    return np.sort(guide.catalogue.found(Asked(query, lang), as_they_are).rows)


def _keys(figures: ItemFigures, order: ItemOrder) -> tuple[IntArray, ...]:
    """What is sorted by, the last first, smallest first (I,)."""
    if order == "missing":
        return (figures.near, -figures.lacking)
    if order == "led":
        return (-figures.first, -figures.near)
    return (figures.led.astype(np.int64), figures.near, figures.out.astype(np.int64))


def _listed(guide: Guide, figures: ItemFigures, item_row: int) -> ListedItem:
    return ListedItem(
        item=guide.item(str(guide.dataset.items.ids[item_row])),
        first=int(figures.first[item_row]),
        near=int(figures.near[item_row]),
        led=bool(figures.led[item_row]),
        out=bool(figures.out[item_row]),
        missing=figures.described.missing(item_row)[0],
    )
