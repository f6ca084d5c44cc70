"""What shoppers look for and look at: searches, neighbours of an item, rows of a first page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from kgrec import browsing
from kgrec.browsing import Crowd, Shown, Telling
from kgrec.domain import CHOICES, EVENTS, REJECTIONS, FloatArray, IntArray
from kgrec.errors import BadInput
from kgrec.explain.asker import Asker
from kgrec.guide.context import STRANGER, SessionEvent
from kgrec.guide.explaining import Explaining
from kgrec.search import MOST_SHOWN, Catalogue, Found, Order, Standing
from kgrec.search import Asked as Wanted
from kgrec.search.attributes import Attribute, attributes_of
from kgrec.sources.item import told


class Storefront(Explaining):
    """A shop whose items can be searched and looked through."""

    def search(
        self,
        query: str = "",
        lang: str = "en",
        filters: Mapping[str, Sequence[str]] | None = None,
        order: Order = "best",
        limit: int = 24,
        offset: int = 0,
        user_id: str | None = None,
    ) -> Found:
        """The items that words in any language of the shop are about, and what they can be narrowed down by.

        `filters` is facet → values: any of a facet's values, all of the facets. `order` is "best", "price", "-price",
        "new", or "for" with a `user_id`: what leads most to them. Their scores decide between items that are as good,
        and everybody's choices where nobody is named. Whatever stands in a query, it is no error.
        """
        if not 1 <= limit <= MOST_SHOWN or offset < 0:
            raise BadInput(f"limit is {limit} and offset {offset}; ask for 1 to {MOST_SHOWN} items from 0 on")
        asker = None if user_id is None else self.asker(user_id, context=STRANGER)
        worth = self._crowd.chosen if asker is None else asker.scores
        out = self._withdrawn(self._known(None)) if asker is None else asker.shut
        arrived = self._newest()
        hits = self.catalogue.found(
            Wanted(query, lang, filters, order), Standing(np.asarray(worth, np.float32), out, arrived)
        )
        shown = self.dataset.items.ids[hits.rows[offset : offset + limit]]
        return Found(
            items=tuple(self.item(str(item_id)) for item_id in shown),
            total=len(hits.rows),
            facets=hits.facets,
            notes=hits.notes,
            read_as=hits.read_as,
            orders=self.catalogue.orders(
                known=asker is not None and len(asker.own.head) > 0, arrived=bool(arrived)
            ),
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """The items, made ready to be searched."""
        before, self._catalogue_before = self._catalogue_before, None
        return Catalogue(self.dataset, self.graph, before)

    def attributes(self, item_id: str, lang: str = "en") -> tuple[Attribute, ...]:
        """All that the catalogue says of an item, in words of the shop."""
        row = self.dataset.items.row(item_id)
        return attributes_of(self.catalogue, self.dataset, self.graph, row, lang)

    def similar(self, item_id: str, k: int = 10, lang: str = "en") -> tuple[Shown, ...]:
        """What could stand in the place of an item, each with what they have in common.

        A reason is a path of `explain_session` for a visitor who has bought this one item, and adds to that score what
        it adds to this one.
        """
        return browsing.similar(self._beside(item_id, k, lang), self.dataset.items.row(item_id), k)

    def complements(self, item_id: str, k: int = 10, lang: str = "en") -> tuple[Shown, ...]:
        """What goes with an item, or is chosen after it, each with how; nothing where nothing says so."""
        return browsing.complements(self._beside(item_id, k, lang), self.dataset.items.row(item_id), k)

    def neighbours(
        self, item_id: str, k: int = 10, lang: str = "en"
    ) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
        """What is `similar` to an item and its `complements`, in less time than it takes to ask for both."""
        telling, row = self._beside(item_id, k, lang), self.dataset.items.row(item_id)
        return browsing.similar(telling, row, k), browsing.complements(telling, row, k)

    def rows(
        self,
        user_id: str | None = None,
        lang: str = "en",
        k: int = 8,
        others: int | None = None,
        *,
        filter_seen: bool = True,
        balance: float = 0.0,
    ) -> tuple[browsing.Row, ...]:
        """Rows of items for the first page of a shop, each with why it is there.

        The first has up to k items, the others as many or `others`. An item is in one row only. Somebody of whom
        nothing is known or may be used gets what everybody chooses. What they have is in no row unless `filter_seen`
        is False; their own list is balanced as in `recommend`, and BadInput says of which models that cannot be.
        """
        self._demand_balance(balance)
        others = k if others is None else others
        for length in (k, others):
            self._demand_length(length)
        asker = self.asker(user_id, context=STRANGER)
        if not filter_seen:
            asker = replace(asker, taken=asker.taken[:0])
        telling = self._telling(asker, user_id, lang)
        items = self.dataset.items
        youngest = self._clock() - browsing.NEW_FOR
        arrived = [
            items.row(item_id)
            for item_id, time in self._newest().items()
            if item_id in items and time >= youngest
        ]
        shop = browsing.Shop(telling.items, self._crowd, self.catalogue.categories, arrived)
        return browsing.rows(telling, shop, k, others, balance)

    # What programs say of items

    def record(self, item_id: str) -> dict[str, Any]:
        """What a program would say of an item to have it as it is: attribute → text, number, or list of texts."""
        return told(self.dataset, item_id)

    def offers(self, item_id: str) -> bool:
        """Whether there is an item of that id that was not withdrawn."""
        return item_id in self.dataset.items and item_id not in self._known(None).withdrawn

    # Inside

    def _still_told(self, review_rows: IntArray) -> IntArray:
        """Those of some reviews whose writers were not forgotten; none while it is not known who was."""
        if self._registry is None or not len(review_rows):
            return review_rows
        if self._known(None).degraded:
            return review_rows[:0]
        forgotten = self._registry.erasures.known()
        writers = self.dataset.reviews["user_id"].to_numpy()[review_rows]
        return review_rows[[not forgotten(str(user_id)) for user_id in writers]]

    def _beside(self, item_id: str, k: int, lang: str) -> Telling:
        """What tells what goes with an item: to a visitor who has bought that."""
        self._demand_length(k)
        return self._telling(self.asker(session=[SessionEvent(item_id, "buy")]), None, lang)

    def _telling(self, asker: Asker, user_id: str | None, lang: str) -> Telling:
        ids = self.dataset.items.ids
        return Telling(asker, self._teller(user_id, lang), self.graph, lambda row: self.item(str(ids[row])))

    @property
    def _crowd(self) -> Crowd:
        """What everybody chooses, of late if that is known."""
        now = self._popular_now()
        return Crowd(self._choices_of_all) if now is None else Crowd(now, now=True)

    @cached_property
    def _choices_of_all(self) -> FloatArray:
        """How often each item was chosen; of a shop where nothing was, how often it was looked at (I,)."""
        known = self.dataset.interactions
        chosen = np.isin(known.event, [EVENTS.index(event) for event in CHOICES])
        rejected = np.isin(known.event, [EVENTS.index(event) for event in REJECTIONS])
        counted = known.item[chosen if chosen.any() else ~rejected]
        return np.bincount(counted, minlength=len(self.dataset.items)).astype(np.float32)
