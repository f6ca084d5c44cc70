"""Words, and what items are to have → the items found, and what they can be narrowed down by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import urlencode

from flask import Request, render_template, request, url_for

from kgrec.domain import plain
from kgrec.guide import Guide
from kgrec.search import ORDERS, Facet, FacetValue, Found, Order

from ...visitors import visitor
from ..languages import N_, current, gettext
from ..people import page_number
from ..shown import amount

PER_PAGE = 24
LONGEST = 300
"""Characters of a query, and of a value, that are read."""

MOST_CHOSEN = 20
"""Values of one facet that are read."""

CALLED: Mapping[Order, str] = {
    "best": N_("Best match"),
    "for": N_("What leads most to you"),
    "price": N_("Lowest price"),
    "-price": N_("Highest price"),
    "new": N_("Newest"),
}
"""What the orders are called."""

_TAKEN = ("q", "order", "page", "lang")  # of an address: a facet of such a name cannot be asked for


@dataclass(frozen=True)
class Search:
    """What the address of a search asks for."""

    query: str = ""
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # facet → values
    order: Order = "best"
    page: int = 1

    @classmethod
    def read(cls, asked: Request, facets: Iterable[str]) -> Self:
        """That of a request; what makes no sense in it counts as not said."""
        order = asked.args.get("order", "")
        values = {name: _values(asked.args.getlist(name)) for name in facets if name not in _TAKEN}
        return cls(
            query=asked.args.get("q", "")[:LONGEST],
            filters={name: chosen for name, chosen in values.items() if chosen},
            order=next((one for one in ORDERS if one == order), "best"),
            page=page_number(asked.args.get("page", "")),
        )

    @property
    def address(self) -> str:
        """Where it is answered."""
        said = [("q", self.query)] if self.query else []
        said += [(name, value) for name, values in self.filters.items() for value in values]
        said += [("order", self.order)] if self.order != "best" else []
        said += [("page", str(self.page))] if self.page > 1 else []
        # Facets are called as the shop calls what its items have, url_for has names of its own.
        return url_for("pages.search") + ("?" + urlencode(said) if said else "")

    def at(self, page: int) -> str:
        """The address of one of its pages."""
        return replace(self, page=page).address

    def ordered(self, order: Order) -> str:
        """The address of the same in another order."""
        return replace(self, order=order, page=1).address

    def without(self, name: str, value: str) -> str:
        """The address of the same without one value."""
        left = {
            other: [one for one in values if (other, one) != (name, value)]
            for other, values in self.filters.items()
        }
        return replace(self, filters=left, page=1).address

    @property
    def open(self) -> str:
        """The address of the same without any."""
        return replace(self, filters={}, page=1).address


def having(name: str, value: str) -> str:
    """The address of all items that have a value of a facet."""
    return Search(filters={name: (value,)}).address


def view(guide: Guide) -> Callable[[], str]:
    """The page of what was found."""

    def search() -> str:
        wanted = Search.read(request, guide.catalogue.facet_names)
        found = _found(guide, wanted)
        return render_template(
            "storefront/search.html",
            wanted=wanted,
            query=wanted.query,
            found=found,
            chosen=[(facet, value) for facet in found.facets for value in facet.values if value.chosen],
            orders={order: CALLED[order] for order in found.orders},
            pages=-(-found.total // PER_PAGE),
            parts_of_shop=() if found.total else _parts_of_shop(guide),
            having=having,
            value_called=value_called,
        )

    return search


def value_called(value: FacetValue) -> str:
    """What a page calls a value of a facet: prices from one to below another as the reader writes them."""
    ends = [end for end in (value.low, value.high) if end is not None]
    if not ends:
        return plain(value.label) or "?"
    whole = all(end == int(end) for end in ends)
    told = [amount(end, value.currency, whole=whole) for end in ends]
    if value.low is None:
        return gettext("Under %(price)s", price=told[0])
    if value.high is None:
        return gettext("%(price)s and more", price=told[0])
    return gettext("%(low)s–%(high)s", low=told[0], high=told[1])


def _found(guide: Guide, wanted: Search) -> Found:
    who = visitor()
    return guide.search(
        wanted.query,
        current(),
        wanted.filters,
        wanted.order,
        limit=PER_PAGE,
        offset=(wanted.page - 1) * PER_PAGE,
        user_id=None if who.new else who.user_id,
    )


def _parts_of_shop(guide: Guide) -> list[tuple[Facet, FacetValue]]:
    """The widest categories, for those who have found nothing."""
    facets = guide.search("", current(), limit=1).facets
    return [
        (one, value) for one in facets if one.name == "category" for value in one.values if not value.depth
    ]


def _values(sent: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:LONGEST] for value in sent if value))[:MOST_CHOSEN]
